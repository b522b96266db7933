//! `/api/v1`: one resource a file.

mod account;
mod accounts;
mod advisories;
mod appeals;
mod audit;
mod changes;
mod coupons;
mod deletion;
mod deprecation;
mod domains;
mod identities;
mod jobs;
mod keys;
mod licences;
mod me;
mod members;
mod memberships;
mod modules;
mod names;
mod openid;
mod orders;
mod owners;
mod package_files;
mod passkeys;
mod password;
mod payments;
mod proof;
mod proposals;
mod publish;
mod publisher_tokens;
mod publishers;
mod quarantine;
mod quota;
mod reports;
mod review;
mod revocations;
mod search;
mod second_factor;
mod session;
mod sign_up;
mod standing;
mod statements;
mod submissions;
mod takedown;
mod tenants;
mod tokens;
mod transfers;
mod trusted_publishers;
mod trusted_publishing;
mod versions;
mod webhooks;
mod yank;

pub(super) use publish::{OUTCOMES as PUBLISH_OUTCOMES, outcome as publish_outcome};
use utoipa_actix_web::service_config::ServiceConfig;

/// Every endpoint of the API.
pub(super) fn endpoints(config: &mut ServiceConfig<'_>) {
    config
        .service(publish::publish_version)
        .service(modules::get_module)
        .service(versions::list_versions)
        .service(versions::get_version)
        .service(package_files::get_screenshot)
        .service(package_files::get_sbom)
        .service(package_files::list_documentation)
        .service(package_files::get_documentation)
        .service(proof::get_proof)
        .service(yank::yank_version)
        .service(yank::unyank_version)
        .service(deletion::delete_module)
        .service(deprecation::put_deprecation)
        .service(deprecation::delete_deprecation)
        .service(advisories::list_advisories)
        .service(advisories::get_advisory)
        .service(advisories::create_advisory)
        .service(advisories::put_advisory)
        .service(advisories::withdraw)
        .service(quarantine::quarantine_version)
        .service(quarantine::release_version_from_quarantine)
        .service(quarantine::quarantine_whole_module)
        .service(quarantine::release_module_from_quarantine)
        .service(takedown::list_takedowns)
        .service(takedown::take_version_down)
        .service(takedown::give_version_back)
        .service(takedown::take_module_down)
        .service(takedown::give_module_back)
        .service(reports::report_module)
        .service(reports::list_reports)
        .service(reports::list_reported_modules)
        .service(reports::confirm_report)
        .service(reports::dismiss_report)
        .service(appeals::create_appeal)
        .service(appeals::list_appeals_of_publisher)
        .service(appeals::create_account_appeal)
        .service(appeals::list_account_appeals)
        .service(appeals::list_appeals)
        .service(appeals::grant_appeal)
        .service(appeals::deny_appeal)
        .service(revocations::revoke)
        .service(revocations::unrevoke_package)
        .service(revocations::unrevoke_key)
        .service(names::list_held_names)
        .service(names::allow_held_name)
        .service(names::refuse_held_name)
        .service(names::list_names_of_publisher)
        .service(audit::list_audit)
        .service(jobs::list_given_up_jobs)
        .service(jobs::retry_given_up_job)
        .service(jobs::drop_given_up_job)
        .service(audit::get_audit_head)
        .service(webhooks::list_webhooks)
        .service(webhooks::create_webhook)
        .service(webhooks::get_webhook)
        .service(webhooks::change_webhook)
        .service(webhooks::remove_webhook)
        .service(webhooks::ping_webhook)
        .service(webhooks::rotate_webhook_secret)
        .service(webhooks::list_deliveries)
        .service(webhooks::replay_deliveries)
        .service(submissions::list_submissions)
        .service(submissions::list_submissions_of_publisher)
        .service(submissions::get_submission)
        .service(submissions::diff_submission)
        .service(submissions::get_submission_package)
        .service(submissions::comment_on_submission)
        .service(submissions::withdraw_submission)
        .service(review::approve_submission)
        .service(review::confirm_submission)
        .service(review::reject_submission)
        .service(review::ask_about_submission)
        .service(quota::get_quota)
        .service(quota::set_quota)
        .service(quota::reset_quota)
        .service(standing::get_standing)
        .service(standing::set_standing)
        .service(standing::remove_standing)
        .service(tenants::create_tenant)
        .service(tenants::list_tenants)
        .service(tenants::get_tenant)
        .service(tenants::change_tenant)
        .service(tenants::list_orders_of_tenant)
        .service(tenants::list_licences_of_tenant)
        .service(licences::get_licence)
        .service(licences::lease_licence)
        .service(orders::quote_order)
        .service(orders::place_order)
        .service(orders::list_orders)
        .service(orders::get_order)
        .service(orders::approve_order)
        .service(orders::refuse_order)
        .service(orders::cancel_order)
        .service(orders::pay_order)
        .service(orders::decline_order)
        .service(orders::refund_order)
        .service(payments::change_card)
        .service(payments::hear_stripe)
        .service(statements::get_invoice)
        .service(statements::get_invoice_pdf)
        .service(statements::statement_of_tenant)
        .service(statements::statement_of_tenant_csv)
        .service(statements::statement_of_publisher)
        .service(statements::statement_of_publisher_csv)
        .service(coupons::create_coupon)
        .service(coupons::list_coupons)
        .service(search::search_modules)
        .service(changes::list_changes)
        .service(publishers::get_publisher)
        .service(publishers::create_publisher)
        .service(publishers::change_display_name)
        .service(publishers::make_organisation)
        .service(keys::add_key)
        .service(keys::remove_key)
        .service(owners::list_owners)
        .service(owners::invite_owner)
        .service(owners::accept_invitation)
        .service(proposals::list_proposals)
        .service(proposals::get_proposal)
        .service(proposals::open_proposal)
        .service(proposals::approve_proposal)
        .service(proposals::cancel_proposal)
        .service(members::list_members)
        .service(members::invite_member)
        .service(members::change_role)
        .service(members::remove_member)
        .service(memberships::list_my_publishers)
        .service(memberships::look_at_invitation)
        .service(memberships::accept_invitation_by_code)
        .service(memberships::accept_my_invitation)
        .service(memberships::connect_owner)
        .service(transfers::get_transfer)
        .service(transfers::withdraw_transfer)
        .service(transfers::look_at_transfer)
        .service(transfers::accept_transfer)
        .service(transfers::decline_transfer)
        .service(domains::get_domain)
        .service(domains::ask_for_domain)
        .service(domains::verify_domain)
        .service(domains::forget_domain)
        .service(publisher_tokens::list_publisher_tokens)
        .service(publisher_tokens::create_publisher_token)
        .service(publisher_tokens::revoke_publisher_token)
        .service(tokens::list_tokens)
        .service(tokens::create_token)
        .service(tokens::revoke_token)
        .service(tokens::report_found_token)
        .service(trusted_publishers::list_trusted_publishers)
        .service(trusted_publishers::add_trusted_publisher)
        .service(trusted_publishers::remove_trusted_publisher)
        .service(trusted_publishing::get_publishing_rules)
        .service(trusted_publishing::turn_on_publishing_rule)
        .service(trusted_publishing::turn_off_publishing_rule)
        .service(trusted_publishing::exchange_workflow_token)
        .service(me::get_me)
        .service(sign_up::sign_up)
        .service(sign_up::verify)
        .service(sign_up::claim_operator)
        .service(sign_up::become_operator)
        .service(session::get_session)
        .service(session::sign_in)
        .service(session::sign_out)
        .service(session::ask_unlock)
        .service(passkeys::begin_passkey_sign_in)
        .service(openid::begin_openid)
        .service(openid::finish_openid)
        .service(accounts::list_accounts)
        .service(accounts::disable_account)
        .service(accounts::enable_account)
        .service(account::erase_account)
        .service(account::change_name)
        .service(account::ask_address)
        .service(account::confirm_address)
        .service(account::restore_address)
        .service(account::list_sessions)
        .service(account::end_other_sessions)
        .service(account::end_session)
        .service(identities::list_identities)
        .service(identities::disconnect_identity)
        .service(password::change_password)
        .service(password::ask_reset)
        .service(password::reset_password)
        .service(second_factor::begin_second_factor)
        .service(second_factor::confirm_second_factor)
        .service(second_factor::remove_second_factor)
        .service(second_factor::renew_recovery_codes)
        .service(passkeys::list_passkeys)
        .service(passkeys::begin_passkey)
        .service(passkeys::add_passkey)
        .service(passkeys::begin_change)
        .service(passkeys::remove_passkey);
}

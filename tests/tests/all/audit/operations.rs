//! Which word of the audit log each operation writes: the list comes from the API's own description, so that a new operation without
//! one fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use adx_registry_core::audit::Act;
use adx_tests::programs::checkout;

/// What an operation that changes something tells when it succeeds.
const TOLD: &[(&str, &[Act])] = &[
    ("POST /api/v1/account/address", &[Act::AddressAsk]),
    ("POST /api/v1/account/appeals", &[Act::AppealOpen]),
    ("POST /api/v1/account/invitations/accept", &[Act::MemberAccept]),
    ("POST /api/v1/account/invitations/{id}/accept", &[Act::MemberAccept]),
    // Only looked at.
    ("POST /api/v1/account/invitations/look", &[]),
    ("POST /api/v1/account/operator", &[Act::OperatorCreate, Act::SessionCreate]),
    // Only what a device is asked: whether it may be a passkey, or one may go, is told when it has answered.
    ("POST /api/v1/account/passkeys", &[]),
    ("POST /api/v1/account/passkeys/assertion", &[]),
    ("POST /api/v1/account/publishers/connect", &[Act::MemberConnect]),
    ("POST /api/v1/account/recovery-codes", &[Act::RecoveryCodesRenew]),
    ("POST /api/v1/account/second-factor", &[Act::SecondFactorBegin]),
    (
        "POST /api/v1/account/transfers/accept",
        &[Act::TransferAccept, Act::DomainForget, Act::SubmissionWithdraw, Act::WebhookRemove],
    ),
    ("POST /api/v1/account/transfers/decline", &[Act::TransferDecline]),
    ("POST /api/v1/account/transfers/look", &[]),
    ("POST /api/v1/accounts/{id}/disable", &[Act::AccountDisable]),
    ("POST /api/v1/accounts/{id}/enable", &[Act::AccountEnable]),
    ("POST /api/v1/advisories/{id}/withdraw", &[Act::AdvisoryWithdraw]),
    ("POST /api/v1/appeals/{id}/deny", &[Act::AppealDecide]),
    (
        "POST /api/v1/appeals/{id}/grant",
        &[
            Act::AppealDecide,
            Act::ModuleRestore,
            Act::NameAllow,
            Act::ReleaseRestore,
            Act::SubmissionReopen,
            Act::TakedownLift,
        ],
    ),
    ("POST /api/v1/confirm-address", &[Act::AddressChange]),
    ("POST /api/v1/jobs/given-up/{id}/retry", &[Act::JobRetry]),
    ("POST /api/v1/modules/{namespace}/{name}/advisories", &[Act::AdvisoryFile]),
    ("POST /api/v1/modules/{namespace}/{name}/quarantine", &[Act::ModuleQuarantine]),
    ("POST /api/v1/modules/{namespace}/{name}/release-from-quarantine", &[Act::ModuleRestore]),
    ("POST /api/v1/modules/{namespace}/{name}/report", &[Act::ReportSend]),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/quarantine", &[Act::ReleaseQuarantine]),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/release-from-quarantine", &[Act::ReleaseRestore]),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/unyank", &[Act::ReleaseUnyank]),
    ("POST /api/v1/modules/{namespace}/{name}/versions/{version}/yank", &[Act::ReleaseYank]),
    ("POST /api/v1/names/held/{id}/allow", &[Act::NameAllow]),
    ("POST /api/v1/names/held/{id}/refuse", &[Act::NameRefuse]),
    ("POST /api/v1/operator", &[Act::OperatorCreate, Act::SessionCreate]),
    ("POST /api/v1/owners/accept", &[Act::OwnerAccept]),
    ("POST /api/v1/password-reset", &[Act::LetterAsk]),
    ("POST /api/v1/password-reset/confirm", &[Act::PasswordReset]),
    ("POST /api/v1/publishers", &[Act::PublisherCreate]),
    ("POST /api/v1/publishers/{namespace}/appeals", &[Act::AppealOpen]),
    ("POST /api/v1/publishers/{namespace}/domain/verify", &[Act::DomainVerify]),
    ("POST /api/v1/publishers/{namespace}/keys", &[Act::KeyAdd]),
    ("POST /api/v1/publishers/{namespace}/members", &[Act::MemberInvite]),
    ("POST /api/v1/publishers/{namespace}/organisation", &[Act::PublisherOrganisation]),
    ("POST /api/v1/publishers/{namespace}/owners", &[Act::OwnerInvite]),
    ("POST /api/v1/publishers/{namespace}/proposals", &[Act::ProposalOpen]),
    ("POST /api/v1/publishers/{namespace}/proposals/{id}/approve", &[Act::ProposalApprove]),
    ("POST /api/v1/publishers/{namespace}/proposals/{id}/cancel", &[Act::ProposalCancel]),
    ("POST /api/v1/publishers/{namespace}/publishing/{switch}", &[Act::PublishingTighten, Act::PublishingKeep]),
    ("POST /api/v1/publishers/{namespace}/trusted-publishers", &[Act::ProposalOpen]),
    ("POST /api/v1/publishers/{namespace}/tokens", &[Act::TokenCreate]),
    (
        "POST /api/v1/reports/{id}/confirm",
        &[Act::ReportDecide, Act::ModuleQuarantine, Act::ReleaseQuarantine, Act::PackageRevoke],
    ),
    ("POST /api/v1/reports/{id}/dismiss", &[Act::ReportDecide]),
    (
        "POST /api/v1/restore-address",
        &[Act::AddressRestore, Act::IdentityDisconnect, Act::PasskeyRemove, Act::SecondFactorOff],
    ),
    ("POST /api/v1/revocations", &[Act::PackageRevoke, Act::KeyRevoke]),
    ("POST /api/v1/session", &[Act::SessionCreate]),
    // Nothing is written: what must be kept until the browser comes back is in a cookie. The way back tells that somebody signed in.
    ("POST /api/v1/session/openid", &[]),
    // As for a passkey of the account.
    ("POST /api/v1/session/passkey", &[]),
    ("POST /api/v1/session/unlock", &[Act::LetterAsk]),
    ("POST /api/v1/sign-up", &[Act::LetterAsk]),
    ("POST /api/v1/sign-up/verify", &[Act::AccountCreate, Act::SessionCreate]),
    ("POST /api/v1/submissions/{id}/approve", &[Act::SubmissionApprove, Act::ReleasePublish]),
    ("POST /api/v1/submissions/{id}/ask", &[Act::SubmissionAsk]),
    ("POST /api/v1/submissions/{id}/comments", &[Act::SubmissionComment]),
    ("POST /api/v1/submissions/{id}/confirm", &[Act::SubmissionConfirm, Act::ReleasePublish]),
    ("POST /api/v1/submissions/{id}/reject", &[Act::SubmissionReject]),
    ("POST /api/v1/submissions/{id}/withdraw", &[Act::SubmissionWithdraw]),
    ("POST /api/v1/tenants", &[Act::TenantCreate]),
    ("PUT /api/v1/tenants/{tenant}", &[Act::TenantChange]),
    // Nothing is written.
    ("POST /api/v1/quotes", &[]),
    ("POST /api/v1/orders", &[Act::OrderPlace]),
    ("POST /api/v1/orders/{id}/approve", &[Act::OrderApprove]),
    ("POST /api/v1/orders/{id}/refuse", &[Act::OrderRefuse]),
    ("POST /api/v1/orders/{id}/cancel", &[Act::OrderCancel]),
    // Nothing is written: whoever takes the money keeps the card.
    ("POST /api/v1/orders/{id}/card", &[]),
    ("POST /api/v1/orders/{id}/paid", &[Act::OrderPay]),
    ("POST /api/v1/orders/{id}/decline", &[Act::OrderDecline]),
    ("POST /api/v1/orders/{id}/refund", &[Act::OrderRefund]),
    // A job does what is told, and tells the log of it.
    ("POST /api/v1/payments/stripe/events", &[]),
    ("POST /api/v1/publishers/{namespace}/coupons", &[Act::CouponCreate]),
    ("POST /api/v1/tokens", &[Act::TokenCreate]),
    ("POST /api/v1/tokens/report", &[Act::TokenReport]),
    ("POST /api/v1/trusted-publishing/token", &[Act::TokenExchange]),
    ("POST /api/v1/webhooks", &[Act::WebhookCreate]),
    ("POST /api/v1/webhooks/{id}/ping", &[Act::WebhookPing]),
    ("POST /api/v1/webhooks/{id}/replay", &[Act::WebhookReplay]),
    ("POST /api/v1/webhooks/{id}/secret", &[Act::WebhookRotate]),
    ("PUT /api/v1/webhooks/{id}", &[Act::WebhookChange]),
    ("DELETE /api/v1/webhooks/{id}", &[Act::WebhookRemove]),
    ("PUT /api/v1/account/name", &[Act::AccountRename]),
    ("PUT /api/v1/account/passkeys", &[Act::PasskeyAdd]),
    ("PUT /api/v1/account/password", &[Act::PasswordChange]),
    ("PUT /api/v1/account/second-factor", &[Act::SecondFactorOn]),
    ("PUT /api/v1/advisories/{id}", &[Act::AdvisoryChange]),
    ("PUT /api/v1/modules/{namespace}/{name}/deprecation", &[Act::ModuleDeprecate]),
    ("PUT /api/v1/modules/{namespace}/{name}/takedown", &[Act::TakedownPut]),
    ("PUT /api/v1/modules/{namespace}/{name}/versions/{version}/takedown", &[Act::TakedownPut]),
    (
        "PUT /api/v1/modules/{namespace}/{name}/versions/{version}",
        &[Act::ReleasePublish, Act::SubmissionWait, Act::SubmissionRefuse],
    ),
    ("PUT /api/v1/publishers/{namespace}/display-name", &[Act::PublisherRename]),
    ("PUT /api/v1/publishers/{namespace}/domain", &[Act::DomainAsk, Act::DomainForget]),
    ("PUT /api/v1/publishers/{namespace}/members/{id}/role", &[Act::MemberRole]),
    ("PUT /api/v1/publishers/{namespace}/quota", &[Act::QuotaChange]),
    ("PUT /api/v1/publishers/{namespace}/review", &[Act::PublisherStanding]),
    ("DELETE /api/v1/account", &[Act::AccountErase]),
    ("DELETE /api/v1/account/identities/{id}", &[Act::IdentityDisconnect]),
    ("DELETE /api/v1/account/passkeys/{id}", &[Act::PasskeyRemove]),
    ("DELETE /api/v1/account/second-factor", &[Act::SecondFactorOff]),
    ("DELETE /api/v1/account/sessions", &[Act::SessionEndOthers]),
    ("DELETE /api/v1/account/sessions/{id}", &[Act::SessionEnd]),
    ("DELETE /api/v1/jobs/given-up/{id}", &[Act::JobDrop]),
    ("DELETE /api/v1/modules/{namespace}/{name}", &[Act::NameDelete, Act::ReleaseYank]),
    ("DELETE /api/v1/modules/{namespace}/{name}/deprecation", &[Act::ModuleUndeprecate]),
    ("DELETE /api/v1/modules/{namespace}/{name}/takedown", &[Act::TakedownLift]),
    ("DELETE /api/v1/modules/{namespace}/{name}/versions/{version}/takedown", &[Act::TakedownLift]),
    ("DELETE /api/v1/publishers/{namespace}/domain", &[Act::DomainForget]),
    ("DELETE /api/v1/publishers/{namespace}/keys/{key_id}", &[Act::KeyRemove]),
    ("DELETE /api/v1/publishers/{namespace}/members/{id}", &[Act::MemberRemove, Act::OwnerRemove]),
    ("DELETE /api/v1/publishers/{namespace}/publishing/{switch}", &[Act::ProposalOpen]),
    ("DELETE /api/v1/publishers/{namespace}/quota", &[Act::QuotaChange]),
    ("DELETE /api/v1/publishers/{namespace}/review", &[Act::PublisherStanding]),
    ("DELETE /api/v1/publishers/{namespace}/tokens/{id}", &[Act::TokenRevoke]),
    ("DELETE /api/v1/publishers/{namespace}/transfer", &[Act::TransferWithdraw]),
    ("DELETE /api/v1/publishers/{namespace}/trusted-publishers/{id}", &[Act::TrustedPublisherRemove]),
    ("DELETE /api/v1/revocations/keys/{key_id}", &[Act::KeyUnrevoke]),
    ("DELETE /api/v1/revocations/packages/{sha256}", &[Act::PackageUnrevoke]),
    ("DELETE /api/v1/session", &[Act::SessionEnd]),
    ("DELETE /api/v1/tokens/{id}", &[Act::TokenRevoke]),
];

/// What no operation tells that succeeds: commands on the machine, what comes of time, and what was refused.
const BESIDE: &[Act] = &[
    Act::AccountsKeyReplace,
    Act::AccessRefuse,
    Act::DomainLose,
    Act::IdentityConnect,
    Act::NameHold,
    Act::NameRestore,
    Act::OperatorLink,
    Act::OperatorRemove,
    Act::OrderCheck,
    Act::OrderDispute,
    Act::OrderEnd,
    Act::OrderExpire,
    Act::OrderFreeze,
    Act::OrderRenew,
    Act::OrderSettle,
    Act::OwnerThreshold,
    Act::PasskeyClone,
    Act::ProposalAnnounce,
    Act::ProposalDone,
    Act::ProposalExpire,
    Act::ProposalFail,
    Act::PublishingAnnounce,
    Act::PublishingLoosen,
    Act::RateChange,
    Act::RecheckBegin,
    Act::ReleaseFlag,
    Act::TokenRenew,
    Act::TransferOffer,
    Act::TrustedPublisherAdd,
    Act::WebhookDisable,
];

#[test]
fn every_operation_that_changes_something_has_its_word() {
    let document = serde_json::to_value(adx_registry::http::document()).unwrap();
    let mut told: BTreeMap<&str, &[Act]> = TOLD.iter().copied().collect();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|method| !["get", "head"].contains(&method.as_str())) {
            let name = format!("{} {path}", method.to_uppercase());
            assert!(told.remove(name.as_str()).is_some(), "`{name}`: what does it tell the audit log?");
        }
    }
    assert!(told.is_empty(), "words for what is no operation: {told:?}");
    let known: BTreeSet<_> = TOLD.iter().flat_map(|(_, acts)| acts.iter()).chain(BESIDE).collect();
    for act in Act::ALL {
        assert!(known.contains(act), "nothing tells `{act}`");
    }
}

/// A task that forgets whose it is would be told as a job's.
#[test]
fn what_a_request_begins_beside_itself_goes_on_in_its_name() {
    let mut folders = vec![checkout().join("registry/server/src/http")];
    let mut begun = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for (_, after) in text.match_indices("tasks.spawn(").map(|(at, begins)| text.split_at(at + begins.len())) {
                let named =
                    ["Behalf::current().run(", "behalf.run("].iter().any(|run| after.trim_start().starts_with(run));
                assert!(named, "{}: on whose behalf is this task?", path.display());
                begun += 1;
            }
        }
    }
    assert!(begun >= 3, "a publish, an approval and a refusal");
}

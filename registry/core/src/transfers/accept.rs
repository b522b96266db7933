//! The other side: a person who is signed in accepts what the letter offers, or declines it.

use adx_signing::digest::Digest;

use super::end::{end_with, tell};
use super::{Transfer, TransferError, TransferState};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::{NewJob, Task};
use crate::members::{self, Member, MemberState, Membership, Role};
use crate::owners::note_owners;
use crate::ports::{Reader, StoreError, Transaction};
use crate::publisher::Publisher;
use crate::quotas::{Allowance, Limits};
use crate::rates::Caller;
use crate::review::Standing;
use crate::submissions;
use crate::trusted::{PublishingRules, PublishingSwitch};
use crate::{Id, Ports, domains, proposals, webhooks};

/// Longest text that is looked at as a code, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// Takes over what was offered. Everybody who was a member is one no more, every token of the publisher and of its owners is revoked, no
/// workflow is trusted any more, no webhook is told any more, nothing is asked of releases, what owners proposed is cancelled, what waits
/// to be released is withdrawn, and no domain is the publisher's any more; keys and releases stay, and the next release is a first one to the
/// review. Whoever accepts is the only owner.
///
/// # Errors
/// [`TransferError`]; nothing has changed then.
#[tracing::instrument(name = "transfer.accept", skip_all)]
pub async fn accept_transfer(ports: &Ports, actor: &Actor, code: &str) -> Result<Membership, TransferError> {
    actor.person()?;
    let code = known(ports, code).await?;
    let mut transaction = ports.store.begin().await?;
    let accepted = accept(ports, &mut *transaction, actor, &code).await;
    let accepted = end_with(transaction, accepted).await?;
    ports.progress.logged();
    let Membership { member, publisher } = &accepted;
    tracing::info!(namespace = %publisher.namespace, owner = %member.id, "a publisher was given to somebody else");
    Ok(accepted)
}

/// Says that whoever got the letter does not want it.
///
/// # Errors
/// [`TransferError`]; nothing has changed then.
#[tracing::instrument(name = "transfer.decline", skip_all)]
pub async fn decline_transfer(ports: &Ports, actor: &Actor, code: &str) -> Result<(), TransferError> {
    actor.person()?;
    let code = known(ports, code).await?;
    let mut transaction = ports.store.begin().await?;
    let declined = decline(ports, &mut *transaction, actor, &code).await;
    end_with(transaction, declined).await
}

/// Guesses must not keep those waiting who append leaves.
pub(super) async fn known(ports: &Ports, code: &str) -> Result<Digest, TransferError> {
    let code = code.trim();
    if code.len() > MAX_CODE_BYTES {
        return Err(TransferError::BadCode);
    }
    let code = Digest::of(code.as_bytes());
    let known = ports.store.read().await?.transfer_by_code(&code).await?;
    known.map(|_| code).ok_or(TransferError::BadCode)
}

async fn decline(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    code: &Digest,
) -> Result<(), TransferError> {
    members::signed_in(transaction, actor).await?;
    let (transfer, publisher) = live(ports, transaction, code).await?;
    let declined = transfer.ended(TransferState::Declined, ports.now());
    transaction.update_transfer(&declined).await?;
    Ok(tell(ports, transaction, &publisher, &declined).await?)
}

/// The offer of a code, if it can be accepted.
pub(super) async fn live<R: Reader + ?Sized>(
    ports: &Ports,
    reader: &mut R,
    code: &Digest,
) -> Result<(Transfer, Publisher), TransferError> {
    let transfer = reader.transfer_by_code(code).await?.filter(|transfer| transfer.is_live(ports.now()));
    let transfer = transfer.ok_or(TransferError::BadCode)?;
    let publisher = reader.publisher(transfer.publisher).await?.ok_or(TransferError::BadCode)?;
    Ok((transfer, publisher))
}

async fn accept(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    code: &Digest,
) -> Result<Membership, TransferError> {
    let account = members::signed_in(transaction, actor).await?;
    let (transfer, publisher) = live(ports, transaction, code).await?;
    let now = ports.now();
    for member in transaction.members_of(publisher.id).await? {
        if member.state == MemberState::Removed {
            continue;
        }
        let is_told = member.is_accepted() && member.account != Some(account.id) && member.email.is_some();
        // The address stays until its letter is sent.
        let email = member.email.clone().filter(|_| is_told);
        transaction.update_member(&Member { state: MemberState::Removed, email, ..member.clone() }).await?;
        transaction.set_invitation(member.id, None).await?;
        transaction.revoke_owner_tokens(member.id, now).await?;
        if is_told {
            let task = Task::TellFormerMember { member: member.id };
            transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
        }
    }
    for token in transaction.tokens_of(publisher.id, now).await? {
        transaction.revoke_token(publisher.id, token.id, now).await?;
    }
    // What the old owners trusted, asked of releases and showed of themselves was theirs.
    for trusted in transaction.trusted_publishers_of(publisher.id).await? {
        transaction.remove_trusted_publisher(trusted.id, now).await?;
    }
    transaction.set_publishing_rules(publisher.id, PublishingRules::default()).await?;
    for switch in PublishingSwitch::ALL {
        transaction.remove_loosening(publisher.id, switch).await?;
    }
    proposals::cancel_all(ports, transaction, &publisher).await?;
    submissions::withdraw_all(ports, transaction, publisher.id, "the publisher was transferred").await?;
    domains::do_without(ports, transaction, &publisher).await?;
    transaction.clear_owner_threshold(publisher.id).await?;
    forget_favours(ports, transaction, &publisher).await?;
    webhooks::remove_all(ports, transaction, &publisher).await?;
    let transfer_id = transfer.id;
    transaction.update_transfer(&transfer.ended(TransferState::Accepted, now)).await?;
    let owner = Member {
        id: Id::new(now, &*ports.entropy),
        publisher: publisher.id,
        role: Role::Owner,
        account: Some(account.id),
        name: account.name.ok_or(TransferError::BadCode)?,
        email: account.email,
        state: MemberState::Accepted,
        created_at: now,
        accepted_at: Some(now),
    };
    transaction.insert_member(&owner).await?;
    Deed::new(Act::TransferAccept).of(&publisher).id(transfer_id).tell(ports, transaction);
    note_owners(ports, transaction, &publisher).await?;
    Ok(Membership { member: owner, publisher })
}

/// What an operator thought well of was not the new owner; what is held back stays so.
async fn forget_favours(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), StoreError> {
    let standing = transaction.publisher_standing(publisher.id).await?;
    if standing.is_some_and(|known| known.standing == Standing::Trusted) {
        transaction.set_publisher_standing(publisher.id, None).await?;
    }
    transaction.remove_rate_allowances(Caller::Publisher(publisher.id), None).await?;
    let Some(allowance) = transaction.quota_allowance(publisher.id).await? else { return Ok(()) };
    let less = |limit: Option<u64>, of_all: u64| limit.filter(|limit| *limit <= of_all);
    let limits = Limits {
        modules: less(allowance.limits.modules, ports.quota.modules),
        package_bytes: less(allowance.limits.package_bytes, ports.quota.package_bytes),
        releases_a_day: less(allowance.limits.releases_a_day, ports.quota.releases_a_day),
        rate_factor: None,
    };
    let kept = (limits != Limits::default()).then_some(Allowance { limits, ..allowance });
    transaction.set_quota_allowance(publisher.id, kept.as_ref()).await
}

//! How an offer ends otherwise, and who is told.

use adx_signing::name::Namespace;

use super::{Transfer, TransferError, TransferState};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::Notice;
use crate::members::{self, Member, MemberState};
use crate::ports::{Message, StoreError, SystemWrite, Transaction, Written};
use crate::publisher::Publisher;
use crate::run_jobs::JobError;
use crate::{Id, Ports, proposals};

/// Takes an offer back, as any owner may alone.
///
/// # Errors
/// [`TransferError`]; nothing has changed then.
#[tracing::instrument(name = "transfer.withdraw", skip_all, fields(%namespace))]
pub async fn withdraw_transfer(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<(), TransferError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let withdrawn = withdraw(ports, &mut *transaction, actor, namespace).await;
    end_with(transaction, withdrawn).await
}

async fn withdraw(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<(), TransferError> {
    let (publisher, _) = members::seat(transaction, actor, namespace).await?;
    let now = ports.now();
    let open = transaction.offered_transfer(publisher.id).await?.filter(|open| open.is_live(now));
    let open = open.ok_or_else(|| TransferError::NotOffered(publisher.namespace.clone()))?;
    let withdrawn = open.ended(TransferState::Withdrawn, now);
    transaction.update_transfer(&withdrawn).await?;
    Ok(tell(ports, transaction, &publisher, &withdrawn).await?)
}

/// Tells the audit log and the owners that an offer was declined or withdrawn.
pub(super) async fn tell(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    transfer: &Transfer,
) -> Result<(), StoreError> {
    let declined = transfer.state == TransferState::Declined;
    let act = if declined { Act::TransferDecline } else { Act::TransferWithdraw };
    Deed::new(act).of(publisher).id(transfer.id).tell(ports, transaction);
    proposals::notify_owners(ports, transaction, publisher, Notice::TransferEnded { transfer: transfer.id, declined })
        .await
}

/// Subject and text of that.
pub(crate) fn note_told(namespace: &Namespace, declined: bool) -> (String, String) {
    let what = if declined { "declined" } else { "withdrawn" };
    let text = format!(
        "Namespace: {namespace}\n\nThe offer to give it to somebody else was {what}. It stays yours.\n\n\
         You get this letter because you are an owner of `{namespace}`.\n"
    );
    (format!("{namespace}: the offer was {what}"), text)
}

/// Tells somebody who was a member that the namespace is somebody else's, and forgets the address.
#[tracing::instrument(name = "transfer.tell_former_member", skip_all, fields(%member))]
pub(crate) async fn tell_former_member(ports: &Ports, member: Id<Member>) -> Result<(), JobError> {
    let mut reader = ports.store.read().await?;
    let Some(member) = reader.member(member).await?.filter(|member| member.state == MemberState::Removed) else {
        return Ok(());
    };
    let publisher = reader.publisher(member.publisher).await?;
    drop(reader);
    if let (Some(to), Some(publisher)) = (member.email.clone(), publisher) {
        let namespace = publisher.namespace;
        let text = format!(
            "Namespace: {namespace}\n\nIts owners gave it to somebody else, who accepted. You are a member no more, and\n\
             your tokens for it count no more. What waited there to be released is withdrawn.\n"
        );
        ports.mail.send(&Message { to, subject: format!("{namespace} is somebody else's"), text }).await?;
    }
    // Told twice rather than not at all, should this not be written.
    let mut transaction = ports.store.begin().await?;
    transaction.lock_leaves().await?;
    transaction.update_member(&Member { email: None, ..member }).await?;
    Ok(transaction.commit(Written::System(SystemWrite::Address)).await?)
}

/// Commits what was changed, and nothing of what was refused.
pub(super) async fn end_with<T>(
    transaction: Box<dyn Transaction>,
    changed: Result<T, TransferError>,
) -> Result<T, TransferError> {
    match changed {
        Ok(changed) => {
            transaction.commit(Written::Told).await?;
            Ok(changed)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

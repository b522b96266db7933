//! Listing trusted publishers and taking trust away. Who adds one proposes it to the other owners (`crate::proposals`).

use adx_signing::name::Namespace;

use super::{TrustedError, TrustedPublisher, Workflow};
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::Notice;
use crate::members::Member;
use crate::ports::{Transaction, Written};
use crate::proposals::notify_owners;
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// Most workflows that a publisher trusts.
pub const MAX_TRUSTED_PUBLISHERS: usize = 32;

/// The workflows that a publisher trusts, in the order they were added; for its members, itself and operators.
///
/// # Errors
/// [`TrustedError`]
pub async fn list_trusted_publishers(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<Vec<TrustedPublisher>, TrustedError> {
    actor.sees_owners_of(namespace)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| TrustedError::NoPublisher(namespace.clone()))?;
    Ok(reader.trusted_publishers_of(publisher.id).await?)
}

/// Takes the trust away, at once, on the word of one owner: the tokens of its runs count no more. Every owner is told.
///
/// # Errors
/// [`TrustedError`]; nothing has changed then.
#[tracing::instrument(name = "trusted_publisher.remove", skip_all, fields(%namespace, %id))]
pub async fn remove_trusted_publisher(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<TrustedPublisher>,
) -> Result<(), TrustedError> {
    let (owner, publisher) = actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    match remove(ports, &mut *transaction, owner, publisher, id).await {
        Ok(()) => Ok(transaction.commit(Written::Told).await?),
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn remove(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    owner: &Member,
    publisher: &Publisher,
    id: Id<TrustedPublisher>,
) -> Result<(), TrustedError> {
    // A run that is given a token meanwhile comes first, and its token is found here.
    transaction.lock_leaves().await?;
    still_owns(transaction, owner).await?;
    let trusted = transaction.trusted_publishers_of(publisher.id).await?;
    if !trusted.iter().any(|trusted| trusted.id == id) {
        return Err(TrustedError::NotFound);
    }
    let now = ports.now();
    transaction.remove_trusted_publisher(id, now).await?;
    transaction.revoke_tokens_of_trusted_publisher(id, now).await?;
    Deed::new(Act::TrustedPublisherRemove).of(publisher).id(id).tell(ports, transaction);
    notify_owners(ports, transaction, publisher, Notice::TrustedPublisherRemoved { trusted: id }).await?;
    Ok(())
}

/// Refuses whoever was removed since it showed its token. The leaves are locked.
pub(super) async fn still_owns(transaction: &mut dyn Transaction, owner: &Member) -> Result<(), TrustedError> {
    let still = transaction.member(owner.id).await?.is_some_and(|owner| owner.is_owner());
    if still { Ok(()) } else { Err(Denied::OwnerOnly.into()) }
}

/// Whether a publisher can trust one more workflow.
pub(crate) async fn can_add(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    workflow: &Workflow,
) -> Result<(), TrustedError> {
    workflow.check(ports.workflows.issuers())?;
    let trusted = transaction.trusted_publishers_of(publisher.id).await?;
    if trusted.iter().any(|trusted| trusted.workflow == *workflow) {
        return Err(TrustedError::Known);
    }
    if trusted.len() >= MAX_TRUSTED_PUBLISHERS { Err(TrustedError::TooMany) } else { Ok(()) }
}

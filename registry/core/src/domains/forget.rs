//! Doing without a domain.

use adx_signing::name::Namespace;
use serde_json::json;

use super::{DomainError, end};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::members;
use crate::ports::{StoreError, Transaction, Written};
use crate::publisher::Publisher;

/// Takes a publisher's domain away from it, as any owner may alone.
///
/// # Errors
/// [`DomainError`]; nothing has changed then.
#[tracing::instrument(name = "domain.forget", skip_all, fields(%namespace))]
pub async fn forget_domain(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<(), DomainError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let forgotten = forget(ports, &mut *transaction, actor, namespace).await;
    end(transaction, Written::Told, forgotten).await
}

async fn forget(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<(), DomainError> {
    let (publisher, _) = members::seat(transaction, actor, namespace).await?;
    if do_without(ports, transaction, &publisher).await? {
        Ok(())
    } else {
        Err(DomainError::NotAsked(publisher.namespace))
    }
}

/// Removes the domain of a publisher, verified or not, if it has one; whether it had. The leaves are locked.
pub(crate) async fn do_without(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<bool, StoreError> {
    let Some(claim) = transaction.domain_of(publisher.id).await? else { return Ok(false) };
    transaction.remove_domain(publisher.id).await?;
    let deed = Deed::new(Act::DomainForget).of(publisher);
    let detail = json!({ "domain": claim.domain, "verified": claim.verified_at.is_some() });
    deed.with(detail).tell(ports, transaction);
    Ok(true)
}

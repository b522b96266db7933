//! An owner says that the record is there.

use adx_signing::name::Namespace;
use serde_json::json;

use super::look::is_there;
use super::{DomainClaim, DomainError, end};
use crate::Ports;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::members;
use crate::ports::{Transaction, Written};

/// Looks whether the record is there: the domain is the publisher's from then on. If it was before, it is still.
///
/// # Errors
/// [`DomainError`]; nothing has changed then.
#[tracing::instrument(name = "domain.verify", skip_all, fields(%namespace))]
pub async fn verify_domain(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<DomainClaim, DomainError> {
    let (_, publisher) = actor.owner_of(namespace)?;
    let claim = ports.store.read().await?.domain_of(publisher.id).await?;
    let claim = claim.ok_or_else(|| DomainError::NotAsked(publisher.namespace.clone()))?;
    // Nobody waits for a name server with the database in hand.
    if !is_there(ports, &claim).await? {
        return Err(DomainError::Missing { name: claim.record_name(), text: claim.record_text() });
    }
    let mut transaction = ports.store.begin().await?;
    let verified = note(ports, &mut *transaction, actor, namespace, &claim).await;
    let verified = end(transaction, Written::ToldIfChanged, verified).await?;
    tracing::info!(domain = %verified.domain, "a publisher holds a domain");
    Ok(verified)
}

async fn note(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    seen: &DomainClaim,
) -> Result<DomainClaim, DomainError> {
    let (publisher, _) = members::seat(transaction, actor, namespace).await?;
    let claim = transaction.domain_of(publisher.id).await?.filter(|claim| claim.token == seen.token);
    let claim = claim.ok_or_else(|| DomainError::NotAsked(publisher.namespace.clone()))?;
    let now = ports.now();
    if claim.verified_at.is_none() {
        let deed = Deed::new(Act::DomainVerify).of(&publisher);
        deed.with(json!({ "domain": claim.domain })).tell(ports, transaction);
    }
    let verified_at = claim.verified_at.or(Some(now));
    let verified = DomainClaim { verified_at, looked_at: Some(now), seen_at: Some(now), missing_since: None, ..claim };
    transaction.put_domain(&verified).await?;
    Ok(verified)
}

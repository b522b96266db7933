//! Asking for the text of a record, and reading it again.

use adx_signing::name::Namespace;
use serde_json::json;

use super::{Domain, DomainClaim, DomainError, do_without, end};
use crate::accounts::Code;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::members::{self, MemberError, Right};
use crate::ports::{Reader, StoreError, Transaction, Written};
use crate::publisher::Publisher;
use crate::{Id, Ports};

/// What an owner is to put into the DNS for a domain: the same as before for the same domain. A publisher has one, and another takes its
/// place.
///
/// # Errors
/// [`DomainError`]; nothing has changed then.
#[tracing::instrument(name = "domain.ask", skip_all, fields(%namespace, %domain))]
pub async fn ask_for_domain(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    domain: Domain,
) -> Result<DomainClaim, DomainError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let asked = ask(ports, &mut *transaction, actor, namespace, domain).await;
    end(transaction, Written::ToldIfChanged, asked).await
}

async fn ask(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    domain: Domain,
) -> Result<DomainClaim, DomainError> {
    let (publisher, _) = members::seat(transaction, actor, namespace).await?;
    if let Some(claim) = transaction.domain_of(publisher.id).await?.filter(|claim| claim.domain == domain) {
        return Ok(claim);
    }
    do_without(ports, transaction, &publisher).await?;
    let claim = DomainClaim {
        publisher: publisher.id,
        domain,
        token: Code::new(&*ports.entropy).expose().to_owned(),
        asked_at: ports.now(),
        verified_at: None,
        looked_at: None,
        seen_at: None,
        missing_since: None,
    };
    transaction.put_domain(&claim).await?;
    let deed = Deed::new(Act::DomainAsk).of(&publisher);
    deed.with(json!({ "domain": claim.domain })).tell(ports, transaction);
    Ok(claim)
}

/// The domain of a publisher, verified or not, for its members, its tokens and operators.
///
/// # Errors
/// [`DomainError`]
pub async fn read_domain(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<DomainClaim, DomainError> {
    actor.may_see(namespace, Right::SeeMembers)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MemberError::NoPublisher(namespace.clone()))?;
    reader.domain_of(publisher.id).await?.ok_or(DomainError::NotAsked(publisher.namespace))
}

/// The domain that a publisher holds, for everybody.
///
/// # Errors
/// [`StoreError`]
pub async fn verified_domain(reader: &mut dyn Reader, publisher: Id<Publisher>) -> Result<Option<Domain>, StoreError> {
    let claim = reader.domain_of(publisher).await?;
    Ok(claim.filter(|claim| claim.verified_at.is_some()).map(|claim| claim.domain))
}

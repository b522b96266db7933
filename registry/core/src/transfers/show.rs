//! Showing an offer.

use adx_signing::name::Namespace;

use super::{Transfer, TransferError};
use crate::Ports;
use crate::actor::Actor;
use crate::members::MemberError;
use crate::publisher::Publisher;

/// The offer of a namespace that can be accepted now; without name and address for whoever may not see those.
///
/// # Errors
/// [`TransferError`]
pub async fn read_transfer(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
) -> Result<(Publisher, Transfer), TransferError> {
    let with_addresses = actor.sees_owners_of(namespace)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| MemberError::NoPublisher(namespace.clone()))?;
    let open = reader.offered_transfer(publisher.id).await?.filter(|open| open.is_live(ports.now()));
    let mut open = open.ok_or_else(|| TransferError::NotOffered(publisher.namespace.clone()))?;
    if !with_addresses {
        open.name = None;
        open.email = None;
    }
    Ok((publisher, open))
}

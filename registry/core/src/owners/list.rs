//! Who the owners are.

use adx_signing::name::Namespace;

use super::OwnerError;
use crate::Ports;
use crate::actor::Actor;
use crate::members::{Member, MemberState, Role};
use crate::owner::needed;
use crate::publisher::Publisher;

/// The owners of a namespace.
#[derive(Debug)]
pub struct OwnerList {
    /// Whose they are.
    pub publisher: Publisher,
    /// How many must approve.
    pub threshold: u32,
    /// In the order they were invited, without the removed ones; without addresses for whoever may not see those.
    pub owners: Vec<Member>,
}

/// Lists the owners of a namespace.
///
/// # Errors
/// [`OwnerError`]
pub async fn list_owners(ports: &Ports, actor: &Actor, namespace: &Namespace) -> Result<OwnerList, OwnerError> {
    let with_addresses = actor.sees_owners_of(namespace)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| OwnerError::NoPublisher(namespace.clone()))?;
    let mut owners = reader.members_of(publisher.id).await?;
    owners.retain(|owner| owner.role == Role::Owner && owner.state != MemberState::Removed);
    let threshold = reader.owner_threshold(publisher.id).await?;
    let threshold = needed(threshold, owners.iter().filter(|owner| owner.is_owner()).count());
    if !with_addresses {
        for owner in &mut owners {
            owner.email = None;
        }
    }
    Ok(OwnerList { publisher, threshold, owners })
}

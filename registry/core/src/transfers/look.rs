//! What is offered, before it is accepted.

use super::accept::{known, live};
use super::{Transfer, TransferError};
use crate::Ports;
use crate::actor::Actor;
use crate::members;
use crate::owner::OwnerName;
use crate::publisher::Publisher;

/// An offer, for whoever has its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedPublisher {
    /// What is offered.
    pub publisher: Publisher,
    /// Since when, and until when.
    pub transfer: Transfer,
    /// What its owners are called.
    pub offered_by: Vec<OwnerName>,
}

/// The offer whose letter has a code, for whoever is signed in and has it: nothing is accepted yet.
///
/// # Errors
/// [`TransferError::BadCode`] for a code that is not, or no more, good.
pub async fn look_at_transfer(ports: &Ports, actor: &Actor, code: &str) -> Result<OfferedPublisher, TransferError> {
    actor.person()?;
    let code = known(ports, code).await?;
    let mut reader = ports.store.read().await?;
    let (transfer, publisher) = live(ports, &mut *reader, &code).await?;
    let offered_by = members::owners(&reader.members_of(publisher.id).await?);
    Ok(OfferedPublisher { publisher, transfer, offered_by })
}

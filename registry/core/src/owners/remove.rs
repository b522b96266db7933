//! Letting an owner decide no more, and how many must approve.

use super::OwnerError;
use crate::audit::{Act, Deed};
use crate::owner::{Owner, OwnerState};
use crate::ports::{StoreError, Transaction};
use crate::publisher::Publisher;
use crate::{Id, Ports, leaf};

/// Whether an owner, who may be invited only, may go: one stays, and no more must approve than stay.
pub(crate) fn can_remove(owners: &[Owner], threshold: Option<u32>, id: Id<Owner>) -> Result<&Owner, OwnerError> {
    let owner = owners.iter().find(|owner| owner.id == id && owner.state != OwnerState::Removed);
    let owner = owner.ok_or(OwnerError::Unknown(id))?;
    if owner.is_accepted() {
        let left = owners.iter().filter(|other| other.is_accepted() && other.id != id).count();
        if left == 0 {
            return Err(OwnerError::Last);
        }
        if let Some(threshold) = threshold {
            can_set_threshold(left, threshold)?;
        }
    }
    Ok(owner)
}

/// Whether so many of so many owners can approve.
pub(crate) fn can_set_threshold(owners: usize, threshold: u32) -> Result<(), OwnerError> {
    let possible = threshold >= 1 && usize::try_from(threshold).is_ok_and(|threshold| threshold <= owners);
    if possible { Ok(()) } else { Err(OwnerError::Threshold { threshold, owners }) }
}

/// Removes an owner: its tokens are no good any more, and its address is erased. The leaves are locked.
pub(crate) async fn remove(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    owner: &Owner,
) -> Result<(), StoreError> {
    let removed = Owner { state: OwnerState::Removed, email: None, ..owner.clone() };
    transaction.update_owner(&removed).await?;
    transaction.set_invitation(owner.id, None).await?;
    transaction.revoke_owner_tokens(owner.id, ports.now()).await?;
    Deed::new(Act::OwnerRemove).of(publisher).id(owner.id).tell(ports, transaction);
    if owner.is_accepted() {
        note_owners(ports, transaction, publisher).await?;
    }
    Ok(())
}

/// Appends the leaf of who the accepted owners are now.
pub(super) async fn note_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), StoreError> {
    let owners = transaction.owners_of(publisher.id).await?;
    let mut ids: Vec<_> = owners.iter().filter(|owner| owner.is_accepted()).map(|owner| owner.id.to_string()).collect();
    ids.sort();
    leaf::append_owners(transaction, &*ports.entropy, publisher, ports.now(), &ids).await
}

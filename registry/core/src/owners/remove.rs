//! Letting an owner decide no more, and how many must approve.

use super::OwnerError;
use crate::audit::{Act, Deed};
use crate::members::{Member, MemberState, Role};
use crate::ports::{StoreError, Transaction};
use crate::publisher::Publisher;
use crate::{Id, Ports, leaf};

/// Whether an owner, who may be invited only, may go: one stays, and no more must approve than stay.
pub(crate) fn can_remove(owners: &[Member], threshold: Option<u32>, id: Id<Member>) -> Result<&Member, OwnerError> {
    let is_meant = |owner: &&Member| owner.id == id && owner.role == Role::Owner && owner.state != MemberState::Removed;
    let owner = owners.iter().find(is_meant);
    let owner = owner.ok_or(OwnerError::Unknown(id))?;
    if owner.is_owner() {
        let left = owners.iter().filter(|other| other.is_owner() && other.id != id).count();
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

/// Removes a member: its tokens and those that it made are no good any more, and its address is erased. The leaves are locked.
pub(crate) async fn remove(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    owner: &Member,
) -> Result<(), StoreError> {
    let removed = Member { state: MemberState::Removed, email: None, ..owner.clone() };
    transaction.update_member(&removed).await?;
    transaction.set_invitation(owner.id, None).await?;
    transaction.revoke_owner_tokens(owner.id, ports.now()).await?;
    transaction.revoke_tokens_made_by(owner.id, ports.now()).await?;
    let act = if owner.role == Role::Owner { Act::OwnerRemove } else { Act::MemberRemove };
    Deed::new(act).of(publisher).id(owner.id).tell(ports, transaction);
    if owner.is_owner() {
        note_owners(ports, transaction, publisher).await?;
    }
    Ok(())
}

/// Whoever is a publisher's first owner has its tokens that nobody is known to have made, such as the one that an operator handed out
/// with the namespace: they end with that owner, who does not confirm alone what they send. The leaves are locked.
pub(crate) async fn adopt_tokens(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    owner: &Member,
) -> Result<(), StoreError> {
    let is_other = |member: &Member| member.is_owner() && member.id != owner.id;
    if !owner.is_owner() || transaction.members_of(publisher.id).await?.iter().any(is_other) {
        return Ok(());
    }
    transaction.adopt_tokens(publisher.id, owner.id).await
}

/// Appends the leaf of who the accepted owners are now.
pub(crate) async fn note_owners(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<(), StoreError> {
    let owners = transaction.members_of(publisher.id).await?;
    let mut ids: Vec<_> = owners.iter().filter(|owner| owner.is_owner()).map(|owner| owner.id.to_string()).collect();
    ids.sort();
    leaf::append_owners(transaction, &*ports.entropy, publisher, ports.now(), &ids).await
}

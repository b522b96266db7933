//! What becomes of somebody's memberships when the account is erased.

use adx_signing::name::Namespace;

use super::Membership;
use crate::account::Account;
use crate::job::Notice;
use crate::ports::{StoreError, Transaction};
use crate::{Id, Ports, owners, proposals};

/// Takes the account out of every publisher, and its name with it; or says which would be left without an owner, or with fewer than must
/// approve: nothing has changed then. The leaves are locked.
pub(crate) async fn leave_all(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
) -> Result<Result<(), Namespace>, StoreError> {
    let memberships = transaction.memberships_of(account).await?;
    for Membership { member, publisher } in memberships.iter().filter(|membership| membership.member.is_owner()) {
        let members = transaction.members_of(publisher.id).await?;
        let threshold = transaction.owner_threshold(publisher.id).await?;
        if owners::can_remove(&members, threshold, member.id).is_err() {
            return Ok(Err(publisher.namespace.clone()));
        }
    }
    for Membership { member, publisher } in &memberships {
        owners::remove(ports, transaction, publisher, member).await?;
        if member.is_owner() {
            let notice = Notice::OwnerLeft { owner: member.id };
            proposals::notify_owners(ports, transaction, publisher, notice).await?;
        }
    }
    transaction.erase_member_names(account).await?;
    Ok(Ok(()))
}

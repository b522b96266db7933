//! What others read of a person becomes another name.

use super::AccountError;
use super::session::lock_signed_in;
use crate::Ports;
use crate::account::Account;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::members::Member;
use crate::owner::OwnerName;
use crate::ports::{StoreError, Transaction, Written};

/// Changes the name of whoever asks, in every publisher that the person is a member of too. The same name as before is no error.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "account.change_name", skip_all)]
pub async fn change_name(ports: &Ports, actor: &Actor, name: OwnerName) -> Result<Account, AccountError> {
    let (account, session) = actor.person()?;
    let mut transaction = ports.store.begin().await?;
    // Before the account: whoever changes members has that lock first as well.
    transaction.lock_leaves().await?;
    let locked = match lock_signed_in(&mut *transaction, account, session).await {
        Ok(locked) => locked,
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    };
    let changed = Account { name: Some(name.clone()), ..locked };
    if changed.name != account.name {
        transaction.update_account(&changed).await?;
        change_memberships(&mut *transaction, &changed, |member| member.name = name.clone()).await?;
        Deed::new(Act::AccountRename).id(changed.id).tell(ports, &mut *transaction);
    }
    transaction.commit(Written::ToldIfChanged).await?;
    Ok(changed)
}

/// Changes the person in every publisher that has accepted it.
pub(super) async fn change_memberships(
    transaction: &mut dyn Transaction,
    account: &Account,
    change: impl Fn(&mut Member) + Send,
) -> Result<(), StoreError> {
    for membership in transaction.memberships_of(account.id).await? {
        let mut member = membership.member;
        change(&mut member);
        transaction.update_member(&member).await?;
    }
    Ok(())
}

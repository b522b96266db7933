//! Accounts, for whoever sits at the machine that holds the database.

use super::AccountError;
use crate::account::Account;
use crate::audit::{Act, Deed};
use crate::ports::{StoreError, Written};
use crate::{Id, Ports};

/// Most accounts of a page.
pub const MAX_ACCOUNTS_PAGE: u32 = 1_000;

/// Some accounts, and after which the next come.
#[derive(Debug)]
pub struct AccountPage {
    /// In the order they were made.
    pub accounts: Vec<Account>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Account>>,
}

/// Accounts in the order they were made, at most [`MAX_ACCOUNTS_PAGE`].
///
/// # Errors
/// [`StoreError`]
pub async fn list_on_the_machine(ports: &Ports, after: Option<Id<Account>>) -> Result<AccountPage, StoreError> {
    let accounts = ports.store.read().await?.accounts_after(after, MAX_ACCOUNTS_PAGE).await?;
    let full = accounts.len() >= usize::try_from(MAX_ACCOUNTS_PAGE).unwrap_or(usize::MAX);
    let next = accounts.last().filter(|_| full).map(|account| account.id);
    Ok(AccountPage { accounts, next })
}

/// Makes an account an operator's, or an operator's a person's like any other. What it was already stays so.
///
/// # Errors
/// [`AccountError::UnknownAccount`] when there is none, or nobody can sign in with it.
#[tracing::instrument(name = "account.set_operator", skip_all, fields(%account, is_operator))]
pub async fn set_operator_on_the_machine(
    ports: &Ports,
    account: Id<Account>,
    is_operator: bool,
) -> Result<Account, AccountError> {
    let mut transaction = ports.store.begin().await?;
    let locked = transaction.lock_account(account).await?;
    let Some(locked) = locked.filter(Account::is_active) else {
        transaction.rollback().await?;
        return Err(AccountError::UnknownAccount);
    };
    let changes = locked.is_operator != is_operator;
    let changed = Account { is_operator, ..locked };
    if changes {
        transaction.update_account(&changed).await?;
        // Whoever has the session of before does not get more than what it was given for.
        transaction.end_sessions_of(changed.id, None).await?;
        let act = if is_operator { Act::OperatorCreate } else { Act::OperatorRemove };
        Deed::new(act).id(changed.id).tell(ports, &mut *transaction);
    }
    transaction.commit(Written::ToldIfChanged).await?;
    Ok(changed)
}

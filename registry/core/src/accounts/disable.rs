//! Keeping a person out, wherever signed in, and letting the person in again: operators do, and whoever sits at the registry's machine.

use super::{AccountError, ListedAccount};
use crate::account::{Account, AccountState};
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::authenticate::counts_still;
use crate::operator_scope::OperatorScope;
use crate::ports::{Transaction, Written};
use crate::reason::Reason;
use crate::{Id, Ports};

/// Keeps a person out for a reason, as an operator's request: every session ends, and tokens that the person made or has count no more.
/// One that is kept out already is from now on for this reason.
///
/// # Errors
/// [`AccountError::UnknownAccount`] when there is none, or nobody could sign in with it anyway; [`AccountError::OwnAccount`];
/// [`AccountError::LastOperator`]; nothing has changed then.
#[tracing::instrument(name = "account.disable", skip_all, fields(%account))]
pub async fn disable_account(
    ports: &Ports,
    actor: &Actor,
    account: Id<Account>,
    reason: &Reason,
) -> Result<ListedAccount, AccountError> {
    actor.operator(OperatorScope::Accounts)?;
    if actor.person().is_ok_and(|(own, _)| own.id == account) {
        return Err(AccountError::OwnAccount);
    }
    change(ports, async |transaction| {
        asks_still(transaction, actor).await?;
        // Whoever keeps another operator out at the same time has been, or waits for the lock.
        let operators = transaction.operators_to_tell().await?;
        if operators == [account] {
            return Err(AccountError::LastOperator);
        }
        keep_out(ports, transaction, account, Some(reason)).await?;
        listed(transaction, account).await
    })
    .await
}

/// Lets a person in again, as an operator's request.
///
/// # Errors
/// [`AccountError::UnknownAccount`] as for [`disable_account`]; nothing has changed then.
#[tracing::instrument(name = "account.enable", skip_all, fields(%account))]
pub async fn enable_account(ports: &Ports, actor: &Actor, account: Id<Account>) -> Result<ListedAccount, AccountError> {
    actor.operator(OperatorScope::Accounts)?;
    change(ports, async |transaction| {
        asks_still(transaction, actor).await?;
        let_in(ports, transaction, account).await?;
        listed(transaction, account).await
    })
    .await
}

/// Keeps a person out for whoever sits at the machine that holds the database, the last operator too: another link can be made there.
///
/// # Errors
/// [`AccountError::UnknownAccount`] when there is none, or nobody could sign in with it anyway.
#[tracing::instrument(name = "account.disable", skip_all, fields(%account))]
pub async fn disable_on_the_machine(
    ports: &Ports,
    account: Id<Account>,
    reason: Option<&Reason>,
) -> Result<Account, AccountError> {
    change(ports, async |transaction| keep_out(ports, transaction, account, reason).await).await
}

/// Lets a person in again for whoever sits at the machine that holds the database.
///
/// # Errors
/// [`AccountError::UnknownAccount`] when there is none, or nobody could sign in with it anyway.
#[tracing::instrument(name = "account.enable", skip_all, fields(%account))]
pub async fn enable_on_the_machine(ports: &Ports, account: Id<Account>) -> Result<Account, AccountError> {
    change(ports, async |transaction| let_in(ports, transaction, account).await).await
}

/// Commits what succeeded. One change is made after the other, of whichever account.
async fn change<T>(
    ports: &Ports,
    change: impl AsyncFnOnce(&mut dyn Transaction) -> Result<T, AccountError>,
) -> Result<T, AccountError> {
    let mut transaction = ports.store.begin().await?;
    // Before the account: whoever changes members has that lock first as well.
    transaction.lock_leaves().await?;
    let changed = change(&mut *transaction).await;
    match &changed {
        Ok(_) => transaction.commit(Written::Told).await?,
        Err(_) => transaction.rollback().await?,
    }
    changed
}

/// Two operators who keep each other out at the same time do not both succeed.
async fn asks_still(transaction: &mut dyn Transaction, actor: &Actor) -> Result<(), AccountError> {
    let asks = match actor {
        Actor::Operator { token } => counts_still(transaction, &token.hash).await?,
        Actor::Person { account, session, .. } => {
            let is_signed_in = transaction.session_by_hash(&session.hash).await?.is_some();
            let now = transaction.account(account.id).await?;
            is_signed_in && now.is_some_and(|now| now.is_active() && now.is_operator)
        }
        Actor::Anonymous | Actor::Publisher { .. } | Actor::Owner { .. } => false,
    };
    if asks { Ok(()) } else { Err(Denied::Unauthenticated.into()) }
}

async fn keep_out(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
    reason: Option<&Reason>,
) -> Result<Account, AccountError> {
    let before = lock(transaction, account).await?;
    let since = before.is_active().then(|| ports.now());
    let changed = Account { state: AccountState::Disabled, ..before };
    transaction.update_account(&changed).await?;
    transaction.note_disabled(changed.id, since, reason.map(Reason::as_str)).await?;
    transaction.end_sessions_of(changed.id, None).await?;
    transaction.void_account_codes(changed.id, None).await?;
    transaction.forget_wanted_address(changed.id).await?;
    Deed::new(Act::AccountDisable).id(changed.id).tell(ports, transaction);
    Ok(changed)
}

async fn let_in(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
) -> Result<Account, AccountError> {
    let changed = Account { state: AccountState::Active, ..lock(transaction, account).await? };
    transaction.update_account(&changed).await?;
    Deed::new(Act::AccountEnable).id(changed.id).tell(ports, transaction);
    Ok(changed)
}

/// The account, if the person can be kept out.
async fn lock(transaction: &mut dyn Transaction, account: Id<Account>) -> Result<Account, AccountError> {
    let can_be = |account: &Account| matches!(account.state, AccountState::Active | AccountState::Disabled);
    transaction.lock_account(account).await?.filter(can_be).ok_or(AccountError::UnknownAccount)
}

async fn listed(transaction: &mut dyn Transaction, account: Id<Account>) -> Result<ListedAccount, AccountError> {
    transaction.listed_account(account).await?.ok_or(AccountError::UnknownAccount)
}

//! An end to an account: nothing personal is left of it.

use super::factor::{Factor, ShownForChange};
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::session::lock_signed_in;
use super::{AccountError, Password};
use crate::account::{Account, AccountState, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::{Transaction, Written};
use crate::rates::Caller;
use crate::{Ports, members};

/// Erases the account of whoever asks, for the password and, where it has a second factor, one of those. The row stays, so that what it
/// did is somebody's still, without a name.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "account.erase", skip_all)]
pub async fn erase_account(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    factor: Option<Factor>,
) -> Result<(), AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, session, password).await?;
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut transaction = ports.store.begin().await?;
    match erase(ports, &mut *transaction, account, session, &shown).await {
        Ok(()) => {
            transaction.commit(Written::Told).await?;
            ports.progress.logged();
            tracing::info!(account = %account.id, "an account was erased");
            Ok(())
        }
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

async fn erase(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    shown: &ShownForChange,
) -> Result<(), AccountError> {
    // Before the account: whoever changes members has that lock first as well.
    transaction.lock_leaves().await?;
    let locked = lock_signed_in(transaction, account, session).await?;
    // Somebody changed it meanwhile.
    if locked.password != account.password {
        return Err(AccountError::WrongPassword);
    }
    shown.check(ports, transaction, locked.id).await?;
    members::leave_all(ports, transaction, locked.id).await?.map_err(AccountError::LastOwner)?;
    let erased =
        Account { email: None, name: None, password: None, state: AccountState::Erased, is_operator: false, ..locked };
    transaction.update_account(&erased).await?;
    transaction.end_sessions_of(erased.id, None).await?;
    transaction.void_account_codes(erased.id, None).await?;
    transaction.remove_second_factor(erased.id).await?;
    transaction.remove_passkeys_of(erased.id).await?;
    transaction.void_passkey_rounds(erased.id).await?;
    transaction.remove_recovery_codes(erased.id).await?;
    transaction.remove_identities_of(erased.id).await?;
    transaction.forget_wanted_address(erased.id).await?;
    transaction.forget_former_addresses(erased.id, None).await?;
    transaction.erase_bills_to(erased.id).await?;
    transaction.remove_rate_allowances(Caller::Account(erased.id), None).await?;
    Deed::new(Act::AccountErase).id(erased.id).tell(ports, transaction);
    Ok(())
}

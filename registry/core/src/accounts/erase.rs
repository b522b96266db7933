//! An end to an account: nothing personal is left of it.

use super::prove::prove;
use super::session::lock_signed_in;
use super::{AccountError, Password};
use crate::account::{Account, AccountState};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::ports::Written;
use crate::rates::Caller;
use crate::{Ports, members};

/// Erases the account of whoever asks. The row stays, so that what it did is somebody's still, without a name.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "account.erase", skip_all)]
pub async fn erase_account(ports: &Ports, actor: &Actor, password: &Password) -> Result<(), AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, session, password).await?;
    let mut transaction = ports.store.begin().await?;
    // Before the account: whoever changes members has that lock first as well.
    transaction.lock_leaves().await?;
    let locked = match lock_signed_in(&mut *transaction, account, session).await {
        Ok(locked) if locked.password == account.password => locked,
        // Somebody changed it meanwhile.
        Ok(_) => {
            transaction.rollback().await?;
            return Err(AccountError::WrongPassword);
        }
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    };
    if let Err(namespace) = members::leave_all(ports, &mut *transaction, account.id).await? {
        transaction.rollback().await?;
        return Err(AccountError::LastOwner(namespace));
    }
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
    transaction.erase_bills_to(erased.id).await?;
    transaction.remove_rate_allowances(Caller::Account(erased.id), None).await?;
    Deed::new(Act::AccountErase).id(erased.id).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    ports.progress.logged();
    tracing::info!(account = %erased.id, "an account was erased");
    Ok(())
}

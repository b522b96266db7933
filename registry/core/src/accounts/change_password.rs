//! Another password, by whoever knows the one before.

use super::letters::promise;
use super::prove::prove;
use super::session::renew;
use super::{AccountError, Password, SignedIn};
use crate::Ports;
use crate::account::Account;
use crate::actor::Actor;
use crate::job::AccountLetter;

/// Sets another password, and ends every session but a new one for whoever asks.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "account.change_password", skip_all)]
pub async fn change_password(
    ports: &Ports,
    actor: &Actor,
    current: &Password,
    new: &Password,
) -> Result<SignedIn, AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, current).await?;
    if let (Some(email), Some(name)) = (&account.email, &account.name) {
        new.check(email, name)?;
    }
    let password = new.hash(ports).await?;
    let mut transaction = ports.store.begin().await?;
    let locked = transaction.lock_account(account.id).await?;
    // Somebody changed it meanwhile, or the account is no more.
    let Some(locked) = locked.filter(|locked| locked.is_active() && locked.password == account.password) else {
        transaction.rollback().await?;
        return Err(AccountError::WrongPassword);
    };
    let changed = Account { password: Some(password), ..locked };
    transaction.update_account(&changed).await?;
    transaction.void_account_codes(changed.id, None).await?;
    promise(ports, &mut *transaction, changed.id, AccountLetter::PasswordChanged).await?;
    let signed_in = renew(ports, &mut *transaction, changed, session).await?;
    transaction.commit().await?;
    tracing::info!(account = %signed_in.account.id, "a password was changed");
    Ok(signed_in)
}

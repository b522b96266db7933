//! Another password, by whoever knows the one before.

use super::letters::promise;
use super::prove::prove;
use super::second_factor::forget_begun;
use super::session::{lock_signed_in, renew};
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Password, SignedIn};
use crate::Ports;
use crate::account::Account;
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::AccountLetter;
use crate::ports::Written;

/// Sets another password, and ends every session but a new one for whoever asks. An address that was asked for is asked for no more:
/// the letter about it advises to change the password.
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
    refuse_without_passwords(ports)?;
    if account.password.is_none() {
        return Err(AccountError::NoPassword);
    }
    prove(ports, account, session, current).await?;
    if let (Some(email), Some(name)) = (&account.email, &account.name) {
        new.check(email, name)?;
    }
    let password = new.hash(ports).await?;
    let mut transaction = ports.store.begin().await?;
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
    let changed = Account { password: Some(password), ..locked };
    transaction.update_account(&changed).await?;
    transaction.void_account_codes(changed.id, None).await?;
    forget_begun(&mut *transaction, changed.id).await?;
    transaction.forget_wanted_address(changed.id).await?;
    promise(ports, &mut *transaction, changed.id, AccountLetter::PasswordChanged).await?;
    let signed_in = renew(ports, &mut *transaction, changed, session).await?;
    Deed::new(Act::PasswordChange).id(signed_in.account.id).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(account = %signed_in.account.id, "a password was changed");
    Ok(signed_in)
}

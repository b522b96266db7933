//! Another password, by whoever knows the one before.

use super::factor::{Factor, ShownForChange};
use super::letters::promise;
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::second_factor::forget_begun;
use super::session::{lock_signed_in, renew};
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Password, SignedIn};
use crate::Ports;
use crate::account::{Account, PasswordHash, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::AccountLetter;
use crate::ports::{Transaction, Written};

/// Sets another password, for the one before and, where the account has a second factor, one of those; and ends every session but a new
/// one for whoever asks. An address that was asked for is asked for no more: the letter about it advises to change the password.
///
/// # Errors
/// [`AccountError`]; nothing has changed then.
#[tracing::instrument(name = "account.change_password", skip_all)]
pub async fn change_password(
    ports: &Ports,
    actor: &Actor,
    current: &Password,
    new: &Password,
    factor: Option<Factor>,
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
    let shown = ShownForChange::take(ports, account, factor).await?;
    let password = new.hash(ports).await?;
    let mut transaction = ports.store.begin().await?;
    match set(ports, &mut *transaction, account, session, &shown, password).await {
        Ok(signed_in) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %signed_in.account.id, "a password was changed");
            Ok(signed_in)
        }
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

async fn set(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    shown: &ShownForChange,
    password: PasswordHash,
) -> Result<SignedIn, AccountError> {
    let locked = lock_signed_in(transaction, account, session).await?;
    // Somebody changed it meanwhile.
    if locked.password != account.password {
        return Err(AccountError::WrongPassword);
    }
    shown.check(ports, transaction, locked.id).await?;
    let changed = Account { password: Some(password), ..locked };
    transaction.update_account(&changed).await?;
    transaction.void_account_codes(changed.id, None).await?;
    forget_begun(transaction, changed.id).await?;
    transaction.forget_wanted_address(changed.id).await?;
    promise(ports, transaction, changed.id, AccountLetter::PasswordChanged).await?;
    let signed_in = renew(ports, transaction, changed, session).await?;
    Deed::new(Act::PasswordChange).id(signed_in.account.id).tell(ports, transaction);
    Ok(signed_in)
}

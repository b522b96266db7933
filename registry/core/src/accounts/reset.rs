//! Another password, by whoever reads the mail of the account.

use super::attempts::SIGN_IN;
use super::letters::promise;
use super::second_factor::forget_begun;
use super::session::code_hash;
use super::sign_up::{Wanted, good_code, request_letter};
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Network, Password};
use crate::Ports;
use crate::account::{Account, CodePurpose};
use crate::audit::{Act, Deed, Who};
use crate::job::AccountLetter;
use crate::ports::{Address, Written};

/// Asks for a letter with which another password can be set. Whether the address has an account is not said.
///
/// # Errors
/// [`AccountError::Wait`] when the network asks for too many letters; [`AccountError::PasswordsOff`].
#[tracing::instrument(name = "account.ask_reset", skip_all)]
pub async fn ask_reset(ports: &Ports, email: &Address, network: &Network) -> Result<(), AccountError> {
    refuse_without_passwords(ports)?;
    request_letter(ports, email, network, Wanted::Reset).await
}

/// Sets another password, and ends every session. An address that was asked for is asked for no more: whoever asked may be somebody
/// else. One-time passwords stay on: reading the mail is one factor.
///
/// # Errors
/// [`AccountError::BadCode`], [`AccountError::Password`], [`AccountError::PasswordsOff`]; the code is good still after the latter two.
#[tracing::instrument(name = "account.reset_password", skip_all)]
pub async fn reset_password(ports: &Ports, code: &str, new: &Password) -> Result<(), AccountError> {
    refuse_without_passwords(ports)?;
    let (code, account) = good_code(ports, &code_hash(code)?, CodePurpose::Reset).await?;
    let (Some(email), Some(name)) = (&account.email, &account.name) else { return Err(AccountError::BadCode) };
    new.check(email, name)?;
    let password = new.hash(ports).await?;
    let mut transaction = ports.store.begin().await?;
    // The account first, as whoever sends letters does.
    let locked = transaction.lock_account(account.id).await?;
    let taken = transaction.take_account_code(&code.hash).await?;
    let Some(locked) = locked.filter(|account| taken && account.is_active()) else {
        transaction.rollback().await?;
        return Err(AccountError::BadCode);
    };
    let changed = Account { password: Some(password), ..locked };
    transaction.update_account(&changed).await?;
    transaction.end_sessions_of(changed.id, None).await?;
    transaction.void_account_codes(changed.id, None).await?;
    forget_begun(&mut *transaction, changed.id).await?;
    transaction.forget_wanted_address(changed.id).await?;
    transaction.forget_attempts(&SIGN_IN.of_address(ports, email)).await?;
    promise(ports, &mut *transaction, changed.id, AccountLetter::PasswordChanged).await?;
    let deed = Deed::new(Act::PasswordReset).id(changed.id).by(Who::Account(changed.id));
    deed.tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(account = %changed.id, "a password was reset");
    Ok(())
}

//! A way in although others guessed too often: a stranger can make the person wait, but not keep the person out.

use super::sign_up::{Wanted, request_letter};
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Network};
use crate::Ports;
use crate::ports::Address;

/// Asks for a letter whose code, shown while signing in, stands in for the wait. Whether the address has an account is not said.
///
/// # Errors
/// [`AccountError::Wait`] when the network asks for too many letters; [`AccountError::PasswordsOff`].
#[tracing::instrument(name = "account.ask_unlock", skip_all)]
pub async fn ask_unlock(ports: &Ports, email: &Address, network: &Network) -> Result<(), AccountError> {
    refuse_without_passwords(ports)?;
    request_letter(ports, email, network, Wanted::Unlock).await
}

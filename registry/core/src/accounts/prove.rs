//! Whoever is signed in shows once more to be the person: a browser that was left open is not enough for what matters.

use super::attempts::PROOF;
use super::{AccountError, Password};
use crate::Ports;
use crate::account::Account;
use crate::ports::{SystemWrite, Written};

/// Whether the password is that of whoever is signed in. Counted apart from signing in, so that strangers cannot keep the person
/// from it.
pub(super) async fn prove(ports: &Ports, account: &Account, password: &Password) -> Result<(), AccountError> {
    if account.password.is_none() {
        return Err(AccountError::NoPassword);
    }
    let subject = PROOF.of(ports, &account.id.to_string());
    let mut transaction = ports.store.begin().await?;
    match PROOF.count(&mut *transaction, &subject, ports.now()).await {
        Ok(()) => transaction.commit(Written::System(SystemWrite::Attempts)).await?,
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    }
    if !password.is(ports, account.password.as_ref()).await? {
        return Err(AccountError::WrongPassword);
    }
    let mut transaction = ports.store.begin().await?;
    transaction.forget_attempts(&subject).await?;
    Ok(transaction.commit(Written::System(SystemWrite::Attempts)).await?)
}

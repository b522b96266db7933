//! Signing in with address and password, and a one-time password where they are on.

use super::attempts::{Rule, SIGN_IN, SIGN_IN_FROM, UNLOCKED};
use super::session::{code_hash, start};
use super::sign_up::good_code;
use super::totp::check_second_factor;
use super::{AccountError, Network, Password, SignedIn};
use crate::Ports;
use crate::account::{Account, AccountState, CodePurpose};
use crate::ports::{Address, SystemWrite, Transaction, Written};

/// Who wants to sign in.
#[derive(Debug)]
pub struct SignIn {
    /// The address.
    pub email: Address,
    /// The password.
    pub password: Password,
    /// A one-time password or a recovery code.
    pub second_factor: Option<String>,
    /// The code of a letter that lets the person in although others guessed too often.
    pub unlock: Option<String>,
    /// Where the request comes from.
    pub network: Network,
    /// What kind of browser asks.
    pub device: String,
    /// The content of the cookie that the browser shows, if it shows one.
    pub replaces: Option<String>,
}

/// Signs a person in. The session is new, whatever the browser showed before.
///
/// # Errors
/// [`AccountError`]; the time until then does not tell whether there is an account.
#[tracing::instrument(name = "account.sign_in", skip_all)]
pub async fn sign_in(ports: &Ports, request: SignIn) -> Result<SignedIn, AccountError> {
    let known = ports.store.read().await?.account_by_address(&request.email).await?;
    let known = known.filter(|account| account.password.is_some());
    let unlocked = match &request.unlock {
        // Looked at for addresses without an account too: a code that is bad tells nothing of the address.
        Some(code) => {
            let (_, of) = good_code(ports, &code_hash(code)?, CodePurpose::Unlock).await?;
            known.as_ref().is_some_and(|account| account.id == of.id)
        }
        None => false,
    };
    let rule = if unlocked { UNLOCKED } else { SIGN_IN };
    count(ports, &request, rule).await?;
    let password = known.as_ref().and_then(|account| account.password.as_ref());
    let is_right = request.password.is(ports, password).await?;
    let Some(account) = known.filter(|_| is_right) else { return Err(AccountError::WrongCredentials) };

    let mut transaction = ports.store.begin().await?;
    match enter(ports, &mut *transaction, &request, &account).await {
        Ok(signed_in) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %signed_in.account.id, "somebody signed in");
            Ok(signed_in)
        }
        Err(refused) => {
            transaction.rollback().await?;
            if matches!(refused, AccountError::SecondFactorNeeded) {
                // Nothing was guessed.
                uncount(ports, &request, rule).await?;
            }
            Err(refused)
        }
    }
}

/// What is right is right still, and there is a second factor if one is needed.
async fn enter(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    request: &SignIn,
    known: &Account,
) -> Result<SignedIn, AccountError> {
    let account = transaction.lock_account(known.id).await?.ok_or(AccountError::WrongCredentials)?;
    if account.password != known.password {
        return Err(AccountError::WrongCredentials);
    }
    if account.state == AccountState::Disabled {
        return Err(AccountError::Disabled);
    }
    if !account.is_active() {
        return Err(AccountError::WrongCredentials);
    }
    check_second_factor(ports, transaction, account.id, request.second_factor.as_deref()).await?;
    for rule in [SIGN_IN, UNLOCKED] {
        transaction.forget_attempts(&rule.of_address(ports, &request.email)).await?;
    }
    if let Some(subject) = SIGN_IN_FROM.of_network(ports, &request.network) {
        // Not forgotten: whoever has an account could guess at others' without end.
        transaction.uncount_attempt(&subject).await?;
    }
    transaction.void_account_codes(account.id, Some(CodePurpose::Unlock)).await?;
    Ok(start(ports, transaction, account, request.device.clone(), request.replaces.as_deref()).await?)
}

async fn count(ports: &Ports, request: &SignIn, rule: Rule) -> Result<(), AccountError> {
    let mut transaction = ports.store.begin().await?;
    match count_both(ports, &mut *transaction, request, rule).await {
        Ok(()) => Ok(transaction.commit(Written::System(SystemWrite::Attempts)).await?),
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn count_both(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    request: &SignIn,
    rule: Rule,
) -> Result<(), AccountError> {
    let now = ports.now();
    rule.count(transaction, &rule.of_address(ports, &request.email), now).await?;
    if let Some(subject) = SIGN_IN_FROM.of_network(ports, &request.network) {
        SIGN_IN_FROM.count(transaction, &subject, now).await?;
    }
    Ok(())
}

/// Takes an attempt back that was none, and the wait that it brought: whoever is asked for a one-time password has it at hand. Guesses
/// at those stay counted.
async fn uncount(ports: &Ports, request: &SignIn, rule: Rule) -> Result<(), AccountError> {
    let subject = rule.of_address(ports, &request.email);
    let mut transaction = ports.store.begin().await?;
    transaction.uncount_attempt(&subject).await?;
    transaction.block_attempts(&subject, ports.now()).await?;
    if let Some(subject) = SIGN_IN_FROM.of_network(ports, &request.network) {
        transaction.uncount_attempt(&subject).await?;
    }
    Ok(transaction.commit(Written::System(SystemWrite::Attempts)).await?)
}

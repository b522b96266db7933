//! Signing in with address and password, and with a second factor where there is one.

use super::attempts::{Rule, SIGN_IN, SIGN_IN_FROM, UNLOCKED};
use super::factor::{Factor, Shown, check_factor};
use super::passkey_round::BegunRound;
use super::passkeys::{ask_to_sign, authority, tell_of_copy};
use super::session::{Entry, code_hash, start};
use super::sign_up::good_code;
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Network, Password, SignedIn};
use crate::Ports;
use crate::account::{Account, AccountState, CodePurpose};
use crate::passkey::RoundPurpose;
use crate::ports::{Address, SystemWrite, Transaction, Written};

/// Who wants to sign in.
#[derive(Debug)]
pub struct SignIn {
    /// The address.
    pub email: Address,
    /// The password.
    pub password: Password,
    /// What is shown besides the password.
    pub second_factor: Option<Factor>,
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
pub async fn sign_in(ports: &Ports, mut request: SignIn) -> Result<SignedIn, AccountError> {
    let (account, rule) = by_password(ports, &request).await?;
    let shown = Shown::take(ports, account.id, RoundPurpose::SignIn, request.second_factor.take()).await?;
    let mut transaction = ports.store.begin().await?;
    match enter(ports, &mut *transaction, &request, &account, shown.as_ref()).await {
        Ok(signed_in) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %signed_in.account.id, "somebody signed in");
            Ok(signed_in)
        }
        Err(refused) => {
            transaction.rollback().await?;
            if matches!(refused, AccountError::SecondFactorNeeded(_)) {
                // Nothing was guessed.
                uncount(ports, &request, rule).await?;
            }
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

/// Asks a device of whoever knows the password to sign; what it signs is shown while signing in. The second factor and the browser
/// of the request are not looked at.
///
/// # Errors
/// As [`sign_in`], and as late.
#[tracing::instrument(name = "account.begin_passkey_sign_in", skip_all)]
pub async fn begin_passkey_sign_in(ports: &Ports, request: &SignIn) -> Result<BegunRound, AccountError> {
    refuse_without_passwords(ports)?;
    authority(ports)?;
    let (account, rule) = by_password(ports, request).await?;
    let mut transaction = ports.store.begin().await?;
    let asked = match lock_known(&mut *transaction, &account).await {
        Ok(account) => ask_to_sign(ports, &mut *transaction, account.id, RoundPurpose::SignIn).await,
        Err(refused) => Err(refused),
    };
    match asked {
        Ok(begun) => {
            transaction.commit(Written::System(SystemWrite::PasskeyRound)).await?;
            uncount(ports, request, rule).await?;
            Ok(begun)
        }
        Err(refused) => {
            transaction.rollback().await?;
            if matches!(refused, AccountError::NoPasskey) {
                uncount(ports, request, rule).await?;
            }
            Err(refused)
        }
    }
}

/// Whose address and password they are, and under which rule the attempt was counted.
async fn by_password(ports: &Ports, request: &SignIn) -> Result<(Account, Rule), AccountError> {
    refuse_without_passwords(ports)?;
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
    count(ports, request, rule).await?;
    let password = known.as_ref().and_then(|account| account.password.as_ref());
    let is_right = request.password.is(ports, password).await?;
    let account = known.filter(|_| is_right).ok_or(AccountError::WrongCredentials)?;
    Ok((account, rule))
}

/// The account, locked, if what was right is right still.
async fn lock_known(transaction: &mut dyn Transaction, known: &Account) -> Result<Account, AccountError> {
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
    Ok(account)
}

/// What is right is right still, and there is a second factor if one is needed.
async fn enter(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    request: &SignIn,
    known: &Account,
    shown: Option<&Shown>,
) -> Result<SignedIn, AccountError> {
    let account = lock_known(transaction, known).await?;
    check_factor(ports, transaction, account.id, shown).await?;
    for rule in [SIGN_IN, UNLOCKED] {
        transaction.forget_attempts(&rule.of_address(ports, &request.email)).await?;
    }
    if let Some(subject) = SIGN_IN_FROM.of_network(ports, &request.network) {
        // Not forgotten: whoever has an account could guess at others' without end.
        transaction.uncount_attempt(&subject).await?;
    }
    transaction.void_account_codes(account.id, Some(CodePurpose::Unlock)).await?;
    let entry = Entry::by_password(request.device.clone(), request.replaces.as_deref());
    Ok(start(ports, transaction, account, entry).await?)
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

//! One-time passwords: begun with a seed for the person's device, on once that shows one; recovery codes for the day when every
//! device is lost; and how a second factor goes again: with the password and any of them.

use zeroize::Zeroizing;

use super::factor::{Factor, Factors, ShownForChange, count_guess};
use super::letters::promise;
use super::passkeys::tell_of_copy;
use super::prove::prove;
use super::session::{lock_signed_in, renew};
use super::totp::{RECOVERY_BYTES, SEED_BYTES, of_seed, open, recovery_hash, seal, step};
use super::{AccountError, Password, SignedIn};
use crate::account::{Account, SecondFactor, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed};
use crate::job::AccountLetter;
use crate::passkey::Passkey;
use crate::ports::{NotOurs, StoreError, Transaction, Written};
use crate::{Id, Ports};

/// How many recovery codes there are at first.
pub const RECOVERY_CODES: usize = 10;
/// What an authenticator calls a registry that nobody gave an address.
const NAMELESS: &str = "ADX registry";

/// What signing in takes besides the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorState {
    /// Whether it takes anything.
    pub is_on: bool,
    /// Whether one-time passwords are on.
    pub has_one_time_passwords: bool,
    /// Whether there is a passkey.
    pub has_passkeys: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u64,
}

/// A seed at the only moment it is shown.
#[derive(Debug)]
pub struct BegunSecondFactor {
    /// The seed in base32, to be typed.
    pub seed: Zeroizing<String>,
    /// The same as an `otpauth:` address, to be drawn as a QR code.
    pub otpauth_url: Zeroizing<String>,
}

/// Codes at the only moment they are shown, and the session that goes on.
#[derive(Debug)]
pub struct RecoveryCodes {
    /// The codes, each good once; none where the account has some already.
    pub codes: Vec<Zeroizing<String>>,
    /// The session.
    pub signed_in: SignedIn,
}

/// What signing in takes besides the password of an account.
///
/// # Errors
/// [`AccountError`]
pub async fn second_factor_state(ports: &Ports, account: &Account) -> Result<SecondFactorState, AccountError> {
    let mut reader = ports.store.read().await?;
    let factors = Factors::of(&mut *reader, account.id).await?;
    Ok(SecondFactorState {
        is_on: !factors.is_none(),
        has_one_time_passwords: factors.totp.is_some(),
        has_passkeys: !factors.passkeys.is_empty(),
        recovery_codes_left: reader.recovery_codes_left(account.id).await?,
    })
}

/// Whether whoever is signed in has to add a second factor before anything else.
pub fn must_add_second_factor(ports: &Ports, session: &Session, has: SecondFactorState) -> bool {
    ports.ways_in.asks_for_factor(session) && !has.is_on
}

/// Makes a seed, for the password and, where the account has a passkey, what one signed or a recovery code. It is asked for once it is
/// confirmed; begun again, the one before is void.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "second_factor.begin", skip_all)]
pub async fn begin_second_factor(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    factor: Option<Factor>,
) -> Result<BegunSecondFactor, AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, session, password).await?;
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut seed = Zeroizing::new([0; SEED_BYTES]);
    ports.entropy.fill(seed.as_mut());
    let registry = ports.public_url.as_ref().and_then(|url| url.host_str()).unwrap_or(NAMELESS).replace(':', " ");
    let email = account.email.as_ref().map_or("", |email| email.as_str());
    // Neither holds a colon, and the seed has its length.
    let totp = of_seed(&seed, Some((&registry, email))).map_err(|_| NotOurs)?;
    let begun = BegunSecondFactor {
        seed: Zeroizing::new(totp.secret().to_base32()),
        otpauth_url: Zeroizing::new(totp.to_url().map_err(|_| NotOurs)?),
    };
    let factor = SecondFactor {
        account: account.id,
        sealed_seed: seal(ports, account.id, &seed),
        created_at: ports.now(),
        confirmed_at: None,
        last_step: 0,
    };
    let mut transaction = ports.store.begin().await?;
    match put_begun(ports, &mut *transaction, account, session, &shown, &factor).await {
        Ok(()) => {
            transaction.commit(Written::Told).await?;
            Ok(begun)
        }
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

async fn put_begun(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    shown: &ShownForChange,
    factor: &SecondFactor,
) -> Result<(), AccountError> {
    let account = lock_signed_in(transaction, account, session).await?.id;
    if transaction.second_factor(account).await?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Err(AccountError::HasSecondFactor);
    }
    shown.check(ports, transaction, account).await?;
    transaction.put_second_factor(factor).await?;
    Deed::new(Act::SecondFactorBegin).id(account).tell(ports, transaction);
    Ok(())
}

/// Turns one-time passwords on: with one, which shows that the device has the seed.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "second_factor.confirm", skip_all)]
pub async fn confirm_second_factor(ports: &Ports, actor: &Actor, shown: &str) -> Result<RecoveryCodes, AccountError> {
    let (account, _) = actor.person()?;
    let subject = count_guess(ports, account).await?;
    let mut transaction = ports.store.begin().await?;
    match confirm(ports, &mut *transaction, actor, shown).await {
        Ok(codes) => {
            transaction.forget_attempts(&subject).await?;
            transaction.commit(Written::Told).await?;
            Ok(codes)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn confirm(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    shown: &str,
) -> Result<RecoveryCodes, AccountError> {
    let (account, session) = actor.person()?;
    let account = lock_signed_in(transaction, account, session).await?;
    let factor = transaction.second_factor(account.id).await?.ok_or(AccountError::NoSecondFactor)?;
    if factor.confirmed_at.is_some() {
        return Err(AccountError::HasSecondFactor);
    }
    let used = step(&open(ports, &factor)?, shown, ports).ok_or(AccountError::WrongSecondFactor)?;
    transaction.use_totp_step(account.id, used).await?;
    transaction.confirm_second_factor(account.id, ports.now()).await?;
    forget_begun(transaction, account.id).await?;
    let codes = give_recovery_codes(ports, transaction, account.id).await?;
    promise(ports, transaction, account.id, AccountLetter::SecondFactorOn).await?;
    Deed::new(Act::SecondFactorOn).id(account.id).tell(ports, transaction);
    let signed_in = renew(ports, transaction, account, session).await?;
    tracing::info!(account = %signed_in.account.id, "one-time passwords are on");
    Ok(RecoveryCodes { codes, signed_in })
}

/// Turns one-time passwords off: with the password and one of them, a recovery code, or a passkey.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "second_factor.remove", skip_all)]
pub async fn remove_second_factor(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    factor: Option<Factor>,
) -> Result<(), AccountError> {
    remove(ports, actor, password, factor, Removed::OneTimePasswords).await
}

/// Takes a passkey away: with the password and a passkey, a one-time password, or a recovery code.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "passkey.remove", skip_all, fields(%passkey))]
pub async fn remove_passkey(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    passkey: Id<Passkey>,
    factor: Option<Factor>,
) -> Result<(), AccountError> {
    remove(ports, actor, password, factor, Removed::Passkey(passkey)).await
}

/// What goes.
#[derive(Debug, Clone, Copy)]
enum Removed {
    OneTimePasswords,
    Passkey(Id<Passkey>),
}

async fn remove(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    factor: Option<Factor>,
    what: Removed,
) -> Result<(), AccountError> {
    let (account, session) = actor.person()?;
    prove(ports, account, session, password).await?;
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut transaction = ports.store.begin().await?;
    match take_away(ports, &mut *transaction, account, session, &shown, what).await {
        Ok(()) => Ok(transaction.commit(Written::Told).await?),
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

async fn take_away(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    shown: &ShownForChange,
    what: Removed,
) -> Result<(), AccountError> {
    let locked = lock_signed_in(transaction, account, session).await?;
    let account = locked.id;
    let has = Factors::of(transaction, account).await?;
    match what {
        Removed::OneTimePasswords if has.totp.is_none() => return Err(AccountError::NoSecondFactor),
        Removed::Passkey(id) if !has.passkeys.iter().any(|passkey| passkey.id == id) => {
            return Err(AccountError::UnknownPasskey);
        }
        Removed::OneTimePasswords | Removed::Passkey(_) => {}
    }
    let is_last = match what {
        Removed::OneTimePasswords => has.passkeys.is_empty(),
        Removed::Passkey(_) => has.totp.is_none() && has.passkeys.len() == 1,
    };
    if is_last && ports.ways_in.keeps_factor(&locked) {
        return Err(AccountError::LastSecondFactor);
    }
    shown.check(ports, transaction, account).await?;
    let (letter, deed) = match what {
        Removed::OneTimePasswords => {
            transaction.remove_second_factor(account).await?;
            (AccountLetter::SecondFactorOff, Deed::new(Act::SecondFactorOff).id(account))
        }
        Removed::Passkey(id) => {
            transaction.remove_passkey(account, id).await?;
            (AccountLetter::PasskeyRemoved, Deed::new(Act::PasskeyRemove).id(id))
        }
    };
    if Factors::of(transaction, account).await?.is_none() {
        transaction.remove_recovery_codes(account).await?;
    }
    promise(ports, transaction, account, letter).await?;
    deed.tell(ports, transaction);
    tracing::info!(%account, letter = letter.as_str(), "a second factor was taken away");
    Ok(())
}

/// Recovery codes, for an account that has none.
pub(super) async fn give_recovery_codes(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
) -> Result<Vec<Zeroizing<String>>, StoreError> {
    let mut codes = Vec::new();
    if transaction.recovery_codes_left(account).await? > 0 {
        return Ok(codes);
    }
    for _ in 0..RECOVERY_CODES {
        let code = recovery_code(ports);
        if let Some(hash) = recovery_hash(&code) {
            transaction.insert_recovery_code(account, &hash).await?;
        }
        codes.push(code);
    }
    Ok(codes)
}

/// Forgets a seed that nobody confirmed, and what devices are asked for: with another password, whoever began may be somebody
/// else; and with one more factor, whoever began before has shown none.
pub(super) async fn forget_begun(transaction: &mut dyn Transaction, account: Id<Account>) -> Result<(), StoreError> {
    transaction.void_passkey_rounds(account).await?;
    if transaction.second_factor(account).await?.is_some_and(|factor| factor.confirmed_at.is_none()) {
        transaction.remove_second_factor(account).await?;
    }
    Ok(())
}

/// 80 random bits in four groups.
fn recovery_code(ports: &Ports) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; RECOVERY_BYTES]);
    ports.entropy.fill(bytes.as_mut());
    let digits = Zeroizing::new(hex::encode(bytes.as_ref()));
    let groups: Vec<&str> = (0..4).map(|group| &digits[group * 5..group * 5 + 5]).collect();
    Zeroizing::new(groups.join("-"))
}

//! What is shown besides the password: a one-time password, a recovery code, or what a passkey signed. Each is enough.

use adx_signing::digest::Digest;
use zeroize::Zeroizing;

use super::AccountError;
use super::attempts::FACTOR;
use super::passkey_round::take_round;
use super::totp::{check_totp, is_one_time_password, recovery_hash};
use crate::account::{Account, SecondFactor};
use crate::passkey::{Passkey, RoundPurpose};
use crate::ports::{PasskeyError, Reader, StoreError, SystemWrite, Transaction, Written};
use crate::{Id, Ports};

/// What somebody shows besides the password.
#[derive(Debug)]
pub enum Factor {
    /// A one-time password or a recovery code, as typed.
    Code(String),
    /// What a passkey signed.
    Passkey(PasskeyAnswer),
}

/// With what a browser comes back from a device.
#[derive(Debug)]
pub struct PasskeyAnswer {
    /// The code of the round.
    pub round: String,
    /// What the device answered, as JSON.
    pub credential: String,
}

/// By what somebody may be signed in besides the password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Methods {
    /// One-time passwords.
    pub totp: bool,
    /// Passkeys, where the registry can ask for them.
    pub passkey: bool,
    /// Recovery codes.
    pub recovery_code: bool,
}

impl Methods {
    /// The words on the wire.
    pub fn words(self) -> Vec<&'static str> {
        let all = [(self.totp, "totp"), (self.passkey, "passkey"), (self.recovery_code, "recovery-code")];
        all.into_iter().filter(|(has, _)| *has).map(|(_, word)| word).collect()
    }
}

/// The second factors of an account.
pub(super) struct Factors {
    /// One-time passwords, if they are on.
    pub(super) totp: Option<SecondFactor>,
    /// Passkeys.
    pub(super) passkeys: Vec<Passkey>,
}

impl Factors {
    pub(super) async fn of<R: Reader + ?Sized>(reader: &mut R, account: Id<Account>) -> Result<Self, StoreError> {
        let totp = reader.second_factor(account).await?.filter(|factor| factor.confirmed_at.is_some());
        Ok(Self { totp, passkeys: reader.passkeys_of(account).await? })
    }

    pub(super) const fn is_none(&self) -> bool {
        self.totp.is_none() && self.passkeys.is_empty()
    }
}

/// What is shown, of which a round is used up already.
pub(super) enum Shown {
    Code(Zeroizing<String>),
    Passkey { state: Zeroizing<String>, answer: String },
}

impl Shown {
    /// Takes what is shown. A round is used up by it, whatever becomes of the rest: what was signed for it is looked at once.
    pub(super) async fn take(
        ports: &Ports,
        account: Id<Account>,
        purpose: RoundPurpose,
        factor: Option<Factor>,
    ) -> Result<Option<Self>, AccountError> {
        match factor {
            None => Ok(None),
            Some(Factor::Code(code)) => {
                let code = Zeroizing::new(code);
                let typed = code.trim();
                Ok((!typed.is_empty()).then(|| Self::Code(Zeroizing::new(typed.to_owned()))))
            }
            Some(Factor::Passkey(PasskeyAnswer { round, credential })) => {
                let state = take_round(ports, account, purpose, &round).await?;
                Ok(Some(Self::Passkey { state, answer: credential }))
            }
        }
    }
}

/// What whoever is signed in shows to change what signing in takes: a factor, another way in, the password, the address; and to erase
/// the account. Else a session and the password would be enough to get a factor of one's own, and then to take the others away with it,
/// or to have an address and a password of which the person knows nothing.
pub(super) struct ShownForChange {
    shown: Option<Shown>,
    /// Under what the guess was counted. Nothing shown is no guess.
    subject: Option<Digest>,
}

impl ShownForChange {
    /// Counts a guess, and takes what is shown.
    pub(super) async fn take(ports: &Ports, account: &Account, factor: Option<Factor>) -> Result<Self, AccountError> {
        let subject = match factor {
            Some(_) => Some(count_guess(ports, account).await?),
            None => None,
        };
        Ok(Self { shown: Shown::take(ports, account.id, RoundPurpose::Change, factor).await?, subject })
    }

    /// Whether it is enough, for an account that has a factor. The transaction holds the account's lock.
    pub(super) async fn check(
        &self,
        ports: &Ports,
        transaction: &mut dyn Transaction,
        account: Id<Account>,
    ) -> Result<(), AccountError> {
        check_factor(ports, transaction, account, self.shown.as_ref()).await?;
        if let Some(subject) = &self.subject {
            transaction.forget_attempts(subject).await?;
        }
        Ok(())
    }
}

/// Counts a one-time password that somebody who is signed in is about to show; under what.
pub(super) async fn count_guess(ports: &Ports, account: &Account) -> Result<Digest, AccountError> {
    let subject = FACTOR.of(ports, &account.id.to_string());
    let mut transaction = ports.store.begin().await?;
    match FACTOR.count(&mut *transaction, &subject, ports.now()).await {
        Ok(()) => transaction.commit(Written::System(SystemWrite::Attempts)).await?,
        Err(refused) => {
            transaction.rollback().await?;
            return Err(refused);
        }
    }
    Ok(subject)
}

/// Whether whoever knows the password shows what is needed besides. A code that is shown is used up with the transaction, which
/// holds the account's lock.
pub(super) async fn check_factor(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
    shown: Option<&Shown>,
) -> Result<(), AccountError> {
    let factors = Factors::of(transaction, account).await?;
    if factors.is_none() {
        return Ok(());
    }
    match shown {
        None => {
            let recovery_code = transaction.recovery_codes_left(account).await? > 0;
            let passkey = !factors.passkeys.is_empty() && ports.passkeys.is_some();
            Err(AccountError::SecondFactorNeeded(Methods { totp: factors.totp.is_some(), passkey, recovery_code }))
        }
        Some(Shown::Code(code)) => {
            let is_right = match (is_one_time_password(code), &factors.totp, recovery_hash(code)) {
                (true, Some(totp), _) => check_totp(ports, transaction, totp, code).await?,
                (false, _, Some(hash)) => transaction.take_recovery_code(account, &hash).await?,
                (true, None, _) | (false, _, None) => false,
            };
            if is_right { Ok(()) } else { Err(AccountError::WrongSecondFactor) }
        }
        Some(Shown::Passkey { state, answer }) => {
            check_passkey(ports, transaction, &factors.passkeys, state, answer).await
        }
    }
}

async fn check_passkey(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    passkeys: &[Passkey],
    state: &str,
    answer: &str,
) -> Result<(), AccountError> {
    let authority = ports.passkeys.as_ref().ok_or(AccountError::NoPasskeysHere)?;
    // As they are now: one that was removed since the round began signs nobody in, and a counter that went on counts.
    let credentials: Vec<_> = passkeys.iter().map(|passkey| passkey.credential.as_str()).collect();
    let signed = authority.finish_assertion(state, answer, &credentials)?;
    let used = passkeys.iter().find(|passkey| passkey.credential_id == signed.id);
    let used = used.ok_or_else(|| PasskeyError::Refused("a passkey of somebody else".into()))?;
    Ok(transaction.use_passkey(used.id, &signed.json, ports.now()).await?)
}

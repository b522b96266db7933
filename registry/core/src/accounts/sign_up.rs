//! Signing up: an address first, then, with the code of the letter, a name and a password. So nobody can prepare an account for
//! somebody else's address, and nothing but the address is kept of whoever does not finish.

use super::attempts::{ACCOUNT_LETTER, LETTER_FROM, RESET_LETTER, UNLOCK_LETTER};
use super::letters::promise;
use super::session::{Entry, code_hash, start};
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Network, Password, SignedIn};
use crate::account::{Account, AccountCode, AccountState, CodePurpose};
use crate::audit::{Act, Deed, Who};
use crate::job::AccountLetter;
use crate::owner::OwnerName;
use crate::ports::{Address, Constraint, Reader, StoreError, Transaction, Written};
use crate::{Id, Ports};
use serde_json::json;

/// Who makes an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignUp {
    /// Everybody.
    #[default]
    Open,
    /// Whose address a publisher has invited.
    Invited,
}

impl SignUp {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Open, Self::Invited];

    /// The word in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invited => "invited",
        }
    }
}

/// Whether an account may be made for an address.
pub(super) async fn may_sign_up<R: Reader + ?Sized>(
    ports: &Ports,
    reader: &mut R,
    email: &Address,
) -> Result<bool, StoreError> {
    if ports.sign_up == SignUp::Open {
        return Ok(true);
    }
    let now = ports.now();
    Ok(reader.invitations_to(email).await?.iter().any(|(_, expires_at)| now < *expires_at))
}

/// Asks for an account. Whether the address has one already is said in the letter only.
///
/// # Errors
/// [`AccountError::Wait`] when the network asks for too many letters; [`AccountError::SignUpClosed`], also where the address has an account;
/// [`AccountError::PasswordsOff`].
#[tracing::instrument(name = "account.sign_up", skip_all)]
pub async fn sign_up(ports: &Ports, email: Address, network: &Network) -> Result<(), AccountError> {
    refuse_without_passwords(ports)?;
    let mut reader = ports.store.read().await?;
    if !may_sign_up(ports, &mut *reader, &email).await? {
        return Err(AccountError::SignUpClosed);
    }
    drop(reader);
    // The account may be made by somebody else between the look and the insert.
    match request_letter(ports, &email, network, Wanted::Account).await {
        Err(AccountError::Store(StoreError::Violated(Constraint::AccountAddress))) => {
            request_letter(ports, &email, network, Wanted::Account).await
        }
        other => other,
    }
}

/// What somebody wants who shows an address only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An account.
    Account,
    /// Another password.
    Reset,
    /// To sign in although others guessed too often.
    Unlock,
}

/// Promises a letter to an address, if there is something to write; whoever asks cannot tell.
pub(super) async fn request_letter(
    ports: &Ports,
    email: &Address,
    network: &Network,
    wanted: Wanted,
) -> Result<(), AccountError> {
    let mut transaction = ports.store.begin().await?;
    match promise_letter(ports, &mut *transaction, email, network, wanted).await {
        Ok(()) => Ok(transaction.commit(Written::ToldIfChanged).await?),
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn promise_letter(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    email: &Address,
    network: &Network,
    wanted: Wanted,
) -> Result<(), AccountError> {
    let now = ports.now();
    // Counted for addresses without an account too: there is as much to write then.
    let rule = match wanted {
        Wanted::Account => ACCOUNT_LETTER,
        Wanted::Reset => RESET_LETTER,
        Wanted::Unlock => UNLOCK_LETTER,
    };
    match rule.count(transaction, &rule.of_address(ports, email), now).await {
        // One is on its way.
        Err(AccountError::Wait { .. }) => return Ok(()),
        other => other?,
    }
    if let Some(subject) = LETTER_FROM.of_network(ports, network) {
        LETTER_FROM.count(transaction, &subject, now).await?;
    }
    let known = match transaction.account_by_address(email).await? {
        // As it is once others have changed it: somebody may be answering the letter before.
        Some(known) => transaction.lock_account(known.id).await?,
        None => None,
    };
    let (account, letter) = match (known, wanted) {
        (None, Wanted::Account) => {
            let account = Account {
                id: Id::new(now, &*ports.entropy),
                email: Some(email.clone()),
                name: None,
                password: None,
                state: AccountState::Unverified,
                is_operator: false,
                created_at: now,
                verified_at: None,
            };
            transaction.insert_account(&account).await?;
            (account.id, AccountLetter::Verify)
        }
        (Some(known), Wanted::Account) if known.state == AccountState::Unverified => {
            // Written once more as it was typed now, and kept for another day.
            let again = Account { email: Some(email.clone()), created_at: now, ..known };
            transaction.update_account(&again).await?;
            (again.id, AccountLetter::Verify)
        }
        (Some(known), wanted) if known.is_active() => {
            let letter = match wanted {
                Wanted::Account => AccountLetter::HasAccount,
                Wanted::Reset => AccountLetter::Reset,
                Wanted::Unlock => AccountLetter::Unlock,
            };
            (known.id, letter)
        }
        _ => return Ok(()),
    };
    Deed::new(Act::LetterAsk).id(account).with(json!({ "letter": letter.as_str() })).tell(ports, transaction);
    Ok(promise(ports, transaction, account, letter).await?)
}

/// What finishes an account.
#[derive(Debug)]
pub struct Verification {
    /// The code of the letter.
    pub code: String,
    /// What others read.
    pub name: OwnerName,
    /// The password.
    pub password: Password,
    /// What kind of browser asks.
    pub device: String,
    /// The content of the cookie that the browser shows, if it shows one.
    pub replaces: Option<String>,
}

/// Finishes an account, and signs the person in.
///
/// # Errors
/// [`AccountError::BadCode`], [`AccountError::Password`], [`AccountError::PasswordsOff`]; the code is good still after the latter two.
#[tracing::instrument(name = "account.verify", skip_all)]
pub async fn verify(ports: &Ports, verification: Verification) -> Result<SignedIn, AccountError> {
    refuse_without_passwords(ports)?;
    let hash = code_hash(&verification.code)?;
    let (code, account) = good_code(ports, &hash, CodePurpose::Verify).await?;
    let email = account.email.as_ref().ok_or(AccountError::BadCode)?;
    verification.password.check(email, &verification.name)?;
    let password = verification.password.hash(ports).await?;
    let mut transaction = ports.store.begin().await?;
    // The account first, as whoever sends letters does.
    let locked = transaction.lock_account(account.id).await?;
    let taken = transaction.take_account_code(&code.hash).await?;
    let Some(account) = locked.filter(|account| taken && account.state == AccountState::Unverified) else {
        transaction.rollback().await?;
        return Err(AccountError::BadCode);
    };
    let account = Account {
        name: Some(verification.name),
        password: Some(password),
        state: AccountState::Active,
        verified_at: Some(ports.now()),
        ..account
    };
    transaction.update_account(&account).await?;
    let entry = Entry::by_password(verification.device, verification.replaces.as_deref());
    let signed_in = start(ports, &mut *transaction, account, entry).await?;
    let deed = Deed::new(Act::AccountCreate).id(signed_in.account.id);
    deed.by(Who::Account(signed_in.account.id)).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(account = %signed_in.account.id, "an account was made");
    Ok(signed_in)
}

/// A code of a letter that is good, and whose it is.
pub(super) async fn good_code(
    ports: &Ports,
    hash: &adx_signing::digest::Digest,
    purpose: CodePurpose,
) -> Result<(AccountCode, Account), AccountError> {
    let mut reader = ports.store.read().await?;
    let code = reader.account_code(hash).await?.ok_or(AccountError::BadCode)?;
    if code.purpose != purpose || code.expires_at <= ports.now() {
        return Err(AccountError::BadCode);
    }
    let account = code.account.ok_or(AccountError::BadCode)?;
    let account = reader.account(account).await?.ok_or(AccountError::BadCode)?;
    Ok((code, account))
}

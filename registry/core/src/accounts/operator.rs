//! The link that makes an operator: printed on the registry's machine, good once.

use adx_signing::digest::Digest;

use super::session::{Entry, code_hash, lock_signed_in, renew, start};
use super::ways_in::refuse_without_passwords;
use super::{AccountError, Code, Password, SignedIn};
use crate::account::{Account, AccountCode, AccountState, CodePurpose, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed, Who};
use crate::owner::OwnerName;
use crate::ports::{Address, Constraint, StoreError, Transaction, Written};
use crate::{Id, Ports};

/// A code for the first operator, unless there is one, or a code that is good still.
///
/// # Errors
/// [`StoreError`]
pub async fn first_operator_link(ports: &Ports) -> Result<Option<Code>, StoreError> {
    let mut reader = ports.store.read().await?;
    if reader.has_operator().await? || reader.has_operator_code(ports.now()).await? {
        return Ok(None);
    }
    drop(reader);
    make_operator_link_on_the_machine(ports).await.map(Some)
}

/// A code for another operator, for whoever sits at the machine that holds the database; the code before is void.
///
/// # Errors
/// [`StoreError`]
pub async fn make_operator_link_on_the_machine(ports: &Ports) -> Result<Code, StoreError> {
    let code = Code::new(&*ports.entropy);
    let purpose = CodePurpose::Operator;
    let kept = AccountCode { hash: code.hash(), account: None, purpose, expires_at: ports.now() + purpose.lasts() };
    let mut transaction = ports.store.begin().await?;
    transaction.put_account_code(&kept).await?;
    Deed::new(Act::OperatorLink).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    Ok(code)
}

/// Who becomes an operator.
#[derive(Debug)]
pub struct ClaimOperator {
    /// The code of the link.
    pub code: String,
    /// The address. Whoever has the link is believed that it is theirs.
    pub email: Address,
    /// What others read.
    pub name: OwnerName,
    /// The password.
    pub password: Password,
    /// What kind of browser asks.
    pub device: String,
    /// The content of the cookie that the browser shows, if it shows one.
    pub replaces: Option<String>,
}

/// Makes an operator's account, and signs the person in.
///
/// # Errors
/// [`AccountError::BadCode`], [`AccountError::Password`], [`AccountError::AddressTaken`], [`AccountError::PasswordsOff`]; the code is good still
/// after the latter three.
#[tracing::instrument(name = "account.claim_operator_link", skip_all)]
pub async fn claim_operator_link(ports: &Ports, claim: ClaimOperator) -> Result<SignedIn, AccountError> {
    refuse_without_passwords(ports)?;
    let hash = code_hash(&claim.code)?;
    known(ports, &hash).await?;
    let now = ports.now();
    claim.password.check(&claim.email, &claim.name)?;
    let password = claim.password.hash(ports).await?;
    let mut transaction = ports.store.begin().await?;
    if !transaction.take_account_code(&hash).await? {
        transaction.rollback().await?;
        return Err(AccountError::BadCode);
    }
    // Somebody typed the address, and nobody answered the letter: it is nobody's so far.
    let typed = match transaction.account_by_address(&claim.email).await? {
        Some(known) => transaction.lock_account(known.id).await?,
        None => None,
    };
    let typed = typed.filter(|typed| typed.state == AccountState::Unverified);
    let (id, created_at) = match &typed {
        Some(typed) => (typed.id, typed.created_at),
        None => (Id::new(now, &*ports.entropy), now),
    };
    let account = Account {
        id,
        email: Some(claim.email),
        name: Some(claim.name),
        password: Some(password),
        state: AccountState::Active,
        is_operator: true,
        created_at,
        verified_at: None,
    };
    let written = match typed {
        Some(_) => {
            transaction.void_account_codes(account.id, None).await?;
            transaction.update_account(&account).await
        }
        None => transaction.insert_account(&account).await,
    };
    match written {
        Err(StoreError::Violated(Constraint::AccountAddress)) => {
            transaction.rollback().await?;
            return Err(AccountError::AddressTaken);
        }
        other => other?,
    }
    let entry = Entry::by_password(claim.device, claim.replaces.as_deref());
    let signed_in = start(ports, &mut *transaction, account, entry).await?;
    let deed = Deed::new(Act::OperatorCreate).id(signed_in.account.id);
    deed.by(Who::Account(signed_in.account.id)).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    tracing::info!(account = %signed_in.account.id, "an operator's account was made");
    Ok(signed_in)
}

/// Makes the account of whoever is signed in an operator's, by the code of the link. Every session ends but a new one for whoever asks.
///
/// # Errors
/// [`AccountError::BadCode`], [`AccountError::IsOperator`], [`AccountError::Denied`]; the code is good still after the latter two.
#[tracing::instrument(name = "account.become_operator", skip_all)]
pub async fn become_operator(ports: &Ports, actor: &Actor, code: &str) -> Result<SignedIn, AccountError> {
    let (account, session) = actor.person()?;
    let hash = code_hash(code)?;
    known(ports, &hash).await?;
    let mut transaction = ports.store.begin().await?;
    let promoted = promote(ports, &mut *transaction, (account, session), &hash).await;
    match promoted {
        Ok(signed_in) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %signed_in.account.id, "an account became an operator's");
            Ok(signed_in)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn promote(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    (account, session): (&Account, &Session),
    hash: &Digest,
) -> Result<SignedIn, AccountError> {
    if !transaction.take_account_code(hash).await? {
        return Err(AccountError::BadCode);
    }
    let locked = lock_signed_in(transaction, account, session).await?;
    if locked.is_operator {
        return Err(AccountError::IsOperator);
    }
    let changed = Account { is_operator: true, ..locked };
    transaction.update_account(&changed).await?;
    let signed_in = renew(ports, transaction, changed, session).await?;
    Deed::new(Act::OperatorCreate).id(signed_in.account.id).tell(ports, transaction);
    Ok(signed_in)
}

/// Whether a code is that of a link that is good. Guesses must not keep those waiting who write.
pub(super) async fn known(ports: &Ports, hash: &Digest) -> Result<(), AccountError> {
    let code = ports.store.read().await?.account_code(hash).await?;
    let is_good = code.is_some_and(|code| code.purpose == CodePurpose::Operator && code.expires_at > ports.now());
    if is_good { Ok(()) } else { Err(AccountError::BadCode) }
}

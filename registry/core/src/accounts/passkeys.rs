//! Passkeys: added with the password and what a device signs, listed, and asked for.

use std::sync::Arc;

use super::factor::{Factor, PasskeyAnswer, ShownForChange};
use super::letters::promise;
use super::passkey_round::{BegunRound, put_round, take_round};
use super::prove::prove;
use super::second_factor::{RecoveryCodes, forget_begun, give_recovery_codes};
use super::session::{lock_signed_in, renew};
use super::{AccountError, Password};
use crate::account::{Account, Session};
use crate::actor::Actor;
use crate::audit::{Act, Deed, Who};
use crate::job::AccountLetter;
use crate::passkey::{MAX_PASSKEYS, Passkey, PasskeyName, RoundPurpose};
use crate::ports::{
    Constraint, Credential, PasskeyError, PasskeyHolder, Passkeys, StoreError, SystemWrite, Transaction, Written,
};
use crate::{Id, Ports};

/// The passkeys of whoever asks, the oldest first.
///
/// # Errors
/// [`AccountError`]
pub async fn list_passkeys(ports: &Ports, actor: &Actor) -> Result<Vec<Passkey>, AccountError> {
    let (account, _) = actor.person()?;
    Ok(ports.store.read().await?.passkeys_of(account.id).await?)
}

/// Asks a device for a new passkey, for the password and, where the account has a second factor, one of those.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "passkey.begin", skip_all)]
pub async fn begin_passkey(
    ports: &Ports,
    actor: &Actor,
    password: &Password,
    factor: Option<Factor>,
) -> Result<BegunRound, AccountError> {
    let (account, session) = actor.person()?;
    authority(ports)?;
    prove(ports, account, session, password).await?;
    let shown = ShownForChange::take(ports, account, factor).await?;
    let mut transaction = ports.store.begin().await?;
    match ask_for_one_more(ports, &mut *transaction, account, session, &shown).await {
        Ok(begun) => {
            transaction.commit(Written::System(SystemWrite::PasskeyRound)).await?;
            Ok(begun)
        }
        Err(refused) => {
            transaction.rollback().await?;
            tell_of_copy(ports, account.id, &refused).await?;
            Err(refused)
        }
    }
}

async fn ask_for_one_more(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    shown: &ShownForChange,
) -> Result<BegunRound, AccountError> {
    let account = lock_signed_in(transaction, account, session).await?;
    let has = transaction.passkeys_of(account.id).await?;
    if has.len() >= MAX_PASSKEYS {
        return Err(AccountError::TooManyPasskeys);
    }
    shown.check(ports, transaction, account.id).await?;
    let address = account.email.as_ref().map_or("", |email| email.as_str());
    let name = account.name.as_ref().map(ToString::to_string).unwrap_or_default();
    let holder = PasskeyHolder { account: account.id, address, name: &name };
    let has: Vec<_> = has.iter().map(|passkey| passkey.credential.as_str()).collect();
    let begun = authority(ports)?.begin_registration(&holder, &has)?;
    Ok(put_round(ports, transaction, account.id, RoundPurpose::Register, begun).await?)
}

/// A passkey that was added.
#[derive(Debug)]
pub struct PasskeyAdded {
    /// The passkey.
    pub passkey: Passkey,
    /// Recovery codes, where the account had none, and the session that goes on.
    pub codes: RecoveryCodes,
}

/// Adds the passkey that a device made.
///
/// # Errors
/// [`AccountError`]; nothing has changed then, but that the round is over.
#[tracing::instrument(name = "passkey.add", skip_all)]
pub async fn add_passkey(
    ports: &Ports,
    actor: &Actor,
    name: PasskeyName,
    answer: PasskeyAnswer,
) -> Result<PasskeyAdded, AccountError> {
    let (account, session) = actor.person()?;
    let authority = authority(ports)?;
    let state = take_round(ports, account.id, RoundPurpose::Register, &answer.round).await?;
    let Credential { id, json } = authority.finish_registration(&state, &answer.credential)?;
    let now = ports.now();
    let passkey = Passkey {
        id: Id::new(now, &*ports.entropy),
        account: account.id,
        credential_id: id,
        credential: json,
        name,
        created_at: now,
        last_used_at: None,
    };
    let mut transaction = ports.store.begin().await?;
    match add(ports, &mut *transaction, account, session, &passkey).await {
        Ok(codes) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(account = %account.id, "a passkey was added");
            Ok(PasskeyAdded { passkey, codes })
        }
        Err(refused) => {
            transaction.rollback().await?;
            match refused {
                AccountError::Store(StoreError::Violated(Constraint::PasskeyCredential)) => {
                    Err(AccountError::PasskeyTaken)
                }
                other => Err(other),
            }
        }
    }
}

async fn add(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: &Account,
    session: &Session,
    passkey: &Passkey,
) -> Result<RecoveryCodes, AccountError> {
    let account = lock_signed_in(transaction, account, session).await?;
    if transaction.passkeys_of(account.id).await?.len() >= MAX_PASSKEYS {
        return Err(AccountError::TooManyPasskeys);
    }
    transaction.insert_passkey(passkey).await?;
    forget_begun(transaction, account.id).await?;
    let codes = give_recovery_codes(ports, transaction, account.id).await?;
    promise(ports, transaction, account.id, AccountLetter::PasskeyAdded).await?;
    Deed::new(Act::PasskeyAdd).id(passkey.id).tell(ports, transaction);
    let signed_in = renew(ports, transaction, account, session).await?;
    Ok(RecoveryCodes { codes, signed_in })
}

/// Asks the device of whoever is signed in to sign that what signing in takes may be changed.
///
/// # Errors
/// [`AccountError`]
#[tracing::instrument(name = "passkey.begin_change", skip_all)]
pub async fn begin_change(ports: &Ports, actor: &Actor, password: &Password) -> Result<BegunRound, AccountError> {
    let (account, session) = actor.person()?;
    authority(ports)?;
    prove(ports, account, session, password).await?;
    let mut transaction = ports.store.begin().await?;
    let begun = match lock_signed_in(&mut *transaction, account, session).await {
        Ok(locked) => ask_to_sign(ports, &mut *transaction, locked.id, RoundPurpose::Change).await,
        Err(refused) => Err(refused),
    };
    match begun {
        Ok(begun) => {
            transaction.commit(Written::System(SystemWrite::PasskeyRound)).await?;
            Ok(begun)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// Asks for a signature by one of the account's passkeys. The transaction holds the account's lock.
pub(super) async fn ask_to_sign(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    account: Id<Account>,
    purpose: RoundPurpose,
) -> Result<BegunRound, AccountError> {
    let has = transaction.passkeys_of(account).await?;
    if has.is_empty() {
        return Err(AccountError::NoPasskey);
    }
    let has: Vec<_> = has.iter().map(|passkey| passkey.credential.as_str()).collect();
    let begun = authority(ports)?.begin_assertion(&has)?;
    Ok(put_round(ports, transaction, account, purpose, begun).await?)
}

/// Tells the person that a passkey counts backwards, if that is why something was refused.
pub(super) async fn tell_of_copy(
    ports: &Ports,
    account: Id<Account>,
    refused: &AccountError,
) -> Result<(), AccountError> {
    if !matches!(refused, AccountError::Passkey(PasskeyError::Cloned)) {
        return Ok(());
    }
    tracing::warn!(%account, "a passkey counts backwards");
    let mut transaction = ports.store.begin().await?;
    promise(ports, &mut *transaction, account, AccountLetter::PasskeyCloned).await?;
    Deed::new(Act::PasskeyClone).id(account).by(Who::Account(account)).tell(ports, &mut *transaction);
    Ok(transaction.commit(Written::Told).await?)
}

pub(super) fn authority(ports: &Ports) -> Result<&Arc<dyn Passkeys>, AccountError> {
    ports.passkeys.as_ref().ok_or(AccountError::NoPasskeysHere)
}

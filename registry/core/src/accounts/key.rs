//! Which key seals the secrets of a database: told by its fingerprint, so that another in its place is noticed at once and not when
//! somebody wants to sign in.

use adx_signing::digest::Digest;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use crate::audit::{Act, NewEntry, Subject, Who};
use crate::ports::{Store, StoreError, SystemWrite, Vault, Written};

/// What the fingerprint is of; the vault keys the hash.
const LABEL: &str = "the key of this database";

/// Why a key is not taken.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Another key sealed what is in the database.
    #[error("the database was sealed with another key than this one")]
    Other,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// By which a vault's key is known again. It tells nothing of the key.
pub fn key_fingerprint(vault: &dyn Vault) -> Digest {
    vault.fingerprint(LABEL)
}

/// Takes a key for the database's, if it has none yet or has this one.
///
/// # Errors
/// [`KeyError`]
pub async fn adopt_key(store: &dyn Store, vault: &dyn Vault) -> Result<(), KeyError> {
    let fingerprint = key_fingerprint(vault);
    let mut transaction = store.begin().await?;
    let known = transaction.adopt_accounts_key(&fingerprint).await?;
    transaction.commit(Written::System(SystemWrite::AccountsKey)).await?;
    if known == fingerprint { Ok(()) } else { Err(KeyError::Other) }
}

/// Takes a key for the database's, whatever it had: for whoever sits at the machine and lost that one. Nothing that it sealed opens any
/// more.
///
/// # Errors
/// [`StoreError`]
pub async fn replace_key(store: &dyn Store, vault: &dyn Vault, at: OffsetDateTime) -> Result<(), StoreError> {
    let fingerprint = key_fingerprint(vault);
    let mut transaction = store.begin().await?;
    transaction.replace_accounts_key(&fingerprint).await?;
    transaction.tell(NewEntry {
        at,
        who: Who::Machine,
        network: None,
        request: None,
        act: Act::AccountsKeyReplace,
        subject: Subject { id: Some(fingerprint.to_string()), ..Subject::default() },
        detail: json!({}),
        leaf: None,
    });
    transaction.commit(Written::Told).await
}

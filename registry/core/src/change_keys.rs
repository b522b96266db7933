//! The keys of a namespace. A token gives it the first; each later change is signed by a key that it has, so that neither a
//! stolen token nor whoever holds the registry alone can change them.

mod proof;

use std::collections::BTreeSet;

use adx_signing::envelope::EnvelopeError;
use adx_signing::key::{KeyId, KeyPurpose, PublicKey};
use adx_signing::key_change::{Change, KeyChangeError, NewKey};
use adx_signing::name::Namespace;
use adx_signing::tuf::key_history::Authorization;
use adx_signing::utc::UtcSecond;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::leaf::{KEY_PURPOSES, append, key_added, key_removed};
use crate::ports::{Constraint, StoreError, Transaction};
use crate::publisher::{KeyRemoval, Publisher, PublisherKey};
use crate::token::Action;

pub use proof::{MAX_PROOF_BYTES, last_change};

/// Most keys of one publisher that count: each is tried when an envelope is verified.
pub const MAX_KEYS: usize = 16;
/// Most keys that a publisher ever has, removed ones too: all of them stand in a file that every agent reads, and one
/// publisher must not fill it.
pub const MAX_KEYS_EVER: usize = 64;

/// A key to be added.
#[derive(Debug, Clone)]
pub struct AddKeyRequest {
    /// The key.
    pub key: PublicKey,
    /// What it may sign.
    pub purposes: BTreeSet<KeyPurpose>,
    /// The last second at which it counts.
    pub not_after: Option<UtcSecond>,
    /// The DSSE envelope of the change, as JSON. Not needed for the first key.
    pub envelope: Option<String>,
}

/// Why the keys stay as they are.
#[derive(Debug, Error)]
pub enum ChangeKeyError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Another publisher registered it.
    #[error("the key is registered to another publisher")]
    RegisteredElsewhere,
    /// The publisher has enough.
    #[error("a publisher has at most {MAX_KEYS} keys that count, and {MAX_KEYS_EVER} ever")]
    TooMany,
    /// A key that was removed stays removed.
    #[error("the key {0} was removed")]
    Removed(KeyId),
    /// The key is there, for other purposes or for another time.
    #[error("the namespace has the key {0} already, for other purposes or until another time")]
    KnownOtherwise(KeyId),
    /// The namespace has no such key.
    #[error("the namespace has no key {0}")]
    Unknown(KeyId),
    /// A key without a purpose, or the first one without that of changing keys: nothing could follow it.
    #[error("{0}")]
    Purposes(&'static str),
    /// The key would never count.
    #[error("the key would have ended at {0}")]
    Ended(UtcSecond),
    /// The namespace has keys, and none of them signed.
    #[error("`{0}` has keys: one of them must sign the change")]
    Unsigned(Namespace),
    /// The envelope is longer than any that one key signs.
    #[error("the envelope of a key change has at most {MAX_PROOF_BYTES} bytes")]
    TooLong,
    /// The envelope is not one.
    #[error("the envelope cannot be read")]
    Envelope(#[from] EnvelopeError),
    /// No key that may sign it did.
    #[error("no key that counts for key changes signed this one")]
    Proof(#[source] KeyChangeError),
    /// Somebody who has one key could take all others away and keep it: it takes another one.
    #[error("the key {0} cannot sign its own removal")]
    SignsItsOwnRemoval(KeyId),
    /// Nobody could change the keys any more.
    #[error("the key {0} is the last that counts for key changes")]
    Last(KeyId),
    /// A sound envelope of another change.
    #[error("what was signed is another change than the one asked for")]
    OtherChange,
    /// Another change came in between, or the signer did not know of the last.
    #[error("the signed change follows leaf {signed}, the last change of the keys is at leaf {follows}")]
    Outdated {
        /// What was signed.
        signed: u64,
        /// What is to be signed.
        follows: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a key to the namespace. A key that it has already is no error.
///
/// # Errors
/// [`ChangeKeyError`]; nothing has changed then.
#[tracing::instrument(name = "key.add", skip_all, fields(%namespace))]
pub async fn add_key(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    request: AddKeyRequest,
) -> Result<PublisherKey, ChangeKeyError> {
    let (publisher, _) = actor.publisher_of(namespace, Action::Keys, None)?;
    let mut transaction = ports.store.begin().await?;
    let added = add(ports, &mut *transaction, publisher, request).await;
    end(ports, transaction, added).await
}

/// Removes a key from the namespace, on the word of another of its keys. One that is removed already is no error.
///
/// # Errors
/// [`ChangeKeyError`]; nothing has changed then.
#[tracing::instrument(name = "key.remove", skip_all, fields(%namespace))]
pub async fn remove_key(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    key: KeyId,
    envelope: Option<&str>,
) -> Result<PublisherKey, ChangeKeyError> {
    let (publisher, _) = actor.publisher_of(namespace, Action::Keys, None)?;
    let mut transaction = ports.store.begin().await?;
    let removed = remove(ports, &mut *transaction, publisher, key, envelope).await;
    end(ports, transaction, removed).await
}

/// The publisher of `namespace` and the keys that it has or had, oldest first; `None` if nobody owns it.
///
/// # Errors
/// [`StoreError`]
pub async fn publisher_and_keys(
    ports: &Ports,
    namespace: &Namespace,
) -> Result<Option<(Publisher, Vec<PublisherKey>)>, StoreError> {
    let mut reader = ports.store.read().await?;
    let Some(publisher) = reader.publisher_by_namespace(namespace).await? else {
        return Ok(None);
    };
    let mut keys = reader.keys_of(publisher.id).await?;
    keys.retain(PublisherKey::is_listed);
    Ok(Some((publisher, keys)))
}

/// What a change came to.
enum Changed {
    /// It is made.
    Made(PublisherKey),
    /// It had been made before.
    Before(PublisherKey),
}

/// Commits a change that was made, and nothing else.
async fn end(
    ports: &Ports,
    transaction: Box<dyn Transaction>,
    changed: Result<Changed, ChangeKeyError>,
) -> Result<PublisherKey, ChangeKeyError> {
    match changed {
        Ok(Changed::Made(key)) => {
            transaction.commit().await?;
            ports.progress.logged();
            Ok(key)
        }
        Ok(Changed::Before(key)) => {
            transaction.rollback().await?;
            Ok(key)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn add(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    request: AddKeyRequest,
) -> Result<Changed, ChangeKeyError> {
    // From here on nobody appends a leaf: the keys stay what they are, and so does what the change follows.
    transaction.lock_leaves().await?;
    let now = ports.now();
    let AddKeyRequest { key: public, purposes, not_after, envelope } = request;
    let key_id = public.id();
    let known = transaction.keys_of(publisher.id).await?;
    let (listed, unproven): (Vec<_>, Vec<_>) = known.into_iter().partition(PublisherKey::is_listed);
    if let Some(known) = listed.iter().find(|known| known.key_id == key_id) {
        return match &known.removed {
            Some(_) => Err(ChangeKeyError::Removed(key_id)),
            None if known.purposes == purposes && known.not_after == not_after => Ok(Changed::Before(known.clone())),
            None => Err(ChangeKeyError::KnownOtherwise(key_id)),
        };
    }
    if purposes.is_empty() {
        return Err(ChangeKeyError::Purposes("a key has a purpose: `release`, `key-change` or both"));
    }
    if let Some(ended) = not_after.filter(|last| *last <= now.into()) {
        return Err(ChangeKeyError::Ended(ended));
    }
    let counting = listed.iter().filter(|key| KEY_PURPOSES.iter().any(|purpose| key.counts(*purpose, now.into())));
    if counting.count() >= MAX_KEYS || listed.len() >= MAX_KEYS_EVER {
        return Err(ChangeKeyError::TooMany);
    }
    let added_by = if listed.is_empty() {
        if !purposes.contains(&KeyPurpose::KeyChange) {
            return Err(ChangeKeyError::Purposes("the first key of a namespace may change its keys: `key-change`"));
        }
        Authorization::First
    } else {
        let change = Change::Add(NewKey { not_after, public, purposes: purposes.clone() });
        proof::check(publisher, &listed, change, envelope.as_deref(), now.into())?
    };
    let mut key = PublisherKey {
        key_id,
        publisher: publisher.id,
        public_key: public,
        added_at: now,
        leaf: None,
        purposes,
        not_after,
        added_by: Some(added_by),
        removed: None,
    };
    key.leaf = Some(append(transaction, now, key_added(&publisher.namespace, &key)).await?);
    if unproven.iter().any(|known| known.key_id == key_id) {
        transaction.authorize_key(&key).await?;
    } else {
        match transaction.insert_key(&key).await {
            Err(StoreError::Violated(Constraint::PublisherKey)) => return Err(ChangeKeyError::RegisteredElsewhere),
            other => other?,
        }
    }
    Ok(Changed::Made(key))
}

async fn remove(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    key_id: KeyId,
    envelope: Option<&str>,
) -> Result<Changed, ChangeKeyError> {
    transaction.lock_leaves().await?;
    let now = ports.now();
    let mut listed = transaction.keys_of(publisher.id).await?;
    listed.retain(PublisherKey::is_listed);
    let Some(key) = listed.iter().find(|key| key.key_id == key_id) else {
        return Err(ChangeKeyError::Unknown(key_id));
    };
    if key.removed.is_some() {
        return Ok(Changed::Before(key.clone()));
    }
    let changes_keys = |key: &PublisherKey| key.counts(KeyPurpose::KeyChange, now.into());
    if !listed.iter().any(|other| other.key_id != key_id && changes_keys(other)) {
        return Err(ChangeKeyError::Last(key_id));
    }
    let by = proof::check(publisher, &listed, Change::Remove { keyid: key_id }, envelope, now.into())?;
    let leaf = append(transaction, now, key_removed(&publisher.namespace, key_id)).await?;
    let removal = KeyRemoval { leaf, by };
    transaction.remove_key(&key_id, &removal).await?;
    Ok(Changed::Made(PublisherKey { removed: Some(removal), ..key.clone() }))
}

//! The keys of a namespace. A token gives it the first; each later change is signed by a key that it has, or was announced by
//! the owners nine days before, so that neither a stolen token nor whoever holds the registry alone can change them unseen.

mod proof;
mod recover;
mod rules;
mod write;

use std::collections::BTreeSet;

use adx_signing::envelope::EnvelopeError;
use adx_signing::key::{KeyId, KeyPurpose, PublicKey};
use adx_signing::key_change::{Change, KeyChangeError, NewKey};
use adx_signing::name::Namespace;
use adx_signing::tuf::control::MAX_CONTROL_BYTES;
use adx_signing::tuf::key_history::Authorization;
use adx_signing::utc::UtcSecond;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::authenticate::acts_still;
use crate::job::Notice;
use crate::members::By;
use crate::ports::Written;
use crate::ports::{StoreError, Transaction};
use crate::proposals;
use crate::publisher::{Publisher, PublisherKey};
use crate::token::Action;

pub use proof::{MAX_PROOF_BYTES, last_change};
pub(crate) use recover::{may_recover, recover};
use rules::{Adding, Removing};

/// Most keys of one publisher that count: each is tried when an envelope is verified.
pub const MAX_KEYS: usize = 16;
/// Most keys that a publisher ever has, removed ones too: all of them stand in a file that every agent reads, and one
/// publisher must not fill it.
pub const MAX_KEYS_EVER: usize = 64;
/// Most bytes of a namespace's keys in that file when one is added, and when one is removed, with its proof. Keys that one key
/// vouches for have about one kilobyte each: 64 of them fit, and a few namespaces do not fill the file for all.
const MAX_NAMESPACE_BYTES: u64 = 64 * 1024;
const MAX_NAMESPACE_BYTES_AT_REMOVAL: u64 = 96 * 1024;
/// Longest list of all publishers' keys to which the first key of a namespace is added, in bytes. Agents refuse one of more than
/// [`MAX_CONTROL_BYTES`]: what is between the two is left for removals.
pub const MAX_LIST_BYTES: u64 = MAX_CONTROL_BYTES as u64 - 1024 * 1024;
/// Longest list to which a further key is added: whoever has several keeps nobody from a first one.
const MAX_LIST_BYTES_OF_FURTHER: u64 = MAX_LIST_BYTES - 2 * 1024 * 1024;
/// Longest list from which a key is removed, in bytes: the removal is written into it, with a proof whose every byte may be escaped.
const MAX_LIST_BYTES_AT_REMOVAL: u64 = MAX_CONTROL_BYTES as u64 - 2 * MAX_PROOF_BYTES as u64 - 1024;

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
    /// What it signs proves nothing: somebody else has it.
    #[error("the key {0} is revoked: it changes no keys")]
    Revoked(KeyId),
    /// A key that was removed stays removed.
    #[error("the key {0} was removed")]
    Removed(KeyId),
    /// The key that owners want to add is there.
    #[error("the namespace has the key {0} already")]
    Known(KeyId),
    /// The key is there, for other purposes or for another time.
    #[error("the namespace has the key {0} already, for other purposes or until another time")]
    KnownOtherwise(KeyId),
    /// The namespace has no such key.
    #[error("the namespace has no key {0}")]
    Unknown(KeyId),
    /// A key without a purpose, or the first one without that of changing keys: nothing could follow it.
    #[error("{0}")]
    Purposes(&'static str),
    /// The namespace takes enough of what every agent reads.
    #[error(
        "the keys of the namespace and their proofs take {most} bytes of the list that every agent reads, and no more fit"
    )]
    NamespaceFull {
        /// The most.
        most: u64,
    },
    /// The registry has enough: one key more, and agents would read none of them.
    #[error("the list of all publishers' keys is full, at {most} bytes")]
    ListFull {
        /// The most.
        most: u64,
    },
    /// One removal more, and agents would read none of the keys.
    #[error(
        "the list of all publishers' keys is full, at {MAX_LIST_BYTES_AT_REMOVAL} bytes: not even a removal can be written into it"
    )]
    NoRoomForRemoval,
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
    let (publisher, by) = actor.publisher_of(namespace, Action::Keys, None)?;
    let mut transaction = ports.store.begin().await?;
    let added = add(ports, &mut *transaction, publisher, by, request).await;
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
            transaction.commit(Written::Told).await?;
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

/// What the audit log is told of a key that was added or removed.
pub(crate) fn key_deed(act: Act, publisher: &Publisher, key: &PublisherKey) -> Deed {
    let leaf = key.removed.as_ref().map(|removed| removed.leaf).or(key.leaf);
    Deed::new(act).of(publisher).id(key.key_id).leaf(leaf)
}

async fn add(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    by: By<'_>,
    request: AddKeyRequest,
) -> Result<Changed, ChangeKeyError> {
    // From here on nobody appends a leaf: the keys stay what they are, and so does what the change follows.
    transaction.lock_leaves().await?;
    // The first key needs nothing else. Those of a namespace that was deleted meanwhile are revoked.
    if !acts_still(transaction, by).await? {
        return Err(Denied::Revoked.into());
    }
    let now = ports.now();
    let AddKeyRequest { key: public, purposes, not_after, envelope } = request;
    let new = NewKey { not_after, public, purposes };
    let (listed, place) = match rules::may_add(transaction, publisher, &new, now.into()).await? {
        Adding::Before(key) => return Ok(Changed::Before(*key)),
        Adding::Possible { listed, place } => (listed, place),
    };
    let by = if listed.is_empty() {
        Authorization::First
    } else {
        let leaf = transaction.leaf_count().await?;
        proof::check(publisher, &listed, Change::Add(new.clone()), envelope.as_deref(), leaf, now.into())?
    };
    let key = write::added(transaction, publisher, &new, place, by, now).await?;
    key_deed(Act::KeyAdd, publisher, &key).tell(ports, transaction);
    proposals::notify_owners(ports, transaction, publisher, Notice::KeyAdded { key: key.key_id }).await?;
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
    let (listed, key) = match rules::may_remove(transaction, publisher, key_id, now.into()).await? {
        Removing::Before(key) => return Ok(Changed::Before(key)),
        Removing::Possible { listed, key } => (listed, key),
    };
    let leaf = transaction.leaf_count().await?;
    let by = proof::check(publisher, &listed, Change::Remove { keyid: key_id }, envelope, leaf, now.into())?;
    let key = write::removed(transaction, publisher, key, by, now).await?;
    key_deed(Act::KeyRemove, publisher, &key).tell(ports, transaction);
    proposals::notify_owners(ports, transaction, publisher, Notice::KeyRemoved { key: key_id }).await?;
    Ok(Changed::Made(key))
}

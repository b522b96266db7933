//! Registering a key that releases will be signed with.

use adx_signing::key::PublicKey;
use adx_signing::name::Namespace;
use thiserror::Error;

use crate::Ports;
use crate::actor::{Actor, Denied};
use crate::leaf::{append, key_added};
use crate::ports::{Constraint, StoreError};
use crate::publisher::{Publisher, PublisherKey};
use crate::token::Action;

/// Most keys of one publisher: each is tried when an envelope is verified.
pub const MAX_KEYS: usize = 16;

/// Why the key was not registered.
#[derive(Debug, Error)]
pub enum RegisterKeyError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Another publisher registered it.
    #[error("the key is registered to another publisher")]
    RegisteredElsewhere,
    /// The publisher has enough.
    #[error("a publisher has at most {MAX_KEYS} keys")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Registers `key` for the publisher of `namespace`. A key that it has already is no error.
///
/// # Errors
/// [`RegisterKeyError`]
#[tracing::instrument(name = "key.register", skip_all, fields(%namespace))]
pub async fn register_key(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    key: PublicKey,
) -> Result<PublisherKey, RegisterKeyError> {
    let (publisher, _) = actor.publisher_of(namespace, Action::Keys, None)?;
    let mut transaction = ports.store.begin().await?;
    let known = transaction.keys_of(publisher.id).await?;
    let key_id = key.id();
    if let Some(known) = known.iter().find(|known| known.key_id == key_id) {
        transaction.rollback().await?;
        return Ok(known.clone());
    }
    if known.len() >= MAX_KEYS {
        transaction.rollback().await?;
        return Err(RegisterKeyError::TooMany);
    }
    let mut key = PublisherKey { key_id, publisher: publisher.id, public_key: key, added_at: ports.now(), leaf: None };
    match transaction.insert_key(&key).await {
        Err(StoreError::Violated(Constraint::PublisherKey)) => {
            transaction.rollback().await?;
            Err(RegisterKeyError::RegisteredElsewhere)
        }
        other => {
            other?;
            let leaf = append(&mut *transaction, key.added_at, key_added(&publisher.namespace, &key)).await?;
            transaction.note_key_leaf(&key_id, leaf).await?;
            transaction.commit().await?;
            ports.progress.logged();
            key.leaf = Some(leaf);
            Ok(key)
        }
    }
}

/// The publisher of `namespace` and its keys, oldest first; `None` if nobody owns it.
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
    let keys = reader.keys_of(publisher.id).await?;
    Ok(Some((publisher, keys)))
}

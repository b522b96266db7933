//! What holds for every change of keys, whoever has the right to it.

use adx_signing::key::{KeyId, KeyPurpose};
use adx_signing::key_change::NewKey;
use adx_signing::utc::UtcSecond;

use super::{
    ChangeKeyError, MAX_KEYS, MAX_KEYS_EVER, MAX_LIST_BYTES, MAX_LIST_BYTES_AT_REMOVAL, MAX_LIST_BYTES_OF_FURTHER,
    MAX_NAMESPACE_BYTES, MAX_NAMESPACE_BYTES_AT_REMOVAL,
};
use crate::leaf::KEY_PURPOSES;
use crate::ports::{StoreError, Transaction};
use crate::publisher::{Publisher, PublisherKey};

/// Whether a key can be added.
pub(super) enum Adding {
    /// The namespace has it, as it is wanted.
    Before(Box<PublisherKey>),
    /// It can.
    Possible {
        /// The keys that the namespace has or had.
        listed: Vec<PublisherKey>,
        /// Where it is written.
        place: Place,
    },
}

/// Where a key that is added is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A row of its own.
    New,
    /// The row of a key that counted for nothing.
    Unproven,
}

/// Whether a key can be removed.
pub(super) enum Removing {
    /// It was removed before.
    Before(PublisherKey),
    /// It can.
    Possible {
        /// The keys that the namespace has or had.
        listed: Vec<PublisherKey>,
        /// The key.
        key: PublisherKey,
    },
}

/// Checks that a key can be added at `now`. The leaves are locked.
pub(super) async fn may_add(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    new: &NewKey,
    now: UtcSecond,
) -> Result<Adding, ChangeKeyError> {
    let key_id = new.public.id();
    let known = transaction.keys_of(publisher.id).await?;
    let (listed, unproven): (Vec<_>, Vec<_>) = known.into_iter().partition(PublisherKey::is_listed);
    if let Some(known) = listed.iter().find(|known| known.key_id == key_id) {
        return match &known.removed {
            Some(_) => Err(ChangeKeyError::Removed(key_id)),
            None if known.purposes == new.purposes && known.not_after == new.not_after => {
                Ok(Adding::Before(Box::new(known.clone())))
            }
            None => Err(ChangeKeyError::KnownOtherwise(key_id)),
        };
    }
    if new.purposes.is_empty() {
        return Err(ChangeKeyError::Purposes("a key has a purpose: `release`, `key-change` or both"));
    }
    if let Some(ended) = new.not_after.filter(|last| *last <= now) {
        return Err(ChangeKeyError::Ended(ended));
    }
    let leaf = transaction.leaf_count().await?;
    let counting = listed.iter().filter(|key| KEY_PURPOSES.iter().any(|purpose| key.counts(*purpose, leaf, now)));
    if counting.count() >= MAX_KEYS || listed.len() >= MAX_KEYS_EVER {
        return Err(ChangeKeyError::TooMany);
    }
    if listed.is_empty() && !new.purposes.contains(&KeyPurpose::KeyChange) {
        return Err(ChangeKeyError::Purposes("the first key of a namespace may change its keys: `key-change`"));
    }
    if unproven.iter().any(|known| known.key_id == key_id && known.revoked_from.is_some()) {
        return Err(ChangeKeyError::Revoked(key_id));
    }
    let place = if unproven.iter().any(|known| known.key_id == key_id) { Place::Unproven } else { Place::New };
    if place == Place::New && transaction.registered_by(&key_id).await?.is_some() {
        return Err(ChangeKeyError::RegisteredElsewhere);
    }
    let bytes = transaction.key_list_bytes(publisher.id).await?;
    if bytes.of_publisher > MAX_NAMESPACE_BYTES {
        return Err(ChangeKeyError::NamespaceFull { most: MAX_NAMESPACE_BYTES });
    }
    let most = if listed.is_empty() { MAX_LIST_BYTES } else { MAX_LIST_BYTES_OF_FURTHER };
    if bytes.all > most {
        return Err(ChangeKeyError::ListFull { most });
    }
    Ok(Adding::Possible { listed, place })
}

/// Checks that a key can be removed at `now`: that another one stays which may change keys. The leaves are locked.
pub(super) async fn may_remove(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    key_id: KeyId,
    now: UtcSecond,
) -> Result<Removing, ChangeKeyError> {
    let listed = listed(transaction, publisher).await?;
    let Some(key) = listed.iter().find(|key| key.key_id == key_id).cloned() else {
        return Err(ChangeKeyError::Unknown(key_id));
    };
    if key.removed.is_some() {
        return Ok(Removing::Before(key));
    }
    let leaf = transaction.leaf_count().await?;
    let changes_keys = |key: &PublisherKey| key.counts(KeyPurpose::KeyChange, leaf, now);
    if !listed.iter().any(|other| other.key_id != key_id && changes_keys(other)) {
        return Err(ChangeKeyError::Last(key_id));
    }
    let bytes = transaction.key_list_bytes(publisher.id).await?;
    if bytes.of_publisher > MAX_NAMESPACE_BYTES_AT_REMOVAL {
        return Err(ChangeKeyError::NamespaceFull { most: MAX_NAMESPACE_BYTES_AT_REMOVAL });
    }
    if bytes.all > MAX_LIST_BYTES_AT_REMOVAL {
        return Err(ChangeKeyError::NoRoomForRemoval);
    }
    Ok(Removing::Possible { listed, key })
}

async fn listed(transaction: &mut dyn Transaction, publisher: &Publisher) -> Result<Vec<PublisherKey>, StoreError> {
    let mut listed = transaction.keys_of(publisher.id).await?;
    listed.retain(PublisherKey::is_listed);
    Ok(listed)
}

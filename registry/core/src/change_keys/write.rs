//! The rows and the leaf of a change of keys.

use adx_signing::key_change::NewKey;
use adx_signing::tuf::key_history::Authorization;
use time::OffsetDateTime;

use super::ChangeKeyError;
use super::rules::Place;
use crate::leaf::{append, key_added, key_removed};
use crate::ports::{Constraint, StoreError, Transaction};
use crate::publisher::{KeyRemoval, Publisher, PublisherKey};

/// Writes a key that was found to be possible.
pub(super) async fn added(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    new: &NewKey,
    place: Place,
    by: Authorization,
    now: OffsetDateTime,
) -> Result<PublisherKey, ChangeKeyError> {
    let mut key = PublisherKey {
        key_id: new.public.id(),
        publisher: publisher.id,
        public_key: new.public,
        added_at: now,
        leaf: None,
        purposes: new.purposes.clone(),
        not_after: new.not_after,
        added_by: Some(by),
        removed: None,
        revoked_from: None,
    };
    key.leaf = Some(append(transaction, now, key_added(&publisher.namespace, &key)).await?);
    match place {
        Place::Unproven => transaction.authorize_key(&key).await?,
        Place::New => match transaction.insert_key(&key).await {
            Err(StoreError::Violated(Constraint::PublisherKey)) => return Err(ChangeKeyError::RegisteredElsewhere),
            other => other?,
        },
    }
    Ok(key)
}

/// Writes that a key was removed which was found to be removable.
pub(super) async fn removed(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    key: PublisherKey,
    by: Authorization,
    now: OffsetDateTime,
) -> Result<PublisherKey, StoreError> {
    let leaf = append(transaction, now, key_removed(&publisher.namespace, key.key_id)).await?;
    let removal = KeyRemoval { leaf, by };
    transaction.remove_key(&key.key_id, &removal).await?;
    Ok(PublisherKey { removed: Some(removal), ..key })
}

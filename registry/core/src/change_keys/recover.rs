//! A change of keys that the owners announced, without one of the keys.

use adx_signing::key_change::Change;
use adx_signing::tuf::key_history::Authorization;
use time::OffsetDateTime;

use super::rules::{Adding, Removing, may_add, may_remove};
use super::{ChangeKeyError, write};
use crate::ports::Transaction;
use crate::publisher::{Publisher, PublisherKey};

/// Checks that a change could be made at `now`. One that was made already could not. The leaves are locked.
pub(crate) async fn may_recover(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    change: &Change,
    now: OffsetDateTime,
) -> Result<(), ChangeKeyError> {
    match change {
        Change::Add(new) => match may_add(transaction, publisher, new, now.into()).await? {
            Adding::Before(key) => Err(ChangeKeyError::Known(key.key_id)),
            Adding::Possible { .. } => Ok(()),
        },
        Change::Remove { keyid } => match may_remove(transaction, publisher, *keyid, now.into()).await? {
            Removing::Before(key) => Err(ChangeKeyError::Removed(key.key_id)),
            Removing::Possible { .. } => Ok(()),
        },
    }
}

/// Makes a change that was announced at a leaf, and returns the key as it is then. The leaves are locked; nothing is written
/// unless it is possible.
pub(crate) async fn recover(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    change: &Change,
    announced_at_leaf: u64,
    now: OffsetDateTime,
) -> Result<PublisherKey, ChangeKeyError> {
    let by = Authorization::Recovery { announced_at_leaf };
    match change {
        Change::Add(new) => match may_add(transaction, publisher, new, now.into()).await? {
            Adding::Before(key) => Err(ChangeKeyError::Known(key.key_id)),
            Adding::Possible { place, .. } => write::added(transaction, publisher, new, place, by, now).await,
        },
        Change::Remove { keyid } => match may_remove(transaction, publisher, *keyid, now.into()).await? {
            Removing::Before(key) => Err(ChangeKeyError::Removed(key.key_id)),
            Removing::Possible { key, .. } => Ok(write::removed(transaction, publisher, key, by, now).await?),
        },
    }
}

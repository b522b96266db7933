//! That a key of the namespace signed a change.

use adx_signing::envelope::Envelope;
use adx_signing::key::{KeyPurpose, PublicKey};
use adx_signing::key_change::{Change, KeyChange};
use adx_signing::tuf::key_history::Authorization;
use adx_signing::utc::UtcSecond;

use super::ChangeKeyError;
use crate::publisher::{Publisher, PublisherKey};

/// Longest envelope of a key change, in bytes. One with a single signature has about 700; every agent reads it for as long as
/// the namespace is there, so it is kept without what is around its members.
pub const MAX_PROOF_BYTES: usize = 2 * 1024;

/// The leaf of the last change of a namespace's keys: what the next one follows. None for a namespace without keys.
pub fn last_change(keys: &[PublisherKey]) -> Option<u64> {
    let listed = keys.iter().filter(|key| key.is_listed());
    listed.flat_map(|key| key.leaf.into_iter().chain(key.removed.as_ref().map(|removed| removed.leaf))).max()
}

/// Checks that one of the keys that count for key changes at `now` signed this change, as the next in the history: what agents
/// will ask of it. `listed` are all keys of the publisher, `leaf` is the number of the change's; the leaves must be locked.
pub(super) fn check(
    publisher: &Publisher,
    listed: &[PublisherKey],
    change: Change,
    envelope: Option<&str>,
    leaf: u64,
    now: UtcSecond,
) -> Result<Authorization, ChangeKeyError> {
    let text = envelope.ok_or_else(|| ChangeKeyError::Unsigned(publisher.namespace.clone()))?;
    if text.len() > MAX_PROOF_BYTES {
        return Err(ChangeKeyError::TooLong);
    }
    let envelope = Envelope::from_json(text)?;
    let removed = match change {
        Change::Remove { keyid } => Some(keyid),
        Change::Add(_) => None,
    };
    // A key counts for leaves before its removal only, so not for that of the removal itself.
    let (itself, others): (Vec<_>, Vec<_>) = listed
        .iter()
        .filter(|key| key.counts(KeyPurpose::KeyChange, leaf, now))
        .partition(|key| Some(key.key_id) == removed);
    let public = |keys: Vec<&PublisherKey>| keys.into_iter().map(|key| key.public_key).collect::<Vec<PublicKey>>();
    let signed = match KeyChange::verify(&envelope, &public(others)) {
        Ok(signed) => signed,
        Err(error) => {
            let signed_by = |key: &&PublisherKey| KeyChange::verify(&envelope, &[key.public_key]).is_ok();
            let revoked = listed.iter().filter(|key| key.is_revoked_at(leaf)).find(signed_by);
            return Err(match (removed, revoked) {
                (Some(key), _) if KeyChange::verify(&envelope, &public(itself)).is_ok() => {
                    ChangeKeyError::SignsItsOwnRemoval(key)
                }
                (_, Some(revoked)) => ChangeKeyError::Revoked(revoked.key_id),
                _ => ChangeKeyError::Proof(error),
            });
        }
    };
    if signed.namespace != publisher.namespace || signed.change != change {
        return Err(ChangeKeyError::OtherChange);
    }
    match last_change(listed) {
        Some(follows) if follows == signed.follows => Ok(Authorization::Key { envelope: envelope.to_json() }),
        follows => Err(ChangeKeyError::Outdated { signed: signed.follows, follows: follows.unwrap_or_default() }),
    }
}

//! What the transparency log is told: one leaf for each change, in the transaction of the change.

use std::collections::BTreeSet;

use adx_signing::digest::{Digest, Hasher};
use adx_signing::key::{KeyId, KeyPurpose};
use adx_signing::key_change::Change;
use adx_signing::log::leaf::{KeyAdded, KeyRecovery, KeyRemoved, Ownership, Publication};
use adx_signing::log::{Event, Leaf};
use adx_signing::name::Namespace;
use time::OffsetDateTime;

use crate::ports::{Entropy, StoreError, Transaction};
use crate::publisher::{Publisher, PublisherKey};
use crate::release::Release;

/// What a key may sign for which nothing else is said.
pub const KEY_PURPOSES: [KeyPurpose; 2] = [KeyPurpose::Release, KeyPurpose::KeyChange];

/// Appends what happened and returns its number.
pub(crate) async fn append(
    transaction: &mut dyn Transaction,
    at: OffsetDateTime,
    event: Event,
) -> Result<u64, StoreError> {
    let leaf = transaction.lock_leaves().await?;
    append_at(transaction, leaf, at, event).await?;
    Ok(leaf)
}

/// Appends what happened under the number that the leaves were locked with.
pub(crate) async fn append_at(
    transaction: &mut dyn Transaction,
    leaf: u64,
    at: OffsetDateTime,
    event: Event,
) -> Result<(), StoreError> {
    transaction.append_leaf(leaf, &Leaf::new(at.into(), event).to_bytes()).await
}

/// Appends who owns a new publisher's namespace: one account, which the leaf does not name.
pub(crate) async fn append_ownership(
    transaction: &mut dyn Transaction,
    entropy: &dyn Entropy,
    publisher: &Publisher,
) -> Result<(), StoreError> {
    append_owners(transaction, entropy, publisher, publisher.created_at, &[publisher.id.to_string()]).await
}

/// Appends that other people own a publisher's namespace than before: how many, and a digest of their sorted identifiers.
pub(crate) async fn append_owners(
    transaction: &mut dyn Transaction,
    entropy: &dyn Entropy,
    publisher: &Publisher,
    at: OffsetDateTime,
    owners: &[String],
) -> Result<(), StoreError> {
    let mut salt = [0; 32];
    entropy.fill(&mut salt);
    let event = Event::Ownership(Ownership {
        namespace: publisher.namespace.clone(),
        owners: u32::try_from(owners.len()).unwrap_or(u32::MAX),
        owners_sha256: owners_digest(&salt, owners),
    });
    let leaf = append(transaction, at, event).await?;
    transaction.note_publisher_leaf(publisher.id, leaf, &salt).await
}

/// The digest of a list of owners: the salt, then each identifier with a line feed.
fn owners_digest(salt: &[u8; 32], owners: &[String]) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(salt);
    for owner in owners {
        hasher.update(owner.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finish()
}

/// That the owners of a namespace want to change its keys without one of them.
pub(crate) fn recovery_announced(namespace: &Namespace, change: &Change) -> Event {
    Event::KeyRecoveryAnnounced(KeyRecovery { change: change.clone(), namespace: namespace.clone() })
}

/// That one of the owners objected.
pub(crate) fn recovery_cancelled(namespace: &Namespace, change: &Change) -> Event {
    Event::KeyRecoveryCancelled(KeyRecovery { change: change.clone(), namespace: namespace.clone() })
}

/// That a key counts from now on.
pub(crate) fn key_added(namespace: &Namespace, key: &PublisherKey) -> Event {
    Event::PublisherKeyAdded(KeyAdded {
        namespace: namespace.clone(),
        not_after: key.not_after,
        public: key.public_key,
        purposes: key.purposes.clone(),
    })
}

/// That a key counts no more.
pub(crate) fn key_removed(namespace: &Namespace, keyid: KeyId) -> Event {
    Event::PublisherKeyRemoved(KeyRemoved { keyid, namespace: namespace.clone() })
}

/// That a release was made public. `envelope` is what is served with it.
pub(crate) fn publication(release: &Release, envelope: &str, keyids: BTreeSet<KeyId>) -> Event {
    Event::Publish(Publication {
        envelope_sha256: Digest::of(envelope.as_bytes()),
        keyids,
        module: release.module.clone(),
        sha256: release.sha256,
        version: release.version.clone(),
    })
}

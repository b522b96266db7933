//! Leaves for what is older than the log: what an upgrade begins with.

use std::collections::BTreeSet;

use crate::Ports;
use crate::leaf::{append, append_ownership, key_added, publication};
use crate::ports::{StoreError, Unlogged};
use crate::ports::{SystemWrite, Written};

/// Leaves of one transaction.
const BATCH: u32 = 500;

/// Appends a leaf for every publisher, key and release that has none, and says how many. Several may do it at once. It
/// ends before anything is published: a release counts only if its key's leaf comes before its own.
///
/// # Errors
/// [`StoreError`]; what was appended stays, and the next call goes on.
#[tracing::instrument(name = "log.backfill", skip_all)]
pub async fn backfill_leaves(ports: &Ports) -> Result<u64, StoreError> {
    for (namespace, key) in ports.store.read().await?.unauthorized_keys().await? {
        tracing::warn!(
            %namespace, key = %key.key_id,
            "a key counts for nothing: a token alone registered it beside others; add it again with `adx key add`"
        );
    }
    let mut appended = 0;
    loop {
        if ports.store.read().await?.unlogged(1).await?.is_empty() {
            return Ok(appended);
        }
        let mut transaction = ports.store.begin().await?;
        transaction.lock_leaves().await?;
        // Looked up again under the lock: somebody else may have done it.
        match transaction.unlogged(BATCH).await? {
            Unlogged::Publishers(publishers) => {
                for publisher in &publishers {
                    append_ownership(&mut *transaction, &*ports.entropy, publisher).await?;
                    appended += 1;
                }
            }
            Unlogged::Keys(keys) => {
                for (namespace, key) in &keys {
                    let leaf = append(&mut *transaction, key.added_at, key_added(namespace, key)).await?;
                    transaction.note_key_leaf(&key.key_id, leaf).await?;
                    appended += 1;
                }
            }
            Unlogged::Releases(releases) => {
                for (release, envelope) in &releases {
                    // Of several keys that signed, the one that was verified first is the one that was kept.
                    let event = publication(release, envelope, BTreeSet::from([release.key_id]));
                    let leaf = append(&mut *transaction, release.released_at, event).await?;
                    transaction.note_release_leaf(release.id, leaf).await?;
                    appended += 1;
                }
            }
        }
        transaction.commit(Written::System(SystemWrite::Backfill)).await?;
    }
}

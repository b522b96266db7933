//! The job that removes what failed publishes left behind, and what the published metadata do not name any more: blobs that are
//! named by their digest, packages, envelopes, control files and shards of the index.
//!
//! A publish stores its blobs before it writes rows, so a blob without a row may be one whose rows are about to be
//! committed. It is therefore removed in three moves, each of which a publish of the same bytes can see:
//! 1. old enough and without a row: condemned, under the lock of the change feed;
//! 2. at a later sweep, still condemned and still without a row: marked as being removed, under the same lock;
//! 3. removed, and the mark with it.
//!
//! A shard that nothing names may be one that a round of signing is about to name again. The rounds look before they store one,
//! and lift a sentence or wait in the same way.
//!
//! A publish looks before it stores its blobs, and again in its transaction: it lifts a sentence that has been passed,
//! and one that finds its blobs being removed is told to try again. Between the two looks nothing can go all three
//! moves, because the first two are [`RESPITE`] apart.

use std::collections::BTreeSet;

use adx_signing::digest::Digest;
use adx_signing::tuf::control::CONTROL_FILES;
use futures::{StreamExt, future};
use time::Duration;

use crate::Ports;
use crate::ports::{BlobKey, Condemned, StoreError};
use crate::ports::{SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::sign_round::{Needed, needed};
use crate::sweep::Sweep;

/// How old a blob without a row must be: longer than any publish takes.
pub const GRACE: Duration = Duration::hours(24);
/// How long a sentence stands before it is carried out: a client that read the metadata that named it asks for it until then,
/// since no timestamp lives longer.
pub const RESPITE: Duration = Duration::hours(24);
/// Most digests that one sweep condemns, and most that it removes.
const MAX_A_SWEEP: u32 = 10_000;

/// What a sweep did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Temporary blobs removed.
    pub temporaries: u64,
    /// Digests newly condemned.
    pub condemned: Vec<Digest>,
    /// Digests whose blobs were removed.
    pub removed: Vec<Digest>,
}

/// Removes temporary blobs and, by and by, blobs that no release refers to.
///
/// # Errors
/// [`JobError`]; the next sweep goes on.
#[tracing::instrument(name = "blob.sweep", skip_all)]
pub async fn sweep_orphans(ports: &Ports, sweep: Sweep) -> Result<Swept, JobError> {
    let before = ports.now() - GRACE;
    let temporaries = match sweep {
        Sweep::Remove => ports.blobs.remove_temporaries(before).await?,
        Sweep::Look => ports.blobs.count_temporaries(before).await?,
    };
    let needed = needed(ports).await?;
    let removed = carry_out(ports, needed.as_ref(), sweep).await?;
    let condemned = condemn(ports, needed.as_ref(), sweep).await?;
    tracing::info!(?sweep, temporaries, condemned = condemned.len(), removed = removed.len(), "swept");
    Ok(Swept { temporaries, condemned, removed })
}

/// Moves two and three.
async fn carry_out(ports: &Ports, needed: Option<&Needed>, sweep: Sweep) -> Result<Vec<Digest>, JobError> {
    let now = ports.now();
    let mut transaction = ports.store.begin().await?;
    transaction.lock_feed().await?;
    let mut removing = Vec::new();
    for (sha256, sentence) in transaction.all_condemned(MAX_A_SWEEP).await? {
        match sentence {
            // A sweep ended between its moves: this one goes on where it stopped.
            Condemned::Removing(_) => removing.push(sha256),
            Condemned::Since(since) if now - since < RESPITE => {}
            Condemned::Since(_) => {
                // A round is under way, or broke off: the next sweep knows what is named.
                let Some(needed) = needed else { continue };
                let is_named = needed.digests.contains(&sha256);
                if is_named || transaction.release_by_digest(&sha256).await?.is_some() {
                    transaction.condemn(&sha256, None).await?;
                } else {
                    transaction.condemn(&sha256, Some(Condemned::Removing(now))).await?;
                    removing.push(sha256);
                }
            }
        }
    }
    if sweep == Sweep::Look {
        transaction.rollback().await?;
        return Ok(removing);
    }
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    for sha256 in &removing {
        for key in named_by(*sha256) {
            ports.blobs.delete(&key).await?;
        }
        lift(ports, sha256).await?;
    }
    Ok(removing)
}

/// Everything that may stand under a digest.
fn named_by(sha256: Digest) -> impl Iterator<Item = BlobKey> {
    let names = CONTROL_FILES.iter().filter_map(|name| name.parse().ok());
    let control = names.map(move |name| BlobKey::Control { sha256, name });
    [BlobKey::Package(sha256), BlobKey::Envelope(sha256), BlobKey::IndexShard(sha256)].into_iter().chain(control)
}

async fn lift(ports: &Ports, sha256: &Digest) -> Result<(), StoreError> {
    let mut transaction = ports.store.begin().await?;
    transaction.condemn(sha256, None).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await
}

/// Move one.
async fn condemn(ports: &Ports, needed: Option<&Needed>, sweep: Sweep) -> Result<Vec<Digest>, JobError> {
    let now = ports.now();
    let mut old = BTreeSet::new();
    let named = needed.map(|needed| &needed.digests);
    // What a round has stored and not named yet is young.
    let signed = ports.blobs.list_signed().take_while(|_| future::ready(named.is_some()));
    let mut blobs = ports.blobs.list_packages().chain(signed);
    while let Some(blob) = blobs.next().await {
        let (key, head) = blob?;
        let is_named = |sha256: &Digest| named.is_some_and(|named| named.contains(sha256));
        let old_enough = now - head.modified_at >= GRACE;
        if let Some(sha256) = key.digest().filter(|sha256| old_enough && !is_named(sha256)) {
            // Looked up one by one, without a lock, since nearly all have a row.
            if ports.store.read().await?.release_by_digest(&sha256).await?.is_none() {
                old.insert(sha256);
            }
        }
        if old.len() >= MAX_A_SWEEP as usize {
            break;
        }
    }
    drop(blobs);
    let mut condemned = Vec::new();
    if old.is_empty() {
        return Ok(condemned);
    }
    let mut transaction = ports.store.begin().await?;
    transaction.lock_feed().await?;
    for sha256 in old {
        let free = transaction.release_by_digest(&sha256).await?.is_none();
        if free && transaction.condemned(&sha256).await?.is_none() {
            transaction.condemn(&sha256, Some(Condemned::Since(now))).await?;
            condemned.push(sha256);
        }
    }
    match sweep {
        Sweep::Remove => transaction.commit(Written::System(SystemWrite::Sweep)).await?,
        Sweep::Look => transaction.rollback().await?,
    }
    Ok(condemned)
}

//! The job that removes what failed publishes left behind, and what the published metadata do not name any more: blobs that are
//! named by their digest, packages, envelopes, control files and shards of the index.
//!
//! A publish stores its blobs before it writes rows, so a blob without a row may be one whose rows are about to be
//! committed. It is therefore removed in three moves, each of which a publish of the same bytes can see:
//! 1. old enough and without a row: condemned, under the lock of the change feed;
//! 2. at a later sweep, still condemned and still without a row: marked as being removed, under the same lock;
//! 3. removed, and the mark with it. The mark says when: another sweep, of another server or an operator, leaves it alone until
//!    it is [`ABANDONED`] old, and whoever removes renews it long before.
//!
//! A shard that nothing names may be one that a round of signing is about to name again. The rounds look before they store one,
//! and lift a sentence or wait in the same way.
//!
//! A publish looks before it stores its blobs, and again in its transaction: it lifts a sentence that has been passed,
//! and one that finds its blobs being removed is told to try again. Between the two looks nothing can go all three
//! moves, because the first two are [`RESPITE`] apart.

use std::collections::BTreeSet;
use std::mem;

use adx_signing::digest::Digest;
use adx_signing::tuf::control::CONTROL_FILES;
use futures::{StreamExt, future};
use time::{Duration, OffsetDateTime};

use crate::Ports;
use crate::ports::{BlobKey, Condemned, StoreError, SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::sign_round::{Needed, needed};
use crate::sweep::Sweep;

/// How old a blob without a row must be: longer than any publish takes.
pub const GRACE: Duration = Duration::hours(24);
/// How long a sentence stands before it is carried out: a client that read the metadata that named it asks for it until then,
/// since no timestamp lives longer.
pub const RESPITE: Duration = Duration::hours(24);
/// How old a mark is that nobody renews any more: much longer than the removal of one blob is tried.
pub const ABANDONED: Duration = Duration::minutes(15);
/// How old a mark gets before it is renewed.
const RENEWED_AFTER: Duration = Duration::minutes(1);
/// Most digests that one sweep removes, and most that it condemns in one transaction.
const MAX_AT_ONCE: u32 = 10_000;

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

/// Moves two and three, one digest after the other.
async fn carry_out(ports: &Ports, needed: Option<&Needed>, sweep: Sweep) -> Result<Vec<Digest>, JobError> {
    let sentenced = {
        let mut transaction = ports.store.begin().await?;
        let all = transaction.all_condemned(MAX_AT_ONCE).await?;
        transaction.rollback().await?;
        all
    };
    let mut removed = Vec::new();
    for (sha256, _) in sentenced {
        let Some(mark) = mark(ports, needed, &sha256, sweep).await? else { continue };
        if sweep == Sweep::Look || remove(ports, sha256, mark).await? {
            removed.push(sha256);
        }
    }
    Ok(removed)
}

/// Move two, if the time has come; when the mark was made.
async fn mark(
    ports: &Ports,
    needed: Option<&Needed>,
    sha256: &Digest,
    sweep: Sweep,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let mut transaction = ports.store.begin().await?;
    transaction.lock_feed().await?;
    let now = ports.now();
    let sentence = match transaction.condemned(sha256).await? {
        Some(Condemned::Since(since)) if now - since >= RESPITE => match needed {
            // A round is under way, or broke off: the next sweep knows what is named.
            None => None,
            Some(needed) => {
                let is_named = needed.digests.contains(sha256);
                let is_needed = is_named || transaction.release_by_digest(sha256).await?.is_some();
                Some((!is_needed).then_some(Condemned::Removing(now)))
            }
        },
        // A sweep ended between its moves: this one goes on where it stopped.
        Some(Condemned::Removing(since)) if now - since >= ABANDONED => Some(Some(Condemned::Removing(now))),
        _ => None,
    };
    let Some(sentence) = sentence.filter(|_| sweep == Sweep::Remove) else {
        transaction.rollback().await?;
        return Ok(sentence.flatten().map(|_| now));
    };
    transaction.condemn(sha256, sentence).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    Ok(sentence.map(|_| now))
}

/// Move three, unless the mark is somebody else's by now.
async fn remove(ports: &Ports, sha256: Digest, mut mark: OffsetDateTime) -> Result<bool, JobError> {
    for key in named_by(sha256) {
        if ports.now() - mark >= RENEWED_AFTER {
            let now = ports.now();
            if !replace(ports, &sha256, mark, Some(Condemned::Removing(now))).await? {
                return Ok(false);
            }
            mark = now;
        }
        ports.blobs.delete(&key).await?;
    }
    Ok(replace(ports, &sha256, mark, None).await?)
}

/// Puts another sentence in the place of a mark, if that still stands.
async fn replace(
    ports: &Ports,
    sha256: &Digest,
    mark: OffsetDateTime,
    sentence: Option<Condemned>,
) -> Result<bool, StoreError> {
    let mut transaction = ports.store.begin().await?;
    transaction.lock_feed().await?;
    if transaction.condemned(sha256).await? != Some(Condemned::Removing(mark)) {
        transaction.rollback().await?;
        return Ok(false);
    }
    transaction.condemn(sha256, sentence).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    Ok(true)
}

/// Everything that may stand under a digest.
fn named_by(sha256: Digest) -> impl Iterator<Item = BlobKey> {
    let names = CONTROL_FILES.iter().filter_map(|name| name.parse().ok());
    let control = names.map(move |name| BlobKey::Control { sha256, name });
    let others =
        [BlobKey::Package(sha256), BlobKey::Envelope(sha256), BlobKey::IndexShard(sha256), BlobKey::Advisory(sha256)];
    others.into_iter().chain(control)
}

/// Move one, of all that is there.
async fn condemn(ports: &Ports, needed: Option<&Needed>, sweep: Sweep) -> Result<Vec<Digest>, JobError> {
    let now = ports.now();
    let (mut condemned, mut old) = (BTreeSet::<Digest>::new(), BTreeSet::new());
    let named = needed.map(|needed| &needed.digests);
    // What a round has stored and not named yet is young.
    let signed = ports.blobs.list_signed().take_while(|_| future::ready(named.is_some()));
    let mut blobs = ports.blobs.list_packages().chain(signed);
    while let Some(blob) = blobs.next().await {
        let (key, head) = blob?;
        let is_named = |sha256: &Digest| named.is_some_and(|named| named.contains(sha256));
        let old_enough = now - head.modified_at >= GRACE;
        if let Some(sha256) = key.digest().filter(|sha256| old_enough && !is_named(sha256)) {
            // Looked up one by one, without a lock, since nearly all have a row. What is condemned already stays listed for as long as
            // its respite, and must not be what every sweep ends with.
            let mut reader = ports.store.read().await?;
            if reader.release_by_digest(&sha256).await?.is_none() && reader.condemned(&sha256).await?.is_none() {
                old.insert(sha256);
            }
        }
        if old.len() >= MAX_AT_ONCE as usize {
            condemned.extend(pass_sentence(ports, mem::take(&mut old), sweep).await?);
        }
    }
    drop(blobs);
    condemned.extend(pass_sentence(ports, old, sweep).await?);
    Ok(condemned.into_iter().collect())
}

/// Condemns what is still without a row; says which.
async fn pass_sentence(ports: &Ports, old: BTreeSet<Digest>, sweep: Sweep) -> Result<Vec<Digest>, StoreError> {
    let mut condemned = Vec::new();
    if old.is_empty() {
        return Ok(condemned);
    }
    let now = ports.now();
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

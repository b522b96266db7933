//! What the published state names: what a sweep leaves alone.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::digest::Digest;
use adx_signing::log::SignedCheckpoint;
use adx_signing::tuf::{RoleName, Targets, TopRole};

use super::index::read_root;
use super::{SignRoundError, advisories, present};
use crate::Ports;
use crate::ports::{BlobKey, MetadataName, read_whole};

/// What is named.
#[derive(Debug, Default)]
pub(crate) struct Needed {
    /// The version of each role's document, by role: `snapshot`, `targets`, `control`, `bin-0a`. Roots are not among them.
    pub(crate) versions: BTreeMap<String, u64>,
    /// Control files, shards of the index, advisories.
    pub(crate) digests: BTreeSet<Digest>,
    /// Leaves of the log that is served.
    pub(crate) leaves: u64,
}

/// Reads what is named; none while storage serves something else than was recorded: a round is under way, or broke off.
pub(crate) async fn needed(ports: &Ports) -> Result<Option<Needed>, SignRoundError> {
    let checkpoint = read_whole(&*ports.blobs, &BlobKey::Checkpoint).await?;
    let timestamp = read_whole(&*ports.blobs, &BlobKey::Metadata(MetadataName::timestamp())).await?;
    let record = ports.store.read().await?.signing().await?;
    let is_served = |recorded: &Option<String>, served: &Option<bytes::Bytes>| {
        recorded.as_deref().map(str::as_bytes) == served.as_deref()
    };
    if !is_served(&record.checkpoint, &checkpoint) || !is_served(&record.timestamp, &timestamp) {
        return Ok(None);
    }
    let mut needed = Needed::default();
    if let Some(checkpoint) = checkpoint {
        let parsed = SignedCheckpoint::parse(&checkpoint);
        let damaged = |_| SignRoundError::Damaged { what: BlobKey::Checkpoint.to_string() };
        needed.leaves = parsed.map_err(damaged)?.claimed().head.size;
    }
    let Some(metadata) = present::metadata(ports, &record).await? else { return Ok(Some(needed)) };
    let snapshot = TopRole::Snapshot.as_str().to_owned();
    needed.versions.insert(snapshot, metadata.timestamp.snapshot().version);
    for (file, pin) in metadata.snapshot.meta() {
        needed.versions.extend(file.strip_suffix(".json").map(|role| (role.to_owned(), pin.version)));
    }
    let control: Targets = present::role(ports, &metadata.snapshot, &RoleName::control()).await?;
    let policy = present::top_targets(ports, &metadata.snapshot).await?;
    let listed = control.targets().values().chain(policy.targets().values());
    needed.digests.extend(listed.map(|file| file.sha256));
    let root = read_root(ports, &control).await?;
    needed.digests.extend(root.shards.values().map(|shard| shard.sha256));
    if let Some(file) = &root.advisories {
        needed.digests.insert(file.sha256);
        let list = advisories::read(ports, file).await?;
        needed.digests.extend(list.advisories.values().map(|listed| listed.document.sha256));
    }
    Ok(Some(needed))
}

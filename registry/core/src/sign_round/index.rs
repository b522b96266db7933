//! Index files, and the shards that make one thing of them.

use std::collections::{BTreeMap, BTreeSet};

use adx_index::limits::{MAX_INDEX_BYTES, MAX_INDEX_LINE_BYTES};
use adx_index::line::{IndexLine, index_path, write_file};
use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use adx_signing::tuf::control::{IndexFile, IndexRoot, IndexShard, shard_of};
use adx_signing::tuf::{Targets, control::ControlFile as _};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use super::late::LateWrites;
use super::lease::Lease;
use super::stored::{pinned, put_named};
use super::{BETWEEN_LOOKS, Context, IN_FLIGHT, SignRoundError};
use crate::Ports;
use crate::ports::{BlobKey, Reader, SignStep, StoreError};
use crate::release::{Deprecation, Release};

/// What is known of the index.
#[derive(Default)]
pub(super) struct IndexState {
    root: Option<IndexRoot>,
    shards: BTreeMap<String, IndexShard>,
}

impl IndexState {
    /// The root, as `control` lists it; empty before the first round.
    pub(super) async fn root(&mut self, ports: &Ports, control: &Targets) -> Result<&mut IndexRoot, SignRoundError> {
        let root = match self.root.take() {
            Some(root) => root,
            None => read_root(ports, control).await?,
        };
        Ok(self.root.insert(root))
    }
}

pub(crate) async fn read_root(ports: &Ports, control: &Targets) -> Result<IndexRoot, SignRoundError> {
    let name = IndexRoot::target_name();
    let Some(file) = control.targets().get(&name) else { return Ok(IndexRoot::default()) };
    let key = BlobKey::Control { sha256: file.sha256, name };
    let bytes = pinned(ports, &key, file.sha256, file.length).await?;
    IndexRoot::from_json(&bytes).map_err(|_| SignRoundError::Damaged { what: key.to_string() })
}

/// Writes the index files of modules anew, as the first `leaves` leaves have them, and the shards they are in. Clients that
/// read a file before the round is published find that its digest is not the one they know, and look again.
pub(super) async fn write(
    context: &Context,
    lease: &mut Lease,
    modules: &BTreeSet<ModuleId>,
    leaves: u64,
    control: &Targets,
    state: &mut IndexState,
    late: &mut LateWrites,
) -> Result<(), SignRoundError> {
    let ports = &context.ports;
    if modules.is_empty() {
        return Ok(());
    }
    let write = |module: ModuleId| async move {
        let bytes = file(ports, &module, leaves).await?;
        let entry = IndexFile::of(&bytes);
        ports.blobs.put(&BlobKey::Index(module.clone()), bytes).await?;
        Ok::<_, SignRoundError>((module, entry))
    };
    let mut files = Vec::with_capacity(modules.len());
    let mut rest = modules.iter().cloned().peekable();
    while rest.peek().is_some() {
        // Index files are written over: a server that lost the lease would put an older one back.
        lease.hold(ports).await?;
        let some: Vec<_> = rest.by_ref().take(BETWEEN_LOOKS).collect();
        let written: Vec<_> = stream::iter(some).map(write).buffer_unordered(IN_FLIGHT).try_collect().await?;
        late.note(written.iter().cloned());
        files.extend(written);
    }
    let mut by_shard: BTreeMap<String, Vec<(String, IndexFile)>> = BTreeMap::new();
    for (module, file) in files {
        let path = index_path(&module);
        by_shard.entry(shard_of(&path)).or_default().push((path, file));
    }
    let root = state.root(ports, control).await?.clone();
    let mut stored = Vec::new();
    let mut listed = Vec::new();
    for (name, files) in by_shard {
        let mut shard = match (state.shards.remove(&name), root.shards.get(&name)) {
            (Some(shard), _) => shard,
            (None, Some(listed)) => read_shard(ports, listed).await?,
            (None, None) => IndexShard::default(),
        };
        shard.files.extend(files);
        let bytes = Bytes::from(shard.to_json());
        listed.push((name.clone(), IndexFile::of(&bytes)));
        stored.push((BlobKey::IndexShard(Digest::of(&bytes)), bytes));
        state.shards.insert(name, shard);
    }
    put_named(ports, lease, stored).await?;
    state.root(ports, control).await?.shards.extend(listed);
    ports.progress.signed(SignStep::IndexWritten);
    Ok(())
}

pub(crate) async fn read_shard(ports: &Ports, file: &IndexFile) -> Result<IndexShard, SignRoundError> {
    let key = BlobKey::IndexShard(file.sha256);
    let bytes = pinned(ports, &key, file.sha256, file.length).await?;
    IndexShard::from_json(&bytes).map_err(|_| SignRoundError::Damaged { what: key.to_string() })
}

/// A module's index file: its releases whose leaves are among the first `leaves`. Those in quarantine have no line: whoever
/// resolves versions, in whatever age of this format, cannot choose one.
pub(super) async fn file(ports: &Ports, module: &ModuleId, leaves: u64) -> Result<Bytes, SignRoundError> {
    Ok(file_of(&mut *ports.store.read().await?, module, leaves).await?)
}

/// A module's index file as a reader sees the rows: its releases whose leaves are among the first `leaves`.
///
/// # Errors
/// [`StoreError`]
pub async fn file_of<R: Reader + ?Sized>(reader: &mut R, module: &ModuleId, leaves: u64) -> Result<Bytes, StoreError> {
    let (releases, deprecation) = match reader.module(module).await? {
        Some(module) => (reader.releases_of(module.id, None, u32::MAX).await?, reader.deprecation(module.id).await?),
        None => (Vec::new(), None),
    };
    let is_logged = |release: &&Release| release.leaf.is_some_and(|leaf| leaf < leaves);
    Ok(Bytes::from(write_file(&lines(releases.iter().filter(is_logged), deprecation.as_ref()))))
}

/// The lines of releases; those in quarantine have none. What people are told is left out where agents would not read the line, or
/// the file, for its length: it must not keep them from what it is about.
pub(crate) fn lines<'r>(
    releases: impl Iterator<Item = &'r Release>,
    deprecation: Option<&Deprecation>,
) -> Vec<IndexLine> {
    let without_words = |line: &mut IndexLine| {
        line.yanked_for = None;
        line.deprecated = None;
    };
    let mut length = 0;
    let line = |release: &Release| {
        let deprecated = deprecation.and_then(|deprecation| deprecation.of(&release.version));
        let mut line = IndexLine { deprecated, ..release.index_line() };
        if line.to_ndjson().len() > MAX_INDEX_LINE_BYTES {
            without_words(&mut line);
        }
        length += line.to_ndjson().len() as u64;
        line
    };
    let mut lines: Vec<_> = releases.filter(|release| release.is_offered()).map(line).collect();
    if length > MAX_INDEX_BYTES {
        lines.iter_mut().for_each(without_words);
    }
    lines
}

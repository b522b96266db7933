//! Copying out.
//!
//! Rows are read from a snapshot of the database, so all of them show one moment. What the storage must hold at that moment follows
//! from them: packages and envelopes of the releases, tiles of the log, and what the recorded timestamp names. None of that changes,
//! and a sweep leaves it alone for a day at least. The checkpoint is read before the snapshot is taken: it is never ahead of the rows.

use std::{
    collections::{BTreeMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use adx_index::line::index_path;
use adx_registry_core::{
    Ports,
    inventory::{Packages, Published, Stored, Walk, index_file, waiting},
    ports::{BlobKey, MetadataName, Snapshot, Table, read_whole},
    signing::SigningRecord,
};
use adx_signing::{
    digest::{Digest, Hasher},
    log::{Event, Leaf, SignedCheckpoint, TreeHead},
    tuf::TopRole,
    utc::UtcSecond,
    version::V1,
};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    IN_FLIGHT, Progress,
    error::{ArchiveError, BackupError},
    manifest::{Manifest, Rows},
    writer::ArchiveWriter,
};
use crate::world::fail_point;

/// Bytes of rows in one part, at least.
const ROWS_BYTES: usize = 8 * 1024 * 1024;
/// Modules read at once.
const PAGE: u32 = 200;
/// How often checkpoint and snapshot are taken anew where a round of signing came between them, and how long to wait.
const LOOKS: usize = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Key files that go into the backup.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// The folder of the ceremony and the online keys.
    pub trust: PathBuf,
    /// The key of the accounts.
    pub accounts: PathBuf,
}

/// Copies everything into a new file. The server may be running.
///
/// # Errors
/// [`BackupError`]; there is no file then.
pub async fn backup(
    ports: &Ports,
    file: &Path,
    keys: Option<&KeyFiles>,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<Manifest, BackupError> {
    let mut archive = ArchiveWriter::create(file)?;
    match copy(ports, &mut archive, keys, watch).await {
        Ok(manifest) => {
            archive.finish(&manifest)?;
            Ok(manifest)
        }
        Err(error) => {
            archive.discard();
            Err(error)
        }
    }
}

/// The rows, and the checkpoint that was served before them.
struct Moment {
    snapshot: Box<dyn Snapshot>,
    record: SigningRecord,
    checkpoint: Option<(Bytes, TreeHead)>,
    at: UtcSecond,
}

async fn copy(
    ports: &Ports,
    archive: &mut ArchiveWriter,
    keys: Option<&KeyFiles>,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<Manifest, BackupError> {
    let mut moment = moment(ports).await?;
    let schema = moment.snapshot.schema().await?;
    let mut rows = BTreeMap::new();
    let mut copied = 0;
    for (place, table) in schema.tables.iter().enumerate() {
        let written = copy_rows(&mut *moment.snapshot, archive, place, table).await?;
        copied += written.rows;
        rows.insert(table.name.clone(), written);
        watch(Progress::Rows(copied));
    }
    fail_point("backup.rows_copied");
    let published = Published::read(ports, &moment.record, Packages::Unread).await?;
    if let Some(what) = published.damaged.into_iter().next() {
        return Err(BackupError::Blob { what });
    }
    let mut blobs = Blobs { archive, watch, count: 0, bytes: 0, known: 0 };
    let mut stored = published.stored;
    stored.extend(copy_log(&mut moment, &mut blobs).await?);
    stored.extend(copy_releases(ports, &mut moment, &published.index, &mut blobs).await?);
    stored.extend(waiting(&mut *moment.snapshot).await?);
    let Moment { snapshot, record, checkpoint, at } = moment;
    drop(snapshot);
    blobs.known = blobs.count + stored.len() as u64 + 2;
    copy_stored(ports, stored, &mut blobs).await?;
    fail_point("backup.blobs_copied");
    if let Some(timestamp) = &record.timestamp {
        blobs.put(&BlobKey::Metadata(MetadataName::timestamp()), timestamp.as_bytes())?;
    }
    if let Some((checkpoint, _)) = &checkpoint {
        blobs.put(&BlobKey::Checkpoint, checkpoint)?;
    }
    let Blobs { count, bytes, .. } = blobs;
    let keys = keys.map(|keys| copy_keys(archive, keys)).transpose()?.unwrap_or_default();
    Ok(Manifest {
        v: V1,
        at,
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        schema,
        rows,
        blobs: count,
        blob_bytes: bytes,
        leaves: checkpoint.map_or(0, |(_, head)| head.size),
        keys,
        parts_sha256: archive.list_parts()?,
    })
}

/// Checkpoint and snapshot such that the metadata tell of no more than the checkpoint does.
async fn moment(ports: &Ports) -> Result<Moment, BackupError> {
    for _ in 0..LOOKS {
        let checkpoint = read_whole(&*ports.blobs, &BlobKey::Checkpoint).await?;
        let at = UtcSecond::from(ports.now());
        let mut snapshot = ports.store.snapshot().await?;
        let record = snapshot.signing().await?;
        let apart = |reason: &str| BackupError::Apart { reason: reason.to_owned() };
        let head = |note: &[u8]| -> Result<TreeHead, BackupError> {
            let checkpoint = SignedCheckpoint::parse(note).map_err(|_| apart("a checkpoint cannot be read"))?;
            Ok(checkpoint.claimed().head)
        };
        let checkpoint = match checkpoint {
            Some(note) => Some((head(&note)?, note)),
            None => None,
        };
        let served = checkpoint.as_ref().map_or(0, |(head, _)| head.size);
        let recorded = record.checkpoint.as_deref().map(|note| head(note.as_bytes())).transpose()?;
        if served > recorded.map_or(0, |head| head.size) {
            return Err(apart("the log that is served is longer than the one in the database, which was set back"));
        }
        if served >= record.leaves {
            let checkpoint = checkpoint.map(|(head, note)| (note, head));
            return Ok(Moment { snapshot, record, checkpoint, at });
        }
        drop(snapshot);
        ports.clock.sleep(BETWEEN_LOOKS).await;
    }
    Err(BackupError::Apart {
        reason: "the metadata tell of leaves that no checkpoint in the storage tells of".to_owned(),
    })
}

/// The rows of a table, in parts.
async fn copy_rows(
    snapshot: &mut dyn Snapshot,
    archive: &mut ArchiveWriter,
    place: usize,
    table: &Table,
) -> Result<Rows, BackupError> {
    let mut hasher = Hasher::new();
    let (mut count, mut chunk, mut number) = (0, Vec::new(), 0);
    let mut put = |chunk: &mut Vec<u8>| -> Result<(), ArchiveError> {
        archive.put(&format!("rows/{place:02}-{}/{number:06}.jsonl", table.name), chunk)?;
        chunk.clear();
        number += 1;
        Ok(())
    };
    let mut rows = snapshot.rows(table);
    while let Some(line) = rows.try_next().await? {
        chunk.extend_from_slice(line.as_bytes());
        chunk.push(b'\n');
        hasher.update(line.as_bytes());
        hasher.update(b"\n");
        count += 1;
        if chunk.len() >= ROWS_BYTES {
            put(&mut chunk)?;
        }
    }
    if !chunk.is_empty() {
        put(&mut chunk)?;
    }
    Ok(Rows { rows: count, sha256: hasher.finish() })
}

/// Blobs on their way into the archive.
struct Blobs<'a> {
    archive: &'a mut ArchiveWriter,
    watch: &'a mut (dyn FnMut(Progress) + Send),
    count: u64,
    bytes: u64,
    known: u64,
}

impl Blobs<'_> {
    fn put(&mut self, key: &BlobKey, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.archive.put(&format!("blobs/{key}"), bytes)?;
        self.copied(bytes.len() as u64);
        Ok(())
    }

    fn copied(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
        (self.watch)(Progress::Blobs(self.count, self.known.max(self.count)));
    }
}

/// The tiles, as the leaves make them, up to what is served and to what is recorded. Says which roots the leaves tell of.
async fn copy_log(moment: &mut Moment, blobs: &mut Blobs<'_>) -> Result<Vec<Stored>, BackupError> {
    let recorded = moment.record.checkpoint.as_deref().map(|note| SignedCheckpoint::parse(note.as_bytes()));
    let recorded = recorded.and_then(Result::ok).map(|checkpoint| checkpoint.claimed().head);
    let heads: Vec<_> = moment.checkpoint.iter().map(|(_, head)| *head).chain(recorded).collect();
    let documents = moment.snapshot.signed_documents().await?;
    let root = documents.iter().find(|document| document.role == TopRole::Root.as_str());
    let last_root = root.map_or(0, |root| root.version);
    let mut roots = Vec::new();
    let mut walk = Walk::new(heads.iter().map(|head| head.size));
    while let Some(step) = walk.next(&mut *moment.snapshot).await? {
        if heads.iter().any(|head| head.size == step.head.size && head.root != step.head.root) {
            let reason = format!("the first {} leaves in the database are not those of the log", step.head.size);
            return Err(BackupError::Apart { reason });
        }
        for (tile, bytes) in &step.tiles {
            blobs.put(&BlobKey::Tile(*tile), bytes)?;
        }
        for leaf in step.leaves.iter().filter_map(|content| Leaf::parse(content).ok()) {
            if let Event::RootPublished(root) = leaf.event
                && root.version <= last_root
            {
                let key = BlobKey::Metadata(MetadataName::of_top(TopRole::Root, root.version));
                roots.push(Stored { key, sha256: root.sha256, size_bytes: None });
            }
        }
    }
    Ok(roots)
}

/// Index files and envelopes. Says which packages there are.
async fn copy_releases(
    ports: &Ports,
    moment: &mut Moment,
    index: &BTreeMap<String, adx_signing::tuf::control::IndexFile>,
    blobs: &mut Blobs<'_>,
) -> Result<Vec<Stored>, BackupError> {
    let mut packages = Vec::new();
    let mut seen: HashSet<Digest> = HashSet::new();
    let mut after = None;
    loop {
        let modules = moment.snapshot.modules_after(after, PAGE).await?;
        let Some(last) = modules.last() else { return Ok(packages) };
        after = Some(last.id);
        let read =
            |module| async move { Ok::<_, BackupError>(read_whole(&*ports.blobs, &BlobKey::Index(module)).await?) };
        let listed = modules.iter().filter_map(|module| Some((module, index.get(&index_path(&module.module))?)));
        let files = stream::iter(listed)
            .map(|(module, listed)| async move {
                Ok::<_, BackupError>((module, listed, read(module.module.clone()).await?))
            })
            .buffered(IN_FLIGHT);
        let files: Vec<_> = files.try_collect().await?;
        for (module, listed, bytes) in files {
            let bytes = match bytes.filter(|bytes| listed.is_of(bytes)) {
                Some(bytes) => bytes,
                // A round has written it anew since, or is just doing so.
                None => index_file(&mut *moment.snapshot, &module.module, moment.record.leaves).await?,
            };
            blobs.put(&BlobKey::Index(module.module.clone()), &bytes)?;
        }
        for module in &modules {
            for release in moment.snapshot.releases_of(module.id, None, u32::MAX).await? {
                if !seen.insert(release.sha256) {
                    continue;
                }
                let texts = moment.snapshot.release_texts(release.id).await?.unwrap_or_default();
                blobs.put(&BlobKey::Envelope(release.sha256), texts.envelope.as_bytes())?;
                if release.erased {
                    continue;
                }
                let (key, size_bytes) = (BlobKey::Package(release.sha256), Some(release.size_bytes));
                packages.push(Stored { key, sha256: release.sha256, size_bytes });
            }
        }
    }
}

/// What only the storage has.
async fn copy_stored(ports: &Ports, stored: Vec<Stored>, blobs: &mut Blobs<'_>) -> Result<(), BackupError> {
    let open = |stored: Stored| async move {
        let read = ports.blobs.open(&stored.key, None).await?;
        Ok::<_, BackupError>((stored, read))
    };
    let mut opened = stream::iter(stored).map(open).buffered(IN_FLIGHT);
    while let Some((stored, read)) = opened.try_next().await? {
        let damaged = || BackupError::Blob { what: stored.key.to_string() };
        let mut read = read.ok_or_else(damaged)?;
        let size = read.head.size_bytes;
        if stored.size_bytes.is_some_and(|expected| expected != size) {
            return Err(damaged());
        }
        let mut part = blobs.archive.begin(&format!("blobs/{}", stored.key), size)?;
        while let Some(chunk) = read.bytes.try_next().await? {
            part.write(&chunk)?;
        }
        if part.end()?.sha256 != stored.sha256 {
            return Err(damaged());
        }
        blobs.copied(size);
    }
    Ok(())
}

/// The files of the ceremony, and the key of the accounts.
fn copy_keys(archive: &mut ArchiveWriter, keys: &KeyFiles) -> Result<Vec<String>, BackupError> {
    let mut files = vec![("accounts.key".to_owned(), keys.accounts.clone())];
    let mut folders = vec![("trust".to_owned(), keys.trust.clone())];
    while let Some((name, folder)) = folders.pop() {
        let failed = |source| BackupError::Key { file: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let file_name =
                entry.file_name().into_string().map_err(|_| failed(io::Error::other("a name is no text")))?;
            let name = format!("{name}/{file_name}");
            let is_folder = entry.file_type().map_err(failed)?.is_dir();
            if is_folder { &mut folders } else { &mut files }.push((name, entry.path()));
        }
    }
    files.sort();
    for (name, file) in &files {
        let content = fs::read(file).map_err(|source| BackupError::Key { file: file.clone(), source })?;
        archive.put(&format!("keys/{name}"), &content)?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

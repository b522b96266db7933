//! Copying back: into a database and a storage that hold nothing, or nothing but what an attempt that died left of the same backup.
//!
//! Blobs come first, and the rows in one transaction at the end, whose commit is the restore.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use adx_registry_core::{
    inventory::{Found, Stored},
    ports::{BlobKey, Blobs, Table},
};
use adx_signing::digest::Hasher;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::SecretString;

use super::{
    IN_FLIGHT, KeyFiles, Progress,
    error::{ArchiveError, RestoreError},
    manifest::{Manifest, Rows},
    reader::CheckedArchive,
};
use crate::{
    store::{self, Load},
    trust::files,
    world::fail_point,
};

/// Bytes of blobs held at once; one alone may have more.
const HELD_BYTES: usize = 64 * 1024 * 1024;

/// Where to.
pub struct Target {
    /// The address of the database.
    pub database: SecretString,
    /// The storage.
    pub blobs: Arc<dyn Blobs>,
    /// Where key files go, if there are any in the backup.
    pub keys: KeyFiles,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What is in the backup.
    pub manifest: Manifest,
    /// Rows written.
    pub rows: u64,
}

/// Copies everything back.
///
/// # Errors
/// [`RestoreError`]; begun again, it goes on.
pub async fn restore(
    file: &Path,
    target: &Target,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<Restored, RestoreError> {
    let archive = CheckedArchive::open(file)?;
    let keys = keys_of(&archive)?;
    refuse_other_blobs(&archive, &*target.blobs, &keys).await?;
    let manifest = &archive.manifest;
    // Before anything is written: it refuses a database that holds something.
    let mut load = store::load(&target.database, manifest.schema.migration).await?;
    if load.schema() != &manifest.schema {
        return Err(RestoreError::NotKept { what: "the schema".to_owned() });
    }
    restore_blobs(&archive, &*target.blobs, watch).await?;
    fail_point("restore.blobs_written");
    restore_keys(&archive, &target.keys)?;
    let rows = restore_rows(&archive, &mut *load, watch).await?;
    fail_point("restore.rows_written");
    load.commit().await?;
    Ok(Restored { manifest: archive.manifest, rows })
}

/// The names of the blobs in it.
fn keys_of(archive: &CheckedArchive) -> Result<BTreeSet<String>, RestoreError> {
    let mut keys = BTreeSet::new();
    for part in &archive.parts {
        if let Some(path) = part.path.strip_prefix("blobs/") {
            keys.insert(key_of(archive, path)?.to_string());
        }
    }
    Ok(keys)
}

fn key_of(archive: &CheckedArchive, path: &str) -> Result<BlobKey, ArchiveError> {
    BlobKey::from_path(path).ok_or_else(|| archive.damaged(&format!("blobs/{path}"), "it has a name that no blob has"))
}

/// A storage that holds anything else is another registry's.
async fn refuse_other_blobs(
    archive: &CheckedArchive,
    blobs: &dyn Blobs,
    keys: &BTreeSet<String>,
) -> Result<(), RestoreError> {
    debug_assert!(archive.parts.len() >= keys.len());
    let mut present = blobs.list_packages().chain(blobs.list_signed());
    while let Some((key, _)) = present.try_next().await? {
        if !keys.contains(&key.to_string()) {
            return Err(RestoreError::StorageNotEmpty { what: key.to_string() });
        }
    }
    drop(present);
    let checkpoint = BlobKey::Checkpoint;
    if !keys.contains(&checkpoint.to_string()) && blobs.head(&checkpoint).await?.is_some() {
        return Err(RestoreError::StorageNotEmpty { what: checkpoint.to_string() });
    }
    Ok(())
}

async fn restore_blobs(
    archive: &CheckedArchive,
    blobs: &dyn Blobs,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), RestoreError> {
    let mut parts = archive.read_below("blobs")?;
    let mut done = 0;
    loop {
        let (mut some, mut held) = (Vec::new(), 0);
        while held < HELD_BYTES && some.len() < 4 * IN_FLIGHT {
            let Some((path, content)) = parts.next()? else { break };
            held += content.len();
            some.push((key_of(archive, &path)?, Bytes::from(content)));
        }
        if some.is_empty() {
            return Ok(());
        }
        done += some.len() as u64;
        let put = |(key, bytes): (BlobKey, Bytes)| put(blobs, key, bytes);
        stream::iter(some).map(put).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
        watch(Progress::Blobs(done, archive.manifest.blobs));
    }
}

/// Writes a blob unless it is there, and reads it back.
async fn put(blobs: &dyn Blobs, key: BlobKey, bytes: Bytes) -> Result<(), RestoreError> {
    let stored = Stored::of(key, &bytes);
    match stored.look(blobs).await? {
        Found::Whole => return Ok(()),
        Found::Nothing => {}
        // It is newer than the backup, or another registry's: an attempt that died left none such.
        Found::OtherBytes => return Err(RestoreError::StorageNotEmpty { what: stored.key.to_string() }),
    }
    blobs.put(&stored.key, bytes).await?;
    if stored.look(blobs).await? == Found::Whole {
        Ok(())
    } else {
        Err(RestoreError::NotKept { what: stored.key.to_string() })
    }
}

async fn restore_rows(
    archive: &CheckedArchive,
    load: &mut dyn Load,
    watch: &mut (dyn FnMut(Progress) + Send),
) -> Result<u64, RestoreError> {
    let tables = archive.manifest.schema.tables.clone();
    let mut parts = archive.read_below("rows")?;
    let mut count = 0;
    while let Some((path, content)) = parts.next()? {
        let damaged = |reason: &str| archive.damaged(&format!("rows/{path}"), reason);
        // `04-owners/000000.jsonl`
        let name = path.split_once('/').and_then(|(folder, _)| folder.split_once('-')).map(|(_, name)| name);
        let table = tables.iter().find(|table| Some(table.name.as_str()) == name);
        let table = table.ok_or_else(|| damaged("it is of a table that is not in the manifest"))?;
        let text = std::str::from_utf8(&content).map_err(|_| damaged("it is no text"))?;
        for line in text.lines() {
            load.insert(table, line).await?;
            count += 1;
        }
        watch(Progress::Rows(count));
    }
    for table in &tables {
        let kept = read_back(load, table).await?;
        if archive.manifest.rows.get(&table.name) != Some(&kept) {
            return Err(RestoreError::NotKept { what: format!("the table {}", table.name) });
        }
    }
    Ok(count)
}

/// What a table holds now.
async fn read_back(load: &mut dyn Load, table: &Table) -> Result<Rows, RestoreError> {
    let (mut rows, mut hasher) = (0, Hasher::new());
    let mut lines = load.rows(table);
    while let Some(line) = lines.try_next().await? {
        hasher.update(line.as_bytes());
        hasher.update(b"\n");
        rows += 1;
    }
    Ok(Rows { rows, sha256: hasher.finish() })
}

/// Key files, never over others.
fn restore_keys(archive: &CheckedArchive, keys: &KeyFiles) -> Result<(), RestoreError> {
    let mut parts = archive.read_below("keys")?;
    while let Some((path, content)) = parts.next()? {
        let damaged = || archive.damaged(&format!("keys/{path}"), "it has a name that no key file has");
        let file = match path.strip_prefix("trust/") {
            Some(below) if below.split('/').all(|name| !name.is_empty() && name != "." && name != "..") => {
                keys.trust.join(below)
            }
            None if path == "accounts.key" => keys.accounts.clone(),
            _ => return Err(damaged().into()),
        };
        write_key(file, &content)?;
    }
    Ok(())
}

fn write_key(file: PathBuf, content: &[u8]) -> Result<(), RestoreError> {
    let write = || {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_private_folder(folder)?;
        }
        files::write_new(&file, content, files::SECRET)
    };
    match write() {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::read(&file) {
            Ok(present) if present == content => Ok(()),
            Ok(_) => Err(RestoreError::OtherKey { file }),
            Err(source) => Err(RestoreError::Key { file, source }),
        },
        Err(source) => Err(RestoreError::Key { file, source }),
    }
}

//! The index's folder: locked while it is open, and emptied when what stands in it is of no use.
//!
//! An index can always be made anew from the database. So one that is damaged, or of another schema, is set aside and
//! replaced, and the registry starts.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::Index;
use thiserror::Error;

use super::schema::{VERSION, register_analyzer, schema};
use crate::search::{OpenError, folder_failed};

/// The index, if no other was put in its place.
const INDEX: &str = "index";
/// Names the folder of the index that answers, once another was put in the place of the first.
const CURRENT: &str = "current";
/// Begins the names of indexes that were built beside another.
const BESIDE: &str = "index-";
/// The index that was replaced last.
const SET_ASIDE: &str = "index.set-aside";
/// Locked by the one process that may write.
const LOCK: &str = "lock";

/// What is written with every commit, in the same atomic step.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Commit {
    /// The [`VERSION`] that wrote it.
    version: u32,
    /// The highest generation it was completed at.
    pub(super) generation: Option<u64>,
}

impl Commit {
    pub(super) fn new(generation: Option<u64>) -> Self {
        Self { version: VERSION, generation }
    }
}

/// An open index.
pub(super) struct Folder {
    pub(super) index: Index,
    /// The highest generation it was completed at; `None` when it was not.
    pub(super) generation: Option<u64>,
    /// Which one of the folder it is.
    pub(super) name: String,
    /// Unlocks when dropped.
    pub(super) lock: File,
}

/// Makes an empty index beside those there are, and says what it is called.
///
/// # Errors
/// [`OpenError`]
pub(super) fn beside(folder: &Path) -> Result<(Index, String), OpenError> {
    let failed = folder_failed(folder);
    let mut last = 0;
    for entry in fs::read_dir(folder).map_err(&failed)? {
        let name = entry.map_err(&failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(BESIDE)?.parse::<u64>().ok());
        last = number.map_or(last, |number| number.max(last));
    }
    // A name of its own: one that was given up may still be written to.
    let name = format!("{BESIDE}{}", last + 1);
    Ok((create(&folder.join(&name))?, name))
}

/// Has the index called `name` opened from now on.
///
/// # Errors
/// If the folder cannot be written to; the one before is still opened then.
pub(super) fn switch(folder: &Path, name: &str) -> io::Result<()> {
    let next = folder.join("current.next");
    let mut file = File::create(&next)?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    fs::rename(&next, folder.join(CURRENT))?;
    // The new name must be on the disk before the index of the old one goes.
    File::open(folder)?.sync_all()
}

/// Removes an index that nothing opens any more.
///
/// # Errors
/// If it cannot be removed; the next opening tries again.
pub(super) fn remove(place: &Path) -> io::Result<()> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name of the index that answers.
fn current(folder: &Path) -> io::Result<String> {
    match fs::read_to_string(folder.join(CURRENT)) {
        // Nothing but a name of ours: it becomes a path.
        Ok(name) if name.strip_prefix(BESIDE).is_some_and(|number| number.parse::<u64>().is_ok()) => Ok(name),
        Ok(_) => Ok(INDEX.to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(INDEX.to_owned()),
        Err(error) => Err(error),
    }
}

/// Removes indexes that were replaced, or begun and not finished.
fn remove_others(folder: &Path, name: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let found = entry?.file_name();
        let Some(found) = found.to_str() else { continue };
        if found != name && (found == INDEX || found.starts_with(BESIDE)) {
            remove(&folder.join(found))?;
        }
    }
    Ok(())
}

fn create(place: &Path) -> Result<Index, OpenError> {
    fs::create_dir(place).map_err(folder_failed(place))?;
    let (schema, _) = schema();
    let index = Index::create_in_dir(place, schema).map_err(|error| OpenError::Engine(Box::new(error)))?;
    register_analyzer(&index);
    Ok(index)
}

/// Why an index is not used as it is.
#[derive(Debug, Error)]
enum Unusable {
    #[error("it is of another schema")]
    Schema,
    #[error("these of its files are damaged: {0:?}")]
    Damaged(Vec<PathBuf>),
    #[error("what its last commit says cannot be read")]
    Commit(#[from] serde_json::Error),
    #[error("it cannot be opened")]
    Engine(#[from] tantivy::TantivyError),
}

/// Opens the index in `folder`, or makes one.
///
/// # Errors
/// [`OpenError`]
pub(super) fn open(folder: &Path) -> Result<Folder, OpenError> {
    let failed = folder_failed(folder);
    fs::create_dir_all(folder).map_err(&failed)?;
    let lock = lock(folder)?;
    let name = current(folder).map_err(&failed)?;
    remove_others(folder, &name).map_err(&failed)?;
    let place = folder.join(&name);
    if place.exists() {
        match existing(&place) {
            Ok((index, generation)) => return Ok(Folder { index, generation, name, lock }),
            Err(reason) => {
                let reason: &dyn std::error::Error = &reason;
                tracing::warn!(reason, "the search index is set aside and made anew");
                set_aside(folder, &name).map_err(&failed)?;
            }
        }
    }
    Ok(Folder { index: create(&place)?, generation: None, name, lock })
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let failed = folder_failed(folder);
    let lock = File::create(folder.join(LOCK)).map_err(&failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn existing(place: &Path) -> Result<(Index, Option<u64>), Unusable> {
    let index = Index::open_in_dir(place)?;
    if index.schema() != schema().0 {
        return Err(Unusable::Schema);
    }
    register_analyzer(&index);
    let generation = match index.load_metas()?.payload {
        // Made, and never written to.
        None => None,
        Some(payload) => {
            let commit: Commit = serde_json::from_str(&payload)?;
            if commit.version != VERSION {
                return Err(Unusable::Schema);
            }
            commit.generation
        }
    };
    // It reads all files. They are small, and a wrong byte would otherwise show itself in the middle of a query.
    let damaged = index.validate_checksum()?;
    if damaged.is_empty() { Ok((index, generation)) } else { Err(Unusable::Damaged(damaged.into_iter().collect())) }
}

/// Keeps the index for whoever wants to know what happened, in place of the one kept before.
fn set_aside(folder: &Path, name: &str) -> io::Result<()> {
    let kept = folder.join(SET_ASIDE);
    remove(&kept)?;
    fs::rename(folder.join(name), kept)
}

#[cfg(test)]
mod tests {
    use tantivy::schema::{STORED, Schema, TantivyDocument};

    use super::*;

    /// Writes a commit with this payload, as another version of the registry would.
    fn commit(index: &Index, payload: &str) {
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 15_000_000).unwrap();
        writer.add_document(TantivyDocument::default()).unwrap();
        let mut prepared = writer.prepare_commit().unwrap();
        prepared.set_payload(payload);
        prepared.commit().unwrap();
    }

    /// The folder opens as new, and what stood in it is kept beside.
    #[track_caller]
    fn is_set_aside(folder: &Path) {
        let opened = open(folder).unwrap();
        assert_eq!(opened.generation, None);
        assert_eq!(opened.index.load_metas().unwrap().segments.len(), 0);
        assert_eq!(opened.index.schema(), schema().0);
        assert!(folder.join(SET_ASIDE).is_dir());
    }

    #[test]
    fn what_was_committed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let payload = serde_json::to_string(&Commit::new(Some(7))).unwrap();
        commit(&open(folder.path()).unwrap().index, &payload);
        let opened = open(folder.path()).unwrap();
        assert_eq!(opened.generation, Some(7));
        assert_eq!(opened.index.load_metas().unwrap().segments.len(), 1);
        assert!(!folder.path().join(SET_ASIDE).exists());
    }

    #[test]
    fn an_index_of_other_fields_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(INDEX);
        fs::create_dir(&place).unwrap();
        let mut other = Schema::builder();
        other.add_text_field("title", STORED);
        let payload = serde_json::to_string(&Commit::new(Some(7))).unwrap();
        commit(&Index::create_in_dir(&place, other.build()).unwrap(), &payload);
        is_set_aside(folder.path());
    }

    #[test]
    fn an_index_of_another_version_is_set_aside_in_place_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        for payload in [r#"{"version":0,"generation":7}"#, "not ours"] {
            commit(&open(folder.path()).unwrap().index, payload);
            is_set_aside(folder.path());
        }
    }

    #[test]
    fn a_damaged_index_is_set_aside() {
        // The list of segments, and each file of a segment.
        for wanted in ["meta.json", ".store", ".term", ".idx", ".fast"] {
            let folder = tempfile::tempdir().unwrap();
            let payload = serde_json::to_string(&Commit::new(Some(7))).unwrap();
            commit(&open(folder.path()).unwrap().index, &payload);
            let files = fs::read_dir(folder.path().join(INDEX)).unwrap().map(|file| file.unwrap().path());
            let file = files.into_iter().find(|file| file.to_str().unwrap().ends_with(wanted));
            let file = file.unwrap_or_else(|| panic!("no file ends with {wanted}"));
            let mut bytes = fs::read(&file).unwrap();
            bytes[0] ^= 1;
            fs::write(&file, bytes).unwrap();
            is_set_aside(folder.path());
        }
    }

    #[test]
    fn the_index_that_was_switched_to_is_opened_and_the_others_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let payload = serde_json::to_string(&Commit::new(Some(7))).unwrap();
        commit(&open(folder.path()).unwrap().index, &payload);
        let (index, name) = beside(folder.path()).unwrap();
        let payload = serde_json::to_string(&Commit::new(Some(9))).unwrap();
        commit(&index, &payload);
        assert_eq!(open(folder.path()).unwrap().generation, Some(7), "it was not finished");
        assert!(!folder.path().join(&name).exists());

        let (index, name) = beside(folder.path()).unwrap();
        commit(&index, &payload);
        switch(folder.path(), &name).unwrap();
        let opened = open(folder.path()).unwrap();
        assert_eq!((opened.generation, opened.name.as_str()), (Some(9), "index-1"));
        assert!(!folder.path().join(INDEX).exists());
        assert_eq!(beside(folder.path()).unwrap().1, "index-2");
        drop(opened);
        fs::write(folder.path().join(CURRENT), "../elsewhere").unwrap();
        assert_eq!(open(folder.path()).unwrap().name, INDEX);
    }

    #[test]
    fn a_folder_in_use_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).unwrap();
        assert!(matches!(open(folder.path()), Err(OpenError::InUse { .. })));
        commit(&first.index, "not ours");
        assert!(matches!(open(folder.path()), Err(OpenError::InUse { .. })), "even if it is unusable");
        drop(first);
        is_set_aside(folder.path());
    }
}

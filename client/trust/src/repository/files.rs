//! The trusted metadata on disk. Every file is signed, so it needs no seal: one that verifies under none of the roots there were
//! is damaged.

use std::path::{Path, PathBuf};

use crate::state::{self, StateError};

const HISTORY: &str = "root_history";

#[derive(Debug)]
pub(super) struct MetadataFiles {
    folder: PathBuf,
}

impl MetadataFiles {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The path of a role's file, `timestamp.json`.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    pub(super) fn root_path(&self, version: u64) -> PathBuf {
        self.folder.join(HISTORY).join(format!("{version}.root.json"))
    }

    pub(super) fn read(&self, file: &str) -> Result<Option<Vec<u8>>, StateError> {
        state::read(&self.path(file))
    }

    pub(super) fn write(&self, file: &str, bytes: &[u8]) -> Result<(), StateError> {
        state::write(&self.path(file), bytes)
    }

    pub(super) fn remove(&self, file: &str) -> Result<(), StateError> {
        state::remove(&self.path(file))
    }

    pub(super) fn read_root(&self, version: u64) -> Result<Option<Vec<u8>>, StateError> {
        state::read(&self.root_path(version))
    }

    /// Keeps a root with those before it, then as the present one.
    pub(super) fn write_root(&self, version: u64, bytes: &[u8]) -> Result<(), StateError> {
        state::write(&self.root_path(version), bytes)?;
        self.write("root.json", bytes)
    }

    /// The lowest version that is kept.
    pub(super) fn first_root(&self) -> Result<Option<u64>, StateError> {
        let folder = self.folder.join(HISTORY);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StateError::disk(&folder, &error)),
        };
        let mut first = None;
        for entry in entries {
            let name = entry.map_err(|error| StateError::disk(&folder, &error))?.file_name();
            let version =
                name.to_str().and_then(|name| name.strip_suffix(".root.json")).and_then(|text| text.parse().ok());
            first = [first, version].into_iter().flatten().min();
        }
        Ok(first)
    }
}

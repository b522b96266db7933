//! The mirror's files.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::state::{self, StateError};

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Files written since the last [`Folder::count`], and their bytes.
    written: (AtomicU64, AtomicU64),
}

impl Folder {
    pub(super) fn new(root: &std::path::Path) -> Self {
        Self { root: root.to_owned(), written: Default::default() }
    }

    /// Whether nothing is in it that is not a mirror's: it is one, it is empty, or it is not there.
    pub(super) fn is_free(&self) -> Result<bool, StateError> {
        if self.path(super::STATE).is_dir() {
            return Ok(true);
        }
        match fs::read_dir(&self.root) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(StateError::disk(&self.root, &error)),
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Whether a file is there. It was written as a whole, so its content is what its name says.
    pub(super) fn has(&self, path: &str) -> bool {
        self.path(path).is_file()
    }

    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StateError> {
        state::read(&self.path(path))
    }

    /// Writes a file whose content never changes under its name, unless it is there.
    pub(super) fn write_once(&self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
        if self.has(path) { Ok(()) } else { self.write(path, bytes) }
    }

    /// Writes a file that changes, if it does.
    pub(super) fn write_changed(&self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
        if self.read(path)?.as_deref() == Some(bytes) { Ok(()) } else { self.write(path, bytes) }
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
        state::write_public(&self.path(path), bytes)?;
        self.note(bytes.len() as u64);
        Ok(())
    }

    /// Where a file is downloaded to before it is moved to its place.
    pub(super) fn incoming(&self, name: &str) -> Result<PathBuf, StateError> {
        let folder = self.root.join(super::STATE).join("incoming");
        state::create_folder(&folder)?;
        let path = folder.join(name);
        // What is left of a download that broke off.
        state::remove(&path)?;
        Ok(path)
    }

    /// Where a file that changes is laid ready before all of them are moved to their places.
    pub(super) fn staged(&self, path: &str) -> PathBuf {
        self.root.join(super::STATE).join("staged").join(path)
    }

    pub(super) fn stage(&self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
        state::write_public(&self.staged(path), bytes)
    }

    pub(super) fn read_staged(&self, path: &str) -> Result<Option<Vec<u8>>, StateError> {
        state::read(&self.staged(path))
    }

    /// Moves a file that was downloaded and verified to its place.
    pub(super) fn place(&self, from: &std::path::Path, path: &str, length: u64) -> Result<(), StateError> {
        state::rename(from, &self.path(path))?;
        self.note(length);
        Ok(())
    }

    /// Removes a file.
    pub(super) fn remove(&self, path: &str) -> Result<(), StateError> {
        state::remove(&self.path(path))
    }

    /// Every file below a folder, by its path below the mirror's.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<String>, StateError> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let path = self.path(&folder);
            let disk = |error: std::io::Error| StateError::disk(&path, &error);
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(disk(error)),
            };
            for entry in entries {
                let entry = entry.map_err(disk)?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let name = format!("{folder}/{name}");
                if entry.file_type().map_err(disk)?.is_dir() {
                    folders.push(name);
                } else {
                    found.push(name);
                }
            }
        }
        Ok(found)
    }

    /// What the mirror keeps for itself under a name.
    pub(super) fn own(&self, name: &str) -> PathBuf {
        self.root.join(super::STATE).join(name)
    }

    /// Gives a file a second name, without a second copy where the file system can.
    pub(super) fn link(&self, path: &str, second: &str) -> Result<(), StateError> {
        if self.has(second) {
            return Ok(());
        }
        let (from, to) = (self.path(path), self.path(second));
        state::create_folder(to.parent().unwrap_or(&self.root))?;
        if fs::hard_link(&from, &to).is_err() {
            let bytes = fs::read(&from).map_err(|error| StateError::disk(&from, &error))?;
            self.write(second, &bytes)?;
        }
        Ok(())
    }

    fn note(&self, length: u64) {
        self.written.0.fetch_add(1, Ordering::Relaxed);
        self.written.1.fetch_add(length, Ordering::Relaxed);
    }

    /// How many files were written since the last time, and their bytes.
    pub(super) fn count(&self) -> (u64, u64) {
        (self.written.0.swap(0, Ordering::Relaxed), self.written.1.swap(0, Ordering::Relaxed))
    }
}

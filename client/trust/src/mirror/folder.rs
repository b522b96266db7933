//! The mirror's files.

use std::{fs, path::PathBuf};

use crate::state::{self, StateError};

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Files written since the last [`Folder::count`], and their bytes.
    written: (u64, u64),
}

impl Folder {
    pub(super) fn new(root: &std::path::Path) -> Self {
        Self { root: root.to_owned(), written: (0, 0) }
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
    pub(super) fn write_once(&mut self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
        if self.has(path) { Ok(()) } else { self.write(path, bytes) }
    }

    /// Writes a file that changes, if it does.
    pub(super) fn write_changed(&mut self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
        if self.read(path)?.as_deref() == Some(bytes) { Ok(()) } else { self.write(path, bytes) }
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), StateError> {
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
    pub(super) fn place(&mut self, from: &std::path::Path, path: &str, length: u64) -> Result<(), StateError> {
        state::rename(from, &self.path(path))?;
        self.note(length);
        Ok(())
    }

    /// Gives a file a second name, without a second copy where the file system can.
    pub(super) fn link(&mut self, path: &str, second: &str) -> Result<(), StateError> {
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

    fn note(&mut self, length: u64) {
        self.written = (self.written.0 + 1, self.written.1 + length);
    }

    /// How many files were written since the last time, and their bytes.
    pub(super) fn count(&mut self) -> (u64, u64) {
        std::mem::take(&mut self.written)
    }
}

//! The bundles that were carried to a machine, unpacked and kept beside what is remembered of their registry.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::{
    source::Source,
    state::{StateError, StateFolder, rename, sync_all},
};

/// Most bundles that are kept of a registry, the last ones. More would fill the disk with what is long outdated; several are of
/// use, for what one does not hold, one before it of the same round does.
pub const MAX_KEPT: usize = 4;

/// Where they are, in the registry's folder.
const FOLDER: &str = "bundles";

/// The kept bundles of a registry, each in a folder named by its number, the oldest first.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: PathBuf,
    numbers: Vec<u64>,
}

impl Kept {
    pub(crate) fn open(state: &StateFolder) -> Result<Self, StateError> {
        let folder = state.path(FOLDER);
        let disk = |error: &std::io::Error| StateError::disk(&folder, error);
        let mut numbers = Vec::new();
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries {
                    let name = entry.map_err(|error| disk(&error))?.file_name();
                    numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(disk(&error)),
        }
        numbers.sort_unstable();
        Ok(Self { folder, numbers })
    }

    /// All of them as one source, in which a newer one goes before an older one; none if there are none.
    pub(crate) fn source(&self) -> Option<Source> {
        if self.numbers.is_empty() { None } else { Some(Source::folders(self.folders())) }
    }

    /// The same with one before them that is not kept yet.
    pub(crate) fn with(&self, newest: &Path) -> Source {
        Source::folders([newest.to_owned()].into_iter().chain(self.folders()))
    }

    /// Moves an unpacked one to the others. It is there whole or not at all; then the oldest beyond [`MAX_KEPT`] goes.
    pub(crate) fn keep(&mut self, unpacked: &Path) -> Result<(), StateError> {
        sync_all(unpacked)?;
        let number = self.numbers.last().map_or(1, |last| last + 1);
        rename(unpacked, &self.path(number))?;
        self.numbers.push(number);
        while self.numbers.len() > MAX_KEPT {
            let oldest = self.numbers.remove(0);
            let oldest = self.path(oldest);
            fs::remove_dir_all(&oldest).map_err(|error| StateError::disk(&oldest, &error))?;
        }
        Ok(())
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.numbers.iter().rev().map(|number| self.path(*number))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string())
    }
}

//! A bundle: one file with all that is needed to verify and install some releases without a network.
//!
//! It is what a verification read of a registry, file by file, at the addresses where the registry serves them: whoever unpacks it has a
//! [`Source`], and every proof is asked for as if it were the registry. Its metadata expires as the registry's does.
//!
//! The form is that of a package: a tar of regular files sorted by path, without times and owners, in one zstd frame. Equal
//! content has equal bytes.

mod archive;
mod kept;
mod load;
mod write;

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use tempfile::TempDir;

pub use archive::ArchiveError;
pub(crate) use kept::Kept;
pub use kept::MAX_KEPT;
pub use load::{LoadError, Loaded, Unpacked};
pub(crate) use load::{modules, sweep};
pub(crate) use write::full_tiles;
pub use write::{BundleError, Contents, Written, write};

pub use crate::source::BUNDLE_EXTENSION as EXTENSION;
use crate::source::Source;

/// An unpacked bundle; its files are gone with it.
#[derive(Debug)]
pub struct Bundle {
    folder: TempDir,
}

impl Bundle {
    /// Unpacks a bundle into a temporary folder. Takes its time, so call it off the reactor.
    ///
    /// # Errors
    /// [`ArchiveError`] for anything that [`write`](fn@write) would not have written, before what it would cost is spent.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(|error| ArchiveError::disk(path, &error))?;
        Self::read(BufReader::new(file))
    }

    /// The same from a stream.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn read(bytes: impl Read) -> Result<Self, ArchiveError> {
        let folder = TempDir::with_prefix("adx-bundle-").map_err(|error| ArchiveError::disk(Path::new("."), &error))?;
        Self::read_into(bytes, folder.path())?;
        Ok(Self { folder })
    }

    /// Unpacks one into an empty folder, which stays.
    ///
    /// # Errors
    /// As [`Bundle::open`]; what came before the error is in the folder.
    pub fn read_into(bytes: impl Read, folder: &Path) -> Result<(), ArchiveError> {
        archive::unpack(bytes, folder)
    }

    /// Its files, as a registry serves them.
    pub fn source(&self) -> Source {
        Source::folder(self.folder.path())
    }
}

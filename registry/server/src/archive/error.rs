use std::{io, path::PathBuf};

use adx_registry_core::{
    inventory::WalkError,
    ports::{BlobError, StoreError},
    sign_round::SignRoundError,
};
use thiserror::Error;

use crate::store::LoadError;

/// Why an archive could not be written or read.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A file cannot be read or written.
    #[error("`{}` cannot be read or written", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A backup of that name is there.
    #[error("`{}` is there already, and is not written over", file.display())]
    Present {
        /// The file.
        file: PathBuf,
    },
    /// Another process writes the same file.
    #[error("another process is writing `{}`", file.display())]
    Busy {
        /// The file.
        file: PathBuf,
    },
    /// It is something else.
    #[error("`{}` is no backup of a registry: {reason}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A part of it is not what was written.
    #[error("`{}` is damaged: {part}: {reason}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Which part.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why there is no backup.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The file.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A blob that should be there.
    #[error("`{what}` in the storage is missing or damaged, so it cannot be copied")]
    Blob {
        /// Its path.
        what: String,
    },
    /// The storage is ahead of the database, or shows another history.
    #[error("database and storage do not belong together: {reason}")]
    Apart {
        /// How that shows.
        reason: String,
    },
    /// The leaves.
    #[error("the log cannot be copied")]
    Log(#[from] WalkError),
    /// What was signed.
    #[error("what is published cannot be read")]
    Published(#[from] SignRoundError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// A key that is to be in it.
    #[error("the key file `{}` cannot be read", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Why nothing, or not everything, was restored.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The file.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Something is in the storage.
    #[error("the storage is not empty: `{what}` is there, and is not of this backup")]
    StorageNotEmpty {
        /// What was found first.
        what: String,
    },
    /// Something is in the database, or it does not open.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// What was written reads as something else.
    #[error("`{what}` was written and reads as something else")]
    NotKept {
        /// A path in the storage, or a table.
        what: String,
    },
    /// Another key file is there.
    #[error("`{}` is there already, with another content", file.display())]
    OtherKey {
        /// The file.
        file: PathBuf,
    },
    /// A key file cannot be written.
    #[error("the key file `{}` cannot be written", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

//! Backups: rows and blobs of one moment in one file, and back, whatever engines they come from and go to.
//!
//! A tar archive compressed with zstd: `rows/NN-table/NNNNNN.jsonl` as [`Snapshot`](adx_registry_core::ports::Snapshot) writes
//! them, `blobs/…` by their names in the storage, `keys/…` if they were asked for, then the list of the parts and the manifest.

mod backup;
mod error;
mod manifest;
mod reader;
mod restore;
mod writer;

pub use backup::{KeyFiles, backup};
pub use error::{ArchiveError, BackupError, RestoreError};
pub use manifest::{Manifest, Rows};
pub use restore::{Restored, Target, restore};

/// How far a backup or a restore has come, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many rows are copied.
    Rows(u64),
    /// So many blobs are copied, of so many as far as is known.
    Blobs(u64, u64),
}

/// Blobs read or written at once.
const IN_FLIGHT: usize = 8;

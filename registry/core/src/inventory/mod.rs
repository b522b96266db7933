//! What a registry must hold, told by its rows: the tiles that its leaves make, and whatever the metadata name that were recorded
//! last. It is what [`crate::verify`] looks for, and what a backup takes.

mod published;
mod tree;
mod waiting;

use adx_signing::digest::{Digest, Hasher};
use futures::TryStreamExt as _;

use crate::ports::{BlobError, BlobKey, Blobs};

pub use published::{Packages, Published};
pub use tree::{Step, Walk, WalkError};
pub use waiting::waiting;

pub use crate::sign_round::index::file_of as index_file;

/// A blob that must be there, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub key: BlobKey,
    /// Its digest.
    pub sha256: Digest,
    /// Its size, where something tells.
    pub size_bytes: Option<u64>,
}

/// What is there in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// What must be.
    Whole,
    /// Nothing.
    Nothing,
    /// Other bytes.
    OtherBytes,
}

impl Stored {
    /// That these bytes must be there.
    pub fn of(key: BlobKey, bytes: &[u8]) -> Self {
        Self { key, sha256: Digest::of(bytes), size_bytes: Some(bytes.len() as u64) }
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`BlobError::Storage`]
    pub async fn look(&self, blobs: &dyn Blobs) -> Result<Found, BlobError> {
        let Some(mut read) = blobs.open(&self.key, None).await? else { return Ok(Found::Nothing) };
        if self.size_bytes.is_some_and(|size| size != read.head.size_bytes) {
            return Ok(Found::OtherBytes);
        }
        let mut hasher = Hasher::new();
        while let Some(chunk) = read.bytes.try_next().await? {
            hasher.update(&chunk);
        }
        Ok(if hasher.finish() == self.sha256 { Found::Whole } else { Found::OtherBytes })
    }
}

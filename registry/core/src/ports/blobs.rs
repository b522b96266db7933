use std::fmt;
use std::ops::Range;

use adx_index::line::index_path;
use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use thiserror::Error;
use time::OffsetDateTime;

/// Keeps bytes. What a method says has happened survives a power cut once it has returned.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Begins a blob that has no name yet. One that is neither promoted nor discarded is removed by a later
    /// [`remove_temporaries`](Self::remove_temporaries).
    async fn create_temporary(&self) -> Result<Box<dyn TemporaryBlob>, BlobError>;

    /// Replaces a small object as a whole; readers see the old bytes or the new, never a mixture.
    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError>;

    /// Opens a blob, or the part of it that `range` selects; `None` if there is none.
    ///
    /// # Errors
    /// [`BlobError::RangeNotSatisfiable`] when the range is empty or begins past the end. One that ends past it is
    /// cut short.
    async fn open(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Option<BlobRead>, BlobError>;

    /// Size, tag and age of a blob; `None` if there is none.
    async fn head(&self, key: &BlobKey) -> Result<Option<BlobHead>, BlobError>;

    /// Every packages' and envelopes' blob, in no order.
    fn list_packages(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>>;

    /// Removes a blob; one that is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes temporary blobs last written before `before`, and says how many.
    async fn remove_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError>;
}

/// A blob being written.
#[async_trait]
pub trait TemporaryBlob: Send {
    /// Appends.
    async fn write(&mut self, chunk: Bytes) -> Result<(), BlobError>;

    /// Everything written. No more may be written after this.
    async fn read(&mut self) -> Result<Bytes, BlobError>;

    /// Gives it its name. If another stands there already it is replaced at once: the name being its digest, by the
    /// same content.
    async fn promote(self: Box<Self>, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes it.
    async fn discard(self: Box<Self>) -> Result<(), BlobError>;
}

/// The name of a blob: the path under which it is served, and nothing a client can choose freely.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BlobKey {
    /// `packages/{sha256}.adxm`, immutable.
    Package(Digest),
    /// `packages/{sha256}.dsse.json`, immutable: the envelope signed for the package of that digest.
    Envelope(Digest),
    /// `index/{aa}/{bb}/{namespace}/{name}`, rewritten by a job.
    Index(ModuleId),
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(sha256) => write!(f, "packages/{sha256}.adxm"),
            Self::Envelope(sha256) => write!(f, "packages/{sha256}.dsse.json"),
            Self::Index(module) => write!(f, "index/{}", index_path(module)),
        }
    }
}

impl BlobKey {
    /// The key of a path that a key of a package or an envelope was written as.
    pub fn from_package_path(path: &str) -> Option<Self> {
        let file = path.strip_prefix("packages/")?;
        if let Some(stem) = file.strip_suffix(".adxm") {
            return stem.parse().ok().map(Self::Package);
        }
        file.strip_suffix(".dsse.json")?.parse().ok().map(Self::Envelope)
    }

    /// The digest it is named by, if it is.
    pub const fn digest(&self) -> Option<Digest> {
        match self {
            Self::Package(sha256) | Self::Envelope(sha256) => Some(*sha256),
            Self::Index(_) => None,
        }
    }
}

/// What is known of a blob without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobHead {
    /// Size of the whole blob.
    pub size_bytes: u64,
    /// The store's tag, without quotes; changes whenever the bytes do.
    pub etag: Option<String>,
    /// When it was last written.
    pub modified_at: OffsetDateTime,
}

/// An open blob.
pub struct BlobRead {
    /// Of the whole blob.
    pub head: BlobHead,
    /// The part of it that follows.
    pub range: Range<u64>,
    /// The bytes.
    pub bytes: BoxStream<'static, Result<Bytes, BlobError>>,
}

/// Why bytes could not be kept or given.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The range selects nothing.
    #[error("the range selects nothing of {size_bytes} bytes")]
    RangeNotSatisfiable {
        /// Size of the whole blob.
        size_bytes: u64,
    },
    /// The storage failed.
    #[error("the object storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_paths_and_back() {
        let digest = Digest::of(b"package");
        for key in [BlobKey::Package(digest), BlobKey::Envelope(digest)] {
            assert_eq!(BlobKey::from_package_path(&key.to_string()), Some(key));
        }
        for path in ["packages/x.adxm", "index/ad/he/adx/hello", "packages/../x", "packages/.adxm"] {
            assert_eq!(BlobKey::from_package_path(path), None, "{path}");
        }
    }
}

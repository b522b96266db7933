use std::ops::Range;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use thiserror::Error;
use time::OffsetDateTime;

use super::BlobKey;

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

    /// Every blob that the rounds of signing write under a name of its own, in no order: metadata, control files, shards of
    /// the index, tiles, the timestamp among them.
    fn list_signed(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>>;

    /// Every blob of a submission, in no order.
    fn list_submissions(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>>;

    /// Removes a blob; one that is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes temporary blobs last written before `before`, and says how many.
    async fn remove_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError>;

    /// How many [`remove_temporaries`](Self::remove_temporaries) would remove.
    async fn count_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError>;
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

/// A blob whole, for what is small; `None` if there is none.
///
/// # Errors
/// [`BlobError::Storage`]
pub async fn read_whole(blobs: &dyn Blobs, key: &BlobKey) -> Result<Option<Bytes>, BlobError> {
    let Some(read) = blobs.open(key, None).await? else { return Ok(None) };
    let mut chunks: Vec<Bytes> = read.bytes.try_collect().await?;
    if let [_] = chunks.as_slice() {
        return Ok(chunks.pop());
    }
    Ok(Some(
        chunks
            .into_iter()
            .fold(BytesMut::new(), |mut whole, chunk| {
                whole.extend_from_slice(&chunk);
                whole
            })
            .freeze(),
    ))
}

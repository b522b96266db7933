//! Storage that tells the cache what this process writes.

use std::{ops::Range, sync::Arc};

use adx_registry_core::ports::{BlobError, BlobHead, BlobKey, BlobRead, Blobs, TemporaryBlob};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use time::OffsetDateTime;

use super::FileCache;

/// Storage, with the cache in front of it kept true.
pub struct InvalidatingBlobs {
    inner: Arc<dyn Blobs>,
    cache: Arc<FileCache>,
}

impl InvalidatingBlobs {
    /// Watches `inner` on behalf of `cache`.
    pub fn new(inner: Arc<dyn Blobs>, cache: Arc<FileCache>) -> Self {
        Self { inner, cache }
    }
}

#[async_trait]
impl Blobs for InvalidatingBlobs {
    async fn create_temporary(&self) -> Result<Box<dyn TemporaryBlob>, BlobError> {
        self.inner.create_temporary().await
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        let written = self.inner.put(key, bytes).await;
        // Also after a failure: the write may have happened all the same.
        self.cache.invalidate(key);
        written
    }

    async fn open(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Option<BlobRead>, BlobError> {
        self.inner.open(key, range).await
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobHead>, BlobError> {
        self.inner.head(key).await
    }

    fn list_packages(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.inner.list_packages()
    }

    fn list_signed(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.inner.list_signed()
    }

    fn list_submissions(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.inner.list_submissions()
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let deleted = self.inner.delete(key).await;
        self.cache.invalidate(key);
        deleted
    }

    async fn remove_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError> {
        self.inner.remove_temporaries(before).await
    }

    async fn count_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError> {
        self.inner.count_temporaries(before).await
    }
}

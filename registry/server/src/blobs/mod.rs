//! The blobs port on `object_store`: a folder, S3, or memory for tests.
//!
//! Keys are the paths under which the registry serves, so a folder or a bucket can be put behind a web server as it is.

mod leftovers;
mod temporary;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adx_registry_core::ports::{BlobError, BlobHead, BlobKey, BlobRead, Blobs, Entropy, TemporaryBlob};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use thiserror::Error as ThisError;
use time::OffsetDateTime;
use url::Url;

use temporary::Temporary;

/// Up to this size a blob is read in one go: below it, a thread's turn costs more than the memory.
const WHOLE_READ_BYTES: u64 = 1024 * 1024;
/// How often, and how long, a request to S3 is tried: whoever waits for an answer is told soon that there will be none.
const MAX_RETRIES: usize = 4;
const RETRIES_END: Duration = Duration::from_secs(15);
/// Where temporary blobs stand that have outgrown memory.
const TEMPORARY_PREFIX: &str = "temporary";

/// What an address of a storage begins with.
pub const SCHEMES: [&str; 3] = ["file", "s3", "memory"];

/// Why a storage could not be opened.
#[derive(Debug, ThisError)]
pub enum OpenError {
    /// The address begins with no storage of ours.
    #[error("`{scheme}` is no storage: `file:///folder`, `s3://bucket/prefix` and `memory:///` are")]
    UnknownScheme {
        /// What it begins with.
        scheme: String,
    },
    /// The folder of the address cannot be made or reached.
    #[error("the folder of `{url}` cannot be opened")]
    Folder {
        /// The address.
        url: Url,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The storage refused its configuration.
    #[error("the storage is not configured as it must be")]
    Configuration(#[source] Error),
}

/// Opens the storage at `url`. `options` are those of `object_store`'s S3 client (`aws_access_key_id`, `aws_region`,
/// `aws_endpoint`, `allow_http`, …); a folder has none.
///
/// # Errors
/// [`OpenError`]
pub fn open<'o>(
    url: &Url,
    options: impl IntoIterator<Item = (&'o str, &'o str)>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<dyn Blobs>, OpenError> {
    let (store, folder) = match url.scheme() {
        "file" => {
            let (store, folder) = open_folder(url)?;
            (store, Some(folder))
        }
        "s3" => (open_s3(url, options)?, None),
        "memory" => (Arc::new(InMemory::new()) as Arc<dyn ObjectStore>, None),
        scheme => return Err(OpenError::UnknownScheme { scheme: scheme.to_owned() }),
    };
    Ok(Arc::new(ObjectBlobs { store, folder, entropy }))
}

fn open_folder(url: &Url) -> Result<(Arc<dyn ObjectStore>, PathBuf), OpenError> {
    let failed = |source| OpenError::Folder { url: url.clone(), source };
    let not_a_path = |()| failed(std::io::Error::other("the address is not that of a folder on this machine"));
    let folder = url.to_file_path().map_err(not_a_path)?;
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let store = LocalFileSystem::new_with_prefix(&folder).map_err(OpenError::Configuration)?;
    // A publish is acknowledged when its package has reached the disk: the file, and the folder that names it.
    Ok((Arc::new(store.with_fsync(true)), folder))
}

fn open_s3<'o>(
    url: &Url,
    options: impl IntoIterator<Item = (&'o str, &'o str)>,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let retry = RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRIES_END, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_url(url.as_str()).with_retry(retry);
    for (key, value) in options {
        builder = builder.with_config(key.parse().map_err(OpenError::Configuration)?, value);
    }
    let store = builder.build().map_err(OpenError::Configuration)?;
    let prefix = Path::from(url.path());
    if prefix.as_ref().is_empty() {
        return Ok(Arc::new(store));
    }
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

/// Blobs in an object store.
struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
    entropy: Arc<dyn Entropy>,
}

#[async_trait]
impl Blobs for ObjectBlobs {
    async fn create_temporary(&self) -> Result<Box<dyn TemporaryBlob>, BlobError> {
        let mut name = [0_u8; 16];
        self.entropy.fill(&mut name);
        let path = Path::from(format!("{TEMPORARY_PREFIX}/{}", hex::encode(name)));
        Ok(Box::new(Temporary::new(Arc::clone(&self.store), path)))
    }

    async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        self.store.put(&path(key), bytes.into()).await.map(drop).map_err(storage)
    }

    async fn open(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Option<BlobRead>, BlobError> {
        let path = path(key);
        let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
        let result = match self.store.get_opts(&path, options).await {
            Ok(result) => result,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.refused_range(&path, range, error).await?),
        };
        let head = head(&result.meta);
        let range = result.range.clone();
        let bytes = if range.end - range.start <= WHOLE_READ_BYTES {
            let bytes = result.bytes().await.map_err(storage)?;
            futures::stream::once(async move { Ok(bytes) }).boxed()
        } else {
            result.into_stream().map_err(storage).boxed()
        };
        Ok(Some(BlobRead { head, range, bytes }))
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobHead>, BlobError> {
        match self.store.head(&path(key)).await {
            Ok(meta) => Ok(Some(head(&meta))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(storage(error)),
        }
    }

    fn list_packages(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.list("packages", BlobKey::from_package_path)
    }

    fn list_signed(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        let folders = ["tuf", "index/shards", "index/advisories", "log/tile"];
        futures::stream::iter(folders).flat_map(|folder| self.list(folder, BlobKey::from_signed_path)).boxed()
    }

    fn list_submissions(&self) -> BoxStream<'_, Result<(BlobKey, BlobHead), BlobError>> {
        self.list("submissions", BlobKey::from_submission_path)
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        delete(&*self.store, &path(key)).await
    }

    async fn remove_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError> {
        self.temporaries(before, true).await
    }

    async fn count_temporaries(&self, before: OffsetDateTime) -> Result<u64, BlobError> {
        self.temporaries(before, false).await
    }
}

impl ObjectBlobs {
    /// Temporary blobs last written before `before`: how many, and whether they are gone then.
    async fn temporaries(&self, before: OffsetDateTime, remove: bool) -> Result<u64, BlobError> {
        let mut found = 0;
        let mut temporaries = self.store.list(Some(&Path::from(TEMPORARY_PREFIX)));
        while let Some(meta) = temporaries.try_next().await.map_err(storage)? {
            if modified_at(&meta) < before {
                if remove {
                    delete(&*self.store, &meta.location).await?;
                }
                found += 1;
            }
        }
        if let Some(folder) = self.folder.clone() {
            let swept = tokio::task::spawn_blocking(move || leftovers::sweep(&folder, before, remove)).await;
            found += swept.map_err(failed)?.map_err(failed)?;
        }
        Ok(found)
    }

    /// The blobs below a folder whose paths are keys.
    fn list<'l>(
        &'l self,
        folder: &str,
        key_of: fn(&str) -> Option<BlobKey>,
    ) -> BoxStream<'l, Result<(BlobKey, BlobHead), BlobError>> {
        let known = move |meta: ObjectMeta| {
            let key = key_of(meta.location.as_ref());
            async move { Ok(key.map(|key| (key, head(&meta)))) }
        };
        self.store.list(Some(&Path::from(folder))).map_err(storage).try_filter_map(known).boxed()
    }

    /// What a failed read is called: stores word an unsatisfiable range in their own ways.
    async fn refused_range(
        &self,
        path: &Path,
        range: Option<Range<u64>>,
        error: Error,
    ) -> Result<BlobError, BlobError> {
        let Some(range) = range else { return Ok(storage(error)) };
        let size_bytes = self.store.head(path).await.map_err(storage)?.size;
        if range.is_empty() || range.start >= size_bytes {
            return Ok(BlobError::RangeNotSatisfiable { size_bytes });
        }
        Ok(storage(error))
    }
}

async fn delete(store: &dyn ObjectStore, path: &Path) -> Result<(), BlobError> {
    match store.delete(path).await {
        Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(storage(error)),
    }
}

fn path(key: &BlobKey) -> Path {
    Path::from(key.to_string())
}

fn head(meta: &ObjectMeta) -> BlobHead {
    let etag = meta.e_tag.as_ref().map(|etag| etag.trim_matches('"').to_owned());
    BlobHead { size_bytes: meta.size, etag, modified_at: modified_at(meta) }
}

fn modified_at(meta: &ObjectMeta) -> OffsetDateTime {
    // chrono's range is wider than ours, by years that no clock will show.
    OffsetDateTime::from_unix_timestamp(meta.last_modified.timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn storage(error: Error) -> BlobError {
    failed(error)
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> BlobError {
    BlobError::Storage(Box::new(error))
}

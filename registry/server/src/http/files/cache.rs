//! Files kept in memory, keyed by the path they are served under.
//!
//! Two bounded halves: files that change, such as those of the index, and those that do not, such as packages.
//! An entry older than `revalidate` is compared with storage by one request, while others are still
//! answered from it; a write by this process drops the entry at once (see [`super::invalidate`]).

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use actix_web::http::header::HeaderValue;
use adx_registry_core::ports::{BlobError, BlobHead, BlobKey, Blobs};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;
use tokio::sync::Semaphore;

use super::encoding;
use crate::world::Ticks;

/// How many packages are unpacked at once to make something of them: publishing needs the same threads.
const MADE_AT_ONCE: usize = 2;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct CacheLimits {
    /// For files that change, in bytes.
    pub index_bytes: u64,
    /// For files that do not, in bytes.
    pub package_bytes: u64,
    /// Larger files are streamed from storage.
    pub largest_bytes: u64,
    /// How old an entry may be before storage is asked.
    pub revalidate: Duration,
}

/// A file in memory.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) bytes: Bytes,
    /// The same as gzip has it, for files that gain by it.
    pub(super) gzip: Option<Bytes>,
    /// Strong validator, quoted.
    pub(super) etag: HeaderValue,
    /// What storage said of it when it was read; nothing of what was made of something else.
    head: Option<BlobHead>,
    checked: AtomicU64,
    used: AtomicU64,
}

/// What a lookup found.
#[derive(Debug)]
pub(super) enum Found {
    /// In memory.
    Cached(Arc<Entry>),
    /// In storage, too large for memory.
    Large(BlobHead),
    /// Nowhere.
    Missing,
}

#[derive(Debug, Default)]
struct Half {
    entries: HashMap<Box<str>, Arc<Entry>>,
    bytes: u64,
}

/// The cache; one per process.
#[derive(Debug)]
pub struct FileCache {
    limits: CacheLimits,
    ticks: Ticks,
    index: RwLock<Half>,
    packages: RwLock<Half>,
    making: Semaphore,
    /// Grows with every invalidation, so that bytes read before one are not kept after it.
    generation: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl FileCache {
    /// An empty cache.
    pub fn new(limits: CacheLimits) -> Self {
        Self {
            limits,
            ticks: Ticks::start(),
            index: RwLock::default(),
            packages: RwLock::default(),
            making: Semaphore::new(MADE_AT_ONCE),
            generation: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Answers served from memory, and those that were not.
    pub fn counts(&self) -> (u64, u64) {
        (self.hits.load(Relaxed), self.misses.load(Relaxed))
    }

    /// The entry served under `path`, if it is fresh enough to serve without asking anybody.
    pub(super) fn fresh(&self, path: &str, half: HalfName) -> Option<Arc<Entry>> {
        let entry = Arc::clone(self.half(half).read().unwrap_or_else(PoisonError::into_inner).entries.get(path)?);
        let now = self.ticks.millis();
        let checked = entry.checked.load(Relaxed);
        if u128::from(now.saturating_sub(checked)) > self.limits.revalidate.as_millis() {
            // Whoever sets the time goes and asks; the others are served what there is.
            if entry.checked.compare_exchange(checked, now, Relaxed, Relaxed).is_ok() {
                return None;
            }
        }
        entry.used.store(now, Relaxed);
        self.hits.fetch_add(1, Relaxed);
        Some(entry)
    }

    /// The file from storage, whole, and kept; `None` if there is none.
    pub(super) async fn load(
        &self,
        blobs: &dyn Blobs,
        path: &str,
        key: &BlobKey,
        half: HalfName,
    ) -> Result<Option<Arc<Entry>>, BlobError> {
        let generation = self.generation.load(Relaxed);
        match self.unchanged(blobs, path, key, half).await? {
            Some(entry) => Ok(Some(entry)),
            None => self.read(blobs, path, key, half, generation).await,
        }
    }

    /// The same, but for a file too large for memory only what storage says of it.
    pub(super) async fn load_small(
        &self,
        blobs: &dyn Blobs,
        path: &str,
        key: &BlobKey,
        half: HalfName,
    ) -> Result<Found, BlobError> {
        let generation = self.generation.load(Relaxed);
        if let Some(entry) = self.unchanged(blobs, path, key, half).await? {
            return Ok(Found::Cached(entry));
        }
        match blobs.head(key).await? {
            None => Ok(Found::Missing),
            Some(head) if head.size_bytes > self.limits.largest_bytes => Ok(Found::Large(head)),
            Some(_) => {
                let read = self.read(blobs, path, key, half, generation).await?;
                Ok(read.map_or(Found::Missing, Found::Cached))
            }
        }
    }

    /// What is made of a package, which never changes: from memory, or made now and kept under `path`, which names the package's
    /// digest. `None` if there is nothing to be made, which is kept as well: what is made is never empty. A package is read and unpacked
    /// for it, so that this is done for a few at a time, and whoever waited looks in memory first.
    pub(in crate::http) async fn derived<E>(
        &self,
        path: &str,
        make: impl Future<Output = Result<Option<Bytes>, E>>,
    ) -> Result<Option<Bytes>, E> {
        let half = HalfName::Packages;
        let something = |bytes: Bytes| (!bytes.is_empty()).then_some(bytes);
        if let Some(bytes) = self.made(path) {
            return Ok(something(bytes));
        }
        // It is never closed.
        let _turn = self.making.acquire().await.ok();
        if let Some(bytes) = self.made(path) {
            return Ok(something(bytes));
        }
        self.misses.fetch_add(1, Relaxed);
        let generation = self.generation.load(Relaxed);
        let bytes = make.await?.unwrap_or_default();
        let now = self.ticks.millis();
        let entry = Arc::new(Entry {
            etag: strong_etag(&adx_signing::digest::Digest::of(&bytes)),
            bytes: bytes.clone(),
            gzip: None,
            head: None,
            checked: AtomicU64::new(now),
            used: AtomicU64::new(now),
        });
        self.keep(path, &entry, half, generation);
        Ok(something(bytes))
    }

    /// What was made before and is still in memory.
    fn made(&self, path: &str) -> Option<Bytes> {
        let half = self.half(HalfName::Packages).read().unwrap_or_else(PoisonError::into_inner);
        let entry = half.entries.get(path)?;
        entry.used.store(self.ticks.millis(), Relaxed);
        self.hits.fetch_add(1, Relaxed);
        Some(entry.bytes.clone())
    }

    /// The entry in memory, if storage has the same.
    async fn unchanged(
        &self,
        blobs: &dyn Blobs,
        path: &str,
        key: &BlobKey,
        half: HalfName,
    ) -> Result<Option<Arc<Entry>>, BlobError> {
        let known = self.half(half).read().unwrap_or_else(PoisonError::into_inner).entries.get(path).map(Arc::clone);
        let Some(entry) = known else { return Ok(None) };
        if blobs.head(key).await? != entry.head {
            self.drop_entry(path, half);
            return Ok(None);
        }
        entry.used.store(self.ticks.millis(), Relaxed);
        self.hits.fetch_add(1, Relaxed);
        Ok(Some(entry))
    }

    async fn read(
        &self,
        blobs: &dyn Blobs,
        path: &str,
        key: &BlobKey,
        half: HalfName,
        generation: u64,
    ) -> Result<Option<Arc<Entry>>, BlobError> {
        self.misses.fetch_add(1, Relaxed);
        let Some(read) = blobs.open(key, None).await? else { return Ok(None) };
        let mut bytes = BytesMut::with_capacity(usize::try_from(read.head.size_bytes).unwrap_or(0));
        let mut chunks = read.bytes;
        while let Some(chunk) = chunks.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        let bytes = bytes.freeze();
        let gzip = encoding::gzip(key, &bytes).await.map_err(|error| BlobError::Storage(error.into()))?;
        let now = self.ticks.millis();
        let entry = Arc::new(Entry {
            etag: etag(key, &bytes),
            bytes,
            gzip,
            head: Some(read.head),
            checked: AtomicU64::new(now),
            used: AtomicU64::new(now),
        });
        self.keep(path, &entry, half, generation);
        Ok(Some(entry))
    }

    /// Forgets a file that this process has just written or removed.
    pub(super) fn invalidate(&self, key: &BlobKey) {
        self.generation.fetch_add(1, Relaxed);
        self.drop_entry(&format!("/{key}"), HalfName::of(key));
    }

    fn half(&self, name: HalfName) -> &RwLock<Half> {
        match name {
            HalfName::Index => &self.index,
            HalfName::Packages => &self.packages,
        }
    }

    fn drop_entry(&self, path: &str, half: HalfName) {
        let mut half = self.half(half).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = half.entries.remove(path) {
            half.bytes -= weight(path, &entry);
        }
    }

    fn keep(&self, path: &str, entry: &Arc<Entry>, name: HalfName, generation: u64) {
        let budget = match name {
            HalfName::Index => self.limits.index_bytes,
            HalfName::Packages => self.limits.package_bytes,
        };
        let weight = weight(path, entry);
        let mut half = self.half(name).write().unwrap_or_else(PoisonError::into_inner);
        if weight > budget || self.generation.load(Relaxed) != generation {
            return;
        }
        if half.bytes + weight > budget {
            half.make_room(budget.saturating_sub(weight));
        }
        if let Some(old) = half.entries.insert(path.into(), Arc::clone(entry)) {
            half.bytes -= self::weight(path, &old);
        }
        half.bytes += weight;
    }
}

/// Which half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HalfName {
    Index,
    Packages,
}

impl HalfName {
    /// The half that a blob is kept in.
    pub(super) fn of(key: &BlobKey) -> Self {
        if key.is_mutable() { Self::Index } else { Self::Packages }
    }
}

impl Half {
    /// Drops the longest unused until a tenth more than asked for is free: sorting is for once in a while.
    fn make_room(&mut self, target: u64) {
        let target = target - target / 10;
        let mut by_use: Vec<_> =
            self.entries.iter().map(|(path, entry)| (entry.used.load(Relaxed), path.clone())).collect();
        by_use.sort_unstable();
        for (_, path) in by_use {
            if self.bytes <= target {
                break;
            }
            if let Some(entry) = self.entries.remove(&path) {
                self.bytes -= weight(&path, &entry);
            }
        }
    }
}

/// What an entry costs: its bytes, and about as much around them as an allocator takes.
fn weight(path: &str, entry: &Entry) -> u64 {
    let packed = entry.gzip.as_ref().map_or(0, Bytes::len);
    (path.len() + entry.bytes.len() + packed + 256) as u64
}

/// The digest of the bytes. A package is named by its digest, which needs no second hashing.
fn etag(key: &BlobKey, bytes: &[u8]) -> HeaderValue {
    let digest = match key {
        BlobKey::Package(sha256) => *sha256,
        _ => adx_signing::digest::Digest::of(bytes),
    };
    strong_etag(&digest)
}

/// A digest as a strong validator.
pub(super) fn strong_etag(digest: &adx_signing::digest::Digest) -> HeaderValue {
    // Hex digits and quotes are valid in a header; the fallback only satisfies the type.
    HeaderValue::try_from(format!("\"{digest}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

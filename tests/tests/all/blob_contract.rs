//! What every storage must do: in memory, in a folder, on S3.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use adx_registry::blobs;
use adx_registry_core::ports::{BlobError, BlobKey, Blobs};
use adx_signing::digest::Digest;
use adx_tests::moto::Moto;
use bytes::Bytes;
use futures::TryStreamExt;
use time::OffsetDateTime;
use url::Url;

use crate::engines::Counting;

/// A storage, and what must stay alive for it.
struct Storage {
    blobs: Arc<dyn Blobs>,
    folder: Option<tempfile::TempDir>,
}

impl Storage {
    #[expect(clippy::unused_async, reason = "opened as the others are")]
    async fn memory() -> Option<Self> {
        let url = Url::parse("memory:///").unwrap();
        let blobs = blobs::open(&url, [], Arc::new(Counting::default())).unwrap();
        Some(Self { blobs, folder: None })
    }

    #[expect(clippy::unused_async, reason = "opened as the others are")]
    async fn folder() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        // A folder that is not there yet, with a name that an address must escape.
        let url = Url::from_file_path(folder.path().join("the blobs")).unwrap();
        let blobs = blobs::open(&url, [], Arc::new(Counting::default())).unwrap();
        Some(Self { blobs, folder: Some(folder) })
    }

    async fn s3() -> Option<Self> {
        let moto = Moto::shared()?;
        let (endpoint, bucket) = (moto.endpoint(), moto.make_bucket().await);
        let url = Url::parse(&format!("s3://{bucket}/registry/one")).unwrap();
        let options = [
            ("aws_endpoint", endpoint),
            ("aws_region", "us-east-1"),
            ("aws_access_key_id", "test"),
            ("aws_secret_access_key", "test"),
            ("allow_http", "true"),
        ];
        let blobs = blobs::open(&url, options, Arc::new(Counting::default())).unwrap();
        Some(Self { blobs, folder: None })
    }

    async fn store(&self, bytes: &[u8]) -> BlobKey {
        let key = BlobKey::Package(Digest::of(bytes));
        let mut blob = self.blobs.create_temporary().await.unwrap();
        blob.write(Bytes::copy_from_slice(bytes)).await.unwrap();
        blob.promote(&key).await.unwrap();
        key
    }

    async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(read) = self.blobs.open(key, range).await? else {
            return Ok(None);
        };
        let expected = read.range.end - read.range.start;
        let bytes = read.bytes.try_fold(Vec::new(), |mut all, chunk| async move {
            all.extend_from_slice(&chunk);
            Ok(all)
        });
        let bytes = bytes.await?;
        assert_eq!(bytes.len() as u64, expected);
        Ok(Some(bytes))
    }
}

macro_rules! on_every_storage {
    ($($test:ident),* $(,)?) => {
        on_every_storage!(@one memory $($test)*);
        on_every_storage!(@one folder $($test)*);
        on_every_storage!(@one s3 $($test)*);
    };
    (@one $storage:ident $($test:ident)*) => {
        mod $storage {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(storage) = super::Storage::$storage().await {
                    super::$test(storage).await;
                }
            })*
        }
    };
}

on_every_storage!(
    what_is_not_there_is_none_and_can_be_deleted,
    a_small_blob_is_promoted_and_read_in_parts,
    a_large_blob_is_promoted_whole,
    promoting_again_changes_nothing,
    a_blob_discarded_or_dropped_is_not_there,
    a_small_object_is_replaced_and_its_tag_changes,
    packages_and_envelopes_are_listed_and_nothing_else,
    what_rounds_sign_is_listed_and_nothing_else,
    what_waits_is_listed_and_nothing_else,
    temporaries_are_removed_by_age,
);

/// Bytes in which each place can be told from its neighbours.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|place| u8::try_from((place ^ (place >> 8) ^ (place >> 16)) & 0xff).unwrap()).collect()
}

/// What does not fit into one part, nor into one read, and ends inside a part.
const LARGE: usize = 17 * 1024 * 1024 + 3;

async fn what_is_not_there_is_none_and_can_be_deleted(storage: Storage) {
    let keys = [
        BlobKey::Package(Digest::of(b"absent")),
        BlobKey::Envelope(Digest::of(b"absent")),
        BlobKey::Index("adx/absent".parse().unwrap()),
    ];
    for key in keys {
        assert!(storage.blobs.head(&key).await.unwrap().is_none());
        assert!(storage.read(&key, None).await.unwrap().is_none());
        assert!(storage.read(&key, Some(0..1)).await.unwrap().is_none());
        storage.blobs.delete(&key).await.unwrap();
    }
}

async fn a_small_blob_is_promoted_and_read_in_parts(storage: Storage) {
    let bytes = pattern(1000);
    let key = BlobKey::Package(Digest::of(&bytes));
    let mut blob = storage.blobs.create_temporary().await.unwrap();
    for chunk in bytes.chunks(7) {
        blob.write(Bytes::copy_from_slice(chunk)).await.unwrap();
    }
    assert_eq!(blob.read().await.unwrap(), bytes);
    assert!(blob.write(Bytes::from_static(b"more")).await.is_err(), "it has been read: it stays as it is");
    assert!(storage.blobs.head(&key).await.unwrap().is_none(), "it has no name yet");
    blob.promote(&key).await.unwrap();

    let head = storage.blobs.head(&key).await.unwrap().unwrap();
    assert_eq!(head.size_bytes, 1000);
    assert_eq!(storage.read(&key, None).await.unwrap().unwrap(), bytes);
    assert_eq!(storage.read(&key, Some(10..20)).await.unwrap().unwrap(), bytes[10..20]);
    assert_eq!(storage.read(&key, Some(990..5000)).await.unwrap().unwrap(), bytes[990..]);
    for nothing in [1000..1001, 5..5] {
        let refused = storage.read(&key, Some(nothing)).await;
        assert!(matches!(refused, Err(BlobError::RangeNotSatisfiable { size_bytes: 1000 })), "{refused:?}");
    }
}

async fn a_large_blob_is_promoted_whole(storage: Storage) {
    let bytes = Bytes::from(pattern(LARGE));
    let key = BlobKey::Package(Digest::of(&bytes));
    let mut blob = storage.blobs.create_temporary().await.unwrap();
    // Chunks larger and smaller than a part, none of which ends where a part does.
    let mut rest = bytes.clone();
    for size in [1, 9 * 1024 * 1024 + 1, 100, usize::MAX] {
        blob.write(rest.split_to(size.min(rest.len()))).await.unwrap();
    }
    assert!(blob.read().await.unwrap() == bytes);
    blob.promote(&key).await.unwrap();
    assert!(storage.read(&key, None).await.unwrap().unwrap() == bytes);
    let middle = 8 * 1024 * 1024 - 5..8 * 1024 * 1024 + 5;
    let expected = &bytes[usize::try_from(middle.start).unwrap()..usize::try_from(middle.end).unwrap()];
    assert_eq!(storage.read(&key, Some(middle)).await.unwrap().unwrap(), expected);
    assert_eq!(storage.blobs.remove_temporaries(far_future()).await.unwrap(), 0, "it is not temporary any more");
}

async fn promoting_again_changes_nothing(storage: Storage) {
    for size in [100, LARGE] {
        let bytes = pattern(size);
        let key = storage.store(&bytes).await;
        assert_eq!(storage.store(&bytes).await, key);
        assert!(storage.read(&key, None).await.unwrap().unwrap() == bytes);
    }
}

async fn a_blob_discarded_or_dropped_is_not_there(storage: Storage) {
    for size in [100, LARGE] {
        let bytes = Bytes::from(pattern(size));
        for read in [false, true] {
            let mut blob = storage.blobs.create_temporary().await.unwrap();
            blob.write(bytes.clone()).await.unwrap();
            if read {
                blob.read().await.unwrap();
            }
            blob.discard().await.unwrap();
        }
        let mut dropped = storage.blobs.create_temporary().await.unwrap();
        dropped.write(bytes).await.unwrap();
        drop(dropped);
    }
    let listed: Vec<_> = storage.blobs.list_packages().try_collect().await.unwrap();
    assert!(listed.is_empty(), "{listed:?}");
    assert_eq!(storage.blobs.remove_temporaries(far_future()).await.unwrap(), 0);
}

async fn a_small_object_is_replaced_and_its_tag_changes(storage: Storage) {
    let key = BlobKey::Index("adx/hello".parse().unwrap());
    storage.blobs.put(&key, Bytes::from_static(b"one\n")).await.unwrap();
    let first = storage.blobs.head(&key).await.unwrap().unwrap();
    storage.blobs.put(&key, Bytes::from_static(b"one\ntwo\n")).await.unwrap();
    let second = storage.blobs.head(&key).await.unwrap().unwrap();
    assert_eq!(storage.read(&key, None).await.unwrap().unwrap(), b"one\ntwo\n");
    assert!(first.etag.is_some() && first.etag != second.etag, "{first:?} {second:?}");
    let opened = storage.blobs.open(&key, None).await.unwrap().unwrap();
    assert_eq!(opened.head.etag, second.etag);
    assert!(!second.etag.unwrap().contains('"'));
    storage.blobs.delete(&key).await.unwrap();
    assert!(storage.blobs.head(&key).await.unwrap().is_none());
}

async fn packages_and_envelopes_are_listed_and_nothing_else(storage: Storage) {
    let package = storage.store(b"package").await;
    let envelope = BlobKey::Envelope(Digest::of(b"package"));
    storage.blobs.put(&envelope, Bytes::from_static(b"{}")).await.unwrap();
    storage.blobs.put(&BlobKey::Index("adx/hello".parse().unwrap()), Bytes::from_static(b"line\n")).await.unwrap();
    let mut listed: Vec<_> = storage.blobs.list_packages().try_collect().await.unwrap();
    listed.sort_by_key(|(key, _)| key.to_string());
    let sizes: Vec<_> = listed.iter().map(|(key, head)| (key.clone(), head.size_bytes)).collect();
    assert_eq!(sizes, [(package, 7), (envelope, 2)]);
    let age = far_future() - listed[0].1.modified_at;
    assert!(age < time::Duration::days(2), "{listed:?}");
}

async fn what_rounds_sign_is_listed_and_nothing_else(storage: Storage) {
    assert!(storage.blobs.list_signed().try_collect::<Vec<_>>().await.unwrap().is_empty());
    let digest = Digest::of(b"signed");
    let control = format!("tuf/targets/{digest}.index-root.json");
    let shard = format!("index/shards/{digest}.json");
    let paths = [&shard, "log/tile/0/000.p/7", "log/tile/entries/x001/234", "tuf/3.snapshot.json", &control];
    let keys: Vec<_> = paths.iter().map(|path| BlobKey::from_signed_path(path).unwrap()).collect();
    let others = [BlobKey::Checkpoint, BlobKey::Index("adx/hello".parse().unwrap()), BlobKey::Envelope(digest)];
    for key in keys.iter().chain(&others) {
        storage.blobs.put(key, Bytes::from_static(b"bytes")).await.unwrap();
    }
    let mut listed: Vec<_> = storage.blobs.list_signed().try_collect().await.unwrap();
    listed.sort_by_key(|(key, _)| key.to_string());
    let listed: Vec<_> = listed.into_iter().map(|(key, head)| (key, head.size_bytes)).collect();
    assert_eq!(listed, keys.into_iter().map(|key| (key, 5)).collect::<Vec<_>>());
}

async fn what_waits_is_listed_and_nothing_else(storage: Storage) {
    let key = BlobKey::Submission("00000000000000000000000000000007".parse().unwrap());
    for key in [&key, &BlobKey::Package(Digest::of(b"bytes"))] {
        storage.blobs.put(key, Bytes::from_static(b"bytes")).await.unwrap();
    }
    let listed: Vec<_> = storage.blobs.list_submissions().try_collect().await.unwrap();
    assert_eq!(listed.into_iter().map(|(key, head)| (key, head.size_bytes)).collect::<Vec<_>>(), [(key, 5)]);
}

async fn temporaries_are_removed_by_age(storage: Storage) {
    let kept = storage.store(b"kept").await;
    let mut large = storage.blobs.create_temporary().await.unwrap();
    large.write(Bytes::from(pattern(LARGE))).await.unwrap();
    large.read().await.unwrap();
    // As a crash would: neither promoted nor discarded.
    drop(large);
    let mut expected = 1;
    if let Some(folder) = &storage.folder {
        // What object_store leaves behind when the process dies between writing a file and renaming it.
        let staged = folder.path().join("the blobs/packages").join(format!("{}.adxm#1", Digest::of(b"staged")));
        std::fs::write(staged, b"half").unwrap();
        expected += 1;
    }
    assert_eq!(storage.blobs.remove_temporaries(OffsetDateTime::UNIX_EPOCH).await.unwrap(), 0, "too young");
    assert_eq!(storage.blobs.count_temporaries(OffsetDateTime::UNIX_EPOCH).await.unwrap(), 0, "too young");
    assert_eq!(storage.blobs.count_temporaries(far_future()).await.unwrap(), expected);
    assert_eq!(storage.blobs.remove_temporaries(far_future()).await.unwrap(), expected);
    assert_eq!(storage.blobs.remove_temporaries(far_future()).await.unwrap(), 0);
    assert_eq!(storage.read(&kept, None).await.unwrap().unwrap(), b"kept");
}

/// Later than anything that the test has written.
#[expect(clippy::disallowed_methods, reason = "ages are judged by the clock that the storage stamps with")]
fn far_future() -> OffsetDateTime {
    OffsetDateTime::from(SystemTime::now() + Duration::from_secs(24 * 3600))
}

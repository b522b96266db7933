//! What stands in a storage, seen past the product's own listing: every file of a folder, every object of a bucket, whatever it is called.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::places::{Kind, Place};

/// Bytes by path, as they are served.
pub(super) type Stored = BTreeMap<String, Vec<u8>>;

/// Where blobs stand.
pub(super) enum Storage {
    /// A folder.
    Folder(PathBuf),
    /// The whole of a bucket, of which the registry has [`PREFIX`].
    Bucket(AmazonS3),
}

/// What the names of objects begin with.
const PREFIX: &str = "registry/";
/// Uploads that are under way, which are of nobody yet.
const TEMPORARY: &str = "temporary/";

impl Storage {
    /// A bucket of a server.
    pub(super) fn bucket(endpoint: &str, bucket: &str) -> Self {
        let client = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_access_key_id("test")
            .with_secret_access_key("test")
            .with_bucket_name(bucket);
        Self::Bucket(client.build().unwrap())
    }

    /// Everything in it.
    pub(super) async fn read(&self) -> Stored {
        let mut stored = Stored::new();
        match self {
            Self::Folder(folder) => read_folder(folder, "", &mut stored),
            Self::Bucket(client) => {
                let objects: Vec<_> = client.list(None).try_collect().await.unwrap();
                for object in objects {
                    let bytes = client.get(&object.location).await.unwrap().bytes().await.unwrap();
                    let path = object.location.as_ref().strip_prefix(PREFIX);
                    let path = path.unwrap_or_else(|| panic!("{} is not below {PREFIX}", object.location));
                    stored.insert(path.to_owned(), bytes.into());
                }
            }
        }
        stored.retain(|path, _| !path.starts_with(TEMPORARY));
        stored
    }

    /// Puts something under a path.
    pub(super) async fn write(&self, path: &str, bytes: &[u8]) {
        match self {
            Self::Folder(folder) => {
                let file = folder.join(path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, bytes).unwrap();
            }
            Self::Bucket(client) => _ = client.put(&object(path), bytes.to_vec().into()).await.unwrap(),
        }
    }

    /// Takes away what is under a path.
    pub(super) async fn remove(&self, path: &str) {
        match self {
            Self::Folder(folder) => fs::remove_file(folder.join(path)).unwrap(),
            Self::Bucket(client) => client.delete(&object(path)).await.unwrap(),
        }
    }
}

fn object(path: &str) -> object_store::path::Path {
    object_store::path::Path::from(format!("{PREFIX}{path}"))
}

fn read_folder(folder: &Path, above: &str, stored: &mut Stored) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{above}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), stored);
        } else {
            stored.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

/// What of a storage a restored one lacks, has otherwise or has besides.
pub(super) fn differences(source: &Stored, restored: &Stored) -> Vec<String> {
    let lacks = source.keys().filter(|path| !restored.contains_key(*path) && !is_superseded(path, restored));
    let mut differences: Vec<_> = lacks.map(|path| format!("{path} was not copied")).collect();
    for (path, bytes) in restored {
        match source.get(path) {
            Some(before) if before == bytes => {}
            Some(_) => differences.push(format!("{path} is not what it was")),
            None => differences.push(format!("{path} comes from nowhere")),
        }
    }
    differences
}

/// Whether something newer of the same was restored, or nothing that was restored names it: only such is left out.
fn is_superseded(path: &str, restored: &Stored) -> bool {
    let document = path.strip_prefix("tuf/").filter(|name| !name.contains('/'));
    if let Some((version, role)) = document.and_then(|name| name.split_once('.')) {
        let Ok(version) = version.parse::<u64>() else { return false };
        return role != "root.json"
            && (version + 1..version + 100).any(|newer| restored.contains_key(&format!("tuf/{newer}.{role}")));
    }
    if let Some((tile, width)) = path.split_once(".p/") {
        let width: u64 = width.parse().unwrap();
        return (width + 1..256).any(|wider| restored.contains_key(&format!("{tile}.p/{wider}")))
            || restored.contains_key(tile);
    }
    let control = path.strip_prefix("tuf/targets/").and_then(|name| name.split_once('.'));
    let shard = path.strip_prefix("index/shards/").and_then(|name| name.split_once('.'));
    let Some((sha256, _)) = control.or(shard) else { return false };
    let names = |(_, bytes): (&String, &Vec<u8>)| bytes.windows(sha256.len()).any(|window| window == sha256.as_bytes());
    !restored.iter().filter(|(path, _)| path.rsplit('.').next() == Some("json")).any(names)
}

/// Whatever is lost or changed on the way is seen, in a folder and in a bucket.
async fn every_damage_is_seen(s3: bool) {
    let Some(target) = Place::empty(Kind { postgres: false, s3 }).await else { return };
    let source = Place::new(Kind::PLAIN).await.unwrap();
    assert!(source.fill().await.stop().success());
    let archive = source.back_up();
    target.run(&["restore", archive.to_str().unwrap()]);
    let (before, storage) = (source.blobs().await, target.storage());
    let restored = storage.read().await;
    assert_eq!(differences(&before, &restored), [""; 0]);

    let kinds = [
        ("packages/", ".adxm"),
        ("packages/", ".dsse.json"),
        ("index/", "/adx/hello"),
        ("index/shards/", ".json"),
        ("log/checkpoint", ""),
        ("log/tile/", ""),
        ("submissions/", ".adxm"),
        ("tuf/timestamp.json", ""),
        ("tuf/", ".root.json"),
        ("tuf/", ".snapshot.json"),
        ("tuf/targets/", ".json"),
    ];
    for (begin, end) in kinds {
        let of_kind = restored.iter().find(|(path, _)| path.starts_with(begin) && path.ends_with(end));
        let (path, bytes) = of_kind.unwrap_or_else(|| panic!("nothing is called {begin}…{end}"));
        storage.remove(path).await;
        // What it took the place of is missed as well.
        let seen = differences(&before, &target.blobs().await);
        assert!(seen.contains(&format!("{path} was not copied")), "{path}: {seen:?}");
        let mut other = bytes.clone();
        other[bytes.len() / 2] ^= 1;
        storage.write(path, &other).await;
        let seen = differences(&before, &target.blobs().await);
        assert!(seen.contains(&format!("{path} is not what it was")), "{path}: {seen:?}");
        storage.write(path, bytes).await;
    }
    storage.write("packages/called-otherwise", b"of nobody").await;
    assert_eq!(differences(&before, &target.blobs().await), ["packages/called-otherwise comes from nowhere"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_damage_of_a_restored_folder_is_seen() {
    every_damage_is_seen(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_damage_of_a_restored_bucket_is_seen() {
    every_damage_is_seen(true).await;
}

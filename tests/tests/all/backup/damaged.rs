use std::fs;

use adx_signing::digest::Digest;

use super::places::{Kind, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_backup_is_refused_by_the_name_of_the_part_and_nothing_is_written() {
    let source = Place::new(Kind::PLAIN).await.unwrap();
    assert!(source.fill().await.stop().success());
    let sound = fs::read(source.back_up()).unwrap();
    let unpacked = zstd::decode_all(&sound[..]).unwrap();
    let target = Place::empty(Kind::PLAIN).await.unwrap();
    let damaged = target.registry.folder().join("damaged.adxr");
    let refuses = |bytes: &[u8], words: &[&str]| {
        fs::write(&damaged, bytes).unwrap();
        let said = target.is_refused(&["restore", damaged.to_str().unwrap()]);
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} are not in: {said}");
        assert!(said.contains("damaged.adxr"), "{said}");
        assert!(!target.registry.data().exists(), "nothing was written, and no folder is left behind");
    };
    // Bytes that unpack and are others: a row, a package.
    for (needle, part) in [(&b"Hello"[..], "`blobs/packages/"), (&b"\"publisher_id\""[..], "`rows/")] {
        let mut other = unpacked.clone();
        let of_part = find(&other, part.trim_start_matches('`').as_bytes());
        let place = of_part
            + 512
            + find(
                &other[of_part + 512..],
                if part.contains("rows") { needle } else { &other[of_part + 600..of_part + 604] },
            );
        other[place + 1] ^= 1;
        refuses(&zstd::encode_all(&other[..], 1).unwrap(), &["is damaged", part, "sha256"]);
    }
    // Parts that are not there, cut off, or not a backup at all.
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 0x10;
    refuses(&flipped, &["is damaged"]);
    refuses(&sound[..sound.len() - 1], &["is damaged"]);
    refuses(&sound[..sound.len() / 2], &["is damaged", "cut off"]);
    refuses(b"something else", &["is no backup of a registry"]);
    refuses(b"", &["is no backup of a registry"]);

    fs::write(&damaged, &sound).unwrap();
    target.run(&["restore", damaged.to_str().unwrap()]);
    assert_eq!(target.rows().await, source.rows().await);
}

fn find(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).position(|window| window == needle).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storage_of_another_registry_is_refused_by_the_name_of_what_is_there() {
    let source = Place::new(Kind::PLAIN).await.unwrap();
    assert!(source.fill().await.stop().success());
    let archive = source.back_up();
    let target = Place::empty(Kind::PLAIN).await.unwrap();
    let other = format!("packages/{}.adxm", Digest::of(b"of another registry"));
    target.storage().write(&other, b"of another registry").await;
    let said = target.is_refused(&["restore", archive.to_str().unwrap()]);
    assert!(said.contains("the storage is not empty") && said.contains(&other), "{said}");
    assert!(!target.registry.data().join("registry.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_lacks_a_package_is_not_backed_up() {
    let source = Place::new(Kind::PLAIN).await.unwrap();
    assert!(source.fill().await.stop().success());
    let package = source.blobs().await.into_keys().find(|path| path.contains(".adxm")).unwrap();
    fs::remove_file(source.registry.data().join("files").join(&package)).unwrap();
    let archive = source.archive();
    let said = source.is_refused(&["backup", archive.to_str().unwrap()]);
    assert!(said.contains(&package) && said.contains("adx-registry verify"), "{said}");
    assert!(!archive.exists() && !archive.with_extension("adxr.partial").exists());
}

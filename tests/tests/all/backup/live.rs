use std::sync::atomic::{AtomicBool, Ordering};

use adx_tests::repository::Repository;

use super::places::{Kind, Place};

/// Backups while releases are made: each is one moment, from which a registry goes on.
async fn backups_of_a_busy_registry_are_whole(kind: Kind) {
    const BACKUPS: usize = 4;
    let Some(source) = Place::new(kind).await else { return };
    let server = source.fill().await;
    let over = AtomicBool::new(false);
    let publishing = async {
        let mut patch = 0;
        while !over.load(Ordering::Relaxed) {
            patch += 1;
            source.publish(&server, &format!("3.0.{patch}")).await;
        }
        patch
    };
    let backing_up = async {
        for number in 0..BACKUPS {
            let archive = source.registry.folder().join(format!("{number}.adxr"));
            let mut command = source.registry.command(&["backup", archive.to_str().unwrap()]);
            let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        over.store(true, Ordering::Relaxed);
    };
    let (published, ()) = tokio::join!(publishing, backing_up);
    assert!(published > 0);
    server.wait_until_signed().await;
    let last = Repository::fetch(&server.url).await;
    assert!(server.stop().success());

    for number in 0..BACKUPS {
        let archive = source.registry.folder().join(format!("{number}.adxr"));
        let target = Place::empty(Kind::PLAIN).await.unwrap();
        target.run(&["restore", archive.to_str().unwrap()]);
        target.run(&["verify"]);
        target.bring_keys_from(&source);
        let server = target.registry.start();
        server.wait_until_signed().await;
        let restored = Repository::fetch(&server.url).await;
        last.assert_follows(&restored_without_its_own(restored));
        assert!(server.stop().success());
    }
}

/// The timestamp that the restored registry signed itself is its own: versions are compared up to what both signed.
fn restored_without_its_own(mut restored: Repository) -> Repository {
    restored.timestamp_version = 0;
    restored.versions.clear();
    restored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_of_a_busy_registry_on_sqlite_are_whole() {
    backups_of_a_busy_registry_are_whole(Kind::PLAIN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_of_a_busy_registry_on_postgresql_are_whole() {
    backups_of_a_busy_registry_are_whole(Kind { postgres: true, s3: true }).await;
}

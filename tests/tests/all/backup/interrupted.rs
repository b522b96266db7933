use std::os::unix::process::ExitStatusExt as _;

use adx_tests::stage::ABORT_AT;

use super::places::{Kind, Place};

fn dies_at(place: &Place, point: &str, arguments: &[&str]) {
    let output = place.registry.command(arguments).env(ABORT_AT, point).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{point}: {:?}: {said}", output.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_dies_leaves_no_file_of_that_name_and_can_be_begun_again() {
    let source = Place::new(Kind::PLAIN).await.unwrap();
    assert!(source.fill().await.stop().success());
    let archive = source.archive();
    let file = archive.to_str().unwrap();
    for point in ["backup.rows_copied", "backup.blobs_copied"] {
        dies_at(&source, point, &["backup", file]);
        assert!(!archive.exists(), "{point}");
    }
    let beside = archive.with_extension("adxr.partial");
    assert!(beside.exists());
    let target = Place::empty(Kind::PLAIN).await.unwrap();
    let half = target.is_refused(&["restore", beside.to_str().unwrap()]);
    assert!(half.contains("is no backup") || half.contains("cut off") || half.contains("damaged"), "{half}");
    source.run(&["backup", file]);
    assert!(!beside.exists());
    target.run(&["restore", file]);
    assert_eq!(target.rows().await, source.rows().await);
}

async fn a_restore_that_dies_can_be_begun_again(kind: Kind) {
    let source = Place::new(Kind::PLAIN).await.unwrap();
    assert!(source.fill().await.stop().success());
    let archive = source.back_up();
    let file = archive.to_str().unwrap();
    let Some(target) = Place::empty(kind).await else { return };
    for point in ["restore.blobs_written", "restore.rows_written"] {
        dies_at(&target, point, &["restore", file]);
        let rows = target.rows().await;
        assert!(rows["publishers"].is_empty() && rows["leaves"].is_empty(), "{point}: all rows come at once");
    }
    target.run(&["restore", file]);
    assert_eq!(target.rows().await, source.rows().await);
    target.run(&["verify"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_into_sqlite_and_a_folder_that_dies_can_be_begun_again() {
    a_restore_that_dies_can_be_begun_again(Kind::PLAIN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_into_postgresql_and_s3_that_dies_can_be_begun_again() {
    a_restore_that_dies_can_be_begun_again(Kind { postgres: true, s3: true }).await;
}

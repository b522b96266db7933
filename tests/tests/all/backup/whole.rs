use std::os::unix::fs::PermissionsExt as _;

use adx_tests::programs::checkout;
use adx_tests::repository::Repository;

use super::look::differences;
use super::places::{Kind, Place};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(every_table_of_the_migrations_is_copied);

/// From each pair of engines to the one that differs in both.
async fn a_registry_moves(from: Kind) {
    let (Some(source), Some(target)) =
        (Place::new(from).await, Place::empty(Kind { postgres: !from.postgres, s3: !from.s3 }).await)
    else {
        return;
    };
    let server = source.fill_by_calls().await;
    let before = Repository::fetch(&server.url).await;
    assert!(server.stop().success());
    source.fill_the_rest().await;
    let (rows, blobs) = (source.rows().await, source.blobs().await);
    let empty: Vec<_> = rows.iter().filter(|(_, rows)| rows.is_empty()).map(|(table, _)| table).collect();
    assert!(empty.is_empty(), "nothing shows that these are copied: {empty:?}");

    let archive = source.archive();
    let made = source.run(&["backup", archive.to_str().unwrap()]);
    assert_eq!(made["rows"].as_u64().unwrap(), rows.values().map(|rows| rows.len() as u64).sum::<u64>());
    assert_eq!(made["keys"].as_array().unwrap().len(), 0, "keys are kept apart unless asked for");
    assert_eq!(made["not_in_it"].as_array().unwrap().len(), 2, "{made}");
    assert_eq!(std::fs::metadata(&archive).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(source.rows().await, rows, "a backup changes nothing");
    assert!(source.blobs().await == blobs, "nor a blob");
    let again = source.is_refused(&["backup", archive.to_str().unwrap()]);
    assert!(again.contains("is not written over"), "{again}");

    let restored = target.run(&["restore", archive.to_str().unwrap()]);
    assert_eq!(restored["missing"].as_array().unwrap().len(), 2, "what to bring is told: {restored}");
    assert_eq!(target.rows().await, rows);
    assert_eq!(differences(&blobs, &target.blobs().await), [""; 0]);
    assert_eq!(target.run(&["verify"])["checked"], 3);

    // It goes on as the same registry.
    let other = target.is_refused(&["restore", archive.to_str().unwrap()]);
    assert!(other.contains("the database is not empty") && other.contains("rows"), "{other}");
    target.bring_keys_from(&source);
    let server = target.registry.start();
    server.wait_until_signed().await;
    let after = Repository::fetch(&server.url).await;
    after.assert_follows(&before);
    assert_eq!((after.leaves.len(), after.index.len()), (before.leaves.len(), before.index.len()));
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_and_a_folder_to_postgresql_and_s3() {
    a_registry_moves(Kind { postgres: false, s3: false }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_postgresql_and_s3_to_sqlite_and_a_folder() {
    a_registry_moves(Kind { postgres: true, s3: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_sqlite_and_s3_to_postgresql_and_a_folder() {
    a_registry_moves(Kind { postgres: false, s3: true }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_postgresql_and_a_folder_to_sqlite_and_s3() {
    a_registry_moves(Kind { postgres: true, s3: false }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_keys_nothing_else_is_needed() {
    let source = Place::new(Kind::PLAIN).await.unwrap();
    let server = source.fill().await;
    let before = Repository::fetch(&server.url).await;
    assert!(server.stop().success());
    let archive = source.archive();
    let made = source.run(&["backup", "--with-keys", archive.to_str().unwrap()]);
    let keys = made["keys"].as_array().unwrap();
    assert!(keys.contains(&"accounts.key".into()) && keys.contains(&"trust/installed.json".into()), "{made}");

    let target = Place::empty(Kind::PLAIN).await.unwrap();
    let restored = target.run(&["restore", archive.to_str().unwrap()]);
    assert_eq!(restored["missing"].as_array().unwrap().len(), 0, "{restored}");
    let secret = std::fs::read_dir(target.registry.data().join("trust/keys")).unwrap().next().unwrap().unwrap();
    assert_eq!(secret.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let server = target.registry.start();
    server.wait_until_signed().await;
    Repository::fetch(&server.url).await.assert_follows(&before);
}

/// What a migration adds is copied without a word here: the tables are those that the texts of the migrations create.
async fn every_table_of_the_migrations_is_copied(engine: Engine) {
    let mut created: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(checkout().join("migrations/registry")).unwrap() {
        let path = entry.unwrap().path();
        let text = if path.extension().is_some_and(|end| end == "sql") {
            std::fs::read_to_string(path).unwrap()
        } else {
            continue;
        };
        let tables = text
            .lines()
            .filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split_once(" ("))
            .map(|(name, _)| name.to_owned());
        created.extend(tables);
    }
    created.sort();
    let mut snapshot = engine.store.snapshot().await.unwrap();
    let schema = snapshot.schema().await.unwrap();
    let mut tables: Vec<_> = schema.tables.iter().map(|table| table.name.clone()).collect();
    let place = |name: &str| tables.iter().position(|table| table == name).unwrap();
    assert!(
        place("publishers") < place("owners")
            && place("owners") < place("tokens")
            && place("tokens") < place("releases")
    );
    assert!(
        schema.tables.iter().all(|table| table.columns.iter().any(|column| column.key > 0)),
        "each has a primary key"
    );
    tables.sort();
    assert_eq!(tables, created);
}

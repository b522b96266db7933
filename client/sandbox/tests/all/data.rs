//! The data of a tenant and module from the host's side: migrations, snapshots, damage.

use adx_sandbox::{DataError, Migration, ModuleData};
use serde_json::json;

use crate::stage::{QUOTA_BYTES, Stage, error, ok};

fn step(version: u32, up: &str, down: Option<&str>) -> Migration {
    Migration { version, name: format!("step {version}"), up: up.to_owned(), down: down.map(str::to_owned) }
}

fn steps() -> [Migration; 3] {
    [
        step(1, "CREATE TABLE visit (who TEXT); CREATE INDEX visit_who ON visit (who);", Some("DROP TABLE visit")),
        step(
            2,
            "ALTER TABLE visit ADD COLUMN at INTEGER; INSERT INTO visit VALUES ('ada', 7)",
            Some("ALTER TABLE visit DROP COLUMN at"),
        ),
        step(3, "CREATE TABLE note (x)", None),
    ]
}

#[tokio::test]
async fn migrations_go_up_and_down() {
    let stage = Stage::new().await;
    let (data, clock) = (stage.data(), &*stage.clock);
    assert_eq!(data.migrate(&steps(), 1, clock).await.unwrap(), 0);
    assert_eq!(data.migrate(&steps(), 2, clock).await.unwrap(), 1);
    let select = json!(["sql.execute", "SELECT * FROM visit"]);
    let [rows] = stage.host([select.clone()]).await;
    assert_eq!((&ok(&rows)["columns"], &ok(&rows)["rows"]), (&json!(["who", "at"]), &json!([["ada", 7]])));

    // The version that goes back knows only its own step; the way down was kept.
    assert_eq!(data.migrate(&steps()[..1], 1, clock).await.unwrap(), 2);
    let [rows] = stage.host([select.clone()]).await;
    assert_eq!((&ok(&rows)["columns"], &ok(&rows)["rows"]), (&json!(["who"]), &json!([["ada"]])));
    assert_eq!(data.migrate(&[], 0, clock).await.unwrap(), 1);
    assert_eq!(data.schema_version().await.unwrap(), 0);
    let [gone] = stage.host([select]).await;
    assert_eq!(error(&gone).0, "invalid");
}

#[tokio::test]
async fn migrating_to_where_one_is_does_nothing() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        stage.data().migrate(&steps(), 2, &*stage.clock).await.unwrap();
    }
    let [rows] = stage.host([json!(["sql.execute", "SELECT count(*) FROM visit"])]).await;
    assert_eq!(ok(&rows)["rows"], json!([[1]]));
}

#[tokio::test]
async fn a_failing_migration_leaves_nothing_of_the_run() {
    let stage = Stage::new().await;
    let (data, clock) = (stage.data(), &*stage.clock);
    data.migrate(&steps()[..1], 1, clock).await.unwrap();
    let bad = [
        step(2, "CREATE TABLE extra (x)", None),
        step(3, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1)", None),
    ];
    let failed = data.migrate(&bad, 3, clock).await.unwrap_err();
    let DataError::Migration { version: 3, name, reason } = &failed else { panic!("{failed}") };
    assert!(name == "step 3" && reason.contains("no such table: nowhere"), "{reason}");
    assert_eq!(data.schema_version().await.unwrap(), 1);
    let [tables] = stage
        .host([json!(["sql.execute", "SELECT count(*) FROM sqlite_schema WHERE name IN ('extra', 'more')"])])
        .await;
    assert_eq!(ok(&tables)["rows"], json!([[0]]));
}

#[tokio::test]
async fn a_migration_is_under_the_same_rules_as_a_call() {
    let stage = Stage::new().await;
    for (up, reason) in [
        ("ATTACH '/tmp/x' AS other", "refused: ATTACH and VACUUM"),
        ("CREATE TABLE a (x); PRAGMA writable_schema = ON", "refused: PRAGMA writable_schema"),
        ("CREATE TABLE a (x); \0 CREATE TABLE b (x)", "nul byte found in provided data at position: 20"),
        ("COMMIT", "refused: transactions as SQL text (call begin, commit, rollback or transaction)"),
        ("DELETE FROM _adx_migrations", "refused: writing _adx_migrations, which belongs to the host"),
    ] {
        let failed = stage.data().migrate(&[step(1, up, None)], 1, &*stage.clock).await.unwrap_err();
        assert_eq!(failed.to_string(), format!("migration 1 (step 1) failed: {reason}"));
    }
    assert_eq!(stage.data().schema_version().await.unwrap(), 0);
}

#[tokio::test]
async fn a_migration_cannot_exceed_the_quota() {
    let folder = tempfile::tempdir().unwrap();
    let data = ModuleData::open(folder.path().join("data.sqlite"), 200_000).await.unwrap();
    let clock = crate::stage::FakeClock::at(0);
    let large = step(1, "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(1000000))", None);
    let failed = data.migrate(&[large], 1, &*clock).await.unwrap_err();
    assert!(failed.to_string().contains("full"), "{failed}");
    let small = step(1, "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000))", None);
    data.migrate(&[small], 1, &*clock).await.unwrap();
}

#[tokio::test]
async fn migrations_that_do_not_fit_are_refused() {
    let stage = Stage::new().await;
    let (data, clock) = (stage.data(), &*stage.clock);
    data.migrate(&steps(), 3, clock).await.unwrap();
    let changed = [step(1, "CREATE TABLE other (x)", None)];
    let refused = data.migrate(&changed, 3, clock).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the migrations do not fit the data: migration 1 (step 1) is not the one that was applied"
    );
    let twice = [step(4, "SELECT 1", None), step(4, "SELECT 2", None)];
    assert!(matches!(data.migrate(&twice, 4, clock).await, Err(DataError::Mismatch(_))));
    let stuck = data.migrate(&steps(), 0, clock).await.unwrap_err();
    assert_eq!(stuck.to_string(), "migration 3 (step 3) failed: it has no way down");
    assert_eq!(data.schema_version().await.unwrap(), 3);
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let stage = Stage::new().await;
    let data = stage.data();
    let snapshot = stage.folder.path().join("before");
    data.migrate(&steps(), 2, &*stage.clock).await.unwrap();
    stage.host([json!(["kv.set", "k", "before"])]).await;
    data.snapshot(&snapshot).await.unwrap();
    let beside: Vec<_> =
        std::fs::read_dir(stage.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().starts_with("before.")), "{beside:?}");

    data.migrate(&steps(), 3, &*stage.clock).await.unwrap();
    stage.host([json!(["kv.set", "k", "after"]), json!(["sql.execute", "DELETE FROM visit"])]).await;
    data.restore(&snapshot).await.unwrap();
    assert_eq!(data.schema_version().await.unwrap(), 2);
    let [value, rows, write] = stage
        .host([json!(["kv.get", "k"]), json!(["sql.execute", "SELECT * FROM visit"]), json!(["kv.set", "k", "again"])])
        .await;
    assert_eq!(ok(&value), &json!("before".as_bytes()));
    assert_eq!(ok(&rows)["rows"], json!([["ada", 7]]));
    ok(&write);
    data.integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_is_made_while_a_call_holds_a_transaction() {
    let stage = Stage::new().await;
    let snapshot = stage.folder.path().join("copy");
    stage.host([json!(["sql.execute", "CREATE TABLE t (x)"])]).await;
    // Within the call's transaction on one connection, the copy is made on another.
    let stage = stage.limit(|limits| {
        limits.cpu_time = std::time::Duration::from_secs(3600);
        limits.wall_time = std::time::Duration::from_secs(1);
    });
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let calls = json!([
        ["sql.begin"],
        ["sql.execute", "INSERT INTO t VALUES (1)"],
        ["sql.execute", endless],
        ["sql.execute", endless]
    ]);
    let (_, copied) = tokio::join!(stage.call("host", calls), stage.data().snapshot(&snapshot));
    copied.unwrap();
    let copy = ModuleData::open(&snapshot, QUOTA_BYTES).await.unwrap();
    copy.integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_damaged_snapshot_is_refused_and_the_data_stays() {
    let stage = Stage::new().await;
    stage.host([json!(["sql.execute", "CREATE TABLE t (x)"])]).await;
    for _ in 0..50 {
        stage.host([json!(["sql.execute", "INSERT INTO t VALUES (randomblob(4000))"])]).await;
    }
    let snapshot = stage.folder.path().join("snapshot");
    stage.data().snapshot(&snapshot).await.unwrap();
    let sound = std::fs::read(&snapshot).unwrap();

    let mut flipped = sound.clone();
    for page in flipped.chunks_mut(4096).skip(8) {
        page[..64].fill(0xff);
    }
    for damaged in
        [flipped.as_slice(), &sound[..sound.len() / 2], b"not a database at all, but long enough to be looked at"]
    {
        std::fs::write(&snapshot, damaged).unwrap();
        let refused = stage.data().restore(&snapshot).await.unwrap_err();
        assert!(matches!(refused, DataError::Damaged(_)), "{refused}");
        let [rows] = stage.host([json!(["sql.execute", "SELECT count(*) FROM t"])]).await;
        assert_eq!(ok(&rows)["rows"], json!([[50]]));
    }
    assert!(stage.data().restore(stage.folder.path().join("absent")).await.is_err());
}

#[tokio::test]
async fn the_files_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new().await;
    let snapshot = stage.folder.path().join("snapshot");
    stage.data().snapshot(&snapshot).await.unwrap();
    for path in [stage.data().path(), &snapshot] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn data_is_there_after_a_restart() {
    let stage = Stage::new().await;
    stage.host([json!(["kv.set", "k", "v"])]).await;
    let path = stage.data().path().to_owned();
    let mut environment = stage.environment.clone();
    environment.data = None;
    let mut stage = stage;
    stage.environment = environment.clone();
    environment.data = Some(ModuleData::open(&path, QUOTA_BYTES).await.unwrap());
    let [value] = stage.host_for(&environment, [json!(["kv.get", "k"])]).await;
    assert_eq!(ok(&value), &json!([118]));
}

#[tokio::test]
async fn what_is_not_a_database_or_is_a_link_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text");
    std::fs::write(&file, "this is a text, long enough to look like a file of some kind".repeat(20)).unwrap();
    assert!(ModuleData::open(&file, QUOTA_BYTES).await.is_err());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("target"), &link).unwrap();
    assert!(ModuleData::open(&link, QUOTA_BYTES).await.is_err());
    assert!(!folder.path().join("target").exists());
}

#[tokio::test]
async fn a_call_that_may_only_read_reads_and_changes_nothing() {
    let mut stage = Stage::new().await;
    let sql = |text: &str| json!(["sql.execute", text]);
    let prepared = [sql("CREATE TABLE t (x)"), sql("INSERT INTO t VALUES (1)"), json!(["kv.set", "k", "v"])];
    for done in stage.host(prepared).await {
        ok(&done);
    }

    stage.environment.read_only = Some("it may only be read".into());
    let writes = [
        sql("INSERT INTO t VALUES (2)"),
        sql("INSERT INTO t VALUES (2) RETURNING x"),
        sql("DELETE FROM t"),
        sql("CREATE TABLE u (x)"),
    ];
    for refused in stage.host(writes).await {
        let (kind, message) = error(&refused);
        assert_eq!((kind, message.contains("calls may only read")), ("refused", true), "{refused}");
    }
    let writes = [json!(["kv.set", "k", "w"]), json!(["kv.delete", "k"]), json!(["kv.increment", "n", 1])];
    for refused in stage.host(writes).await {
        assert_eq!(error(&refused), ("limited", "it may only be read"));
    }
    let reads = [
        json!(["sql.begin"]),
        sql("SELECT x FROM t"),
        json!(["sql.commit"]),
        json!(["kv.get", "k"]),
        json!(["kv.keys", "", null, 10]),
    ];
    let [begin, rows, commit, value, keys] = stage.host(reads).await;
    assert_eq!(ok(&rows)["rows"], json!([[1]]));
    assert_eq!(ok(&value), &json!([118]));
    for done in [&begin, &commit, &keys] {
        ok(done);
    }

    // The connection that it had is whole for the next call.
    stage.environment.read_only = None;
    let [written] = stage.host([sql("INSERT INTO t VALUES (2)")]).await;
    assert_eq!(ok(&written)["rows-changed"], 1);
}

//! Nothing of ours changes an entry, and what somebody else changes is found.

use std::fs;
use std::process::Command;

use adx_tests::programs::{checkout, programs};
use adx_tests::stage::Registry;
use serde_json::Value;

fn verify(registry: &Registry) -> (bool, Value) {
    let mut command = Command::new(&programs().registry);
    let output = command.args(["verify", "--json", "--data"]).arg(registry.data()).output().unwrap();
    (output.status.success(), serde_json::from_slice(&output.stdout).unwrap())
}

fn sql(registry: &Registry, statement: &str) {
    let connection = rusqlite::Connection::open(registry.data().join("registry.sqlite")).unwrap();
    connection.execute_batch(&format!("{statement}; PRAGMA wal_checkpoint(TRUNCATE);")).unwrap();
}

#[test]
fn there_is_no_statement_that_changes_or_removes_an_entry() {
    let mut folders = vec![checkout().join("registry"), checkout().join("migrations/registry")];
    let mut texts = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.extension().and_then(|kind| kind.to_str());
            match kind {
                _ if path.is_dir() => folders.push(path),
                Some("rs" | "sql") => {
                    let text = fs::read_to_string(&path).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
                    let text = text.to_uppercase();
                    for statement in [
                        "UPDATE AUDIT SET",
                        "DELETE FROM AUDIT ",
                        "DELETE FROM AUDIT\"",
                        "DROP TABLE AUDIT",
                        "TRUNCATE AUDIT",
                    ] {
                        assert!(!text.contains(statement), "{}: {statement}", path.display());
                    }
                    texts += usize::from(text.contains("INSERT INTO AUDIT ("));
                }
                _ => {}
            }
        }
    }
    assert_eq!(texts, 1, "one statement appends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_changed_by_hand_is_found() {
    let registry = Registry::new();
    registry.create_publisher("other");
    registry.create_operator_token();
    let server = registry.start();
    server.wait_until_signed().await;
    assert!(server.stop().success());
    let database = registry.data().join("registry.sqlite");
    let (is_sound, found) = verify(&registry);
    assert!(is_sound && found["audit_entries"].as_u64() >= Some(3), "{found}");
    sql(&registry, "SELECT 1");
    let kept = fs::read(&database).unwrap();
    for (statement, words) in [
        ("UPDATE audit SET who = 'job' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 1", "entry 1 was changed"),
        ("DELETE FROM audit WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)", "the head names entry"),
        ("UPDATE audit SET previous = sha256 WHERE seq = 2", "entry 2 follows another"),
        ("UPDATE audit_head SET sha256 = (SELECT sha256 FROM audit WHERE seq = 1)", "was changed"),
    ] {
        sql(&registry, statement);
        let (is_sound, found) = verify(&registry);
        assert!(!is_sound && found["damages"][0]["kind"] == "audit", "{statement}: {found}");
        assert!(found["damages"][0]["what"].as_str().unwrap().contains(words), "{statement}: {found}");
        fs::write(&database, &kept).unwrap();
    }
    let doctor = |registry: &Registry| {
        let mut command = Command::new(&programs().registry);
        let output = command.args(["doctor", "--json", "--data"]).arg(registry.data()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let count = found["audit_entries"].as_u64().unwrap();
    assert!(doctor(&registry).contains(&format!("{count} entries, the last is ")));
    sql(&registry, "UPDATE audit SET detail = '{\"by\":\"hand\"}' WHERE seq = (SELECT MAX(seq) FROM audit)");
    assert!(doctor(&registry).contains("is not the one that was written last"));
}

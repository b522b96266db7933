//! `adx-registry verify` and `adx-registry gc`: what is damaged is named, and what is without use is removed, and nothing else.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::programs::programs;
use adx_tests::stage::Registry;
use serde_json::Value;

/// Runs a command on a registry's data: whether it succeeded, and its document.
fn run(registry: &Registry, arguments: &[&str]) -> (bool, Value) {
    let mut command = Command::new(&programs().registry);
    let output = command.args(arguments).args(["--json", "--data"]).arg(registry.data()).output().unwrap();
    let document = serde_json::from_slice(&output.stdout);
    let document = document.unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.success(), document)
}

/// A registry with two releases of hello, stopped, all of it signed.
async fn registry_with_releases() -> Registry {
    let registry = Registry::new();
    let server = registry.start();
    registry.register_key(&server).await;
    for version in ["1.0.0", "1.1.0"] {
        let answer = registry.publish(&server, &hello::package(version, Behaviour::Plain)).await.unwrap();
        assert!(answer.status().is_success());
        server.wait_until_signed().await;
    }
    let (is_sound, found) = run(&registry, &["verify"]);
    assert!(is_sound, "beside the running server: {found}");
    assert!(server.stop().success());
    registry
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn sql(registry: &Registry, statement: &str) {
    let connection = rusqlite::Connection::open(registry.data().join("registry.sqlite")).unwrap();
    connection.execute_batch(statement).unwrap();
}

fn kinds(found: &Value) -> Vec<(String, String)> {
    let damages = found["damages"].as_array().unwrap().iter();
    let text = |damage: &Value, member: &str| damage[member].as_str().unwrap().to_owned();
    damages.map(|damage| (text(damage, "kind"), text(damage, "what"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_names_every_file_that_is_missing_or_other_bytes() {
    let registry = registry_with_releases().await;
    let storage = registry.data().join("files");
    let (is_sound, found) = run(&registry, &["verify"]);
    assert!(is_sound, "{found}");
    assert_eq!((&found["releases"], &found["checked"], &found["leaves"]), (&2.into(), &2.into(), &5.into()), "{found}");
    assert_eq!(run(&registry, &["verify", "--sample", "1"]).1["checked"], 1);

    // Whatever a client could ask for now: taken away, then changed, each by itself.
    let needed: Vec<_> = files_below(&storage).into_iter().filter(|file| is_needed(&storage, file)).collect();
    let named = |kind: &str| needed.iter().filter(|file| file.to_str().unwrap().contains(kind)).count();
    assert!(
        named("packages/") == 4 && named("tile/") == 2 && named("index/") == 2 && named("tuf/") > 64 + 4,
        "{needed:?}"
    );
    for file in one_of_each_kind(&needed) {
        let path = file.strip_prefix(&storage).unwrap().to_str().unwrap().to_owned();
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let (is_sound, found) = run(&registry, &["verify"]);
        assert!(!is_sound && kinds(&found).iter().any(|(_, what)| what.contains(&path)), "{path} is missing: {found}");
        let mut other = content.clone();
        other[content.len() / 2] ^= 1;
        fs::write(&file, other).unwrap();
        let (is_sound, found) = run(&registry, &["verify"]);
        let is_named = kinds(&found)
            .iter()
            .any(|(kind, what)| what.contains(&path) || ["other-tree", "database-behind"].contains(&kind.as_str()));
        assert!(!is_sound && is_named, "{path} has other bytes: {found}");
        fs::write(&file, content).unwrap();
    }
    let (is_sound, found) = run(&registry, &["verify"]);
    assert!(is_sound, "{found}");
}

/// Nothing that another version or a wider tile took the place of.
fn is_needed(storage: &Path, file: &Path) -> bool {
    let path = file.strip_prefix(storage).unwrap().to_str().unwrap();
    if let Some((tile, width)) = path.split_once(".p/") {
        let folder = storage.join(format!("{tile}.p"));
        let widths = fs::read_dir(folder).unwrap();
        let widest = widths.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse::<u32>().unwrap()).max();
        return width.parse().ok() == widest;
    }
    let document = path.strip_prefix("tuf/").filter(|name| !name.contains('/') && *name != "timestamp.json");
    if let Some((version, role)) = document.and_then(|name| name.split_once('.')) {
        let next = version.parse::<u64>().unwrap() + 1;
        return !storage.join(format!("tuf/{next}.{role}")).exists();
    }
    // Control files and shards are named by their digests: which are the last shows in their times.
    let siblings = |same: &dyn Fn(&str) -> bool| {
        let times = files_below(file.parent().unwrap()).into_iter().filter(|other| same(other.to_str().unwrap()));
        times.map(|other| fs::metadata(other).unwrap().modified().unwrap()).max()
    };
    let modified = fs::metadata(file).unwrap().modified().unwrap();
    if let Some((_, name)) = path.strip_prefix("tuf/targets/").and_then(|name| name.split_once('.')) {
        return siblings(&|other| other.ends_with(name)) == Some(modified);
    }
    if path.starts_with("index/shards/") {
        return siblings(&|_| true) == Some(modified);
    }
    true
}

/// All but most of the bins, which are alike.
fn one_of_each_kind(files: &[PathBuf]) -> Vec<PathBuf> {
    let is_bin = |file: &&PathBuf| file.to_str().unwrap().contains(".bin-");
    let bins = files.iter().filter(is_bin).take(1);
    files.iter().filter(|file| !is_bin(file)).chain(bins).cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_compares_rows_leaves_index_and_targets() {
    let registry = registry_with_releases().await;
    let database = registry.data().join("registry.sqlite");
    let kept = fs::read(&database).unwrap();
    let cases = [
        ("UPDATE releases SET leaf = NULL WHERE version = '1.0.0'", vec!["no-row", "no-leaf"]),
        ("UPDATE releases SET leaf = 1 WHERE version = '1.0.0'", vec!["other-leaf", "no-row"]),
        ("UPDATE releases SET envelope = '{}' WHERE version = '1.0.0'", vec!["other-leaf", "other-bytes"]),
        ("UPDATE releases SET quarantined_for = 'x' WHERE version = '1.0.0'", vec!["index", "target"]),
        ("UPDATE releases SET yanked = TRUE WHERE version = '1.0.0'", vec!["index"]),
        ("UPDATE releases SET size_bytes = 7 WHERE version = '1.0.0'", vec!["other-bytes", "target", "index"]),
        ("DELETE FROM releases WHERE version = '1.0.0'", vec!["no-row", "stray"]),
        ("UPDATE leaves SET content = REPLACE(content, '1.0.0', '9.0.0')", vec!["other-tree", "other-leaf"]),
        ("DELETE FROM leaves WHERE leaf = 3", vec!["leaf"]),
        ("UPDATE signing SET checkpoint_note = NULL", vec!["database-behind"]),
    ];
    for (statement, expected) in cases {
        sql(&registry, &format!("PRAGMA foreign_keys = OFF; {statement}; PRAGMA wal_checkpoint(TRUNCATE);"));
        let (is_sound, found) = run(&registry, &["verify"]);
        let kinds = kinds(&found);
        for kind in expected {
            assert!(!is_sound && kinds.iter().any(|(found, _)| found == kind), "{statement}: no {kind} in {found}");
        }
        fs::write(&database, &kept).unwrap();
    }
    let (is_sound, found) = run(&registry, &["verify"]);
    assert!(is_sound, "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gc_removes_what_its_dry_run_said_and_nothing_else() {
    let registry = registry_with_releases().await;
    let storage = registry.data().join("files");
    let orphan = Digest::of(b"nobody released this");
    let orphaned = storage.join(format!("packages/{orphan}.adxm"));
    fs::write(&orphaned, b"nobody released this").unwrap();
    fs::create_dir_all(storage.join("temporary")).unwrap();
    fs::write(storage.join("temporary/0011"), b"half an upload").unwrap();
    let (_, young) = run(&registry, &["gc", "--dry-run"]);
    assert_eq!((&young["temporaries"], &young["condemned"]), (&0.into(), &Value::Array(Vec::new())), "{young}");

    for file in files_below(&storage) {
        File::options().append(true).open(file).unwrap().set_modified(three_days_ago()).unwrap();
    }
    let before = files_below(&storage);
    let (_, planned) = run(&registry, &["gc", "--dry-run"]);
    assert_eq!(files_below(&storage), before, "a dry run removes nothing");
    assert_eq!(planned["temporaries"], 1);
    assert!(planned["condemned"].as_array().unwrap().contains(&orphan.to_string().into()), "{planned}");
    assert!(!planned["superseded"].as_array().unwrap().is_empty(), "{planned}");
    let (_, done) = run(&registry, &["gc"]);
    for member in ["temporaries", "condemned", "removed", "superseded", "ended_rows"] {
        assert_eq!(done[member], planned[member], "{member}");
    }
    assert!(orphaned.exists(), "it is condemned for a day first");
    for path in done["superseded"].as_array().unwrap() {
        assert!(!storage.join(path.as_str().unwrap()).exists(), "{path}");
    }
    assert!(run(&registry, &["verify"]).0);

    // A day and an hour later, while another sweep is at it; and a quarter of an hour after that one ended half-way.
    let orphan_is = format!("WHERE sha256 = '{orphan}'");
    sql(&registry, "UPDATE condemned SET since = since - 25 * 3600 * 1000");
    sql(&registry, &format!("UPDATE condemned SET removing = TRUE, since = since + 25 * 3600 * 1000 {orphan_is}"));
    let (_, done) = run(&registry, &["gc"]);
    assert!(!done["removed"].as_array().unwrap().contains(&orphan.to_string().into()), "{done}");
    assert!(orphaned.exists(), "the mark is somebody else's");
    sql(&registry, &format!("UPDATE condemned SET since = since - 16 * 60 * 1000 {orphan_is}"));
    let (_, planned) = run(&registry, &["gc", "--dry-run"]);
    assert!(orphaned.exists());
    let (_, done) = run(&registry, &["gc"]);
    assert_eq!(done["removed"], planned["removed"]);
    assert!(done["removed"].as_array().unwrap().contains(&orphan.to_string().into()), "{done}");
    assert!(!orphaned.exists());
    let (is_sound, found) = run(&registry, &["verify"]);
    assert!(is_sound, "{found}");
}

/// More than one transaction condemns, and more than that sweep removes: those that are condemned stay where they are for a day, and keep
/// no sweep from what comes after them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gc_goes_on_to_the_end_of_what_nobody_released() {
    const MORE_THAN_AT_ONCE: usize = 10_050;
    let registry = Registry::new();
    let server = registry.start();
    server.wait_until_signed().await;
    assert!(server.stop().success());
    let packages = registry.data().join("files/packages");
    fs::create_dir_all(&packages).unwrap();
    for number in 0..MORE_THAN_AT_ONCE {
        let path = packages.join(format!("{}.adxm", Digest::of(&number.to_be_bytes())));
        fs::write(&path, b"x").unwrap();
        File::options().append(true).open(path).unwrap().set_modified(three_days_ago()).unwrap();
    }
    let count = |found: &Value, member: &str| found[member].as_array().unwrap().len();
    let (_, planned) = run(&registry, &["gc", "--dry-run"]);
    assert_eq!(count(&planned, "condemned"), MORE_THAN_AT_ONCE);
    let (_, done) = run(&registry, &["gc"]);
    assert_eq!((count(&done, "condemned"), count(&done, "removed")), (MORE_THAN_AT_ONCE, 0));
    let late = packages.join(format!("{}.adxm", Digest::of(b"nobody released this")));
    fs::write(&late, b"nobody released this").unwrap();
    File::options().append(true).open(late).unwrap().set_modified(three_days_ago()).unwrap();
    assert_eq!(count(&run(&registry, &["gc"]).1, "condemned"), 1);
}

#[expect(clippy::disallowed_methods, reason = "ages are judged by the clock that the storage stamps with")]
fn three_days_ago() -> SystemTime {
    SystemTime::now() - Duration::from_secs(3 * 24 * 3_600)
}

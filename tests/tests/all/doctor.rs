//! `adx-registry doctor` and `migrate`: what is wrong is said, with what to do, and nothing is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use adx_tests::hello::{self, Behaviour};
use adx_tests::moto::Moto;
use adx_tests::process::Process;
use adx_tests::programs::checkout;
use adx_tests::stage::Registry;
use serde_json::Value;

/// What the doctor says, by check.
struct Said(Value);

impl Said {
    fn about(registry: &Registry, arguments: &[&str], prepare: &[(&str, &str)]) -> Self {
        let mut command = registry.command(&["doctor"]);
        let output = command.args(arguments).arg("--json").envs(prepare.iter().copied()).output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(output.status.code(), Some(i32::from(said["health"] == "fail")), "{said}");
        Self(said)
    }

    fn of(&self, check: &str) -> &Value {
        let findings = self.0["findings"].as_array().unwrap();
        // The worst of several.
        let of_check = findings.iter().filter(|finding| finding["check"] == check);
        let rank = |finding: &&Value| ["ok", "warn", "fail"].iter().position(|health| finding["health"] == *health);
        of_check.max_by_key(rank).unwrap_or_else(|| panic!("nothing is said about {check}: {}", self.0))
    }

    fn assert(&self, check: &str, health: &str, words: &str) {
        let finding = self.of(check);
        assert_eq!(finding["health"], health, "{check}: {}", self.0);
        assert!(finding.to_string().contains(words), "{check}: {finding} does not say `{words}`");
        assert_eq!(finding["remedy"].is_null(), health == "ok", "what is not well has a remedy: {finding}");
    }
}

async fn running() -> (Registry, Process) {
    let registry = Registry::new();
    let server = registry.start();
    registry.register_key(&server).await;
    server.wait_until_signed().await;
    (registry, server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_bucket_it_says_what_no_sweep_removes() {
    let Some(moto) = Moto::shared() else { return };
    let (registry, server) = running().await;
    assert!(server.stop().success());
    let settings = Moto::settings(moto.endpoint(), &moto.make_bucket().await);
    let settings: Vec<_> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let hint = "docs/operations.md";
    Said::about(&registry, &[], &settings).assert("storage", "ok", hint);
    assert!(!Said::about(&registry, &[], &[]).of("storage").to_string().contains(hint), "a folder needs no rule");
    let described = fs::read_to_string(checkout().join(hint)).unwrap();
    let (_, space) = described.split_once("\n## Space\n").unwrap();
    let (space, _) = space.split_once("\n## ").unwrap();
    assert!(space.contains("AbortIncompleteMultipartUpload"), "{space}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_registry_is_told_from_one_whose_parts_are_not() {
    let (registry, server) = running().await;
    let public = [("ADX_REGISTRY__SERVER__PUBLIC_URL", server.url.as_str())];
    let said = Said::about(&registry, &[], &public);
    for check in [
        "configuration",
        "ceremony",
        "key files",
        "proxy",
        "key of the accounts",
        "review",
        "database",
        "storage",
        "clock",
        "search",
        "outbox",
        "expiry",
        "database and storage",
        "seen by others",
        "public_url",
    ] {
        said.assert(check, "ok", "");
    }
    said.assert("mail", "warn", "files in");
    said.assert("checks", "warn", "set `checks.osv_database`");
    let off = [("ADX_REGISTRY__CHECKS__CONTENT", "off"), ("ADX_REGISTRY__CHECKS__ADVISORIES", "off")];
    Said::about(&registry, &[], &off).assert("checks", "ok", "");
    let open = ("ADX_REGISTRY__PUBLISHERS__OPEN", "true");
    for (when, health, words) in [
        ("findings", "warn", "set `review.when`"),
        ("never", "warn", "set `review.when`"),
        ("first-release, findings", "ok", ""),
        ("always", "ok", ""),
    ] {
        Said::about(&registry, &[], &[open, ("ADX_REGISTRY__REVIEW__WHEN", when)]).assert("review", health, words);
    }
    let url = server.url.clone();
    assert!(server.stop().success());

    Said::about(&registry, &[], &[("ADX_REGISTRY__SERVER__PUBLIC_URL", &url)]).assert(
        "public_url",
        "warn",
        "start the server",
    );
    Said::about(&registry, &[], &[]).assert("public_url", "warn", "set `server.public_url`");
    let public = ("ADX_REGISTRY__SERVER__PUBLIC_URL", "https://registry.example.invalid");
    let said = Said::about(&registry, &[], &[public]);
    said.assert("ceremony", "warn", "https://registry.example.invalid/ is public");
    said.assert("proxy", "warn", "set `server.behind_proxy`");
    let behind = ("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true");
    Said::about(&registry, &[], &[public, behind]).assert("proxy", "ok", "X-Forwarded-For");
    let listed = ("ADX_REGISTRY__SERVER__TRUSTED_PROXIES", "10.0.0.0/8");
    Said::about(&registry, &[], &[public, listed]).assert("proxy", "ok", "`server.trusted_proxies`");
    Said::about(&registry, &[], &[]).assert("seen by others", "warn", "--mirror");
    let nowhere = registry.folder().join("nowhere/registry.sqlite");
    let database = format!("sqlite://{}", nowhere.display());
    Said::about(&registry, &[], &[("ADX_REGISTRY__DATABASE__URL", &database)]).assert(
        "database",
        "fail",
        "holds no registry",
    );
    assert!(!nowhere.exists(), "the doctor makes no database");
    Said::about(&registry, &[], &[("ADX_REGISTRY__DATABASE__URL", "postgres://nobody@127.0.0.1:1/none")])
        .assert("database", "fail", "");
    Said::about(&registry, &[], &[("ADX_REGISTRY__STORAGE__URL", "/proc/nothing")])
        .assert("storage", "fail", "storage");
    Said::about(&registry, &[], &[("ADX_REGISTRY__SEARCH__URL", "http://127.0.0.1:1")]).assert("search", "fail", "");
    let mail =
        [("ADX_REGISTRY__MAIL__URL", "smtp://localhost:1?tls=none"), ("ADX_REGISTRY__MAIL__FROM", "a@b.example")];
    Said::about(&registry, &[], &mail).assert("mail", "fail", "localhost:1");

    let keys = registry.data().join("trust/keys");
    let key = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    Said::about(&registry, &[], &[]).assert("key files", "fail", "chmod 600");
    fs::remove_file(&key).unwrap();
    Said::about(&registry, &[], &[]).assert("ceremony", "fail", "is missing");
    fs::remove_file(registry.data().join("accounts.key")).unwrap();
    Said::about(&registry, &[], &[]).assert("key of the accounts", "fail", "bring it back");
    assert!(!registry.data().join("accounts.key").exists(), "the doctor makes no key");
    fs::write(registry.data().join("accounts.key"), "7".repeat(64)).unwrap();
    fs::set_permissions(registry.data().join("accounts.key"), fs::Permissions::from_mode(0o600)).unwrap();
    Said::about(&registry, &[], &[]).assert("key of the accounts", "fail", "another key");
}

#[test]
fn a_folder_that_is_not_there_is_told_and_not_made() {
    let registry = Registry::empty(Vec::new());
    let output = registry.command(&["doctor"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let data = registry.data().display().to_string();
    assert!(
        said.contains(&format!("error: there is no folder `{data}`")) && said.contains("hint: name the folder"),
        "{said}"
    );
    assert!(output.stdout.is_empty(), "one reason is enough");
    // Rows are elsewhere: the other parts are looked at, and none is made.
    let database = format!("sqlite://{}", registry.folder().join("elsewhere.sqlite").display());
    let said = Said::about(&registry, &[], &[("ADX_REGISTRY__DATABASE__URL", &database)]);
    said.assert("storage", "fail", "there is no folder");
    said.assert("mail", "warn", "files in");
    assert_eq!(fs::read_dir(registry.folder()).unwrap().count(), 0, "the doctor makes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expires_and_what_was_given_up_is_told() {
    let (registry, server) = running().await;
    assert!(server.stop().success());
    sql(&registry.data(), "UPDATE signed_documents SET expires_at = 1000 WHERE role = 'snapshot'");
    Said::about(&registry, &[], &[]).assert("expiry", "fail", "snapshot has expired");
    sql(
        &registry.data(),
        "UPDATE signed_documents SET expires_at = (SELECT MAX(expires_at) FROM signed_documents) WHERE role = 'snapshot'",
    );
    sql(
        &registry.data(),
        "UPDATE signed_documents SET expires_at = expires_at - 340 * 24 * 3600 * 1000 WHERE role = 'root'",
    );
    Said::about(&registry, &[], &[]).assert("expiry", "warn", "trust rotate");
    sql(
        &registry.data(),
        "INSERT INTO jobs (id, task, deduplication_key, state, run_at, attempts) VALUES ('x', '{}', 'x', 'dead', 0, 12)",
    );
    Said::about(&registry, &[], &[]).assert("outbox", "warn", "given up: 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_registry_that_others_have_seen_more_of_is_told() {
    let (registry, server) = running().await;
    let archive = registry.folder().join("early.adxr");
    let made = registry.command(&["backup", archive.to_str().unwrap()]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let answer = registry.publish(&server, &hello::package("1.0.0", Behaviour::Plain)).await.unwrap();
    assert!(answer.status().is_success());
    server.wait_until_signed().await;

    let restored = Registry::empty(Vec::new());
    let done = restored.command(&["restore", archive.to_str().unwrap()]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let served = restored.command(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&served.stderr);
    assert!(said.contains("agents know its ceremony") && said.contains("trust install FOLDER"), "{said}");
    assert!(!served.status.success() && !said.contains("trust trial"), "another ceremony is another registry: {said}");
    let said = Said::about(&restored, &["--mirror", &server.url], &[]);
    said.assert("seen by others", "fail", "do not start this registry");
    said.assert("database and storage", "ok", "they belong together");
    Said::about(&registry, &["--mirror", &server.url], &[]).assert(
        "seen by others",
        "ok",
        "no more than the database knows",
    );
    assert!(server.stop().success());

    // The storage has what was published since, the database not.
    fs::copy(restored.data().join("registry.sqlite"), registry.data().join("registry.sqlite")).unwrap();
    Said::about(&registry, &[], &[]).assert("database and storage", "fail", "older than what is served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_says_what_is_to_be_done_and_does_it() {
    let registry = Registry::new();
    let run = |arguments: &[&str]| {
        let output = registry.command(arguments).arg("--json").output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), said, String::from_utf8(output.stderr).unwrap())
    };
    let (status, said, _) = run(&["migrate", "--check"]);
    let last = said["known"].as_i64().unwrap();
    assert_eq!((status, &said["before"]), (0, &last.into()));
    // As a version before the last migration left it.
    let empty = registry.folder().join("other.sqlite");
    let file = format!("sqlite://{}", empty.display());
    let other = |arguments: &[&str]| {
        let mut command = registry.command(arguments);
        let output = command.arg("--json").env("ADX_REGISTRY__DATABASE__URL", &file).output().unwrap();
        (output.status.code().unwrap(), serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default())
    };
    let (status, said) = other(&["migrate", "--check"]);
    assert_eq!((status, &said["before"], &said["after"]), (1, &0.into(), &0.into()), "{said}");
    assert!(!empty.exists(), "a look makes nothing");
    let (status, said) = other(&["migrate"]);
    assert_eq!((status, &said["before"], &said["after"]), (0, &0.into(), &last.into()), "{said}");
    assert_eq!(other(&["migrate", "--check"]).0, 0);

    // Of an older version, whose servers may be running: only `migrate` and `serve` change it.
    let kept = fs::read(registry.data().join("registry.sqlite")).unwrap();
    sql(&registry.data(), &format!("DELETE FROM _sqlx_migrations WHERE version = {last}"));
    for command in [&["backup", "x.adxr"][..], &["verify"], &["gc"]] {
        let (status, _, said) = run(command);
        assert!(status == 1 && said.contains("is migrated to") && said.contains("adx-registry migrate"), "{said}");
    }
    Said::about(&registry, &[], &[]).assert("database", "warn", "adx-registry migrate");
    let before: i64 = rusqlite::Connection::open(registry.data().join("registry.sqlite"))
        .unwrap()
        .query_row("SELECT MAX(version) FROM _sqlx_migrations", [], |row| row.get(0))
        .unwrap();
    assert_eq!(run(&["migrate", "--check"]).1["before"], before, "nothing of this migrates");
    fs::write(registry.data().join("registry.sqlite"), kept).unwrap();

    sql(
        &registry.data(),
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'x', TRUE, x'00', 0)",
    );
    let (status, _, said) = run(&["migrate", "--check"]);
    assert!(status == 1 && said.contains("migrated to 999") && said.contains("newer adx-registry"), "{said}");
    // What it only adds to is no reason to stop: this program is the older one of two that serve side by side.
    Said::about(&registry, &[], &[]).assert("database", "warn", "migrated to 999");
    sql(
        &registry.data(),
        "CREATE TABLE of_the_next_version (id TEXT PRIMARY KEY); ALTER TABLE modules ADD COLUMN more TEXT",
    );
    let server = registry.start();
    registry.register_key(&server).await;
    let answer = registry.publish(&server, &hello::package("1.0.0", Behaviour::Plain)).await.unwrap();
    assert!(answer.status().is_success());
    assert!(server.stop().success());
    sql(&registry.data(), "UPDATE _sqlx_migrations SET description = 'less_contract' WHERE version = 999");
    Said::about(&registry, &[], &[]).assert("database", "fail", "took away");
    let output = registry.command(&["serve"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("migration 999 (`less_contract`)"), "{said}");
}

fn sql(data: &Path, statement: &str) {
    rusqlite::Connection::open(data.join("registry.sqlite")).unwrap().execute_batch(statement).unwrap();
}

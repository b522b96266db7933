//! kill -9 at every fail point of every operation, on its way and on its way back, and in the journal in between: the agent
//! starts again and ends whole, with the data as it was.

use crate::{
    registry::Registry,
    release::{Does, Draft},
    stage::{Tenant, add_tenant, files, installing, request, try_request},
};
use adx_agent::progress::{STEPS, UNDO_STEPS};
use adx_workflow::journal::FAIL_POINTS;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinSet;

/// How a process dies at a fail point, and in no other way that a test brings about.
const SIGABRT: i32 = 6;

/// One call at a time, and steps that are not patient enough for a few of them.
const HURRIED: [(&str, &str); 4] = [
    ("ADX_AGENT__SANDBOX__INSTANCES", "1"),
    ("ADX_AGENT__CALLS__WALL", "2s"),
    ("ADX_AGENT__OPERATIONS__STEP", "3s"),
    ("ADX_AGENT__OPERATIONS__ATTEMPTS", "1"),
];

/// The program, killed with the test.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(registry: &Registry, folder: &Path, abort_at: Option<&str>) -> Self {
        Self::start_with(registry, folder, abort_at, &[])
    }

    fn start_with(registry: &Registry, folder: &Path, abort_at: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let ready = folder.join("ready.json");
        let _ = std::fs::remove_file(&ready);
        let mut command = Command::new(env!("CARGO_BIN_EXE_adx-agent"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--registry", &registry.url, "--root"])
            .arg(registry.root())
            .arg("--data")
            .arg(folder)
            .arg("--ready-file")
            .arg(&ready)
            .env("ADX_AGENT__SANDBOX__INSTANCES", "8")
            .env("ADX_AGENT__CALLS__MEMORY", "16MiB")
            .env("ADX_AGENT__LOG__FILTER", "error")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        if let Some(point) = abort_at {
            command.env("ADX_ABORT_AT", point);
        }
        let mut child = command.spawn().expect("the agent starts");
        let deadline = Instant::now() + Duration::from_secs(60);
        let url = loop {
            if let Ok(text) = std::fs::read_to_string(&ready) {
                let answer: Value = serde_json::from_str(&text).expect("the ready file is whole");
                break answer["url"].as_str().expect("an address").to_owned();
            }
            if let Some(status) = child.try_wait().expect("the agent can be waited for") {
                // At an operation that was left open, the fail point may be reached before the agent is ready.
                assert!(abort_at.is_some(), "the agent ended before it was ready: {status}");
                break String::new();
            }
            assert!(Instant::now() < deadline, "the agent is not ready within a minute");
            std::thread::sleep(Duration::from_millis(5));
        };
        Self { child, url }
    }

    async fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait().expect("the agent can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "the agent lives on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// 1.0.0 and 1.1.0 are sound; 1.2.0 spoils the data and is not healthy; 1.3.0 spoils the data for 1.0.0, which is not healthy
/// then; `acme/sick` is not healthy from the start; `acme/rotten` has a migration that fails.
fn registry() -> Registry {
    registry_keeping(0)
}

/// The same, whose guest 1.0.0 keeps its data for some days after it is uninstalled.
fn registry_keeping(retain_days: u32) -> Registry {
    let registry = Registry::start();
    let mut first = Draft { retain_days, ..Draft::new("1.0.0") };
    first.health = Does::Tires;
    registry.publish(&first.release());
    let mut last = Draft::new("1.3.0");
    last.upgrade = Does::Spoils;
    registry.publish(&last.release());
    let mut second = Draft::new("1.1.0");
    second.migrations.push(("0002_more", "create table more (name text)"));
    registry.publish(&second.release());
    let mut spoils = Draft::new("1.2.0");
    (spoils.upgrade, spoils.health) = (Does::Spoils, Does::Fails);
    registry.publish(&spoils.release());
    let mut sick = Draft::new("1.0.0").of("acme/sick");
    sick.health = Does::Fails;
    registry.publish(&sick.release());
    let mut rotten = Draft::new("1.0.0").of("acme/rotten");
    rotten.migrations.push(("0002_more", "create table guest (name text)"));
    registry.publish(&rotten.release());
    registry.publish(&Draft::new("1.0.0").of("acme/other").release());
    registry
}

/// What is cut off.
#[derive(Clone)]
struct Attempt {
    prepare: &'static [&'static str],
    /// The version that a preparing update goes to.
    updated_to: &'static str,
    method: Method,
    path: &'static str,
    body: Value,
    /// Whether calls of another module keep the tenant's only place in the sandbox, until the step has waited too long.
    is_crowded: bool,
}

const GUEST: &str = "/installations/acme/guest";

fn attempt(kind: &str, goes_well: bool) -> Attempt {
    let installed: &[_] = &["/installations"];
    let active: &[_] = &["/installations", "/installations/acme/guest/activate"];
    let updated: &[_] = &["/installations", "/installations/acme/guest/activate", "/installations/acme/guest/update"];
    let post = |prepare, path, body| Attempt {
        prepare,
        updated_to: "=1.1.0",
        method: Method::POST,
        path,
        body,
        is_crowded: false,
    };
    match (kind, goes_well) {
        ("install", true) => post(&[], "/installations", installing("=1.0.0")),
        ("install", false) => post(&[], "/installations", json!({ "module": "acme/rotten", "grants": ["kv"] })),
        ("activate", true) => post(installed, "/installations/acme/guest/activate", Value::Null),
        ("activate", false) => post(installed, "/installations/acme/sick/activate", Value::Null),
        // The module has no say in it: only what is around it makes it fail.
        ("deactivate", goes_well) => {
            Attempt { is_crowded: !goes_well, ..post(active, "/installations/acme/guest/deactivate", Value::Null) }
        }
        ("update", true) => post(active, "/installations/acme/guest/update", json!({ "version": "=1.1.0" })),
        ("update", false) => post(active, "/installations/acme/guest/update", json!({ "version": "=1.2.0" })),
        ("rollback", true) => post(updated, "/installations/acme/guest/rollback", Value::Null),
        ("rollback", false) => {
            Attempt { updated_to: "=1.3.0", ..post(updated, "/installations/acme/guest/rollback", Value::Null) }
        }
        ("uninstall", _) => Attempt { method: Method::DELETE, ..post(active, GUEST, Value::Null) },
        other => panic!("{other:?} needs a story in this test"),
    }
}

struct Story {
    folder: TempDir,
    process: Process,
    tenant: Tenant,
}

/// Prepares, arms the fail point, begins, dies, starts again, and waits for every operation's end.
async fn cut_off(registry: &Registry, point: &str, attempt: &Attempt) -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Process::start(registry, folder.path(), None);
    let admin = std::fs::read_to_string(folder.path().join("admin.token")).expect("the token");
    let mut tenant = add_tenant(&process.url, admin.trim(), "one").await;
    for path in attempt.prepare {
        let body = match *path {
            "/installations" => installing("=1.0.0"),
            _ if path.ends_with("update") => json!({ "version": attempt.updated_to }),
            _ => Value::Null,
        };
        tenant.succeed(Method::POST, path, Some(body)).await;
        if path.ends_with("activate") {
            assert_eq!(tenant.visit().await, 1, "{point}");
            assert_eq!(tenant.visit().await, 2, "{point}");
        }
    }
    if attempt.path.contains("/sick/") {
        let sick = json!({ "module": "acme/sick", "grants": ["kv"], "auto_update": false });
        tenant.succeed(Method::POST, "/installations", Some(sick)).await;
    }
    if attempt.is_crowded {
        let other = json!({ "module": "acme/other", "grants": ["kv"], "auto_update": false });
        tenant.succeed(Method::POST, "/installations", Some(other)).await;
        tenant.succeed(Method::POST, "/installations/acme/other/activate", None).await;
    }
    // Not in good order, either: what was acknowledged is there all the same.
    process.kill();

    let settings = if attempt.is_crowded { HURRIED.as_slice() } else { &[] };
    let mut process = Process::start_with(registry, folder.path(), Some(point), settings);
    let crowd = if attempt.is_crowded { crowd(&process.url, &tenant).await } else { JoinSet::new() };
    let path = format!("/api/v1/tenants/one{}", attempt.path);
    let body = (!attempt.body.is_null()).then(|| attempt.body.clone());
    // Whether the answer still arrives depends on the fail point.
    let _ = try_request(&process.url, Some(&tenant.token), attempt.method.clone(), &path, body).await;
    assert_eq!(process.wait().await.signal(), Some(SIGABRT), "{point}: the agent died there");
    drop(crowd);

    let process = Process::start(registry, folder.path(), None);
    tenant.url.clone_from(&process.url);
    for operation in tenant.get("/operations").await["operations"].as_array().expect("operations") {
        tenant.wait_for(operation["id"].as_str().expect("an id")).await;
    }
    Story { folder, process, tenant }
}

/// Calls of `acme/other`, one after the other and more of them waiting, until they are dropped.
async fn crowd(url: &str, tenant: &Tenant) -> JoinSet<()> {
    let (ended, mut has_ended) = tokio::sync::mpsc::channel(1);
    let mut crowd = JoinSet::new();
    for _ in 0..4 {
        let (url, token, ended) = (url.to_owned(), tenant.token.clone(), ended.clone());
        crowd.spawn(async move {
            let path = "/api/v1/tenants/one/installations/acme/other/activities/work";
            while try_request(&url, Some(&token), Method::POST, path, Some(json!(10_000))).await.is_ok() {
                let _ = ended.try_send(());
            }
        });
    }
    // By now the others are in the queue.
    has_ended.recv().await.expect("a call ends");
    crowd
}

/// That the guest is at one version, and how many visits it remembers; `None` when it is not there, with nothing left of it.
async fn rest(story: &Story, point: &str) -> Option<(String, String)> {
    let Story { folder, tenant, .. } = story;
    let (status, installation) = tenant.request(Method::GET, GUEST, None).await;
    if status == StatusCode::NOT_FOUND {
        let left = files(&folder.path().join("tenants"));
        assert!(!left.iter().any(|file| file.contains("acme--guest")), "{point}: an absent module left {left:?}");
        return None;
    }
    assert_eq!(status, StatusCode::OK, "{point}: {installation}");
    assert_eq!(installation.get("operation"), None, "{point}: {installation}");
    assert_eq!(installation.get("load_error"), None, "{point}: {installation}");
    let text = |key: &str| installation[key].as_str().unwrap_or_default().to_owned();
    let found = (text("state"), text("version"));
    let (status, answer) = tenant.call("visit", Value::Null).await;
    if found.0 == "active" {
        assert_eq!(status, StatusCode::OK, "{point}: {answer}");
        assert_eq!(answer["version"], installation["version"], "{point}");
        let visits = if found.1 == "1.3.0" { 103 } else { 3 };
        assert_eq!(answer["output"], visits, "{point}: the data of two visits is there, and nothing else");
    } else {
        assert_eq!(status, StatusCode::CONFLICT, "{point}: {answer}");
    }
    Some(found)
}

async fn at_every_point(kind: &str, goes_well: bool, allowed: &[Option<(&str, &str)>]) {
    let registry = registry();
    let points = if goes_well { STEPS } else { UNDO_STEPS };
    let points: Vec<_> = points.iter().filter(|point| point.split('.').next() == Some(kind)).collect();
    assert!(!points.is_empty(), "{kind} has fail points");
    for point in points {
        let attempt = attempt(kind, goes_well);
        let story = cut_off(&registry, point, &attempt).await;
        let found = rest(&story, point).await;
        let found = found.as_ref().map(|(state, version)| (state.as_str(), version.as_str()));
        assert!(allowed.contains(&found), "{point}: {found:?}");
        assert_eq!(files(&story.folder.path().join("incoming")), Vec::<String>::new(), "{point}");
        drop(story.process);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn install_ends_installed_or_absent() {
    at_every_point("install", true, &[Some(("installed", "1.0.0")), None]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_install_ends_absent() {
    at_every_point("install", false, &[None]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn update_ends_at_one_version() {
    at_every_point("update", true, &[Some(("active", "1.0.0")), Some(("active", "1.1.0"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_update_ends_where_it_was() {
    at_every_point("update", false, &[Some(("active", "1.0.0"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_ends_at_one_version() {
    at_every_point("rollback", true, &[Some(("active", "1.0.0")), Some(("active", "1.1.0"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rollback_ends_where_it_was() {
    at_every_point("rollback", false, &[Some(("active", "1.3.0"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deactivate_ends_active_or_installed() {
    at_every_point("deactivate", true, &[Some(("active", "1.0.0")), Some(("installed", "1.0.0"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_deactivate_ends_where_it_was() {
    at_every_point("deactivate", false, &[Some(("active", "1.0.0"))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uninstall_ends_active_or_absent() {
    at_every_point("uninstall", true, &[Some(("active", "1.0.0")), None]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uninstall_cut_off_anywhere_keeps_the_data() {
    let registry = registry_keeping(30);
    for point in STEPS.iter().filter(|point| point.starts_with("uninstall.")) {
        let story = cut_off(&registry, point, &attempt("uninstall", true)).await;
        if rest(&story, point).await.is_none() {
            story.tenant.install("=1.0.0").await;
            assert_eq!(story.tenant.visit().await, 3, "{point}");
        }
    }
}

/// What tenants store, and the tokens' hashes, are nobody else's to read.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_agent_writes_is_open_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let registry = registry_keeping(30);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    // As somebody may have made it before.
    std::fs::create_dir(&data).expect("a folder");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let process = Process::start(&registry, &data, None);
    let admin = std::fs::read_to_string(data.join("admin.token")).expect("the token");
    let tenant = add_tenant(&process.url, admin.trim(), "one").await;
    tenant.install("=1.0.0").await;
    tenant.visit().await;
    tenant.succeed(Method::POST, "/installations/acme/guest/update", Some(json!({ "version": "=1.1.0" }))).await;
    let written = files(&data);
    for name in ["agent.sqlite", "journal.sqlite", "data.sqlite", ".adxm", "snapshots/"] {
        assert!(written.iter().any(|file| file.contains(name)), "{name}: {written:?}");
    }
    for path in written.iter().map(|file| data.join(file)).chain([data.clone()]) {
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn activate_ends_active_or_installed() {
    let registry = registry();
    for point in STEPS.iter().filter(|point| point.starts_with("activate.")) {
        let story = cut_off(&registry, point, &attempt("activate", true)).await;
        let installation = story.tenant.installation().await;
        let state = installation["state"].as_str().unwrap_or_default();
        assert!(["active", "installed"].contains(&state), "{point}: {installation}");
        assert_eq!(story.tenant.call("visit", Value::Null).await.0 == StatusCode::OK, state == "active", "{point}");
    }
    for point in UNDO_STEPS.iter().filter(|point| point.starts_with("activate.")) {
        let story = cut_off(&registry, point, &attempt("activate", false)).await;
        assert_eq!(story.tenant.get("/installations/acme/sick").await["state"], "installed", "{point}");
    }
}

/// Between the journal and the agent's own database.
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_cut_off_anywhere_does_not_strand_an_operation() {
    let registry = registry();
    let reached: Vec<_> = FAIL_POINTS
        .iter()
        .filter(|point| {
            ["start", "activity-", "attempt-dispatched", "attempt-ran", "ended"]
                .iter()
                .any(|what| point.strip_prefix("journal.").is_some_and(|step| step.starts_with(what)))
        })
        .collect();
    assert!(reached.len() >= 9, "{reached:?}");
    for point in reached {
        let story = cut_off(&registry, point, &attempt("update", true)).await;
        let found = rest(&story, point).await.expect("it is there");
        assert_eq!(found.0, "active", "{point}");
        let operations = story.tenant.get("/operations").await;
        let last = &operations["operations"][0];
        assert_ne!(last["status"], "running", "{point}: {last}");
        let (status, _) = request(&story.process.url, None, Method::GET, "/readyz", None).await;
        assert_eq!(status, StatusCode::OK, "{point}");
    }
}

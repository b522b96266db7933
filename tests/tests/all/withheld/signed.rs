//! What is withheld, as it is signed, served by several servers, checked and copied.

use adx_signing::Digest;
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::Repository;
use adx_tests::stage::{Agent, Registry, client, install_hello};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A registry with versions 1.0.0 and 1.1.0 of hello.
async fn registry() -> (Registry, Process) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    for version in ["1.0.0", "1.1.0"] {
        let answer = registry.publish(&running, &hello::package(version, Behaviour::Plain)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
    }
    running.wait_until_signed().await;
    (registry, running)
}

async fn status(running: &Process, path: &str) -> StatusCode {
    client().get(format!("{}{path}", running.url)).send().await.unwrap().status()
}

async fn found(running: &Process) -> Value {
    let answer = client().get(format!("{}/api/v1/search?q=hello", running.url)).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["total"].clone()
}

/// Runs a command that succeeds; its document.
fn run(registry: &Registry, arguments: &[&str]) -> Value {
    let output = registry.command(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_install_nothing_of_a_module_in_quarantine() {
    let (registry, running) = registry().await;
    let agent = Agent::of(&registry);
    let agent_running = agent.start_with(&running.url, |command| {
        command.env("ADX_AGENT__SYNC__REFRESH", "1s");
    });
    let before = agent.create_tenant(&agent_running, "before").await;
    before.install_hello(&agent_running, "=1.0.0").await;

    let held = registry.admin(&["quarantine", "adx/hello", "--reason", "it leaks"]);
    assert_eq!(held["quarantined_for"], "it leaks", "{held}");
    running.wait_until_signed().await;
    assert!(Repository::fetch(&running.url).await.packages.is_empty(), "no target");
    eventually("nobody finds it", async || found(&running).await == 0).await;
    let after = agent.create_tenant(&agent_running, "after").await;
    let refused = after.operate(&agent_running, Method::POST, "/installations", Some(install_hello("^1"))).await;
    assert_eq!(refused["status"], "failed", "{refused}");
    assert_eq!(before.greet(&agent_running, "Ada").await.0, StatusCode::OK, "what is installed runs on");
    assert_eq!(run(&registry, &["verify"])["damages"], json!([]));

    let free = registry.admin(&["release-from-quarantine", "adx/hello"]);
    assert_eq!(free["quarantined_for"], Value::Null, "{free}");
    running.wait_until_signed().await;
    assert_eq!(Repository::fetch(&running.url).await.packages.len(), 2);
    eventually("it is found again", async || found(&running).await == 1).await;
    after.install_hello(&agent_running, "^1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_server_keeps_to_a_takedown_and_an_erased_package_is_missed_by_nobody() {
    let (registry, running) = registry().await;
    let beside = registry.start_beside();
    let package = format!("/packages/{}.adxm", Digest::of(&hello::package("1.1.0", Behaviour::Plain)));
    let is = async |wanted: StatusCode| {
        status(&running, &package).await == wanted && status(&beside, &package).await == wanted
    };
    // Both have it in memory.
    assert!(is(StatusCode::OK).await);
    let (reason, reference) = ("a court has said so", "7 O 12/26");
    let put = ["takedown", "put", "adx/hello", "1.1.0", "--reason", reason, "--reference", reference];
    let taken = registry.admin(&put);
    assert_eq!((&taken["version"], &taken["erased"]), (&json!("1.1.0"), &json!(false)), "{taken}");
    eventually("neither serves it", async || is(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS).await).await;
    running.wait_until_signed().await;
    let repository = Repository::fetch(&running.url).await;
    assert_eq!(repository.packages.len(), 1, "the other version is a target still");
    let proof = status(&running, "/api/v1/modules/adx/hello/versions/1.1.0/proof").await;
    assert_eq!(proof, StatusCode::OK, "the log keeps what it says");
    assert_eq!(run(&registry, &["verify"])["damages"], json!([]));
    registry.admin(&["takedown", "lift", "adx/hello", "1.1.0"]);
    eventually("both serve it again", async || is(StatusCode::OK).await).await;

    registry.admin(&[&put[..], &["--erase"]].concat());
    let file = registry.data().join("files").join(&package[1..]);
    eventually("its bytes are erased", async || !file.exists()).await;
    eventually("neither serves it", async || is(StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS).await).await;
    running.wait_until_signed().await;
    let counted = &registry.admin(&["quota", "show", "adx"])["package_bytes"]["used"];
    let left = hello::package("1.0.0", Behaviour::Plain).len();
    assert_eq!(*counted, json!(left), "what is erased counts against no quota");
    let refused = registry.try_admin(&["takedown", "lift", "adx/hello", "1.1.0"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("were erased"), "{refused:?}");
    let listed = registry.admin(&["takedown", "list"]);
    assert_eq!(listed["takedowns"].as_array().unwrap().len(), 2, "{listed}");
    for server in [beside, running] {
        assert!(server.stop().success());
    }
    assert_eq!(run(&registry, &["verify"])["damages"], json!([]), "it is gone on purpose");
    run(&registry, &["gc"]);
    let archive = registry.folder().join("backup.adxb");
    let made = run(&registry, &["backup", archive.to_str().unwrap()]);
    assert!(made["blobs"].as_u64().unwrap() > 0, "{made}");
}

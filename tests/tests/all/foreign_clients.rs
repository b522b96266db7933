//! What a registry serves, read by other people's clients as they come from their package registries.

use std::path::{Path, PathBuf};
use std::process::Command;

use adx_signing::digest::Digest;
use adx_signing::log::{LogPolicy, TlogProof};
use adx_signing::tuf::control::ControlFile as _;
use adx_tests::eventually;
use adx_tests::foreign::{ForeignClients, StaticHost, TufClient};
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::{Registry, client};
use reqwest::StatusCode;
use serde_json::Value;

async fn get(url: &str) -> Vec<u8> {
    let answer = client().get(url).send().await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    answer.bytes().await.expect("a body").to_vec()
}

async fn json(url: &str) -> Value {
    serde_json::from_slice(&get(url).await).expect("JSON")
}

/// Publishes a version of hello and waits until its proof is there; gives the package and the proof.
async fn publish(registry: &Registry, running: &Process, version: &str) -> (Vec<u8>, TlogProof) {
    let package = hello::package(version, Behaviour::Plain);
    let answer = registry.publish(running, &package).await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
    let proof = format!("{}/api/v1/modules/adx/hello/versions/{version}/proof", running.url);
    eventually("the proof of the release", async || {
        client().get(&proof).send().await.expect("the registry answers").status() == StatusCode::OK
    })
    .await;
    (package, TlogProof::parse(&get(&proof).await).expect("a proof"))
}

/// Lets the log grow until it has full tiles: a publisher is a leaf.
async fn grow(registry: &Registry, running: &Process, leaves: usize) {
    let operator = registry.create_operator_token();
    let client = client();
    let publisher = |number: usize| {
        // None of them resembles another.
        let digest = Digest::of(&number.to_be_bytes()).to_string();
        let body = serde_json::json!({ "namespace": format!("m{}", &digest[..16]), "display_name": "Many" });
        let request = client.post(format!("{}/api/v1/publishers", running.url)).bearer_auth(&operator).json(&body);
        async move { request.send().await.expect("the registry answers").status() }
    };
    for first in (0..leaves).step_by(20) {
        let made = futures::future::join_all((first..leaves.min(first + 20)).map(publisher)).await;
        assert!(made.iter().all(|status| *status == StatusCode::CREATED), "{made:?}");
    }
    running.wait_until_signed().await;
}

/// The log's policy, by way of the metadata that list it.
async fn log_policy(base: &str) -> LogPolicy {
    let version = |meta: &Value, file: &str| meta["signed"]["meta"][file]["version"].as_u64().expect("a version");
    let timestamp = json(&format!("{base}/tuf/timestamp.json")).await;
    let snapshot = json(&format!("{base}/tuf/{}.snapshot.json", version(&timestamp, "snapshot.json"))).await;
    let targets = json(&format!("{base}/tuf/{}.targets.json", version(&snapshot, "targets.json"))).await;
    let sha256 = targets["signed"]["targets"][LogPolicy::NAME]["hashes"]["sha256"].as_str().expect("a hash");
    LogPolicy::from_json(&get(&format!("{base}/tuf/targets/{sha256}.{}", LogPolicy::NAME)).await).expect("a policy")
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file is written");
    path
}

/// Runs a client; what it printed if it succeeded, what it complained of if not.
async fn run(mut command: Command) -> Result<Vec<u8>, String> {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().expect("the client runs");
    if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_clients_of_the_update_framework_download_a_package() {
    let Some(clients) = ForeignClients::find() else { return };
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let (package, _) = publish(&registry, &running, "1.0.0").await;

    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = file(folder.path(), "root.json", &get(&format!("{}/tuf/1.root.json", running.url)).await);
    let name = "adx--hello--1.0.0.adxm";
    for client in TufClient::ALL {
        let into = tempfile::tempdir_in(folder.path()).expect("a temporary folder");
        let command = clients.download(client, &running.url, &root, name, into.path());
        run(command).await.unwrap_or_else(|refusal| panic!("{client:?}: {refusal}"));
        assert_eq!(std::fs::read(into.path().join(name)).expect("the target"), package, "{client:?}");

        let unlisted = clients.download(client, &running.url, &root, "adx--hello--9.9.9.adxm", into.path());
        assert!(run(unlisted).await.is_err(), "{client:?} downloaded what nobody listed");
    }

    // From a mirror, which any host of static files serves: here Python's own.
    let mirror = folder.path().join("mirror");
    let mut make = Command::new(&programs().adx);
    make.args(["mirror", "--registry", &running.url, "--root"]).arg(registry.first_root()).arg(&mirror);
    make.arg("--home").arg(folder.path().join("home"));
    run(make).await.unwrap_or_else(|refusal| panic!("{refusal}"));
    let host = StaticHost::serve(&mirror);
    for client in TufClient::ALL {
        let into = tempfile::tempdir_in(folder.path()).expect("a temporary folder");
        let command = clients.download(client, &host.url, &root, name, into.path());
        run(command).await.unwrap_or_else(|refusal| panic!("{client:?} from the mirror: {refusal}"));
        assert_eq!(std::fs::read(into.path().join(name)).expect("the target"), package, "{client:?}");
    }

    // Each trusts the root it was given, not the server.
    let other = Registry::new();
    let other_running = other.start();
    let other_root = file(folder.path(), "other.json", &get(&format!("{}/tuf/1.root.json", other_running.url)).await);
    for client in TufClient::ALL {
        let into = tempfile::tempdir_in(folder.path()).expect("a temporary folder");
        let command = clients.download(client, &running.url, &other_root, name, into.path());
        assert!(run(command).await.is_err(), "{client:?} believed another registry's root");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_checksum_database_s_client_verifies_the_log() {
    let Some(clients) = ForeignClients::find() else { return };
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_, first) = publish(&registry, &running, "1.0.0").await;
    let older = file(folder.path(), "older", &get(&format!("{}/log/checkpoint", running.url)).await);
    grow(&registry, &running, 600).await;
    let (_, last) = publish(&registry, &running, "1.1.0").await;
    assert!(first.index < 256 && last.index > 512, "one leaf in a full tile, one behind two of them");

    let key = log_policy(&running.url).await.log_keys()[0].to_string();
    let leaf = file(folder.path(), "leaf", &first.leaf);
    let verify = |index, leaf: &Path, older: &Path| clients.verify_log(&running.url, &key, index, leaf, Some(older));
    let seen = run(verify(first.index, &leaf, &older)).await.expect("the log is verified");
    assert_eq!(seen, get(&format!("{}/log/checkpoint", running.url)).await);
    let last_leaf = file(folder.path(), "last", &last.leaf);
    run(verify(last.index, &last_leaf, &older)).await.expect("the log is verified");
    assert_ne!(seen, std::fs::read(&older).expect("the older checkpoint"), "the log grew in between");

    let mut other = first.leaf.clone();
    other[0] ^= 1;
    let other = file(folder.path(), "other", &other);
    assert!(run(verify(first.index, &other, &older)).await.is_err(), "a leaf that is not in the log");
    assert!(run(verify(first.index + 1, &leaf, &older)).await.is_err(), "a leaf in another place");

    // The same program with other keys is another log.
    let foreign = Registry::new();
    let foreign_running = foreign.start();
    let foreign_note = file(folder.path(), "foreign", &get(&format!("{}/log/checkpoint", foreign_running.url)).await);
    assert!(run(verify(first.index, &leaf, &foreign_note)).await.is_err(), "another log's checkpoint");
}

//! kill -9 of the registry at every step of a publish, of what follows a publish, and of the round that signs it.

use std::os::unix::process::ExitStatusExt as _;

use adx_registry_core::ports::{PublishStep, SignStep};
use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::Repository;
use adx_tests::stage::{Registry, client};
use reqwest::StatusCode;
use serde_json::Value;

/// Every place where a registry without witnesses can be made to die.
fn points() -> Vec<&'static str> {
    let signing = SignStep::ALL.iter().filter(|step| **step != SignStep::CheckpointCosigned);
    PublishStep::ALL.iter().map(|step| step.name()).chain(signing.map(|step| step.name())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_survives_a_kill_at_every_step() {
    let package = hello::package("1.0.0", Behaviour::Plain);
    let other = hello::package("1.0.0", Behaviour::Again);
    assert_ne!(Digest::of(&package), Digest::of(&other), "the other package has other bytes");
    for point in points() {
        let registry = Registry::new();
        let running = registry.start();
        registry.register_key(&running).await;
        running.wait_until_signed().await;
        let before = Repository::fetch(&running.url).await;
        running.stop();

        let mut running = registry.start_to_abort_at(point);
        let acknowledged = registry.publish(&running, &package).await.is_ok_and(|answer| answer.status().is_success());
        running.wait_for_abort(point);

        let running = registry.start();
        running.wait_until_signed().await;
        let between = Repository::fetch(&running.url).await;
        between.assert_follows(&before);
        assert_absent_or_whole(&running, &package, acknowledged, point).await;
        let again = registry.publish(&running, &package).await.expect("the registry answers");
        assert!(
            again.status().is_success(),
            "{point}: the same bytes are published again: {}",
            again.text().await.unwrap_or_default()
        );
        assert_whole(&running, &package, point).await;
        let refused = registry.publish(&running, &other).await.expect("the registry answers");
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{point}: other bytes under the same version");
        assert_whole(&running, &package, point).await;
        running.wait_until_signed().await;
        let after = Repository::fetch(&running.url).await;
        after.assert_follows(&between);
        assert_eq!((after.published(), after.packages.len()), (1, 1), "{point}: in the log and a target, once");
        assert!(running.stop().success(), "{point}: the registry stops in good order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_round_survives_a_kill_at_every_step() {
    for point in points().into_iter().filter(|point| point.starts_with("sign.") && *point != "sign.index_written") {
        let registry = Registry::new();
        let status = registry.run_to_its_end_aborting_at(point);
        assert_eq!(status.signal(), Some(libc::SIGABRT), "{point}: the server ended ({status})");
        let running = registry.start();
        running.wait_until_signed().await;
        let first = Repository::fetch(&running.url).await;
        assert_eq!(first.leaves.len(), 2, "{point}: the namespace and the root");
    }
}

/// What was acknowledged is there; what was not is absent or whole.
async fn assert_absent_or_whole(registry: &Process, package: &[u8], acknowledged: bool, point: &str) {
    let version = client()
        .get(format!("{}/api/v1/modules/adx/hello/versions/1.0.0", registry.url))
        .send()
        .await
        .expect("the registry answers");
    match version.status() {
        StatusCode::OK => assert_whole(registry, package, point).await,
        StatusCode::NOT_FOUND => assert!(!acknowledged, "{point}: an acknowledged release is gone"),
        status => panic!("{point}: HTTP {status}"),
    }
}

/// Page, package, envelope, index file, search and change feed all show the release, once.
async fn assert_whole(registry: &Process, package: &[u8], point: &str) {
    let digest = Digest::of(package);
    let get = async |path: String| {
        let answer = client().get(format!("{}{path}", registry.url)).send().await.expect("the registry answers");
        assert_eq!(answer.status(), StatusCode::OK, "{point}: {path}");
        answer.bytes().await.expect("a whole answer")
    };
    let version: Value =
        serde_json::from_slice(&get("/api/v1/modules/adx/hello/versions/1.0.0".to_owned()).await).expect("JSON");
    assert_eq!(version["sha256"], digest.to_string(), "{point}");
    assert_eq!(
        Digest::of(&get(format!("/packages/{digest}.adxm")).await),
        digest,
        "{point}: the package has the right hash"
    );
    get(format!("/packages/{digest}.dsse.json")).await;
    let changes: Value = serde_json::from_slice(&get("/api/v1/changes?after=0".to_owned()).await).expect("JSON");
    assert_eq!(changes["changes"].as_array().map(Vec::len), Some(1), "{point}: one change: {changes}");

    // Rounds and jobs run after the answer; they are woken by the commit or by the start, and the change feed cannot tell when they end.
    let index =
        format!("{}/index/{}", registry.url, adx_index::line::index_path(&"adx/hello".parse().expect("a module")));
    adx_tests::eventually(&format!("{point}: the index file names the release"), async || {
        let answer = client().get(&index).send().await.expect("the registry answers");
        answer.status() == StatusCode::OK && answer.text().await.expect("text").contains(&digest.to_string())
    })
    .await;
    adx_tests::eventually(&format!("{point}: search finds the release"), async || {
        let answer =
            client().get(format!("{}/api/v1/search?q=hello", registry.url)).send().await.expect("the registry answers");
        let found: Value = answer.json().await.expect("JSON");
        found["total"] == 1 && found["hits"][0]["module"] == "adx/hello"
    })
    .await;
}

//! Each part is cut off, slowed, silenced and brought back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use adx_signing::digest::Digest;
use adx_tests::process::Process;
use adx_tests::stage::client;
use adx_tests::wire::Condition;
use reqwest::StatusCode;
use serde_json::Value;

use super::load::{Load, Told};
use super::parts::{Part, Parts};

/// Slow enough to be felt, and not so slow that nothing ends in time.
const SLOW: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_fails_loses_nothing() {
    fails_and_comes_back(Part::Database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storage_that_fails_loses_nothing() {
    fails_and_comes_back(Part::Storage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_engine_that_fails_holds_up_nothing_else() {
    fails_and_comes_back(Part::Search).await;
}

async fn fails_and_comes_back(part: Part) {
    let Some(parts) = Parts::new().await else { return };
    let server = parts.registry.start();
    parts.registry.register_key(&server).await;
    let load = Load::begin(&parts.registry, std::slice::from_ref(&server.url));
    load.acknowledges(5).await;

    let wire = parts.wire(part);
    for condition in [Condition::Cut, Condition::Silent] {
        wire.becomes(condition);
        becomes_ready(&server, part, false).await;
        let metrics = client().get(format!("{}/metrics", server.url)).send().await.unwrap().text().await.unwrap();
        let up = format!("adx_database_up {}", u8::from(part != Part::Database));
        assert!(metrics.lines().any(|line| line == up) && metrics.contains("adx_file_cache_hits"), "{metrics}");
        for (ready, is_ready) in [("server", part == Part::Search), (part.member(), false)] {
            let line = format!("adx_ready{{part=\"{ready}\"}} {}", u8::from(is_ready));
            assert!(metrics.lines().any(|told| told == line), "{line}: {metrics}");
        }
        if part == Part::Search {
            load.acknowledges(5).await;
        }
        wire.becomes(Condition::Whole);
        becomes_ready(&server, part, true).await;
        load.acknowledges(5).await;
    }
    wire.becomes(Condition::Slow(SLOW));
    // What answers late is there: a balancer that took the server out would make it worse.
    becomes_ready(&server, part, true).await;
    load.acknowledges(2).await;
    becomes_ready(&server, part, true).await;
    wire.becomes(Condition::Whole);
    load.acknowledges(5).await;

    let told = load.end().await;
    assert!(told.packages.load(Ordering::Relaxed) > 0, "no package was read");
    nothing_is_lost(&parts, &server, &told).await;
    assert!(told.refused.load(Ordering::Relaxed) > 0, "the wire was not felt");
    assert!(server.stop().success());
}

/// Waits until `/readyz` tells how a part is, and that the registry is ready without search, and not without the others.
pub(super) async fn becomes_ready(server: &Process, part: Part, expected: bool) {
    let client = client();
    adx_tests::eventually("readiness tells", async || {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let answer = client.get(format!("{}/readyz", server.url)).send().await.unwrap();
        let status = answer.status();
        let finding: Value = answer.json().await.unwrap();
        let is_ready = finding["ready"] == true;
        assert_eq!(status == StatusCode::OK, is_ready, "{finding}");
        finding[part.member()] == expected && is_ready == (expected || part == Part::Search)
    })
    .await;
}

/// Everything that was acknowledged is there, byte for byte, and the registry is sound.
pub(super) async fn nothing_is_lost(parts: &Parts, server: &Process, told: &Told) {
    let unreadable = told.unreadable.lock().await;
    assert!(
        unreadable.is_empty(),
        "{} answers, such as: {:#?}",
        unreadable.len(),
        &unreadable[..unreadable.len().min(5)]
    );
    server.wait_until_signed().await;
    let client = client();
    let get = async |path: &str| client.get(format!("{}{path}", server.url)).send().await.unwrap();
    let index = get("/index/ad/he/adx/hello").await.text().await.unwrap();
    let lines: Vec<Value> = index.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let acknowledged = told.acknowledged.lock().await;
    for (version, sha256) in acknowledged.iter() {
        let line = lines.iter().filter(|line| line["version"] == **version).collect::<Vec<_>>();
        assert_eq!(line.len(), 1, "{version} stands once in the index");
        let package = get(&format!("/packages/{sha256}.adxm")).await;
        assert_eq!(package.status(), StatusCode::OK, "{version}");
        assert_eq!(Digest::of(&package.bytes().await.unwrap()), *sha256);
    }
    adx_tests::eventually("search has caught up", async || {
        let found: Value = get("/api/v1/search?q=hello").await.json().await.unwrap_or_default();
        let latest = get("/api/v1/modules/adx/hello").await.json::<Value>().await.unwrap();
        found["hits"][0]["latest"] == latest["latest"] && latest["latest"].is_string()
    })
    .await;
    let output = parts.registry.command(&["verify", "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

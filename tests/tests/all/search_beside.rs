//! Servers beside each other on one database, each with a search index of its own in a folder.

use std::process::Command;

use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, StatusCode};

#[tokio::test(flavor = "multi_thread")]
async fn each_server_puts_its_own_index_right() {
    let registry = Registry::new();
    let often = |command: &mut Command| {
        command.env("ADX_REGISTRY__WORKER__SWEEP_EVERY", "1s");
    };
    let (one, other) = (registry.start_with(often), registry.start_beside_with(often));
    registry.register_key(&one).await;
    let latest = async |running: &Process| {
        let (_, found) = request(running, &registry.token, Method::GET, "/api/v1/search?q=hello", None).await;
        found["hits"][0]["latest"].as_str().map(str::to_owned)
    };
    let both_show = async |version: &str| {
        adx_tests::eventually("both find it", async || {
            latest(&one).await.as_deref() == Some(version) && latest(&other).await.as_deref() == Some(version)
        })
        .await;
    };
    for version in ["1.0.0", "1.1.0"] {
        let package = hello::package(version, Behaviour::Plain);
        assert_eq!(registry.publish(&one, &package).await.unwrap().status(), StatusCode::CREATED);
        both_show(version).await;
    }
    let yank = "/api/v1/modules/adx/hello/versions/1.1.0/yank";
    assert_eq!(request(&one, &registry.token, Method::POST, yank, None).await.0, StatusCode::OK);
    both_show("1.0.0").await;
    for running in [&one, &other] {
        adx_tests::eventually("each says that it looked at its own", async || {
            let metrics = client().get(format!("{}/metrics", running.url)).send().await.unwrap().text().await.unwrap();
            let done = r#"adx_jobs_total{kind="check_search",outcome="done"} "#;
            metrics.lines().any(|line| line.strip_prefix(done).is_some_and(|count| count != "0"))
        })
        .await;
    }
}

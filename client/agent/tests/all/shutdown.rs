//! Stopping in good order.

use crate::{
    release::Draft,
    stage::{Running, Stage, Tenant, at, eventually, settings},
};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn running_calls_end_and_new_ones_are_refused_in_words() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    // A connection that is open already: no new ones are taken once the agent stops.
    let client = Client::builder().pool_max_idle_per_host(1).build().expect("a client");
    let call = |activity: &str| {
        client
            .post(format!("{}/api/v1/tenants/one{}", tenant.url, at(&format!("/activities/{activity}"))))
            .bearer_auth(&tenant.token)
            .json(&json!(0))
    };
    let first: Value = call("visit").send().await.expect("an answer").json().await.expect("a document");
    assert_eq!(first["output"], 1, "{first}");
    let running = {
        let tenant = tenant.clone();
        tokio::spawn(async move { tenant.call("work", json!(1500)).await })
    };
    eventually("the call is running", async || tenant.installation().await["calls_in_flight"] == 1).await;
    let Stage { registry, folder, running: agent } = stage;
    agent.agent.begin_stopping();
    let refused = call("visit").send().await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let problem: Value = refused.json().await.expect("a problem");
    assert_eq!(problem["type"], "https://adx-core.dev/problems/stopping");
    let (status, problem) = tenant.request(Method::POST, &at("/deactivate"), None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    let ready = reqwest::get(format!("{}/readyz", agent.url)).await.expect("an answer");
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);

    agent.stop().await;
    let (status, answer) = running.await.expect("the call ends");
    assert_eq!(status, StatusCode::OK, "{answer}");

    // What was metered up to the end is on record.
    let agent = Running::start(settings(&registry, folder.path(), |_| {})).await;
    let tenant = Tenant { url: agent.url.clone(), ..tenant };
    let usage = tenant.get("/usage").await;
    let calls: i64 = usage["usage"].as_array().expect("hours").iter().filter_map(|hour| hour["calls"].as_i64()).sum();
    assert_eq!(calls, 5, "install, activate, health, visit, work: {usage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_is_metered_all_the_same() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    let calls = async || {
        let usage = tenant.get("/usage").await;
        let hours = usage["usage"].as_array().expect("hours").clone();
        hours.iter().filter_map(|hour| hour["calls"].as_i64()).sum::<i64>()
    };
    let before = calls().await;
    let gone = {
        let tenant = tenant.clone();
        tokio::spawn(async move { tenant.call("work", json!(500)).await })
    };
    eventually("the call is running", async || tenant.installation().await["calls_in_flight"] == 1).await;
    gone.abort();
    assert!(gone.await.is_err(), "the caller hung up");
    eventually("the call has ended", async || tenant.installation().await["calls_in_flight"] == 0).await;
    assert_eq!(calls().await, before + 1);
}

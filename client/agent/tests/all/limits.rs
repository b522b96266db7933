//! How much one tenant and one installation may take, and what happens beyond it.

use crate::{
    release::Draft,
    stage::{Stage, Tenant, at, eventually},
};
use reqwest::{Method, StatusCode, header::RETRY_AFTER};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Twice as many calls as the sandbox has instances, each of which works for some seconds. The counter says how many ended.
fn flood(tenant: &Tenant, module: &str) -> Arc<AtomicUsize> {
    let ended = Arc::new(AtomicUsize::new(0));
    for _ in 0..16 {
        let (tenant, ended) = (tenant.clone(), Arc::clone(&ended));
        let path = format!("/installations/{module}/activities/work");
        tokio::spawn(async move {
            tenant.request(Method::POST, &path, Some(json!(4_000))).await;
            ended.fetch_add(1, Ordering::SeqCst);
        });
    }
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_floods_does_not_keep_another_from_being_served() {
    // Eight instances, of which a quarter is two.
    let stage = Stage::new().await;
    let (flooding, other) = (stage.tenant("flooding").await, stage.tenant("other").await);
    stage.publish(&Draft::new("1.0.0"));
    flooding.install("*").await;
    other.install("*").await;
    let ended = flood(&flooding, "acme/guest");
    let running = async || flooding.installation().await["calls_in_flight"].clone();
    eventually("it has its share", async || running().await.as_u64() >= Some(2)).await;
    assert_eq!(other.visit().await, 1);
    assert_eq!(ended.load(Ordering::SeqCst), 0, "the other one did not wait for a call of the flood to end");
    assert_eq!(running().await, 2, "no more than its share");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_over_all_modules_of_a_tenant() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    stage.publish(&Draft::new("1.0.0").of("acme/other"));
    tenant.install("*").await;
    let other = json!({ "module": "acme/other", "grants": ["kv"] });
    tenant.succeed(Method::POST, "/installations", Some(other)).await;
    tenant.succeed(Method::POST, "/installations/acme/other/activate", None).await;
    flood(&tenant, "acme/guest");
    flood(&tenant, "acme/other");
    let running = async || {
        let list = tenant.get("/installations").await;
        list["installations"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["calls_in_flight"].as_u64())
            .sum::<u64>()
    };
    eventually("it has its share", async || running().await >= 2).await;
    assert_eq!(running().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_those_of_a_minute_are_refused_per_installation() {
    let stage = Stage::new().await;
    let (one, two) = (stage.tenant("one").await, stage.tenant("two").await);
    let mut draft = Draft::new("1.0.0");
    draft.calls_per_minute = 3;
    stage.publish(&draft);
    one.install("*").await;
    two.install("*").await;
    for visits in 1..=3 {
        assert_eq!(one.visit().await, visits);
    }
    let response = reqwest::Client::new()
        .post(format!("{}/api/v1/tenants/one{}", one.url, at("/activities/visit")))
        .bearer_auth(&one.token)
        .send()
        .await
        .expect("the agent answers");
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = response.headers()[RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert!((1..=20).contains(&wait), "a third of a minute at most: {wait}");
    let problem: Value = response.json().await.expect("a problem");
    assert_eq!(problem["type"], "https://adx-core.dev/problems/too-many-requests");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("acme/guest takes 3 calls a minute"), "{problem}");
    assert_eq!(two.visit().await, 1, "another tenant's are its own");
}

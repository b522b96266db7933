//! What becomes of the data of a module that is uninstalled.

use crate::{
    release::{Does, Draft},
    stage::{Stage, Tenant, at, eventually},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

const KEPT: &str = "/retained/acme/guest";

fn keeping(version: &str) -> Draft {
    Draft { retain_days: 30, ..Draft::new(version) }
}

/// `acme/guest` 1.0.0, which keeps its data for thirty days, uninstalled after two visits.
async fn uninstalled() -> (Stage, Tenant) {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&keeping("1.0.0"));
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
    assert_eq!(tenant.visit().await, 2);
    assert_eq!(tenant.get(&at("")).await["retain_days"], 30, "told before anybody agrees to it");
    tenant.succeed(Method::DELETE, &at(""), None).await;
    (stage, tenant)
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_kept_for_a_time_and_taken_again() {
    let before = OffsetDateTime::UNIX_EPOCH + std::time::UNIX_EPOCH.elapsed().expect("a clock");
    let (stage, tenant) = uninstalled().await;
    assert_eq!(tenant.request(Method::GET, &at(""), None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.files("tenants"), Vec::<String>::new());
    stage.swept().await;
    let list = tenant.get("/retained").await;
    let kept = &list["retained"][0];
    assert_eq!((&kept["module"], &kept["version"]), (&json!("acme/guest"), &json!("1.0.0")), "{list}");
    let until = OffsetDateTime::parse(kept["until"].as_str().expect("a date"), &Rfc3339).expect("a date");
    let days = until - before;
    assert!(days >= Duration::days(30) && days < Duration::days(30) + Duration::hours(1), "{days}");
    // To another tenant it does not exist.
    let other = stage.tenant("two").await;
    assert_eq!(other.get("/retained").await, json!({ "retained": [] }));
    other.install("*").await;
    assert_eq!(other.visit().await, 1);

    // Also over a restart, which tidies up.
    let stage = stage.restart(|_| {}).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 3);
    assert_eq!(tenant.get("/retained").await, json!({ "retained": [] }), "it is in use again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_takes_over_what_was_kept() {
    let (stage, tenant) = uninstalled().await;
    let mut unsound = keeping("1.2.0");
    unsound.migrations.push(("0002_more", "create table guest (name text)"));
    stage.publish(&unsound);
    let body = json!({ "module": "acme/guest", "version": "=1.2.0", "grants": ["kv"] });
    let failed = tenant.operate(Method::POST, "/installations", Some(body)).await;
    let error = failed["error"].as_str().unwrap_or_default();
    for words in ["the data kept from 1.0.0, which stays as it was", "migration 2", "purge it"] {
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(stage.files("tenants"), Vec::<String>::new());

    // Its upgrade function adds a hundred: it was called, and once.
    let mut newer = keeping("1.1.0");
    newer.upgrade = Does::Spoils;
    newer.migrations.push(("0002_more", "create table more (name text)"));
    stage.publish(&newer);
    tenant.install("=1.1.0").await;
    assert_eq!(tenant.visit().await, 103);
    // An older one: down by the newer one's migrations, with the data that both know.
    tenant.succeed(Method::DELETE, &at(""), None).await;
    tenant.install("=1.0.0").await;
    assert_eq!(tenant.visit().await, 104);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_removes_the_data_at_once() {
    let (stage, tenant) = uninstalled().await;
    assert_eq!(
        tenant.request(Method::DELETE, KEPT, None).await,
        (StatusCode::NO_CONTENT, Value::String(String::new()))
    );
    assert_eq!(stage.files("retained"), Vec::<String>::new());
    assert_eq!(tenant.request(Method::DELETE, KEPT, None).await.0, StatusCode::NOT_FOUND);
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);

    tenant.succeed(Method::DELETE, &at("?purge=true"), None).await;
    assert_eq!(stage.files("retained"), Vec::<String>::new());
    assert_eq!(stage.files("tenants"), Vec::<String>::new());
    let actions = tenant.get("/audit").await["entries"].clone();
    let purged = actions.as_array().expect("entries").iter().filter(|entry| entry["action"] == "purge");
    assert_eq!(purged.count(), 1, "{actions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_swept_and_not_taken_again() {
    let (stage, tenant) = uninstalled().await;
    let mark = stage.folder.path().join("retained/one/acme--guest/retained.json");
    let mut text: Value = serde_json::from_slice(&std::fs::read(&mark).expect("the mark")).expect("JSON");
    text["until"] = json!("2026-01-01T00:00:00Z");
    std::fs::write(&mark, text.to_string()).expect("it can be written");
    // Over, and not yet swept.
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
    tenant.succeed(Method::DELETE, &at(""), None).await;
    std::fs::write(&mark, text.to_string()).expect("it can be written");
    let stage = stage.restart(|_| {}).await;
    eventually("it is swept", async || stage.files("retained").is_empty()).await;
}

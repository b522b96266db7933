//! From nothing to a module that answers, to other versions of it and back, and to nothing again.

use crate::{
    registry::Registry,
    release::{Does, Draft},
    stage::{Stage, Tenant, at, eventually, installing},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

async fn stage() -> (Stage, Tenant) {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    (stage, tenant)
}

fn to(version: &str) -> Value {
    json!({ "version": version })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_of_an_installation() {
    let (stage, tenant) = stage().await;
    let installed = tenant.succeed(Method::POST, "/installations", Some(installing("^1"))).await;
    assert_eq!((&installed["kind"], &installed["to_version"]), (&json!("install"), &json!("1.0.0")));
    assert_eq!(tenant.installation().await["state"], "installed");
    let (status, problem) = tenant.call("visit", Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["type"], "https://adx-core.dev/problems/not-active");

    tenant.succeed(Method::POST, &at("/activate"), None).await;
    assert_eq!(tenant.visit().await, 1);
    let list = tenant.get(&at("/activities")).await;
    assert_eq!(list, json!({ "activities": ["greeting", "visit", "work", "fail"] }));
    let (status, problem) = tenant.call("fail", Value::Null).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((&problem["module_error"], &problem["detail"]), (&json!("failed"), &json!("by design")));
    let (status, problem) = tenant.call("nothing", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");

    let mut second = Draft::new("1.1.0");
    second.upgrade = Does::Spoils;
    second.migrations.push(("0002_more", "create table more (name text)"));
    stage.publish(&second);
    let updated = tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!((&updated["from_version"], &updated["to_version"]), (&json!("1.0.0"), &json!("1.1.0")));
    // The new version's upgrade function added a hundred.
    assert_eq!(tenant.visit().await, 102);
    let again = tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!(again["to_version"], Value::Null, "there is nothing newer");

    tenant.succeed(Method::POST, &at("/rollback"), None).await;
    let back = tenant.installation().await;
    assert_eq!((&back["version"], &back["state"]), (&json!("1.0.0"), &json!("active")));
    assert_eq!(tenant.visit().await, 103, "data written since is kept");
    assert_eq!(back["rolled_back_from"], "1.1.0");
    assert_eq!(back.get("update_failed"), None, "nothing failed: {back}");
    let (status, problem) = tenant.request(Method::POST, &at("/rollback"), None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    tenant.succeed(Method::POST, &at("/deactivate"), None).await;
    assert_eq!(tenant.call("visit", Value::Null).await.0, StatusCode::CONFLICT);
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    assert_eq!(tenant.visit().await, 104);

    tenant.succeed(Method::DELETE, &at(""), None).await;
    assert_eq!(tenant.request(Method::GET, &at(""), None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(tenant.call("visit", Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(stage.files("tenants"), Vec::<String>::new());
    stage.swept().await;
    tenant.install("^1").await;
    assert_eq!(tenant.visit().await, 1, "installed anew, it knows nothing of before");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_while_calls_are_in_flight_fails_none_of_them() {
    let (stage, tenant) = stage().await;
    tenant.install("*").await;
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..6)
        .map(|caller| {
            let (tenant, stop, answered) = (tenant.clone(), Arc::clone(&stop), Arc::clone(&answered));
            tokio::spawn(async move {
                let mut versions = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let (activity, input) = if caller == 0 { ("work", json!(50)) } else { ("visit", Value::Null) };
                    let (status, answer) = tenant.call(activity, input).await;
                    assert_eq!(status, StatusCode::OK, "{answer}");
                    answered.fetch_add(1, Ordering::SeqCst);
                    versions.push(answer["version"].as_str().unwrap_or_default().to_owned());
                }
                versions
            })
        })
        .collect();
    let more_answers = async |wanted: usize| {
        let before = answered.load(Ordering::SeqCst);
        eventually("calls are answered", async || answered.load(Ordering::SeqCst) >= before + wanted).await;
    };
    for (version, health) in [("1.1.0", Does::Fine), ("1.2.0", Does::Fails), ("1.3.0", Does::Fine)] {
        more_answers(10).await;
        let mut draft = Draft::new(version);
        draft.health = health;
        stage.publish(&draft);
        let operation = tenant.operate(Method::POST, &at("/update"), Some(to(&format!("={version}")))).await;
        assert_eq!(operation["status"] == "succeeded", health == Does::Fine, "{operation}");
    }
    tenant.succeed(Method::POST, &at("/rollback"), None).await;
    more_answers(10).await;
    stop.store(true, Ordering::SeqCst);
    for caller in callers {
        let mut versions = caller.await.expect("no call failed");
        assert!(!versions.contains(&"1.2.0".to_owned()), "a version that did not prove itself answered a call");
        versions.dedup();
        assert!(versions.len() >= 2, "{versions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_for_slots_does_not_hold_up_an_update() {
    let stage = Stage::with(Registry::start(), |config| {
        config.calls.wall = adx_agent::config::Span::secs(2);
        config.calls.queue = adx_agent::config::Span::secs(20);
    })
    .await;
    let tenant = stage.tenant("one").await;
    let mut first = Draft::new("1.0.0");
    first.concurrent_calls = 1;
    let mut second = first.clone();
    second.version = "1.1.0".to_owned();
    stage.publish(&first);
    tenant.install("*").await;
    // One call runs, nine wait for its slot: much longer together than any single one may take.
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let tenant = tenant.clone();
            tokio::spawn(async move { tenant.call("work", json!(500)).await })
        })
        .collect();
    eventually("a call is running", async || tenant.installation().await["calls_in_flight"] == 1).await;
    stage.publish(&second);
    tenant.succeed(Method::POST, &at("/update"), Some(to("=1.1.0"))).await;
    assert_eq!(tenant.installation().await["requirement"], "=1.1.0", "the feed must not undo what was chosen");
    let mut versions = Vec::new();
    for caller in callers {
        let (status, answer) = caller.await.expect("the call ends");
        assert_eq!(status, StatusCode::OK, "{answer}");
        versions.push(answer["version"].clone());
    }
    assert!(versions.contains(&json!("1.0.0")), "a call was running when the update came");
    assert!(versions.contains(&json!("1.1.0")), "the queue went on to the new version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_does_not_prove_itself_is_put_back_with_its_data() {
    let (stage, tenant) = stage().await;
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
    let mut bad = Draft::new("1.1.0");
    bad.upgrade = Does::Spoils;
    bad.health = Does::Fails;
    bad.migrations.push(("0002_more", "create table more (name text)"));
    stage.publish(&bad);
    let operation = tenant.operate(Method::POST, &at("/update"), None).await;
    assert_eq!(operation["status"], "failed");
    assert_eq!((&operation["step"], &operation["error_kind"]), (&json!("probe"), &json!("module")), "{operation}");
    let error = operation["error"].as_str().unwrap_or_default();
    for words in ["health probe of 1.1.0", "by design", "1.0.0 was kept"] {
        assert!(error.contains(words), "{error}");
    }
    let kept = tenant.installation().await;
    assert_eq!((&kept["version"], &kept["state"]), (&json!("1.0.0"), &json!("active")));
    assert_eq!(kept["update_failed"]["version"], "1.1.0");
    assert!(kept["update_failed"]["reason"].as_str().unwrap_or_default().contains("by design"), "{kept}");
    assert_eq!(tenant.visit().await, 2, "the hundred that the new version added are gone");

    let mut broken = Draft::new("1.2.0");
    broken.upgrade = Does::Fails;
    stage.publish(&broken);
    let operation = tenant.operate(Method::POST, &at("/update"), None).await;
    assert!(operation["error"].as_str().unwrap_or_default().contains("upgrade function (from 1.0.0)"), "{operation}");
    let mut unsound = Draft::new("1.3.0");
    unsound.migrations.push(("0002_more", "create table guest (name text)"));
    stage.publish(&unsound);
    let operation = tenant.operate(Method::POST, &at("/update"), None).await;
    assert!(operation["error"].as_str().unwrap_or_default().contains("migration 2"), "{operation}");
    assert_eq!(tenant.visit().await, 3);

    // The same after a restart: what was put back is what is on record.
    let stage = stage.restart(|_| {}).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    assert_eq!(tenant.visit().await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_is_not_healthy_is_not_activated() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    let mut sick = Draft::new("1.0.0");
    sick.health = Does::Fails;
    stage.publish(&sick);
    tenant.succeed(Method::POST, "/installations", Some(installing("*"))).await;
    let operation = tenant.operate(Method::POST, &at("/activate"), None).await;
    assert_eq!(operation["status"], "failed");
    assert!(operation["error"].as_str().unwrap_or_default().contains("health probe"), "{operation}");
    assert_eq!(tenant.installation().await["state"], "installed");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_chosen_within_what_was_asked_for() {
    let (stage, tenant) = stage().await;
    for version in ["1.1.0", "2.0.0"] {
        stage.publish(&Draft::new(version));
    }
    tenant.install("^1").await;
    assert_eq!(tenant.installation().await["version"], "1.1.0");
    let older = tenant.operate(Method::POST, &at("/update"), Some(to("=1.0.0"))).await;
    assert_eq!(older["status"], "failed");
    assert_eq!((&older["step"], &older["error_kind"]), (&json!("resolve"), &json!("older-version")), "{older}");
    let error = older["error"].as_str().unwrap_or_default();
    assert!(error.contains("1.0.0 is older than 1.1.0"), "{error}");
    assert!(!error.contains("was kept"), "nothing was begun: {error}");
    let missing = tenant.operate(Method::POST, &at("/update"), Some(to("=3.0.0"))).await;
    assert_eq!(missing["status"], "failed");
    tenant.succeed(Method::POST, &at("/update"), Some(to("=2.0.0"))).await;
    assert_eq!(tenant.installation().await["version"], "2.0.0");
    let (status, problem) = tenant.request(Method::POST, "/installations", Some(installing("*"))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["type"], "https://adx-core.dev/problems/already-installed");
}

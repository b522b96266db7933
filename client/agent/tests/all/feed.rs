//! Following the registry: noticing releases, and getting over a registry that is down, garbled or gone.

use crate::{
    registry::Registry,
    release::Draft,
    stage::{Stage, Tenant, at, eventually},
};
use adx_agent::config::Span;
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::time::{Duration, Instant};

async fn following() -> (Stage, Tenant) {
    let stage = Stage::with(Registry::start(), |_| {}).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    let body = json!({ "module": "acme/guest", "grants": ["kv"] });
    tenant.succeed(Method::POST, "/installations", Some(body)).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    (stage, tenant)
}

async fn reaches(tenant: &Tenant, version: &str) {
    eventually(&format!("version {version}"), async || tenant.installation().await["version"] == version).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_noticed_and_installed_by_itself() {
    let (stage, tenant) = following().await;
    assert_eq!(tenant.visit().await, 1);
    stage.publish(&Draft::new("1.1.0"));
    reaches(&tenant, "1.1.0").await;
    assert_eq!(tenant.visit().await, 2);
    let audit = tenant.get("/audit").await;
    assert!(
        audit["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .any(|entry| { entry["action"] == "update" && entry["actor"] == "feed" && entry["outcome"] == "done" })
    );
}

/// Whoever went back has a reason, which the next release need not have mended.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_on_request_holds_the_module_until_somebody_updates_it() {
    let (stage, tenant) = following().await;
    // Follows the same feed: when it has a release, the feed has told of it.
    let other = stage.tenant("other").await;
    let body = json!({ "module": "acme/guest", "grants": ["kv"] });
    other.succeed(Method::POST, "/installations", Some(body)).await;
    let released = async |version: &str| {
        stage.publish(&Draft::new(version));
        reaches(&other, version).await;
    };
    stage.publish(&Draft::new("1.1.0"));
    reaches(&tenant, "1.1.0").await;
    tenant.succeed(Method::POST, &at("/rollback"), None).await;
    released("1.2.0").await;
    // A restart looks at everything anew.
    let stage = stage.restart(|_| {}).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    let other = Tenant { url: stage.running.url.clone(), ..other };
    stage.publish(&Draft::new("1.3.0"));
    reaches(&other, "1.3.0").await;
    let held = tenant.installation().await;
    assert_eq!((&held["version"], &held["rolled_back_from"]), (&json!("1.0.0"), &json!("1.1.0")), "{held}");
    assert_eq!(held["auto_update"], true);

    tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!(tenant.installation().await.get("rolled_back_from"), None);
    stage.publish(&Draft::new("1.4.0"));
    reaches(&tenant, "1.4.0").await;

    tenant.succeed(Method::POST, &at("/rollback"), None).await;
    let (status, changed) = tenant.request(Method::PATCH, &at(""), Some(json!({ "auto_update": true }))).await;
    assert_eq!((status, changed.get("rolled_back_from")), (StatusCode::OK, None), "{changed}");
    reaches(&tenant, "1.4.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_by_themselves_are_turned_off_and_on() {
    let (stage, tenant) = following().await;
    let (status, changed) = tenant.request(Method::PATCH, &at(""), Some(json!({ "auto_update": false }))).await;
    assert_eq!((status, &changed["auto_update"]), (StatusCode::OK, &json!(false)), "{changed}");
    let other = stage.tenant("other").await;
    let body = json!({ "module": "acme/guest", "grants": ["kv"] });
    other.succeed(Method::POST, "/installations", Some(body)).await;
    stage.publish(&Draft::new("1.1.0"));
    reaches(&other, "1.1.0").await;
    assert_eq!(tenant.installation().await["version"], "1.0.0");
    // An operation that ends meanwhile leaves it as it was set.
    tenant.succeed(Method::POST, &at("/deactivate"), None).await;
    assert_eq!(tenant.installation().await["auto_update"], false);
    tenant.request(Method::PATCH, &at(""), Some(json!({ "auto_update": true }))).await;
    reaches(&tenant, "1.1.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pre_releases_are_for_those_on_the_beta_channel() {
    let (stage, tenant) = following().await;
    let beta = stage.tenant("beta").await;
    let body = json!({ "module": "acme/guest", "version": "^1", "grants": ["kv"], "channel": "beta" });
    beta.succeed(Method::POST, "/installations", Some(body)).await;
    stage.publish(&Draft::new("2.0.0-beta.1"));
    stage.publish(&Draft::new("1.1.0-beta.1"));
    reaches(&beta, "1.1.0-beta.1").await;
    stage.publish(&Draft::new("1.1.0-beta.2"));
    reaches(&beta, "1.1.0-beta.2").await;
    assert_eq!(tenant.installation().await["version"], "1.0.0", "stable: releases only");
    stage.publish(&Draft::new("1.1.0"));
    reaches(&beta, "1.1.0").await;
    reaches(&tenant, "1.1.0").await;

    stage.publish(&Draft::new("1.2.0-beta.1"));
    reaches(&beta, "1.2.0-beta.1").await;
    let (_, changed) = tenant.request(Method::PATCH, &at(""), Some(json!({ "channel": "beta" }))).await;
    assert_eq!(changed["channel"], "beta");
    reaches(&tenant, "2.0.0-beta.1").await;

    for (method, path, body) in [
        (Method::PATCH, at(""), json!({ "channel": "nightly" })),
        (Method::POST, "/installations".to_owned(), json!({ "module": "acme/other", "channel": "nightly" })),
    ] {
        let (status, problem) = tenant.request(method, &path, Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["type"], "https://adx-core.dev/problems/invalid-channel");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_the_index_lists_later_than_the_feed_is_installed_all_the_same() {
    let (stage, tenant) = following().await;
    let release = Draft::new("1.1.0").release();
    let asked = stage.registry.count(200, "timestamp.json");
    stage.registry.announce(&release.line);
    eventually("the index is asked in vain", async || stage.registry.count(200, "timestamp.json") >= asked + 2).await;
    stage.registry.change(|contents| contents.add(&release));
    reaches(&tenant, "1.1.0").await;
}

/// Nobody signs the feed: whoever stands in between may tell what is not so.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_feed_makes_up_keeps_no_update_from_being_installed() {
    let (stage, tenant) = following().await;
    let release = json!({ "seq": 2_000_000, "kind": "release", "module": "acme/guest", "version": "9.9.9" });
    stage.registry.forge(Some(json!({ "changes": [release], "next": 2_000_000 })));
    let base = format!("{}/", stage.registry.url);
    let cursor = async |stage: &Stage| stage.running.agent.store().feed_cursor(&base).await.expect("a cursor");
    eventually("the agent was told", async || cursor(&stage).await == 2_000_000).await;
    let stage = stage.restart(|_| {}).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    let asked = stage.registry.count(200, "/changes?after=2000000");
    eventually("it is told again", async || stage.registry.count(200, "/changes?after=2000000") > asked).await;
    stage.registry.forge(None);
    stage.publish(&Draft::new("1.1.0"));
    reaches(&tenant, "1.1.0").await;
    eventually("the feed is followed", async || cursor(&stage).await == 2).await;
    stage.publish(&Draft::new("1.2.0"));
    reaches(&tenant, "1.2.0").await;
}

/// What a feed withholds, the metadata cannot.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_the_feed_never_tells_of_is_installed_all_the_same() {
    let (stage, tenant) = following().await;
    let stage = stage.restart(|config| config.sync.refresh = Span::secs(1)).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    for version in ["1.1.0", "1.2.0"] {
        stage.registry.change(|contents| contents.add(&Draft::new(version).release()));
        reaches(&tenant, version).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_has_news_each_time_is_not_asked_without_a_pause() {
    let began = Instant::now();
    let stage = Stage::with(Registry::start(), |config| {
        config.sync.backoff_min = Span::millis(250);
        config.sync.backoff_max = Span::secs(60);
    })
    .await;
    let release = json!({ "seq": 1, "kind": "release", "module": "acme/guest", "version": "9.9.9" });
    stage.registry.forge(Some(json!({ "changes": [release], "next": 1 })));
    eventually("it was asked six times", async || stage.registry.count(200, "/changes") >= 6).await;
    // Half of 250 ms, 500 ms, 1 s and twice 2 s at least.
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_stands_still_is_no_failure() {
    // No other answer may take longer than this; a long poll does, until something happens.
    let stage = Stage::with(Registry::start(), |config| config.registry.answer = Span::secs(1)).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    for _ in 0..3 {
        tenant.succeed(Method::POST, &at("/deactivate"), None).await;
        tenant.succeed(Method::POST, &at("/activate"), None).await;
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let metrics = reqwest::get(format!("{}/metrics", stage.running.url)).await.expect("an answer");
    let text = metrics.text().await.expect("text");
    assert!(text.lines().any(|line| line == "adx_agent_feed_errors_total 0"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_file_that_did_not_change_is_not_sent_again() {
    let (stage, tenant) = following().await;
    let sent = stage.registry.count(200, "/index/");
    for _ in 0..3 {
        tenant.succeed(Method::POST, &at("/update"), None).await;
    }
    assert_eq!(stage.registry.count(200, "/index/"), sent);
    assert!(stage.registry.count(200, "timestamp.json") >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_was_down_is_caught_up_with() {
    let (stage, tenant) = following().await;
    stage.registry.change(|contents| contents.is_down = true);
    let before = stage.registry.count(503, "/changes");
    // The long poll that is open ends with this release, and with it the agent learns that the registry is down.
    stage.publish(&Draft::new("1.1.0"));
    eventually("the agent asks in vain", async || stage.registry.count(503, "/changes") >= before + 3).await;
    assert_eq!(tenant.installation().await["version"], "1.0.0");
    assert_eq!(tenant.visit().await, 1, "what is installed goes on");
    stage.registry.change(|contents| contents.is_down = false);
    reaches(&tenant, "1.1.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_whose_download_fails_is_tried_again_until_it_succeeds() {
    let (stage, tenant) = following().await;
    let release = Draft::new("1.1.0").release();
    // Told and listed, but the packages cannot be had just now.
    stage.registry.change(|contents| contents.unavailable = Some("/packages/".to_owned()));
    stage.registry.publish(&release);
    eventually("the update failed", async || tenant.get("/operations").await["operations"][0]["status"] == "failed")
        .await;
    let installation = tenant.installation().await;
    assert_eq!(installation.get("update_failed"), None, "it was not the version's fault: {installation}");
    stage.registry.change(|contents| contents.unavailable = None);
    reaches(&tenant, "1.1.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_whose_download_takes_too_long_is_tried_again_until_it_succeeds() {
    let (stage, tenant) = following().await;
    let stage = stage
        .restart(|config| {
            config.calls.wall = Span::secs(2);
            config.operations.step = Span::secs(3);
            config.operations.attempts = 1;
        })
        .await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    stage.registry.change(|contents| contents.silent = Some("/packages/".to_owned()));
    stage.publish(&Draft::new("1.1.0"));
    eventually("the update failed", async || tenant.get("/operations").await["operations"][0]["status"] == "failed")
        .await;
    let operation = &tenant.get("/operations").await["operations"][0];
    assert_eq!((&operation["step"], &operation["error_kind"]), (&json!("fetch"), &json!("timeout")), "{operation}");
    let installation = tenant.installation().await;
    assert_eq!(installation.get("update_failed"), None, "it was not the version's fault: {installation}");
    stage.registry.change(|contents| contents.silent = None);
    reaches(&tenant, "1.1.0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_released_with_what_it_needs_is_updated_after_that() {
    let (stage, tenant) = following().await;
    stage.publish(&Draft::new("1.0.0").of("acme/base"));
    let base = json!({ "module": "acme/base", "grants": ["kv"] });
    tenant.succeed(Method::POST, "/installations", Some(base)).await;
    let stage = stage.restart(|config| config.sync.refresh = Span::secs(1)).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    // All that a start looks at is looked at by then.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let needed = Draft::new("1.1.0").of("acme/base");
    let needy = Draft { dependencies: vec![("acme/base", "^1.1")], ..Draft::new("1.1.0") };
    stage.registry.change(|contents| [needed, needy].iter().for_each(|draft| contents.add(&draft.release())));
    reaches(&tenant, "1.1.0").await;
}

/// A mirror that lacks a package once, or has other bytes in its place, does not keep the version out for good.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_its_source_spoiled_is_tried_again() {
    let (stage, tenant) = following().await;
    for (version, served) in [("1.1.0", Some(b"other bytes".to_vec())), ("1.2.0", None)] {
        let release = Draft::new(version).release();
        let package = format!("packages/{}.adxm", release.line.sha256);
        stage.registry.change(|contents| _ = contents.replaced.insert(package, served));
        stage.registry.publish(&release);
        eventually("the update failed", async || tenant.installation().await["update_failed"]["version"] == version)
            .await;
        stage.registry.change(|contents| contents.replaced.clear());
        reaches(&tenant, version).await;
        assert_eq!(tenant.installation().await.get("update_failed"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_index_file_of_one_module_does_not_hold_up_another() {
    let (stage, tenant) = following().await;
    let other = json!({ "module": "acme/other", "grants": ["kv"] });
    let two = stage.tenant("two").await;
    stage.publish(&Draft::new("1.0.0").of("acme/other"));
    two.succeed(Method::POST, "/installations", Some(other)).await;
    stage.registry.change(|contents| contents.garble_index("acme/other"));
    stage.publish(&Draft::new("1.1.0").of("acme/other"));
    stage.publish(&Draft::new("1.1.0"));
    reaches(&tenant, "1.1.0").await;
    stage.registry.change(|contents| contents.replaced.clear());
    eventually("the other module follows", async || two.get("/installations/acme/other").await["version"] == "1.1.0")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_agent_goes_on_where_it_was() {
    let (stage, tenant) = following().await;
    stage.publish(&Draft::new("1.1.0"));
    reaches(&tenant, "1.1.0").await;
    let registry = format!("{}/", stage.registry.url);
    eventually("the cursor moved", async || {
        stage.running.agent.store().feed_cursor(&registry).await.is_ok_and(|at| at == 2)
    })
    .await;
    let stage = stage.restart(|_| {}).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    stage.registry.change(|contents| contents.answered.clear());
    stage.publish(&Draft::new("1.2.0"));
    reaches(&tenant, "1.2.0").await;
    eventually("the feed is asked", async || stage.registry.count(200, "/changes?after=2") > 0).await;
    assert_eq!(stage.registry.count(200, "/changes?after=0"), 0, "nothing is read twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_released_while_the_agent_was_down_is_found() {
    let (stage, tenant) = following().await;
    let Stage { registry, folder, running } = stage;
    running.stop().await;
    registry.publish(&Draft::new("1.1.0").release());
    let running = crate::stage::Running::start(crate::stage::settings(&registry, folder.path(), |_| {})).await;
    let tenant = Tenant { url: running.url.clone(), ..tenant };
    reaches(&tenant, "1.1.0").await;
}

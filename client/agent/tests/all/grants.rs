//! What a module may do is what its tenant granted, no more.

use crate::{
    release::{Does, Draft},
    stage::{Stage, Tenant, at, eventually},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn grants(permissions: &[&str]) -> Value {
    json!({ "grants": permissions })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_permission_that_is_not_granted_refuses_the_installation() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    let body = json!({ "module": "acme/guest", "grants": ["config"] });
    let operation = tenant.operate(Method::POST, "/installations", Some(body)).await;
    assert_eq!(operation["status"], "failed");
    let error = operation["error"].as_str().unwrap_or_default();
    assert!(error.contains("not granted: kv (Store small values for your tenant)"), "{error}");
    assert_eq!(tenant.request(Method::GET, &at(""), None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_taken_back_refuses_calls_and_activation() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);

    let (status, answer) = tenant.request(Method::PUT, &at("/grants"), Some(grants(&[]))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, problem) = tenant.call("visit", Value::Null).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert!(problem.to_string().contains("kv"), "the line of the manifest: {problem}");
    let audit = tenant.get("/audit").await;
    let refused = audit["entries"].as_array().expect("entries").iter().any(|entry| {
        entry["action"] == "capability.kv.increment"
            && entry["outcome"] == "refused"
            && entry["detail"]["manifest_line"].as_str().is_some_and(|line| line.contains("kv"))
    });
    assert!(refused, "{audit}");

    tenant.succeed(Method::POST, &at("/deactivate"), None).await;
    let operation = tenant.operate(Method::POST, &at("/activate"), None).await;
    assert_eq!(operation["status"], "failed");
    assert!(operation["error"].as_str().unwrap_or_default().contains("kv"), "{operation}");

    tenant.request(Method::PUT, &at("/grants"), Some(grants(&["kv"]))).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    assert_eq!(tenant.visit().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_module_never_asked_for_is_not_granted() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    let (status, problem) = tenant.request(Method::PUT, &at("/grants"), Some(grants(&["kv", "blob"]))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["type"], "https://adx-core.dev/problems/not-asked-for");
    assert!(problem["hint"].as_str().unwrap_or_default().contains("config"), "{problem}");
    assert_eq!(tenant.installation().await["grants"], json!(["kv"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_asks_for_more_is_held_until_consent() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.succeed(Method::POST, "/installations", Some(json!({ "module": "acme/guest", "grants": ["kv"] }))).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    assert_eq!(tenant.visit().await, 1);
    let mut wider = Draft::new("1.1.0");
    wider.required = vec!["kv", "blob"];
    stage.publish(&wider);
    // By itself, from the feed.
    eventually("the update is held", async || tenant.installation().await.get("update_held").is_some()).await;
    let held = tenant.installation().await;
    assert_eq!(held["update_held"], json!({ "version": "1.1.0", "permissions": ["blob"] }));
    assert_eq!(held["version"], "1.0.0");
    assert_eq!(tenant.visit().await, 2);
    let operations = tenant.get("/operations").await;
    let newest = &operations["operations"][0];
    assert_eq!((&newest["status"], &newest["actor"]), (&json!("held"), &json!("feed")), "{newest}");
    assert!(newest["error"].as_str().unwrap_or_default().contains("blob"), "{newest}");

    let (status, answer) = tenant.request(Method::PUT, &at("/grants"), Some(grants(&["kv", "blob"]))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    eventually("the update goes on", async || tenant.installation().await["version"] == "1.1.0").await;
    assert_eq!(tenant.installation().await.get("update_held"), None);
    assert_eq!(tenant.visit().await, 3);
}

/// A grant that nothing asked for yet would be a consent in advance: to a version that nobody has seen.
#[tokio::test(flavor = "multi_thread")]
async fn an_installation_with_a_grant_that_the_module_never_asked_for_is_refused() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    let install = |grants: &[&str]| Some(json!({ "module": "acme/guest", "grants": grants }));
    let refused = tenant.operate(Method::POST, "/installations", install(&["kv", "blob", "notify:mail"])).await;
    assert_eq!(refused["status"], "failed");
    let error = refused["error"].as_str().unwrap_or_default();
    assert!(error.contains("asks for no permission blob, notify:mail; it asks for config, kv, sql"), "{error}");
    assert_eq!(tenant.request(Method::GET, &at(""), None).await.0, StatusCode::NOT_FOUND, "nothing is stored");
    assert_eq!(stage.files("tenants"), Vec::<String>::new());

    // So the version that does ask waits for consent, whatever was tried before.
    tenant.succeed(Method::POST, "/installations", install(&["kv"])).await;
    let mut wider = Draft::new("1.1.0");
    wider.required = vec!["kv", "blob"];
    stage.publish(&wider);
    eventually("the update is held", async || tenant.installation().await.get("update_held").is_some()).await;
    assert_eq!(tenant.installation().await["version"], "1.0.0");
    assert_eq!(tenant.installation().await["grants"], json!(["kv"]));
}

/// `acme/guest` 1.0.0, active, which may do without `notify:mail` and was granted it.
async fn granted_mail(stage: &Stage, auto_update: bool) -> Tenant {
    let tenant = stage.tenant("one").await;
    let mut first = Draft::new("1.0.0");
    first.optional.push("notify:mail");
    stage.publish(&first);
    let body = json!({ "module": "acme/guest", "grants": ["kv", "notify:mail"], "auto_update": auto_update });
    tenant.succeed(Method::POST, "/installations", Some(body)).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    tenant
}

fn needing_mail(version: &str) -> Draft {
    Draft { required: vec!["kv", "notify:mail"], ..Draft::new(version) }
}

/// A consent holds for what was asked, not for whatever version asks next.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_a_version_asks_for_no_longer_is_no_consent_to_the_version_after_it() {
    let stage = Stage::new().await;
    let tenant = granted_mail(&stage, true).await;
    stage.publish(&Draft::new("1.1.0"));
    eventually("1.1.0 is there", async || tenant.installation().await["version"] == "1.1.0").await;
    assert_eq!(tenant.installation().await["grants"], json!(["kv"]));
    let audit = tenant.get("/audit").await;
    let change = json!({ "before": ["kv", "notify:mail"], "after": ["kv"] });
    let mut entries = audit["entries"].as_array().expect("entries").iter();
    assert!(entries.any(|entry| entry["action"] == "update" && entry["detail"]["grants"] == change), "{audit}");

    stage.publish(&needing_mail("1.2.0"));
    eventually("1.2.0 waits", async || tenant.installation().await.get("update_held").is_some()).await;
    let held = tenant.installation().await;
    assert_eq!(held["update_held"], json!({ "version": "1.2.0", "permissions": ["notify:mail"] }));
    assert_eq!(held["version"], "1.1.0");
    tenant.request(Method::PUT, &at("/grants"), Some(grants(&["kv", "notify:mail"]))).await;
    eventually("1.2.0 is there", async || tenant.installation().await["version"] == "1.2.0").await;
    assert_eq!(tenant.installation().await["grants"], json!(["kv", "notify:mail"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_gives_back_the_grants_that_the_update_withdrew() {
    let stage = Stage::new().await;
    let tenant = granted_mail(&stage, false).await;
    stage.publish(&needing_mail("1.1.0"));
    tenant.succeed(Method::POST, &at("/update"), None).await;
    stage.publish(&Draft::new("1.2.0"));
    tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!(tenant.installation().await["grants"], json!(["kv"]));
    // 1.1.0 cannot do without it, and 1.2.0 may not be granted it.
    tenant.succeed(Method::POST, &at("/rollback"), None).await;
    assert_eq!(tenant.installation().await["grants"], json!(["kv", "notify:mail"]));

    stage.publish(&Draft { health: Does::Fails, ..Draft::new("1.3.0") });
    let failed = tenant.operate(Method::POST, &at("/update"), None).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    let installation = tenant.installation().await;
    assert_eq!(installation["version"], "1.1.0");
    assert_eq!(installation["grants"], json!(["kv", "notify:mail"]), "an update that is put back withdraws nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_to_a_version_that_waits_is_there_when_the_rest_is_granted() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    stage.publish(&Draft { required: vec!["kv", "blob", "notify:mail"], ..Draft::new("1.1.0") });
    let held = tenant.operate(Method::POST, &at("/update"), None).await;
    assert_eq!(held["status"], "held", "{held}");
    tenant.request(Method::PUT, &at("/grants"), Some(grants(&["kv", "blob"]))).await;
    // Asked again meanwhile, it waits for the rest, and forgets nothing.
    let held = tenant.operate(Method::POST, &at("/update"), None).await;
    assert_eq!(held["status"], "held", "{held}");
    let installation = tenant.installation().await;
    assert_eq!(installation["grants"], json!(["blob", "kv"]));
    assert_eq!(installation["update_held"]["permissions"], json!(["notify:mail"]));

    let all = grants(&["blob", "kv", "notify:mail"]);
    let (status, answer) = tenant.request(Method::PUT, &at("/grants"), Some(all.clone())).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    eventually("1.1.0 is there", async || tenant.installation().await["version"] == "1.1.0").await;
    assert_eq!(tenant.installation().await["grants"], all["grants"]);
}

/// As installations were left by agents that kept every grant.
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_grant_that_is_sent_back_with_a_new_one_goes_without_a_word() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    let agent = &stage.running.agent;
    let (one, guest) = ("one".parse().expect("a tenant"), "acme/guest".parse().expect("a module"));
    let stale = ["kv".to_owned(), "notify:mail".to_owned()];
    agent.store().set_grants(&one, &guest, &stale, agent.clock().now()).await.expect("it is stored");
    let more = grants(&["kv", "notify:mail", "sql"]);
    let (status, answer) = tenant.request(Method::PUT, &at("/grants"), Some(more)).await;
    assert_eq!((status, &answer), (StatusCode::OK, &grants(&["kv", "sql"])));
    assert_eq!(tenant.installation().await["grants"], json!(["kv", "sql"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_grant_for_themselves() {
    let stage = Stage::new().await;
    let (one, two) = (stage.tenant("one").await, stage.tenant("two").await);
    stage.publish(&Draft::new("1.0.0"));
    one.install("*").await;
    two.install("*").await;
    one.request(Method::PUT, &at("/grants"), Some(grants(&[]))).await;
    assert_eq!(one.call("visit", Value::Null).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(two.visit().await, 1);
    assert_eq!(two.installation().await["grants"], json!(["kv"]));
}

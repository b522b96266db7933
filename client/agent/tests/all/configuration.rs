//! A module's settings: held against its schema, seen by calls without a restart, each tenant's own.

use crate::{
    release::Draft,
    stage::{Stage, Tenant, at},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SCHEMA: &str = r#"{
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "greeting": { "type": "string", "default": "Hello", "maxLength": 10 },
        "limits": { "type": "object", "properties": { "per_day": { "type": "integer", "minimum": 1 } } }
    }
}"#;

async fn stage() -> (Stage, Tenant) {
    let stage = Stage::new().await;
    let mut draft = Draft::new("1.0.0");
    draft.schema = Some(SCHEMA);
    draft.required = vec!["kv", "config"];
    draft.optional = Vec::new();
    stage.publish(&draft);
    let tenant = tenant(&stage, "one").await;
    (stage, tenant)
}

async fn tenant(stage: &Stage, name: &str) -> Tenant {
    let tenant = stage.tenant(name).await;
    let body = json!({ "module": "acme/guest", "grants": ["kv", "config"], "auto_update": false });
    tenant.succeed(Method::POST, "/installations", Some(body)).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    tenant
}

async fn set(tenant: &Tenant, config: Value) -> (StatusCode, Value) {
    tenant.request(Method::PUT, &at("/config"), Some(json!({ "config": config }))).await
}

async fn greeting(tenant: &Tenant) -> Value {
    let (status, answer) = tenant.call("greeting", Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["output"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_seen_by_the_next_call_and_by_nobody_else() {
    let (stage, one) = stage().await;
    let two = tenant(&stage, "two").await;
    assert_eq!(greeting(&one).await, "Hello", "the schema's default");
    let (status, answer) = set(&one, json!({ "greeting": "Servus" })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(
        answer,
        json!({ "config": { "greeting": "Servus" }, "effective": { "greeting": "Servus" }, "revision": 1 })
    );
    assert_eq!(greeting(&one).await, "Servus");
    assert_eq!(greeting(&two).await, "Hello");
    assert_eq!(two.get(&at("/config")).await["revision"], 0);
    let (_, answer) = set(&one, json!({})).await;
    assert_eq!(answer["revision"], 2);
    assert_eq!(greeting(&one).await, "Hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_the_schema_does_not_allow_are_refused_with_their_place() {
    let (_stage, tenant) = stage().await;
    set(&tenant, json!({ "greeting": "Hi" })).await;
    for (config, place) in [
        (json!({ "limits": { "per_day": 0 } }), "/limits/per_day"),
        (json!({ "greeting": "much too long" }), "/greeting"),
        (json!({ "colour": "blue" }), "colour"),
        (json!([]), "JSON object"),
    ] {
        let (status, problem) = set(&tenant, config).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["type"], "https://adx-core.dev/problems/invalid-config");
        assert!(problem["detail"].as_str().unwrap_or_default().contains(place), "{place}: {problem}");
    }
    assert_eq!(tenant.get(&at("/config")).await["revision"], 1, "nothing of it was kept");
    assert_eq!(greeting(&tenant).await, "Hi");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_whose_schema_the_settings_do_not_fit_is_refused_before_anything_is_touched() {
    let (stage, tenant) = stage().await;
    set(&tenant, json!({ "greeting": "Servus" })).await;
    let mut stricter = Draft::new("1.1.0");
    stricter.schema = Some(r#"{ "properties": { "greeting": { "enum": ["Hello"] } } }"#);
    stage.publish(&stricter);
    let operation = tenant.operate(Method::POST, &at("/update"), Some(json!({ "version": "=1.1.0" }))).await;
    assert_eq!(operation["status"], "failed");
    let error = operation["error"].as_str().unwrap_or_default();
    assert!(error.contains("/greeting") && error.contains("1.0.0 was kept"), "{error}");
    assert_eq!(greeting(&tenant).await, "Servus");
}

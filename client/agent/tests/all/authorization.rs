//! Every operation of the API, taken from its description, asked without a token, with a malformed one, with another tenant's
//! and, where only the administrator may, with a tenant's own. A new operation is asked the same by itself.

use crate::stage::{Stage, request};
use adx_agent::http::openapi;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// What anybody may ask. May not grow: everything else needs a token.
const PUBLIC: &[&str] = &["GET /healthz", "GET /readyz", "GET /metrics"];
/// What is refused to every tenant, with 403: there is no tenant in its address.
const ADMINISTRATOR: &[&str] = &["GET /api/v1/tenants", "POST /api/v1/tenants", "POST /api/v1/bundles"];

struct Operation {
    method: Method,
    template: String,
    takes_body: bool,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The address with the tenant filled in, and everything else with something that is not there.
    fn path(&self, tenant: &str) -> String {
        self.template
            .replace("{tenant}", tenant)
            .replace("{namespace}", "acme")
            .replace("{name}", "guest")
            .replace("{id}", "op_0")
            .replace("{activity}", "visit")
    }

    fn body(&self) -> Option<Value> {
        self.takes_body.then(|| json!({}))
    }
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(openapi::document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let found: Vec<_> = paths
        .iter()
        .flat_map(|(template, item)| {
            item.as_object().into_iter().flatten().map(move |(method, operation)| Operation {
                method: method.to_uppercase().parse().expect("a method"),
                template: template.clone(),
                takes_body: operation.get("requestBody").is_some(),
            })
        })
        .collect();
    assert!(found.len() >= 22, "the description has every operation");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_asks_who_it_is() {
    let stage = Stage::new().await;
    let one = stage.tenant("one").await;
    let two = stage.tenant("two").await;
    let malformed = ["", "adx_t_", "adx_t_0", "Bearer", "adx_x_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    // Well formed and nobody's; a publisher's; a tenant's secret that claims to be the administrator's.
    let unknown = format!("adx_t_{}", "A".repeat(43));
    let publisher = format!("adx_p_{}", "A".repeat(43));
    let promoted = two.token.replace("adx_t_", "adx_a_");
    for operation in operations() {
        let (name, path) = (operation.name(), operation.path("one"));
        let ask = async |token: Option<&str>| {
            request(&one.url, token, operation.method.clone(), &path, operation.body()).await
        };
        if PUBLIC.contains(&name.as_str()) {
            assert_eq!(ask(None).await.0, StatusCode::OK, "{name}");
            continue;
        }
        assert_eq!(ask(None).await.0, StatusCode::UNAUTHORIZED, "{name} without a token");
        let wrong = malformed.into_iter().chain([unknown.as_str(), publisher.as_str(), promoted.as_str()]);
        for token in wrong {
            let (status, problem) = ask(Some(token)).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name} with {token:?}: {problem}");
            assert_eq!(problem["status"], 401, "{name}: {problem}");
            assert!(!problem.to_string().contains(&two.token), "{name}: {problem}");
        }
        let (status, problem) = ask(Some(&two.token)).await;
        let refused = if ADMINISTRATOR.contains(&name.as_str()) {
            StatusCode::FORBIDDEN
        } else {
            assert!(operation.template.starts_with("/api/v1/tenants/{tenant}"), "{name} needs a rule in this test");
            StatusCode::NOT_FOUND
        };
        assert_eq!(status, refused, "{name} with another tenant's token: {problem}");
        // Another tenant and none at all look the same.
        if refused == StatusCode::NOT_FOUND {
            let nobody = operation.path("nobody");
            let (status, other) =
                request(&one.url, Some(&two.token), operation.method.clone(), &nobody, operation.body()).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{name}");
            let detail = |problem: &Value| problem["detail"].as_str().map(|text| text.replace("nobody", "one"));
            assert_eq!(detail(&problem), detail(&other), "{name}");
        }
    }
    let audit = two.get("/audit?limit=1000").await;
    let refused =
        audit["entries"].as_array().expect("entries").iter().filter(|entry| entry["action"] == "cross-tenant");
    assert!(refused.clone().count() > 20, "reaching for another tenant is on record");
    assert!(refused.clone().all(|entry| entry["outcome"] == "refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_disguise_is_not_let_past() {
    let stage = Stage::new().await;
    for path in ["/%61pi/v1/tenants", "/api/v1/%74enants", "//api/v1/tenants", "/api//v1/tenants", "/api/v1/tenants/"] {
        let (status, answer) = request(&stage.running.url, None, Method::GET, path, None).await;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND].contains(&status), "{path}: {status} {answer}");
        assert!(answer.get("tenants").is_none(), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_kept_as_hashes_only() {
    let stage = Stage::new().await;
    let one = stage.tenant("one").await;
    one.get("").await;
    let secret = one.token.trim_start_matches("adx_t_").as_bytes().to_vec();
    let found = stage.files("");
    assert!(found.iter().any(|file| file == "agent.sqlite"), "{found:?}");
    for file in found {
        let bytes = std::fs::read(stage.folder.path().join(&file)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file} holds a tenant's token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_or_no_json_are_problems() {
    let stage = Stage::with(crate::registry::Registry::start(), |config| {
        config.server.body = adx_agent::config::Size::kib(1);
    })
    .await;
    let one = stage.tenant("one").await;
    let large = json!({ "module": "x".repeat(2_000) });
    for (method, path) in [
        (Method::POST, "/installations"),
        (Method::POST, "/installations/acme/guest/update"),
        (Method::POST, "/installations/acme/guest/activities/visit"),
        (Method::PUT, "/installations/acme/guest/config"),
        (Method::PUT, "/installations/acme/guest/grants"),
    ] {
        let (status, problem) = one.request(method.clone(), path, Some(large.clone())).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {problem}");
        assert_eq!(problem["type"], "https://adx-core.dev/problems/too-large", "{path}");

        let broken = reqwest::Client::new()
            .request(method, format!("{}/api/v1/tenants/one{path}", one.url))
            .bearer_auth(&one.token)
            .header("content-type", "application/json")
            .body("{")
            .send()
            .await
            .expect("the agent answers");
        assert_eq!(broken.status(), StatusCode::BAD_REQUEST, "{path}");
        let problem: Value = broken.json().await.expect("a problem");
        assert_eq!(problem["type"], "https://adx-core.dev/problems/malformed-request", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_in_plain_words_with_the_place() {
    let stage = Stage::new().await;
    let one = stage.tenant("one").await;
    let send = async |method: Method, path: &str, body: &'static str| {
        let request = reqwest::Client::new().request(method, format!("{}/api/v1/tenants/one{path}", one.url));
        let response = request.bearer_auth(&one.token).body(body).send().await.expect("the agent answers");
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        let problem: Value = response.json().await.expect("a problem");
        problem["detail"].as_str().expect("a detail").to_owned()
    };
    for (body, words) in [
        ("{\"module\" 1}", "the body is not JSON: expected `:` at line 1 column 11"),
        ("{}", "the body: missing field `module`"),
        ("{\"module\": \"a/b\"} x", "the body is not one JSON document: trailing characters"),
        ("{\"module\": \"acme/guest\", \"auto_update\": \"no\"}", "`auto_update` in the body: invalid type: string"),
        ("{\"module\": \"acme/guest\", \"grants\": [\"kv\", 3]}", "`grants[1]` in the body: invalid type: integer `3`"),
        ("{\"modul\": \"acme/guest\"}", "`modul` in the body: unknown field `modul`, expected one of `module`"),
    ] {
        let detail = send(Method::POST, "/installations", body).await;
        assert!(detail.starts_with(words), "{detail}");
    }
    let detail = send(Method::GET, "/audit?limit=many", "").await;
    assert_eq!(detail, "the query `limit=many`: invalid digit found in string");
    let detail = send(Method::DELETE, "/installations/acme/guest?purge=1", "").await;
    assert!(detail.starts_with("the query `purge=1`: "), "{detail}");
    assert!(!detail.to_lowercase().contains("deserialize"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_an_address_does_not_take_is_told_which_it_takes() {
    let stage = Stage::new().await;
    let one = stage.tenant("one").await;
    let all = operations();
    for operation in &all {
        let mut takes: Vec<_> = all.iter().filter(|other| other.template == operation.template).collect();
        takes.sort_by_key(|other| other.method.to_string());
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let other = methods.into_iter().find(|method| takes.iter().all(|one| one.method != *method)).expect("one");
        let request = reqwest::Client::new().request(other.clone(), format!("{}{}", one.url, operation.path("one")));
        let response = request.bearer_auth(&one.token).send().await.expect("the agent answers");
        let name = format!("{other} {}", operation.template);
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{name}");
        let allowed = response.headers()["allow"].to_str().expect("text").to_owned();
        let mut allowed: Vec<_> = allowed.split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed, takes.iter().map(|one| one.method.as_str()).collect::<Vec<_>>(), "{name}");
        let problem: Value = response.json().await.expect("a problem");
        assert_eq!(problem["type"], "https://adx-core.dev/problems/method-not-allowed", "{name}");
    }
    let (status, _) = request(&one.url, Some(&one.token), Method::GET, "/api/v1/nothing", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

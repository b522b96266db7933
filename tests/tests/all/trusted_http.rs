//! Trusted publishing over HTTP, with everything real but the CI system, on both databases.

use std::process::Command;

use adx_registry_core::ports::ExchangeStep;
use adx_tests::hello::{self, Behaviour};
use adx_tests::issuer::Issuer;
use adx_tests::postgres::Cluster;
use adx_tests::process::Process;
use adx_tests::stage::{ABORT_AT, Registry, client};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Where the world reaches the registry of these tests.
const HERE: &str = "https://registry.example.org";
const TRUSTED: &str = "/api/v1/publishers/adx/trusted-publishers";
const EXCHANGE: &str = "/api/v1/trusted-publishing/token";

fn prepare<'c>(command: &'c mut Command, issuer: &Issuer) -> &'c mut Command {
    command
        .env("ADX_REGISTRY__SERVER__PUBLIC_URL", HERE)
        .env("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true")
        .env("ADX_REGISTRY__TRUSTED_PUBLISHING__ISSUERS", format!("github={}", issuer.url))
}

fn start(registry: &Registry, issuer: &Issuer) -> Process {
    registry.start_with(|command| {
        prepare(command, issuer);
    })
}

fn on_postgres() -> Option<Registry> {
    let (_, url) = Cluster::shared()?.create_database(None);
    Some(Registry::with_environment(vec![("ADX_REGISTRY__DATABASE__URL".to_owned(), url)]))
}

/// Asks from an address, as the proxy tells it.
async fn ask_from(
    running: &Process,
    address: &str,
    token: Option<&str>,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let mut request = client().request(method, format!("{}{path}", running.url)).header("x-forwarded-for", address);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.expect("the registry answers");
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

async fn ask(
    running: &Process,
    token: Option<&str>,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    ask_from(running, "192.0.2.1", token, method, path, body).await
}

fn workflow() -> Value {
    json!({
        "provider": "github", "repository_id": "74", "repository": "adx/hello", "workflow": "publish.yml",
        "environment": "release", "ref": "refs/tags/v*", "modules": "hel*",
    })
}

fn run(issuer: &Issuer, jti: &str) -> String {
    issuer.workflow_token(&json!({
        "aud": HERE, "jti": jti, "repository_id": "74", "repository": "adx/hello", "environment": "release",
        "ref": "refs/tags/v1.0.0", "workflow_ref": "adx/hello/.github/workflows/publish.yml@refs/tags/v1.0.0",
        "sha": "0f1e2d", "run_id": "9001", "actor": "ada-at-ci", "event_name": "push",
    }))
}

fn slug(problem: &Value) -> &str {
    problem["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
}

async fn exchange(running: &Process, token: &str) -> (StatusCode, Value) {
    ask(running, None, Method::POST, EXCHANGE, Some(json!({ "namespace": "adx", "token": token }))).await
}

async fn a_workflow_publishes_without_a_token_of_its_own(registry: Registry) {
    let issuer = Issuer::start();
    let operator = registry.create_operator_token();
    let running = start(&registry, &issuer);
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;

    let (status, problem) = exchange(&running, &run(&issuer, "one")).await;
    assert_eq!((status, slug(&problem)), (StatusCode::FORBIDDEN, "not-trusted"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("74 (adx/hello)"), "{problem}");
    let (status, added) = ask(&running, Some(&owner), Method::POST, TRUSTED, Some(workflow())).await;
    assert_eq!((status, &added["state"]), (StatusCode::CREATED, &json!("done")), "{added}");
    assert_eq!(added["action"]["trusted"]["issuer"], issuer.url);
    let (status, listed) = ask(&running, Some(&registry.token), Method::GET, TRUSTED, None).await;
    assert_eq!((status, &listed["trusted_publishers"][0]["ref"]), (StatusCode::OK, &json!("refs/tags/v*")));

    // The run has a token, once.
    let identity = run(&issuer, "one");
    let (status, made) = exchange(&running, &identity).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(made["token"]["scopes"], json!([{ "scope": "publish", "modules": "hel*" }]));
    let (status, problem) = exchange(&running, &identity).await;
    assert_eq!((status, slug(&problem)), (StatusCode::FORBIDDEN, "not-trusted"));
    assert!(problem["detail"].as_str().unwrap().contains("exchanged before"), "{problem}");

    // From now on nothing else publishes.
    let path = "/api/v1/publishers/adx/publishing/trusted-only";
    let (status, rules) = ask(&running, Some(&owner), Method::POST, path, None).await;
    assert_eq!((status, rules), (StatusCode::OK, json!({ "trusted_only": true, "staged": false })));
    let package = hello::package("1.0.0", Behaviour::Plain);
    let refused = registry.publish(&running, &package).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.text().await.unwrap().contains("only runs of trusted workflows publish"));
    let next = hello::package("1.1.0", Behaviour::Plain);
    let upload = async |token: &str, version: &str| {
        let package = if version == "1.0.0" { &package } else { &next };
        let request = registry.upload_request(&client(), &running, version, &registry.envelope(package));
        let (client, request) = request.build_split();
        let mut request = request.unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        *request.body_mut() = Some(package.clone().into());
        client.execute(request).await.unwrap().status()
    };
    assert_eq!(upload(secret, "1.0.0").await, StatusCode::CREATED);
    let (_, version) = ask(&running, None, Method::GET, "/api/v1/modules/adx/hello/versions/1.0.0", None).await;
    let provenance = &version["provenance"];
    let words = "published by the workflow publish.yml of the repository adx/hello at commit 0f1e2d";
    assert_eq!((&provenance["words"], &provenance["run_id"]), (&json!(words), &json!("9001")), "{version}");
    assert!(!version.to_string().contains("ada-at-ci"), "people are not shown");

    // It does nothing else, gives itself back, and is no good then.
    let (status, _) = ask(&running, Some(secret), Method::GET, "/api/v1/tokens", None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let deprecation = "/api/v1/modules/adx/hello/deprecation";
    let (status, problem) =
        ask(&running, Some(secret), Method::PUT, deprecation, Some(json!({ "message": "x" }))).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
    let other = "/api/v1/modules/adx/other/versions/1.0.0/yank";
    assert_eq!(ask(&running, Some(secret), Method::POST, other, None).await.0, StatusCode::FORBIDDEN);
    let own = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    assert_eq!(ask(&running, Some(secret), Method::DELETE, &own, None).await.0, StatusCode::OK);
    assert_eq!(upload(secret, "1.0.0").await, StatusCode::UNAUTHORIZED);

    // To loosen it takes three days.
    let (status, announced) = ask(&running, Some(&owner), Method::DELETE, path, None).await;
    assert_eq!((status, &announced["state"]), (StatusCode::CREATED, &json!("announced")), "{announced}");
    registry.letter_to("ada@example.org", "let ordinary tokens publish again").await;
    assert_eq!(registry.publish(&running, &package).await.unwrap().status(), StatusCode::FORBIDDEN);

    // A release that an owner has to confirm waits for that.
    let staged = "/api/v1/publishers/adx/publishing/staged";
    assert_eq!(ask(&running, Some(&owner), Method::POST, staged, None).await.0, StatusCode::OK);
    let (_, made) = exchange(&running, &run(&issuer, "two")).await;
    assert_eq!(upload(made["secret"].as_str().unwrap(), "1.1.0").await, StatusCode::ACCEPTED);
    let log = running.log();
    for secret in [identity.as_str(), secret, "ada-at-ci"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_publishes_on_sqlite() {
    a_workflow_publishes_without_a_token_of_its_own(Registry::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_publishes_on_postgres() {
    if let Some(registry) = on_postgres() {
        a_workflow_publishes_without_a_token_of_its_own(registry).await;
    }
}

async fn a_kill_leaves_one_token_or_none(registry: Registry) {
    let issuer = Issuer::start();
    let operator = registry.create_operator_token();
    let running = start(&registry, &issuer);
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    ask(&running, Some(&owner), Method::POST, TRUSTED, Some(workflow())).await;
    running.stop();
    let tokens = || {
        let listed = registry.admin(&["token", "list", "adx"]);
        let labels =
            listed["tokens"].as_array().unwrap().iter().map(|token| token["label"].as_str().unwrap().to_owned());
        labels.filter(|label| label.starts_with("publish.yml")).count()
    };
    let mut given = 0;
    for step in ExchangeStep::ALL {
        let (point, jti) = (step.name(), format!("killed at {}", step.name()));
        let mut running = registry.start_with(|command| {
            prepare(command, &issuer).env(ABORT_AT, point);
        });
        let body = json!({ "namespace": "adx", "token": run(&issuer, &jti) });
        let cut = client().post(format!("{}{EXCHANGE}", running.url)).json(&body).send().await;
        assert!(cut.is_err(), "{point}");
        running.wait_for_abort(point);
        let is_committed = *step == ExchangeStep::Committed;
        given += usize::from(is_committed);
        assert_eq!(tokens(), given, "{point}");

        // Which of the CI system's tokens is good still tells what was committed; another one is good in any case.
        let running = start(&registry, &issuer);
        let wanted = if is_committed { StatusCode::FORBIDDEN } else { StatusCode::CREATED };
        assert_eq!(exchange(&running, &run(&issuer, &jti)).await.0, wanted, "{point}");
        assert_eq!(
            exchange(&running, &run(&issuer, &format!("after {point}"))).await.0,
            StatusCode::CREATED,
            "{point}"
        );
        assert_eq!(exchange(&running, &run(&issuer, &jti)).await.0, StatusCode::FORBIDDEN, "{point}: once");
        given += 1 + usize::from(!is_committed);
        assert_eq!(tokens(), given, "{point}");
        running.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_one_token_or_none_on_sqlite() {
    a_kill_leaves_one_token_or_none(Registry::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_one_token_or_none_on_postgres() {
    if let Some(registry) = on_postgres() {
        a_kill_leaves_one_token_or_none(registry).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_count_where_they_should_and_are_reported() {
    let (registry, issuer) = (Registry::new(), Issuer::start());
    let operator = registry.create_operator_token();
    let running = start(&registry, &issuer);
    registry.owner(&running, &operator, "adx", "ada").await;
    let new = |networks: Value| json!({ "label": "ci", "scopes": [{ "scope": "publish" }], "networks": networks });
    let create = async |networks: Value| {
        ask(&running, Some(&registry.token), Method::POST, "/api/v1/tokens", Some(new(networks))).await
    };
    let (status, problem) = create(json!(["192.0.2"])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let (status, made) = create(json!(["192.0.2.9/24"])).await;
    assert_eq!((status, &made["token"]["networks"]), (StatusCode::CREATED, &json!(["192.0.2.0/24"])), "{made}");
    let secret = made["secret"].as_str().unwrap();
    let me = async |address: &str| ask_from(&running, address, Some(secret), Method::GET, "/api/v1/me", None).await;
    assert_eq!(me("192.0.2.77").await.0, StatusCode::OK);
    // What stands before the proxy's own entry is the caller's claim.
    for address in ["198.51.100.1", "192.0.2.77, 198.51.100.1"] {
        let (status, problem) = me(address).await;
        assert_eq!((status, slug(&problem)), (StatusCode::FORBIDDEN, "token-elsewhere"), "{address}: {problem}");
    }

    let report = async |token: &str| {
        ask_from(&running, "198.51.100.7", None, Method::POST, "/api/v1/tokens/report", Some(json!({ "token": token })))
            .await
    };
    assert_eq!(report(secret).await, (StatusCode::OK, json!({ "revoked": true })));
    assert_eq!(report(secret).await, (StatusCode::OK, json!({ "revoked": false })));
    assert_eq!(me("192.0.2.77").await.0, StatusCode::UNAUTHORIZED);
    let letter = registry.letter_to("ada@example.org", "where it should not be").await;
    assert!(!letter.contains(secret), "{letter}");
    let mut refused = None;
    for _ in 0..40 {
        let (status, problem) = report("letmein").await;
        if status != StatusCode::OK {
            refused = Some((status, slug(&problem).to_owned()));
            break;
        }
    }
    assert_eq!(refused, Some((StatusCode::TOO_MANY_REQUESTS, "too-many-requests".to_owned())));
    assert_eq!(me("203.0.113.1").await.0, StatusCode::UNAUTHORIZED, "nobody else waits for that");
    assert!(!running.log().contains(secret));
}

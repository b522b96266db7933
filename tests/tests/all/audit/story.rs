//! A story told by the audit log, as operators and owners read it.

use adx_registry_core::audit::network_hash;
use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::person::{PASSWORD, Person};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn get(running: &Process, token: &str, path: &str) -> (StatusCode, Value) {
    request(running, token, Method::GET, path, None).await
}

/// The whole log as it is exported.
async fn lines(running: &Process, token: &str, query: &str) -> String {
    let asked = client().get(format!("{}/api/v1/audit{query}", running.url));
    let answer = asked.bearer_auth(token).header("accept", "application/x-ndjson").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    answer.text().await.unwrap()
}

fn acts(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["act"].as_str().unwrap()).collect()
}

fn parse(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_did_is_told_to_whom_it_may_be_told() {
    let registry = Registry::new();
    let stranger = registry.create_publisher("stranger");
    let operator = registry.create_operator_token();
    let running = registry.start();
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    let published = registry.publish(&running, &package).await.unwrap();
    assert_eq!(published.status(), StatusCode::CREATED);
    let request_id = published.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(registry.publish(&running, &package).await.unwrap().status(), StatusCode::OK);
    let other_owner = registry.owner(&running, &operator, "stranger", "eve").await;
    let version = "/api/v1/modules/adx/hello/versions/1.0.0";
    for _ in 0..2 {
        let (status, _) = request(&running, &registry.token, Method::POST, &format!("{version}/yank"), None).await;
        assert_eq!(status, StatusCode::OK);
    }
    let reason = json!({ "reason": "it steals from grace@example.org" });
    // However the address is written.
    let address = format!("{}/quarantine", version.replacen("api", "%61pi", 1));
    let (status, _) = request(&running, &operator, Method::POST, &address, Some(reason)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = request(
        &running,
        &registry.token,
        Method::POST,
        "/api/v1/tokens",
        Some(json!({ "label": "of Ada", "scopes": [{ "scope": "publish" }] })),
    )
    .await;
    assert_eq!(status, StatusCode::CREATED);
    let secret = answer["secret"].as_str().unwrap().to_owned();
    // Refused, again and again.
    for _ in 0..20 {
        let (status, _) = request(&running, &stranger, Method::POST, &format!("{version}/yank"), None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let grace = Person::sign_up(&registry, &running, "grace").await;
    let wrong = json!({ "email": grace.email, "password": "not her password" });
    assert_eq!(adx_tests::person::post(&running, "/api/v1/session", &wrong).await.status(), StatusCode::UNAUTHORIZED);
    let again = grace.sign_in(&running).await;
    let (status, _) = again.send(Method::DELETE, "/api/v1/account", Some(json!({ "password": PASSWORD }))).await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    let refusals = || async {
        let found = get(&running, &operator, "/api/v1/audit?act=access.refuse&limit=1000").await.1;
        found["entries"].as_array().unwrap().len()
    };
    // They are told in the background.
    adx_tests::eventually("refusals are told", async || refusals().await >= 10).await;
    assert_eq!(refusals().await, 10, "somebody who is refused does not fill the log");

    let exported = lines(&running, &operator, "").await;
    let entries = parse(&exported);
    let of_adx: Vec<_> =
        entries.iter().filter(|entry| entry["subject"]["namespace"] == "adx").cloned().collect::<Vec<_>>();
    assert_eq!(
        acts(&of_adx),
        [
            "publisher.create",
            "owner.invite",
            "owner.accept",
            "key.add",
            "release.publish",
            "release.yank",
            "release.quarantine",
            "token.create",
        ]
    );
    let publish = &of_adx[4];
    assert_eq!(publish["request"], request_id);
    assert_eq!(publish["subject"]["version"], "1.0.0");
    assert_eq!(publish["detail"]["sha256"], Digest::of(&package).to_string());
    assert!(publish["leaf"].is_u64() && publish["who"].as_str().unwrap().starts_with("token:"), "{publish}");
    assert_eq!(of_adx[0]["who"], "machine");
    assert!(
        of_adx[6]["who"].as_str().unwrap().starts_with("token:") && of_adx[6]["request"].is_string(),
        "{}",
        of_adx[6]
    );
    assert!(of_adx[2]["who"].as_str().unwrap().starts_with("owner:"), "{}", of_adx[2]);
    let person = format!("account:{}", grace.id);
    let of_grace: Vec<_> = entries.iter().filter(|entry| entry["who"] == person).cloned().collect();
    assert_eq!(acts(&of_grace), ["session.create", "account.create", "session.create", "account.erase"]);

    // Nothing personal and no secret, of which there were enough.
    for never in ["example.org", "127.0.0.1", "of Ada", PASSWORD, &secret, &registry.token, &grace.cookie] {
        assert!(!exported.contains(never), "{never} is in the log");
    }

    // Whoever exports it can check it with a few lines of any language.
    let mut previous = "0".repeat(64);
    for (number, line) in entries.iter().enumerate() {
        let mut form = line.clone();
        let sha256 = form.as_object_mut().unwrap().remove("sha256").unwrap();
        assert_eq!((&form["seq"], &form["previous"]), (&json!(number + 1), &json!(previous)));
        assert_eq!(sha256, Digest::of(form.to_string().as_bytes()).to_string(), "{line}");
        previous = sha256.as_str().unwrap().to_owned();
    }
    let (_, head) = get(&running, &operator, "/api/v1/audit/head").await;
    assert_eq!(head, json!({ "seq": entries.len(), "sha256": previous }));

    // Pages, filters, and who sees what.
    let (_, first) = get(&running, &operator, "/api/v1/audit?limit=2").await;
    assert_eq!((first["entries"].as_array().unwrap().len(), &first["next"]), (2, &json!(2)));
    let (_, second) = get(&running, &operator, "/api/v1/audit?limit=2&after=2").await;
    assert_eq!(second["entries"][0]["seq"], 3);
    let (_, own) = get(&running, &owner, "/api/v1/audit?namespace=adx").await;
    assert_eq!(acts(own["entries"].as_array().unwrap()), acts(&of_adx));
    assert_eq!(parse(&lines(&running, &owner, "?namespace=adx").await), of_adx);
    for (token, query) in [(&owner, ""), (&other_owner, "?namespace=adx"), (&registry.token, "?namespace=adx")] {
        assert_eq!(get(&running, token, &format!("/api/v1/audit{query}")).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(get(&running, &operator, "/api/v1/audit?namespace=nobody").await.0, StatusCode::NOT_FOUND);
    let (status, problem) = get(&running, &operator, "/api/v1/audit?act=release.eat").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");

    // The machine's command says the same.
    let told = registry.admin(&["audit", "--namespace", "adx", "--act", "release.yank"]);
    assert_eq!(told["entries"], json!([of_adx[5]]));
    assert_eq!(registry.admin(&["audit", "--since", "2999-01-01T00:00:00Z"])["entries"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_found_by_whoever_has_the_key_and_named_to_nobody() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true");
    });
    let token = json!({ "label": "ci", "scopes": [{ "scope": "publish" }] });
    for network in ["203.0.113.7", "198.51.100.1"] {
        let asked = client().post(format!("{}/api/v1/tokens", running.url)).bearer_auth(&registry.token);
        let answer = asked.header("x-forwarded-for", network).json(&token).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
    }
    let found = registry.admin(&["audit", "--network", "203.0.113.7"]);
    let entries = found["entries"].as_array().unwrap();
    assert_eq!(acts(entries), ["token.create"]);
    assert_eq!(entries[0]["network"].as_str().unwrap().len(), 16);
    assert!(!registry.admin(&["audit"]).to_string().contains("203.0.113"));
    let other = adx_registry::world::FileVault::of(&[7; 32]);
    assert_ne!(entries[0]["network"], network_hash(&other, "203.0.113.7"), "the key is this registry's");
}

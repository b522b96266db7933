//! Owners over HTTP and by mail: invited by an operator, each with a token of its own, for one namespace only.

use adx_signing::key::SecretKey;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, random, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OWNERS: &str = "/api/v1/publishers/adx/owners";
const PROPOSALS: &str = "/api/v1/publishers/adx/proposals";

async fn post(running: &Process, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    request(running, token, Method::POST, path, Some(body)).await
}

async fn get(running: &Process, token: &str, path: &str) -> Value {
    let (status, answer) = request(running, token, Method::GET, path, None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[track_caller]
fn assert_refused((status, problem): (StatusCode, Value), wanted: StatusCode, slug: &str) {
    assert_eq!(status, wanted, "{problem}");
    assert_eq!(problem["type"], format!("https://adx-core.dev/problems/{slug}"), "{problem}");
    assert!(problem["detail"].is_string(), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_invited_decide_and_announce_a_recovery() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start();
    let ben = json!({ "name": "Ben", "email": "ben@example.org" });
    let (status, answer) = post(&running, &operator, OWNERS, ben).await;
    assert_eq!((status, &answer["state"]), (StatusCode::ACCEPTED, &json!("invited")), "{answer}");
    registry.register_key(&running).await;
    // One of them by whoever sits at the machine, beside the running server: a token gives no namespace away that has keys.
    let ada = json!({ "name": "Ada Löwe", "email": "ada@example.org" });
    assert_refused(post(&running, &operator, OWNERS, ada).await, StatusCode::CONFLICT, "has-keys");
    let invited = registry.admin(&["owner", "invite", "adx", "--name", "Ada Löwe", "--email", "ada@example.org"]);
    assert_eq!(invited["name"], "Ada Löwe");
    let accept = async |address: &str| {
        let code = registry.invitation_code(address).await;
        let answer =
            client().post(format!("{}/api/v1/owners/accept", running.url)).json(&json!({ "code": code })).send().await;
        let answer = answer.expect("the registry answers");
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["namespace"], "adx");
        (answer["token"].as_str().expect("a token").to_owned(), answer["owner"]["id"].clone())
    };
    let (ben, ben_id) = accept("ben@example.org").await;
    let (ada, _) = accept("ada@example.org").await;
    assert!(ada.starts_with("adx_w_"), "secret scanners know it by its beginning");
    let again = json!({ "name": "Eve", "email": "eve@example.org" });
    assert_refused(post(&running, &operator, OWNERS, again).await, StatusCode::CONFLICT, "has-owners");
    let wrong = json!({ "code": "0".repeat(40) });
    assert_refused(post(&running, &ada, "/api/v1/owners/accept", wrong).await, StatusCode::NOT_FOUND, "invitation");

    let me = get(&running, &ben, "/api/v1/me").await;
    assert_eq!((&me["kind"], &me["namespace"], &me["owner"]), (&json!("owner"), &json!("adx"), &ben_id));
    let listed = get(&running, &ada, OWNERS).await;
    assert_eq!(
        (&listed["threshold"], &listed["recovery_delay_seconds"], &listed["recovery_expires_seconds"]),
        (&json!(2), &json!(777_600), &json!(1_209_600))
    );
    assert_eq!(listed["owners"][1]["email"], "ada@example.org");
    assert!(!get(&running, &registry.token, OWNERS).await.to_string().contains('@'), "a publisher sees names only");

    // What is stolen first recovers nothing.
    let key = SecretKey::generate(&mut random()).public().to_pem();
    let recover = json!({ "action": { "kind": "add-key", "public_key_pem": key } });
    let by_publisher = post(&running, &registry.token, PROPOSALS, recover.clone()).await;
    assert_refused(by_publisher, StatusCode::FORBIDDEN, "forbidden");
    let (status, opened) = post(&running, &ada, PROPOSALS, recover.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    assert_eq!((&opened["state"], &opened["needed"]), (&json!("open"), &json!(2)));
    assert_eq!(
        opened["action"],
        json!({ "kind": "add-key", "public_key_pem": key, "purposes": ["release", "key-change"] })
    );
    let id = opened["id"].as_str().expect("an id");
    let (status, problem) = post(&running, &ben, PROPOSALS, recover).await;
    assert_eq!(problem["proposal"], id, "the first is named");
    assert_refused((status, problem), StatusCode::CONFLICT, "same-proposal");
    let (status, announced) = post(&running, &ben, &format!("{PROPOSALS}/{id}/approve"), Value::Null).await;
    assert_eq!((status, &announced["state"]), (StatusCode::OK, &json!("announced")), "{announced}");
    assert!(announced["effective_at"].is_string() && announced["announced_leaf"].is_u64(), "{announced}");
    let names: Vec<_> = announced["approvals"].as_array().expect("approvals").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Ada Löwe", "Ben"]);
    // Announced to the world as well: the log tells of it with the next round.
    running.wait_until_signed().await;
    registry.letter_to("ada@example.org", "announced").await;
    let (status, cancelled) = post(&running, &ada, &format!("{PROPOSALS}/{id}/cancel"), Value::Null).await;
    assert_eq!((status, &cancelled["state"]), (StatusCode::OK, &json!("cancelled")), "{cancelled}");
    assert!(cancelled["leaf"].as_u64() > announced["announced_leaf"].as_u64(), "{cancelled}");
    assert_eq!(cancelled["cancelled_by"]["name"], "Ada Löwe", "{cancelled}");
    assert!(cancelled["ended_at"].is_string(), "{cancelled}");
    running.wait_until_signed().await;

    let invite = json!({ "action": { "kind": "invite-owner", "name": "Cid", "email": "cid@example.org" } });
    let (status, opened) = post(&running, &ada, PROPOSALS, invite).await;
    assert_eq!((status, &opened["action"]["email"]), (StatusCode::CREATED, &json!("cid@example.org")), "{opened}");
    let seen = get(&running, &registry.token, PROPOSALS).await;
    assert_eq!(seen["proposals"].as_array().map(Vec::len), Some(2));
    assert!(!seen.to_string().contains('@'), "a publisher sees names only: {seen}");
    // Nothing personal is logged, and no secret.
    let log = running.log();
    for personal in ["example.org", "Ada", "Ben", ada.as_str(), ben.as_str()] {
        assert!(!log.contains(personal), "{personal}: {log}");
    }
}

/// Whoever stole an operator's token would be its only owner, and have keys of its own after a week.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_operators_token_takes_no_namespace_that_has_keys() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start();
    registry.register_key(&running).await;
    let thief = json!({ "name": "Eve", "email": "eve@example.org" });
    assert_refused(post(&running, &operator, OWNERS, thief.clone()).await, StatusCode::CONFLICT, "has-keys");
    // Revoking the key first does not help.
    let revoked = json!({ "key_id": registry.key.public().id(), "from_leaf": 0, "reason": "it was stolen" });
    assert_eq!(post(&running, &operator, "/api/v1/revocations", revoked).await.0, StatusCode::CREATED);
    assert_refused(post(&running, &operator, OWNERS, thief).await, StatusCode::CONFLICT, "has-keys");
    assert_eq!(get(&running, &operator, OWNERS).await["owners"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_valid_is_refused_in_words() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start();
    let ada = registry.owner(&running, &operator, "adx", "ada").await;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    for (action, status, slug) in [
        (json!({ "kind": "add-key", "public_key_pem": "no key" }), unprocessable, "key"),
        (json!({ "kind": "remove-key", "key_id": "no id" }), unprocessable, "invalid"),
        (json!({ "kind": "remove-key", "key_id": "0".repeat(64) }), StatusCode::NOT_FOUND, "not-found"),
        (json!({ "kind": "invite-owner", "name": "Eve\nBcc", "email": "e@example.org" }), unprocessable, "invalid"),
        (json!({ "kind": "invite-owner", "name": "Eve", "email": "eve" }), unprocessable, "invalid"),
        (json!({ "kind": "invite-owner", "name": "Eve" }), unprocessable, "invalid"),
        (
            json!({ "kind": "invite-owner", "name": "Eve", "email": "ADA@example.org" }),
            StatusCode::CONFLICT,
            "is-owner",
        ),
        (json!({ "kind": "remove-owner", "owner": "0".repeat(32) }), StatusCode::NOT_FOUND, "not-found"),
        (json!({ "kind": "set-threshold", "threshold": 2 }), StatusCode::CONFLICT, "threshold"),
        (json!({ "kind": "seize" }), StatusCode::BAD_REQUEST, "bad-request"),
        (json!({ "kind": "set-threshold", "threshold": 1, "now": true }), StatusCode::BAD_REQUEST, "bad-request"),
    ] {
        let words = action.to_string();
        let (answered, problem) = post(&running, &ada, PROPOSALS, json!({ "action": action })).await;
        assert_eq!(answered, status, "{words}: {problem}");
        assert_refused((answered, problem), status, slug);
    }
    let nobody =
        post(&running, &operator, "/api/v1/publishers/nobody/owners", json!({ "name": "E", "email": "e@e.org" }));
    assert_refused(nobody.await, StatusCode::NOT_FOUND, "not-found");
    let output = registry.try_admin(&["owner", "invite", "adx", "--name", "Eve", "--email", "eve@example.org"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("`adx` has owners"));
}

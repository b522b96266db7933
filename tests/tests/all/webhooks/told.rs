//! What happens is told, signed, to whoever may be told.

use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::receiver::{Receiver, create, deliveries, everything_of_adx, ping, start};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_namespace_is_told_to_its_owners_and_to_operators() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = start(&registry, "72h");
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    registry.create_publisher("stranger");
    let other_owner = registry.owner(&running, &operator, "stranger", "eve").await;

    let (of_adx, of_all, of_stranger) = (Receiver::new().await, Receiver::new().await, Receiver::new().await);
    let wanted = json!({ "namespace": "adx", "url": of_adx.url, "events": ["release.published", "release.yanked"] });
    let (id, secret) = create(&running, &owner, wanted).await;
    let (_, secret_of_all) = create(&running, &operator, json!({ "url": of_all.url })).await;
    create(&running, &other_owner, json!({ "namespace": "stranger", "url": of_stranger.url })).await;

    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    assert_eq!(registry.publish(&running, &package).await.unwrap().status(), StatusCode::CREATED);
    let yank = "/api/v1/modules/adx/hello/versions/1.0.0/yank";
    for _ in 0..2 {
        assert_eq!(request(&running, &registry.token, Method::POST, yank, None).await.0, StatusCode::OK);
    }

    let received = of_adx.wait_for(2).await;
    let mut events: Vec<_> = received.iter().map(super::receiver::Received::event).collect();
    events.sort();
    assert_eq!(events, ["release.published", "release.yanked"]);
    for request in &received {
        assert!(request.is_signed_with(&secret) && !request.is_signed_with(&secret_of_all), "{request:?}");
        assert_eq!(request.headers["content-type"], "application/json");
    }
    assert_ne!(received[0].id(), received[1].id());
    let published = received.iter().find(|request| request.event() == "release.published").unwrap().json();
    let data = &published["data"];
    assert_eq!(
        (&data["namespace"], &data["module"], &data["version"]),
        (&json!("adx"), &json!("hello"), &json!("1.0.0"))
    );
    assert_eq!(data["sha256"], adx_signing::digest::Digest::of(&package).to_string());
    assert!(published["timestamp"].as_str().unwrap().ends_with('Z'), "{published}");

    let told = of_all.wait_for(3).await;
    let mut events: Vec<_> = told.iter().map(super::receiver::Received::event).collect();
    events.sort();
    assert_eq!(events, ["key.added", "release.published", "release.yanked"]);
    assert!(told.iter().all(|request| request.is_signed_with(&secret_of_all)));

    // Another secret: both count for a day.
    let path = format!("/api/v1/webhooks/{id}/secret");
    let (status, answer) = request(&running, &owner, Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::OK);
    let new_secret = answer["secret"].as_str().unwrap().to_owned();
    assert_ne!(new_secret, secret);
    assert_eq!(ping(&running, &owner, &id).await, StatusCode::ACCEPTED);
    let pinged = of_adx.wait_for(3).await.pop().unwrap();
    assert_eq!((pinged.event().as_str(), pinged.signatures()), ("ping", 2));
    assert!(pinged.is_signed_with(&secret) && pinged.is_signed_with(&new_secret));

    // The log of deliveries, and sending once more.
    let mut log = Vec::new();
    adx_tests::eventually("deliveries are recorded", async || {
        log = deliveries(&running, &owner, &id).await;
        log.iter().all(|delivery| delivery["state"] == "delivered")
    })
    .await;
    assert_eq!(log.len(), 3);
    assert_eq!((&log[0]["event"], &log[0]["attempts"][0]["status"]), (&json!("ping"), &json!(204)));
    let first = log[2]["id"].as_str().unwrap();
    let replay = format!("/api/v1/webhooks/{id}/replay");
    let (status, answer) = request(&running, &owner, Method::POST, &replay, Some(json!({ "delivery": first }))).await;
    assert_eq!((status, &answer["deliveries"]), (StatusCode::ACCEPTED, &json!(1)));
    let again = of_adx.wait_for(4).await.pop().unwrap();
    let sent = received.iter().find(|request| request.id() == first).unwrap();
    assert_eq!((again.id(), &again.body), (first, &sent.body), "the receiver can tell that it had it");
    let since = json!({ "since": log[2]["created_at"] });
    let (_, answer) = request(&running, &owner, Method::POST, &replay, Some(since)).await;
    assert_eq!(answer["deliveries"], 3);
    of_adx.wait_for(7).await;
    let nothing = json!({ "delivery": first, "since": log[2]["created_at"] });
    assert_eq!(request(&running, &owner, Method::POST, &replay, Some(nothing)).await.0, StatusCode::BAD_REQUEST);

    // Of others nothing was told, and others' hooks are not there.
    assert!(of_stranger.received().is_empty(), "{:?}", of_stranger.received());
    assert_eq!(ping(&running, &other_owner, &id).await, StatusCode::NOT_FOUND);
    assert_eq!(ping(&running, &operator, &id).await, StatusCode::NOT_FOUND);
    let database = std::fs::read(registry.data().join("registry.sqlite")).unwrap();
    for secret in [&secret, &new_secret] {
        let key = secret.strip_prefix("whsec_").unwrap().as_bytes();
        assert!(!database.windows(key.len()).any(|window| window == key), "secrets are stored sealed");
    }

    // Turned off, it waits; turned on, it comes.
    let path = format!("/api/v1/webhooks/{id}");
    let set = async |enabled: bool| {
        let (status, hook) = request(&running, &owner, Method::PUT, &path, Some(json!({ "enabled": enabled }))).await;
        assert_eq!((status, &hook["enabled"]), (StatusCode::OK, &json!(enabled)));
    };
    set(false).await;
    assert_eq!(ping(&running, &owner, &id).await, StatusCode::CONFLICT);
    set(true).await;
    assert_eq!(ping(&running, &owner, &id).await, StatusCode::ACCEPTED);
    of_adx.wait_for(8).await;
    assert_eq!(request(&running, &owner, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(request(&running, &owner, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_webhook_is_refused_with_what_can() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start();
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let create = async |hook: Value| request(&running, &owner, Method::POST, "/api/v1/webhooks", Some(hook)).await;
    for (url, kind) in [
        ("http://example.org/hook", "webhook-url"),
        ("https://localhost/hook", "webhook-url"),
        ("https://127.0.0.1/hook", "webhook-url"),
        ("https://user:password@example.org/", "webhook-url"),
        ("example.org", "webhook-url"),
    ] {
        let (status, problem) = create(json!({ "namespace": "adx", "url": url })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(problem["type"].as_str().unwrap().ends_with(kind), "{problem}");
    }
    let hook = json!({ "namespace": "adx", "url": "https://example.org/hook", "events": ["release.eaten"] });
    let (status, problem) = create(hook).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["detail"].as_str().unwrap().contains("release.published"), "{problem}");
    for number in 0..16 {
        let url = format!("https://example.org/{number}");
        assert_eq!(create(json!({ "namespace": "adx", "url": url })).await.0, StatusCode::CREATED);
    }
    let (status, problem) = create(json!({ "namespace": "adx", "url": "https://example.org/hook" })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(create(json!({ "url": "https://example.org/hook" })).await.0, StatusCode::FORBIDDEN);
    let (_, list) = request(&running, &owner, Method::GET, "/api/v1/webhooks?namespace=adx", None).await;
    assert_eq!(list["webhooks"].as_array().unwrap().len(), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_inside_is_no_address_of_a_webhook() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    // Nothing is said of loopback: as in production.
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__WORKER__POLL", "100ms");
    });
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    let (id, _) = create(&running, &owner, json!({ "namespace": "adx", "url": "https://example.org/hook" })).await;
    for inside in [
        "https://10.0.0.1/hook",
        "https://0x0a.1/hook",
        "https://169.254.169.254/latest",
        "https://[64:ff9b::7f00:1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://0.0.0.0/",
    ] {
        let new = json!({ "namespace": "adx", "url": inside });
        let (status, problem) = request(&running, &owner, Method::POST, "/api/v1/webhooks", Some(new)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{inside}: {problem}");
        assert!(problem["type"].as_str().unwrap().ends_with("webhook-url"), "{problem}");
        let (path, change) = (format!("/api/v1/webhooks/{id}"), json!({ "url": inside }));
        let (status, problem) = request(&running, &owner, Method::PUT, &path, Some(change)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{inside}: {problem}");
    }
    let receiver = Receiver::new().await;
    assert_eq!(
        request(&running, &owner, Method::POST, "/api/v1/webhooks", Some(everything_of_adx(&receiver))).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

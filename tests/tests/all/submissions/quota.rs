//! What a publisher may publish, counted as it is released.

use adx_registry_core::issue_token::MAX_TOKENS;
use adx_registry_core::quotas::MAX_WAITING;
use adx_registry_core::submissions::{GRACE, KEPT_BYTES};
use futures::TryStreamExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use time::Duration;

use super::stage::{Stage, kind, package, pipeline, text};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    a_publisher_releases_as_much_as_it_may,
    of_two_at_once_one_fits,
    what_waited_is_counted_when_it_is_approved,
    what_waits_is_bounded,
    what_waits_or_did_counts_as_long_as_its_bytes_are_kept,
    tokens_are_bounded
);

const QUOTA: &str = "/publishers/adx/quota";

async fn allow(stage: &Stage, limits: Value) {
    let mut body = limits;
    body["reason"] = json!("they asked");
    let (status, answer) = stage.call(&stage.operator, Method::PUT, QUOTA, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

fn assert_exceeded(answer: &(StatusCode, Value), counted: &str, used: u64, limit: u64) {
    let (status, problem) = answer;
    assert_eq!((*status, kind(problem)), (StatusCode::FORBIDDEN, "quota"), "{problem}");
    assert_eq!(problem["quota"], json!({ "counted": counted, "used": used, "limit": limit }));
}

async fn a_publisher_releases_as_much_as_it_may(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let packages: Vec<_> = (0..4).map(|minor| package(&format!("1.{minor}.0"), &[])).collect();
    let size = |count: usize| packages[..count].iter().map(Vec::len).sum::<usize>() as u64;
    allow(&stage, json!({ "modules": 0 })).await;
    assert_exceeded(&stage.send(&packages[0]).await, "modules", 0, 0);
    stage.assert_unseen(&packages[0]).await;

    allow(&stage, json!({ "releases_a_day": 2 })).await;
    assert_eq!(stage.send(&packages[0]).await.0, StatusCode::CREATED);
    assert_eq!(stage.send(&packages[0]).await.0, StatusCode::OK, "what is released is no release again");
    assert_eq!(stage.send(&packages[1]).await.0, StatusCode::CREATED);
    assert_exceeded(&stage.send(&packages[2]).await, "releases-today", 2, 2);
    stage.clock.pass(Duration::days(1));
    // A module that is there goes on, however many there may be.
    allow(&stage, json!({ "modules": 0 })).await;
    assert_eq!(stage.send(&packages[2]).await.0, StatusCode::CREATED);

    let (_, told) = stage.get(&stage.publisher, QUOTA).await;
    assert_eq!(told["modules"], json!({ "used": 1, "limit": 0 }));
    assert_eq!(told["package_bytes"]["used"], size(3));
    assert_eq!(told["releases_today"]["used"], 1);
    assert_eq!(told.get("allowance"), None, "operators' words");
    let (_, told) = stage.get(&stage.operator, QUOTA).await;
    assert_eq!((&told["allowance"]["modules"], &told["allowance"]["reason"]), (&json!(0), &json!("they asked")));
    assert!(text(&told["allowance"]["by"]).starts_with("token:"));

    allow(&stage, json!({ "package_bytes": size(4) - 1 })).await;
    assert_exceeded(&stage.send(&packages[3]).await, "package-bytes", size(3), size(4) - 1);
    allow(&stage, json!({ "package_bytes": size(4) })).await;
    assert_eq!(stage.send(&packages[3]).await.0, StatusCode::CREATED);
    let (status, told) = stage.call(&stage.operator, Method::DELETE, QUOTA, None).await;
    assert_eq!((status, &told["modules"]["limit"]), (StatusCode::OK, &json!(1_000)));
    for body in [json!({ "modules": -1, "reason": "x" }), json!({ "modules": 1 }), json!({ "reason": "<b>" })] {
        let (status, problem) = stage.call(&stage.operator, Method::PUT, QUOTA, Some(body)).await;
        assert!(status.is_client_error(), "{problem}");
    }

    let mut reader = stage.ports.store.read().await.unwrap();
    assert!(reader.miscounted_modules().await.unwrap().is_empty());
    drop(reader);
    let (_, log) = stage.get(&stage.owner, "/audit?namespace=adx&act=quota.change").await;
    assert_eq!(log["entries"].as_array().unwrap().len(), 6);
    assert!(!log.to_string().contains("they asked"));
}

async fn of_two_at_once_one_fits(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    allow(&stage, json!({ "releases_a_day": 1 })).await;
    let packages = ["1.0.0", "1.1.0", "1.2.0"].map(|version| package(version, &[]));
    let answers = futures::future::join_all(packages.iter().map(|package| stage.send(package))).await;
    let of = |wanted: StatusCode| answers.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!((of(StatusCode::CREATED), of(StatusCode::FORBIDDEN)), (1, 2), "{answers:?}");
}

async fn what_waited_is_counted_when_it_is_approved(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let (status, waits) = stage.send(&package("1.0.0", &[])).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    allow(&stage, json!({ "releases_a_day": 0 })).await;
    let approve = format!("/submissions/{}/approve", text(&waits["id"]));
    assert_exceeded(&stage.post(&stage.operator, &approve, json!({})).await, "releases-today", 0, 0);
    allow(&stage, json!({ "releases_a_day": 1 })).await;
    assert_eq!(stage.post(&stage.operator, &approve, json!({})).await.0, StatusCode::OK, "it waited still");
}

async fn what_waits_is_bounded(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    allow(&stage, json!({ "modules": 0 })).await;
    assert_exceeded(&stage.send(&package("1.0.0", &[])).await, "modules", 0, 0);
    stage.call(&stage.operator, Method::DELETE, QUOTA, None).await;
    for minor in 0..MAX_WAITING {
        let (status, waits) = stage.send(&package(&format!("1.{minor}.0"), &[])).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{waits}");
    }
    let one_more = package("2.0.0", &[]);
    assert_exceeded(&stage.send(&one_more).await, "waiting", MAX_WAITING, MAX_WAITING);
    assert_eq!(stage.ports.blobs.list_submissions().try_collect::<Vec<_>>().await.unwrap().len(), 50);
    let (_, list) = stage.get(&stage.operator, "/submissions").await;
    let withdraw = format!("/submissions/{}/withdraw", text(&list["submissions"][0]["id"]));
    assert_eq!(stage.call(&stage.publisher, Method::POST, &withdraw, None).await.0, StatusCode::OK);
    assert_eq!(stage.send(&one_more).await.0, StatusCode::ACCEPTED);
}

/// A publisher that sends, takes back and sends fills no disk.
async fn what_waits_or_did_counts_as_long_as_its_bytes_are_kept(engine: Engine) {
    let stage = Stage::new(engine, pipeline("always")).await;
    let packages: Vec<_> = (0..4).map(|minor| package(&format!("1.{minor}.0"), &[])).collect();
    let size = |count: usize| packages[..count].iter().map(Vec::len).sum::<usize>() as u64;
    // Room for three, and for half of another.
    let limit = size(3) + size(1) / 2;
    allow(&stage, json!({ "package_bytes": limit })).await;
    let mut ids = Vec::new();
    for package in &packages[..3] {
        let (status, waits) = stage.send(package).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{waits}");
        ids.push(text(&waits["id"]).to_owned());
    }
    let path = |number: usize, verb: &str| format!("/submissions/{}/{verb}", ids[number]);
    let refused = async || assert_exceeded(&stage.send(&packages[3]).await, "package-bytes", size(3), limit);
    // What is told as used is what is compared with the limit.
    let told = async |kept: u64| {
        for token in [&stage.publisher, &stage.operator] {
            let (_, told) = stage.get(token, QUOTA).await;
            assert_eq!(told["package_bytes"], json!({ "used": size(3), "limit": limit }));
            assert_eq!(told["kept_bytes"], kept);
        }
    };
    refused().await;
    told(size(3)).await;
    stage.assert_unseen(&packages[3]).await;
    assert_eq!(stage.call(&stage.publisher, Method::POST, &path(0, "withdraw"), None).await.0, StatusCode::OK);
    assert_eq!(stage.post(&stage.operator, &path(1, "reject"), json!({ "reason": "no" })).await.0, StatusCode::OK);
    refused().await;
    told(size(3)).await;
    // What waited is not counted twice when it is released.
    assert_eq!(stage.post(&stage.operator, &path(2, "approve"), json!({})).await.0, StatusCode::OK);
    refused().await;
    told(size(2)).await;
    stage.clock.pass(GRACE);
    let (status, waits) = stage.send(&packages[3]).await;
    assert_eq!(status, StatusCode::ACCEPTED, "what was taken back is kept no more: {waits}");
    assert_eq!(stage.send(&packages[3]).await.0, StatusCode::ACCEPTED, "what waits is sent again");
    let more = package("1.4.0", &[]);
    assert_eq!(stage.send(&more).await.0, StatusCode::FORBIDDEN);
    stage.clock.pass(KEPT_BYTES);
    assert_eq!(stage.send(&more).await.0, StatusCode::ACCEPTED, "nor is what was rejected");
}

async fn tokens_are_bounded(engine: Engine) {
    let stage = Stage::new(engine, pipeline("never")).await;
    let make = async || {
        let body = json!({ "label": "ci", "scopes": [{ "scope": "publish", "modules": "*" }] });
        stage.post(&stage.publisher, "/tokens", body).await
    };
    let mut last = Value::Null;
    for _ in 1..MAX_TOKENS {
        let (status, made) = make().await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        last = made["token"]["id"].clone();
    }
    let (status, problem) = make().await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "too-many-tokens"), "{problem}");
    let revoke = format!("/tokens/{}", text(&last));
    assert_eq!(stage.call(&stage.publisher, Method::DELETE, &revoke, None).await.0, StatusCode::OK);
    assert_eq!(make().await.0, StatusCode::CREATED);
}

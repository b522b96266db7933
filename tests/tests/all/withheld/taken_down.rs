//! Takedowns.

use adx_registry_core::ports::BlobKey;
use adx_signing::digest::Digest;
use adx_tests::stage::client;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::modules::{offered, released, told};
use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, kind, package, text};

on_every_engine!(
    what_is_taken_down_is_told_to_whoever_asks_for_it,
    a_whole_module_is_taken_down_and_given_back,
    what_was_erased_is_gone_for_good,
    who_may_not_takes_nothing_down,
);

const VERSION: &str = "/modules/adx/hello/versions/1.1.0";
const MODULE: &str = "/modules/adx/hello";

fn because(reason: &str) -> Value {
    json!({ "reason": reason, "reference": "7 O 12/26" })
}

async fn put(stage: &Stage, path: &str, body: Value) -> (StatusCode, Value) {
    // So that one comes after the other.
    stage.clock.pass(time::Duration::MILLISECOND);
    stage.call(&stage.operator, Method::PUT, &format!("{path}/takedown"), Some(body)).await
}

async fn lift(stage: &Stage, path: &str) -> (StatusCode, Value) {
    stage.call(&stage.operator, Method::DELETE, &format!("{path}/takedown"), None).await
}

/// Where a version's bytes and words are asked for.
fn addresses(version: &str) -> Vec<String> {
    let sha256 = Digest::of(&package(version, &[]));
    vec![
        format!("/packages/{sha256}.adxm"),
        format!("/packages/{sha256}.dsse.json"),
        format!("/tuf/targets/{sha256}.adx--hello--{version}.adxm"),
        format!("/api/v1/modules/adx/hello/versions/{version}"),
    ]
}

async fn statuses(stage: &Stage, version: &str) -> Vec<StatusCode> {
    let mut statuses = Vec::new();
    for address in addresses(version) {
        statuses.push(stage.bytes(None, &address).await.0);
    }
    statuses
}

async fn what_is_taken_down_is_told_to_whoever_asks_for_it(engine: Engine) {
    let stage = released(engine).await;
    for reason in ["it is sold under a name of others", "a court has said so", "a court has said so"] {
        let (status, taken) = put(&stage, VERSION, because(reason)).await;
        assert_eq!((status, &taken["reason"], &taken["erased"]), (StatusCode::OK, &json!(reason), &json!(false)));
    }
    assert_eq!(offered(&stage).await, ["1.0.0"]);
    assert_eq!(told(&stage).await, ["quarantine 1.1.0"], "once");
    assert_eq!(statuses(&stage, "1.1.0").await, [StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS; 4]);
    assert_eq!(statuses(&stage, "1.0.0").await, [StatusCode::OK; 4]);
    for address in addresses("1.1.0") {
        let answer = client().get(format!("{}{address}", stage.url())).send().await.unwrap();
        let link = answer.headers()["link"].to_str().unwrap().to_owned();
        assert!(link.starts_with('<') && link.ends_with(">; rel=\"blocked-by\""), "{link}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(kind(&problem), "taken-down", "{problem}");
        let detail = text(&problem["detail"]);
        assert!(detail.contains("a court has said so") && detail.contains("7 O 12/26"), "{detail}");
    }
    let (status, page) = stage.get(&stage.publisher, MODULE).await;
    assert_eq!((status, &page["latest"]), (StatusCode::OK, &json!("1.0.0")), "{page}");
    assert_eq!(page["versions"][0]["taken_down_for"], "a court has said so");
    let (status, problem) = stage.send(&package("1.1.0", &[])).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "taken-down"), "not again");
    assert_eq!(stage.send(&package("1.2.0", &[])).await.0, StatusCode::CREATED, "the module goes on");
    stage.work().await;
    let subjects: Vec<_> = stage.mail.take().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(subjects, ["adx/hello 1.1.0 is taken down"]);

    let (status, lifted) = lift(&stage, VERSION).await;
    assert_eq!((status, lifted["lifted_at"].is_string()), (StatusCode::OK, true), "{lifted}");
    assert_eq!(statuses(&stage, "1.1.0").await, [StatusCode::OK; 4]);
    assert_eq!(offered(&stage).await, ["1.0.0", "1.1.0", "1.2.0"]);
    assert_eq!(lift(&stage, VERSION).await.0, StatusCode::NOT_FOUND, "it is taken down no more");
    // Again, and the list keeps both.
    assert_eq!(put(&stage, VERSION, because("another court")).await.0, StatusCode::OK);
    let (_, list) = stage.get(&stage.operator, "/takedowns").await;
    let reasons: Vec<_> = list["takedowns"].as_array().unwrap().iter().map(|one| text(&one["reason"])).collect();
    assert_eq!(reasons, ["a court has said so", "another court"]);
}

async fn a_whole_module_is_taken_down_and_given_back(engine: Engine) {
    let stage = released(engine).await;
    let quarantine = json!({ "reason": "it leaks" });
    stage.post(&stage.operator, "/modules/adx/hello/versions/1.0.0/quarantine", quarantine).await;
    assert_eq!(put(&stage, VERSION, because("this one by itself")).await.0, StatusCode::OK);
    assert_eq!(put(&stage, MODULE, because("all of it")).await.0, StatusCode::OK);
    for version in ["1.0.0", "1.1.0"] {
        assert_eq!(statuses(&stage, version).await, [StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS; 4], "{version}");
    }
    let (status, problem) = stage.get(&stage.publisher, MODULE).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "taken-down"), "{problem}");
    let (status, problem) = stage.send(&package("1.2.0", &[])).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "module-withheld"), "{problem}");
    assert_eq!(lift(&stage, &VERSION.replace("1.1.0", "1.0.0")).await.0, StatusCode::NOT_FOUND, "not by itself");

    assert_eq!(lift(&stage, MODULE).await.0, StatusCode::OK);
    assert_eq!(statuses(&stage, "1.1.0").await, [StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS; 4], "by itself still");
    assert_eq!(statuses(&stage, "1.0.0").await, [StatusCode::OK; 4], "what is in quarantine is served");
    assert!(offered(&stage).await.is_empty());
    assert_eq!(lift(&stage, VERSION).await.0, StatusCode::OK);
    assert_eq!(offered(&stage).await, ["1.1.0"]);
}

async fn what_was_erased_is_gone_for_good(engine: Engine) {
    let stage = released(engine).await;
    let key = BlobKey::Package(Digest::of(&package("1.1.0", &[])));
    assert_eq!(put(&stage, VERSION, because("a court has said so")).await.0, StatusCode::OK);
    stage.work().await;
    assert!(stage.ports.blobs.head(&key).await.unwrap().is_some(), "kept for whom it belongs to");
    let erase = json!({ "reason": "a court has said so", "reference": "7 O 12/26", "erase": true });
    let (status, taken) = put(&stage, VERSION, erase.clone()).await;
    assert_eq!((status, &taken["erased"]), (StatusCode::OK, &json!(true)), "{taken}");
    stage.work().await;
    assert!(stage.ports.blobs.head(&key).await.unwrap().is_none());
    let mut reader = stage.ports.store.read().await.unwrap();
    let module = reader.module(&"adx/hello".parse().unwrap()).await.unwrap().unwrap();
    let release = reader.release(module.id, &"1.1.0".parse().unwrap()).await.unwrap().unwrap();
    let texts = reader.release_texts(release.id).await.unwrap().unwrap();
    assert_eq!((texts.manifest.as_str(), texts.readme, texts.changelog), ("", None, None));
    assert!(!texts.envelope.is_empty(), "the log holds its digest");
    drop(reader);
    assert_eq!(statuses(&stage, "1.1.0").await, [StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS; 4]);
    let (status, problem) = lift(&stage, VERSION).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "erased"), "{problem}");
    // Saying it once more without the word does not bring it back.
    assert_eq!(put(&stage, VERSION, because("a court has said so")).await.1["erased"], true);
    assert_eq!(stage.send(&package("1.1.0", &[])).await.0, StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS);
    assert!(stage.ports.blobs.head(&key).await.unwrap().is_none(), "nor does its publisher");

    // The letter invites nobody to appeal: there is nothing to give back.
    stage.mail.take();
    assert_eq!(put(&stage, &VERSION.replace("1.1.0", "1.0.0"), erase).await.0, StatusCode::OK);
    stage.work().await;
    let letters = stage.mail.take();
    let told: Vec<_> = letters.iter().filter(|letter| letter.text.contains("are erased")).collect();
    assert_eq!(told.len(), 1);
    assert!(!told[0].text.contains("adx appeal"), "{}", told[0].text);
}

async fn who_may_not_takes_nothing_down(engine: Engine) {
    let stage = released(engine).await;
    for path in [VERSION, MODULE] {
        let path = format!("{path}/takedown");
        for token in [&stage.publisher, &stage.owner] {
            let (status, _) = stage.call(token, Method::PUT, &path, Some(because("no"))).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            assert_eq!(stage.call(token, Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
        }
    }
    assert_eq!(stage.get(&stage.publisher, "/takedowns").await.0, StatusCode::FORBIDDEN);
    for wrong in [
        json!({ "reason": "", "reference": "7 O 12/26" }),
        json!({ "reason": "it is", "reference": "<a>" }),
        json!({ "reason": "it is", "reference": "x".repeat(201) }),
    ] {
        assert_eq!(put(&stage, VERSION, wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(put(&stage, VERSION, json!({ "reason": "it is" })).await.0, StatusCode::BAD_REQUEST);
    for path in ["/modules/adx/hello/versions/9.0.0", "/modules/adx/nothing"] {
        assert_eq!(put(&stage, path, because("it is")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(lift(&stage, path).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(offered(&stage).await, ["1.0.0", "1.1.0"]);
}

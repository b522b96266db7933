//! Whole modules in quarantine.

use adx_index::line::parse_file;
use adx_registry_core::inventory::index_file;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, kind, package, pipeline, text};

on_every_engine!(
    a_module_in_quarantine_comes_back_as_it_was,
    owners_are_told_what_still_holds_when_the_letter_is_sent,
    who_may_not_changes_nothing,
);

const MODULE: &str = "/modules/adx/hello";

/// The versions that the module's index file would have lines for.
pub(super) async fn offered(stage: &Stage) -> Vec<String> {
    let module = "adx/hello".parse().unwrap();
    let mut reader = stage.ports.store.read().await.unwrap();
    let file = index_file(&mut *reader, &module, u64::MAX).await.unwrap();
    let lines = parse_file(std::str::from_utf8(&file).unwrap(), &module).unwrap();
    lines.into_iter().map(|line| line.version.to_string()).collect()
}

/// What the feed tells, after the releases themselves.
pub(super) async fn told(stage: &Stage) -> Vec<String> {
    let (_, feed) = stage.get(&stage.publisher, "/changes?after=0").await;
    let changes = feed["changes"].as_array().unwrap().iter().filter(|change| change["kind"] != "release");
    changes.map(|change| format!("{} {}", text(&change["kind"]), text(&change["version"]))).collect()
}

/// A stage with versions 1.0.0 and 1.1.0 of hello.
pub(super) async fn released(engine: Engine) -> Stage {
    let stage = Stage::new(engine, pipeline("never")).await;
    for version in ["1.0.0", "1.1.0"] {
        assert_eq!(stage.send(&package(version, &[])).await.0, StatusCode::CREATED);
    }
    stage
}

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

async fn a_module_in_quarantine_comes_back_as_it_was(engine: Engine) {
    let stage = released(engine).await;
    let leaves = async || stage.ports.store.read().await.unwrap().leaf_count().await.unwrap();
    let (status, _) =
        stage.post(&stage.operator, &format!("{MODULE}/versions/1.0.0/quarantine"), because("it leaks")).await;
    assert_eq!((status, offered(&stage).await), (StatusCode::OK, vec!["1.1.0".to_owned()]));
    let before = leaves().await;
    for reason in ["it steals", "it steals", "it steals still"] {
        let (status, answer) = stage.post(&stage.operator, &format!("{MODULE}/quarantine"), because(reason)).await;
        assert_eq!((status, &answer["quarantined_for"]), (StatusCode::OK, &json!(reason)), "{answer}");
    }
    assert_eq!(leaves().await, before + 1, "a leaf for the one version that was offered, once");
    assert!(offered(&stage).await.is_empty());
    assert_eq!(told(&stage).await, ["quarantine 1.0.0", "quarantine 1.1.0"]);
    let (_, page) = stage.get(&stage.publisher, MODULE).await;
    assert_eq!(page["quarantined_for"], "it steals still");
    let reasons: Vec<_> = page["versions"].as_array().unwrap().iter().map(|one| &one["quarantined_for"]).collect();
    assert_eq!(reasons, ["it steals still", "it leaks"], "a version's own reason is nearer: {page}");

    // Neither a new version nor one of its versions alone gets around it.
    let (status, problem) = stage.send(&package("1.2.0", &[])).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "module-withheld"), "{problem}");
    assert_eq!(stage.send(&package("1.1.0", &[])).await.0, StatusCode::OK, "what is there already is no news");
    let alone = format!("{MODULE}/versions/1.1.0/release-from-quarantine");
    let (status, problem) = stage.call(&stage.operator, Method::POST, &alone, None).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "module-quarantined"), "{problem}");
    // A revocation withholds by itself what is withheld with the module.
    let sha256 = page["versions"][0]["sha256"].clone();
    let revoked = json!({ "sha256": sha256, "reason": "it steals still" });
    assert_eq!(stage.post(&stage.operator, "/revocations", revoked).await.0, StatusCode::CREATED);

    let out = format!("{MODULE}/release-from-quarantine");
    for _ in 0..2 {
        let (status, answer) = stage.call(&stage.operator, Method::POST, &out, None).await;
        assert_eq!((status, answer.get("quarantined_for")), (StatusCode::OK, None), "{answer}");
    }
    assert!(offered(&stage).await.is_empty(), "one was in quarantine before, the other is revoked");
    let path = format!("/revocations/packages/{}", text(&sha256));
    assert_eq!(stage.call(&stage.operator, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(stage.call(&stage.operator, Method::POST, &alone, None).await.0, StatusCode::OK);
    assert_eq!(offered(&stage).await, ["1.1.0"]);
    assert_eq!(told(&stage).await, ["quarantine 1.0.0", "quarantine 1.1.0", "release-from-quarantine 1.1.0"]);
    assert_eq!(stage.send(&package("1.2.0", &[])).await.0, StatusCode::CREATED);
}

async fn owners_are_told_what_still_holds_when_the_letter_is_sent(engine: Engine) {
    let stage = released(engine).await;
    let quarantine = format!("{MODULE}/quarantine");
    stage.post(&stage.operator, &quarantine, because("it steals")).await;
    stage.work().await;
    let letters = stage.mail.take();
    assert_eq!(letters.len(), 1, "one for each owner, not for each version");
    assert_eq!(letters[0].subject, "adx/hello is in quarantine");
    assert!(letters[0].text.contains("it steals"), "{}", letters[0].text);
    stage.post(&stage.operator, &quarantine, because("it steals more")).await;
    stage.work().await;
    assert!(stage.mail.take().is_empty(), "another reason is no news");
    stage.call(&stage.operator, Method::POST, &format!("{MODULE}/release-from-quarantine"), None).await;
    stage.work().await;
    assert!(stage.mail.take()[0].subject.contains("out of quarantine"));
    // By mistake, and taken back at once.
    stage.post(&stage.operator, &quarantine, because("it steals")).await;
    stage.call(&stage.operator, Method::POST, &format!("{MODULE}/release-from-quarantine"), None).await;
    stage.work().await;
    let subjects: Vec<_> = stage.mail.take().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(subjects, ["adx/hello is out of quarantine"]);
}

async fn who_may_not_changes_nothing(engine: Engine) {
    let stage = released(engine).await;
    for token in [&stage.publisher, &stage.owner] {
        let (status, _) = stage.post(token, &format!("{MODULE}/quarantine"), because("it steals")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = stage.call(token, Method::POST, &format!("{MODULE}/release-from-quarantine"), None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    for reason in ["", "<b>bad</b>", "two\nlines"] {
        let (status, _) = stage.post(&stage.operator, &format!("{MODULE}/quarantine"), because(reason)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
    }
    let (status, _) = stage.post(&stage.operator, "/modules/adx/nothing/quarantine", because("it steals")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(stage.get(&stage.operator, "/modules/adx/nothing").await.0, StatusCode::NOT_FOUND, "none was made");
    assert_eq!(offered(&stage).await, ["1.0.0", "1.1.0"]);
    assert!(told(&stage).await.is_empty());
}

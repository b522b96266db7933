//! Appeals.

use adx_registry_core::Id;
use adx_registry_core::names::{HeldName, HeldState, Likeness};
use adx_registry_core::ports::{BlobKey, Written};
use adx_registry_core::submissions::KEPT_BYTES;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::modules::{offered, released};
use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, kind, package, path_of, text};

on_every_engine!(
    what_is_granted_is_undone,
    what_is_denied_stays_and_can_be_appealed_some_times_more,
    a_rejected_submission_is_opened_again,
    only_what_was_decided_against_them_can_be_appealed,
    what_cannot_be_undone_stays_open,
    a_refused_name_is_allowed,
);

const APPEALS: &str = "/publishers/adx/appeals";

async fn appeal(stage: &Stage, token: &str, kind: &str, subject: &str) -> (StatusCode, Value) {
    // So that one comes after the other.
    stage.clock.pass(time::Duration::MILLISECOND);
    stage.post(token, APPEALS, json!({ "kind": kind, "subject": subject, "text": "the host is ours" })).await
}

async fn answer(stage: &Stage, id: &Value, verb: &str) -> (StatusCode, Value) {
    let path = format!("/appeals/{}/{verb}", text(id));
    stage.post(&stage.operator, &path, json!({ "reason": "looked at once more" })).await
}

async fn what_is_granted_is_undone(engine: Engine) {
    let stage = released(engine).await;
    let reason = json!({ "reason": "it leaks" });
    stage.post(&stage.operator, "/modules/adx/hello/versions/1.1.0/quarantine", reason.clone()).await;
    let takedown = json!({ "reason": "it is not theirs", "reference": "7 O 12/26" });
    let path = "/modules/adx/hello/versions/1.1.0/takedown";
    stage.call(&stage.operator, Method::PUT, path, Some(takedown.clone())).await;
    let (status, version) = appeal(&stage, &stage.publisher, "version", "adx/hello@1.1.0").await;
    assert_eq!((status, &version["state"]), (StatusCode::CREATED, &json!("open")), "{version}");
    let (status, problem) = appeal(&stage, &stage.owner, "version", "adx/hello@1.1.0").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "appealed-already"), "{problem}");
    stage.post(&stage.operator, "/modules/adx/hello/quarantine", reason).await;
    stage.call(&stage.operator, Method::PUT, "/modules/adx/hello/takedown", Some(takedown)).await;
    let (status, module) = appeal(&stage, &stage.owner, "module", "adx/hello").await;
    assert_eq!(status, StatusCode::CREATED, "{module}");
    let (_, open) = stage.get(&stage.operator, "/appeals").await;
    let subjects: Vec<_> = open["appeals"].as_array().unwrap().iter().map(|one| text(&one["subject"])).collect();
    assert_eq!(subjects, ["adx/hello@1.1.0", "adx/hello"]);
    stage.work().await;
    stage.mail.take();

    let (status, granted) = answer(&stage, &module["id"], "grant").await;
    assert_eq!((status, &granted["state"]), (StatusCode::OK, &json!("granted")), "{granted}");
    assert_eq!(offered(&stage).await, ["1.0.0"], "the version is withheld by itself");
    assert_eq!(answer(&stage, &version["id"], "grant").await.0, StatusCode::OK);
    assert_eq!(offered(&stage).await, ["1.0.0", "1.1.0"]);
    let (status, problem) = answer(&stage, &version["id"], "deny").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "appeal-decided"), "{problem}");
    stage.work().await;
    let letters = stage.mail.take();
    let told = letters.iter().filter(|letter| letter.subject.ends_with("is granted"));
    let told: Vec<_> = told.map(|letter| letter.text.contains("looked at once more")).collect();
    assert_eq!(told, [true, true], "{:?}", letters.iter().map(|letter| &letter.subject).collect::<Vec<_>>());
    let (_, own) = stage.get(&stage.publisher, APPEALS).await;
    assert_eq!((own["appeals"].as_array().unwrap().len(), own["appeals"][0].get("decided_by")), (2, None), "{own}");
}

async fn what_is_denied_stays_and_can_be_appealed_some_times_more(engine: Engine) {
    let stage = released(engine).await;
    let reason = json!({ "reason": "it leaks" });
    stage.post(&stage.operator, "/modules/adx/hello/quarantine", reason).await;
    for _ in 0..adx_registry_core::appeals::MAX_OF_SUBJECT {
        let (status, opened) = appeal(&stage, &stage.publisher, "module", "adx/hello").await;
        assert_eq!(status, StatusCode::CREATED, "{opened}");
        assert_eq!(answer(&stage, &opened["id"], "deny").await.1["state"], "denied");
        stage.clock.pass(time::Duration::SECOND);
    }
    assert!(offered(&stage).await.is_empty());
    let (status, problem) = appeal(&stage, &stage.publisher, "module", "adx/hello").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "appealed-too-often"), "{problem}");
}

async fn a_rejected_submission_is_opened_again(engine: Engine) {
    let stage = released(engine).await;
    stage.stand("held").await;
    let bytes = package("1.2.0", &[]);
    let (_, waits) = stage.send(&bytes).await;
    let id = text(&waits["id"]).to_owned();
    let (status, problem) = appeal(&stage, &stage.publisher, "submission", &id).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "nothing-decided"), "it waits: {problem}");
    let path = format!("/submissions/{id}/reject");
    assert_eq!(stage.post(&stage.operator, &path, json!({ "reason": "it steals" })).await.0, StatusCode::OK);
    assert_eq!(stage.send(&bytes).await.0, StatusCode::FORBIDDEN, "these bytes were refused");
    let (status, opened) = appeal(&stage, &stage.publisher, "submission", &id).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    assert_eq!(answer(&stage, &opened["id"], "grant").await.0, StatusCode::OK);
    let (told, _) = stage.both_views(&waits["id"]).await;
    assert_eq!(told["submission"]["state"], "in-review", "only opened again: {told}");
    assert_eq!(path_of(&told).last(), Some(&"in-review"));
    assert_eq!(stage.releases().await, 2);
    let (status, answer) = stage.post(&stage.operator, &format!("/submissions/{id}/approve"), json!({})).await;
    assert_eq!((status, offered(&stage).await.len()), (StatusCode::OK, 3), "{answer}");

    // What is not kept any more cannot be looked at again.
    let (_, waits) = stage.send(&package("1.3.0", &[])).await;
    let id = text(&waits["id"]).to_owned();
    let path = format!("/submissions/{id}/reject");
    stage.post(&stage.operator, &path, json!({ "reason": "it steals" })).await;
    let (_, opened) = appeal(&stage, &stage.publisher, "submission", &id).await;
    stage.ports.blobs.delete(&BlobKey::Submission(id.parse().unwrap())).await.unwrap();
    let (status, problem) = self::answer(&stage, &opened["id"], "grant").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(self::answer(&stage, &opened["id"], "deny").await.0, StatusCode::OK);
    stage.clock.pass(KEPT_BYTES);
    let (status, problem) = appeal(&stage, &stage.publisher, "submission", &id).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "not-kept"), "{problem}");
}

async fn only_what_was_decided_against_them_can_be_appealed(engine: Engine) {
    let stage = released(engine).await;
    for (what, subject, wanted) in [
        ("module", "adx/hello", StatusCode::CONFLICT),
        ("version", "adx/hello@1.0.0", StatusCode::CONFLICT),
        ("version", "adx/hello@9.0.0", StatusCode::NOT_FOUND),
        ("module", "other/hello", StatusCode::NOT_FOUND),
        ("name", &*"0".repeat(32), StatusCode::NOT_FOUND),
        ("submission", &*"0".repeat(32), StatusCode::NOT_FOUND),
        ("version", "adx/hello", StatusCode::UNPROCESSABLE_ENTITY),
        ("wish", "adx/hello", StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = appeal(&stage, &stage.publisher, what, subject).await;
        assert_eq!(status, wanted, "{what} {subject}: {problem}");
    }
    stage.post(&stage.operator, "/modules/adx/hello/quarantine", json!({ "reason": "it leaks" })).await;
    let (status, problem) = appeal(&stage, &stage.publisher, "version", "adx/hello@1.0.0").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "nothing-decided"), "{problem}");
    assert!(text(&problem["hint"]).contains("`module`"), "{problem}");
    assert_eq!(appeal(&stage, &stage.operator, "module", "adx/hello").await.0, StatusCode::FORBIDDEN);
    for token in [&stage.publisher, &stage.owner] {
        assert_eq!(stage.get(token, "/appeals").await.0, StatusCode::FORBIDDEN);
    }
    let narrow = json!({ "label": "keys", "scopes": [{ "scope": "keys" }] });
    let (_, narrow) = stage.post(&stage.publisher, "/tokens", narrow).await;
    assert_eq!(appeal(&stage, text(&narrow["secret"]), "module", "adx/hello").await.0, StatusCode::FORBIDDEN);
    let (_, opened) = appeal(&stage, &stage.publisher, "module", "adx/hello").await;
    for verb in ["grant", "deny"] {
        let path = format!("/appeals/{}/{verb}", text(&opened["id"]));
        let (status, _) = stage.post(&stage.publisher, &path, json!({ "reason": "ours" })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
}

async fn what_cannot_be_undone_stays_open(engine: Engine) {
    let stage = released(engine).await;
    let (_, page) = stage.get(&stage.publisher, "/modules/adx/hello").await;
    let revoked = json!({ "sha256": page["versions"][0]["sha256"], "reason": "it steals" });
    stage.post(&stage.operator, "/revocations", revoked).await;
    let (status, opened) = appeal(&stage, &stage.publisher, "version", "adx/hello@1.1.0").await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    let (status, problem) = answer(&stage, &opened["id"], "grant").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "revoked"), "{problem}");
    let erase = json!({ "reason": "a court", "reference": "7 O 12/26", "erase": true });
    stage.call(&stage.operator, Method::PUT, "/modules/adx/hello/versions/1.0.0/takedown", Some(erase)).await;
    let (_, erased) = appeal(&stage, &stage.publisher, "version", "adx/hello@1.0.0").await;
    let (status, problem) = answer(&stage, &erased["id"], "grant").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "erased"), "{problem}");
    let (_, open) = stage.get(&stage.operator, "/appeals").await;
    assert_eq!(open["appeals"].as_array().unwrap().len(), 2);
}

async fn a_refused_name_is_allowed(engine: Engine) {
    let stage = released(engine).await;
    let now = stage.ports.now();
    let mut transaction = stage.ports.store.begin().await.unwrap();
    let publisher = transaction.publisher_by_namespace(&"adx".parse().unwrap()).await.unwrap().unwrap();
    let held = HeldName {
        id: Id::new(now, &*stage.ports.entropy),
        name: "adx/invoces".parse().unwrap(),
        resembles: "acme/invoices".parse().unwrap(),
        likeness: Likeness::Omitted,
        publisher: Some(publisher.id),
        state: HeldState::Held,
        asked_at: now,
        decided: None,
        reason: None,
    };
    transaction.hold_name(&held).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let id = held.id.to_string();
    assert_eq!(appeal(&stage, &stage.owner, "name", &id).await.0, StatusCode::CONFLICT, "nobody has decided yet");
    let path = format!("/names/held/{id}/refuse");
    let refused = json!({ "reason": "it would be taken for another" });
    assert_eq!(stage.post(&stage.operator, &path, refused).await.0, StatusCode::OK);
    let (status, opened) = appeal(&stage, &stage.owner, "name", &id).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    let told = (&opened["about"], &opened["publisher"], &opened["person"]);
    assert_eq!(told, (&json!("the name `adx/invoces`"), &json!("adx"), &json!(null)));
    assert_eq!(answer(&stage, &opened["id"], "grant").await.0, StatusCode::OK);
    let (_, names) = stage.get(&stage.publisher, "/publishers/adx/names").await;
    assert_eq!(names["names"][0]["state"], "allowed", "{names}");
    stage.work().await;
    assert!(stage.mail.take().iter().any(|letter| letter.subject.contains("`adx/invoces` is granted")));
}

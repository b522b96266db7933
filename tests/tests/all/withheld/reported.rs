//! Reports of modules.

use adx_registry_core::account::{Account, AccountState, Session, SignedInBy};
use adx_registry_core::actor::Actor;
use adx_registry_core::ports::Written;
use adx_registry_core::reports::{Category, NewReport, ReportError, send_report};
use adx_signing::digest::Digest;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::modules::{offered, released};
use crate::engines::{Engine, Samples, on_every_engine};
use crate::submissions::stage::{Stage, kind, text};

on_every_engine!(
    a_report_is_confirmed_and_the_version_withheld_in_one_act,
    a_report_is_dismissed_and_decided_once,
    what_cannot_be_done_decides_nothing,
    strangers_cannot_fill_the_list,
    who_may_not_sees_no_report,
    whoever_is_signed_in_is_heard_once_and_told,
);

const REPORT: &str = "/modules/adx/hello/report";

/// A report by somebody who is not signed in; its id.
async fn report(stage: &Stage, category: &str, version: Option<&str>) -> String {
    // So that one comes after the other.
    stage.clock.pass(time::Duration::MILLISECOND);
    let body = json!({ "category": category, "text": "it sends\nwhat it is told", "version": version, "email": "eve@example.org" });
    let (status, taken) = stage.post(&stage.publisher, REPORT, body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{taken}");
    text(&taken["id"]).to_owned()
}

async fn list(stage: &Stage, query: &str) -> Vec<Value> {
    let (status, list) = stage.get(&stage.operator, &format!("/reports{query}")).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["reports"].as_array().unwrap().clone()
}

async fn a_report_is_confirmed_and_the_version_withheld_in_one_act(engine: Engine) {
    let stage = released(engine).await;
    let first = report(&stage, "malware", Some("1.1.0")).await;
    let second = report(&stage, "spam", None).await;
    let (_, modules) = stage.get(&stage.operator, "/reports/modules").await;
    let module = &modules["modules"][0];
    assert_eq!(
        (&module["module"], &module["open"], &module["malware"], &module["accounts"]),
        (&json!("adx/hello"), &json!(2), &json!(1), &json!(0)),
        "{modules}"
    );
    let open = list(&stage, "?module=adx/hello").await;
    assert_eq!((open.len(), &open[0]["email"], &open[0]["version"]), (2, &json!("eve@example.org"), &json!("1.1.0")));
    assert_eq!(open[0]["text"], "it sends\nwhat it is told");

    let body = json!({ "reason": "it steals", "act": "quarantine", "all": true });
    let (status, decided) = stage.post(&stage.operator, &format!("/reports/{first}/confirm"), body).await;
    assert_eq!((status, &decided["state"]), (StatusCode::OK, &json!("confirmed")), "{decided}");
    assert_eq!(offered(&stage).await, ["1.0.0"]);
    let (_, page) = stage.get(&stage.publisher, "/modules/adx/hello").await;
    assert_eq!(page["versions"][0]["quarantined_for"], "it steals");
    assert!(list(&stage, "").await.is_empty());
    let confirmed = list(&stage, "?state=confirmed").await;
    let ids: Vec<_> = confirmed.iter().map(|report| text(&report["id"])).collect();
    assert_eq!(ids, [first, second]);
    assert!(confirmed.iter().all(|report| report.get("email").is_none()), "addresses are erased: {confirmed:?}");

    let third = report(&stage, "malware", None).await;
    let body = json!({ "reason": "all of it", "act": "revoke", "version": "1.0.0" });
    assert_eq!(stage.post(&stage.operator, &format!("/reports/{third}/confirm"), body).await.0, StatusCode::OK);
    let revoked = stage.ports.store.read().await.unwrap().revocations().await.unwrap();
    assert_eq!(revoked.packages.len(), 1);
    let fourth = report(&stage, "malware", None).await;
    let body = json!({ "reason": "the whole", "act": "quarantine-module" });
    assert_eq!(stage.post(&stage.operator, &format!("/reports/{fourth}/confirm"), body).await.0, StatusCode::OK);
    assert_eq!(stage.get(&stage.publisher, "/modules/adx/hello").await.1["quarantined_for"], "the whole");
}

async fn a_report_is_dismissed_and_decided_once(engine: Engine) {
    let stage = released(engine).await;
    let id = report(&stage, "other", None).await;
    let body = json!({ "reason": "the manifest says so" });
    let (status, decided) = stage.post(&stage.operator, &format!("/reports/{id}/dismiss"), body.clone()).await;
    assert_eq!((status, &decided["state"]), (StatusCode::OK, &json!("dismissed")), "{decided}");
    let (status, problem) = stage.post(&stage.operator, &format!("/reports/{id}/dismiss"), body).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "report-decided"));
    let body = json!({ "reason": "it steals", "act": "quarantine-module" });
    let (status, _) = stage.post(&stage.operator, &format!("/reports/{id}/confirm"), body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(offered(&stage).await, ["1.0.0", "1.1.0"], "what was decided does nothing more");
}

async fn what_cannot_be_done_decides_nothing(engine: Engine) {
    let stage = released(engine).await;
    let id = report(&stage, "malware", None).await;
    let confirm = format!("/reports/{id}/confirm");
    for (body, wanted) in [
        (json!({ "reason": "it steals", "act": "quarantine" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "reason": "it steals", "act": "revoke" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "reason": "it steals", "act": "quarantine", "version": "9.0.0" }), StatusCode::NOT_FOUND),
        (json!({ "reason": "it steals", "act": "revoke", "version": "9.0.0" }), StatusCode::NOT_FOUND),
        (json!({ "reason": "it steals", "version": "one" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "reason": "<b>", "act": "nothing" }), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(stage.post(&stage.operator, &confirm, body.clone()).await.0, wanted, "{body}");
    }
    assert_eq!(list(&stage, "").await.len(), 1);
    assert_eq!(offered(&stage).await, ["1.0.0", "1.1.0"]);
}

async fn strangers_cannot_fill_the_list(engine: Engine) {
    let stage = released(engine).await;
    let said = |more: Value| {
        let mut body = json!({ "category": "malware", "text": "it steals", "email": "eve@example.org" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (path, more, wanted) in [
        (REPORT, json!({ "email": null }), StatusCode::UNPROCESSABLE_ENTITY),
        (REPORT, json!({ "email": "eve" }), StatusCode::UNPROCESSABLE_ENTITY),
        (REPORT, json!({ "text": "<script>" }), StatusCode::UNPROCESSABLE_ENTITY),
        (REPORT, json!({ "text": "x".repeat(4_001) }), StatusCode::UNPROCESSABLE_ENTITY),
        (REPORT, json!({ "category": "mood" }), StatusCode::BAD_REQUEST),
        (REPORT, json!({ "version": "9.0.0" }), StatusCode::NOT_FOUND),
        ("/modules/adx/nothing/report", json!({}), StatusCode::NOT_FOUND),
    ] {
        let (status, answer) = stage.post(&stage.publisher, path, said(more.clone())).await;
        assert_eq!(status, wanted, "{more}: {answer}");
    }
    assert!(list(&stage, "").await.is_empty());
    for _ in 0..adx_registry_core::reports::MAX_ANONYMOUS_OF_MODULE {
        report(&stage, "malware", None).await;
    }
    let (status, problem) = stage.post(&stage.publisher, REPORT, said(json!({}))).await;
    assert_eq!((status, kind(&problem)), (StatusCode::TOO_MANY_REQUESTS, "reports-full"), "{problem}");
    let id = list(&stage, "").await[0]["id"].clone();
    let body = json!({ "reason": "one after the other", "all": true });
    let (status, _) = stage.post(&stage.operator, &format!("/reports/{}/dismiss", text(&id)), body).await;
    assert_eq!(status, StatusCode::OK);
    report(&stage, "malware", None).await;
}

async fn who_may_not_sees_no_report(engine: Engine) {
    let stage = released(engine).await;
    let id = report(&stage, "malware", None).await;
    for token in [&stage.publisher, &stage.owner] {
        for path in ["/reports", "/reports/modules"] {
            assert_eq!(stage.get(token, path).await.0, StatusCode::FORBIDDEN, "{path}");
        }
        for verb in ["confirm", "dismiss"] {
            let path = format!("/reports/{id}/{verb}");
            let (status, _) = stage.call(token, Method::POST, &path, Some(json!({ "reason": "no" }))).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let path = format!("/reports/{}/dismiss", "0".repeat(32));
    assert_eq!(stage.post(&stage.operator, &path, json!({ "reason": "no" })).await.0, StatusCode::NOT_FOUND);
}

/// Somebody who is signed in.
async fn person(stage: &Stage, samples: &Samples, name: &str, is_operator: bool) -> Actor {
    let account = Account {
        id: samples.id(),
        email: Some(format!("{name}@example.org").parse().unwrap()),
        name: None,
        password: None,
        state: AccountState::Active,
        is_operator,
        created_at: Samples::now(),
        verified_at: Some(Samples::now()),
    };
    let mut transaction = stage.ports.store.begin().await.unwrap();
    transaction.insert_account(&account).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let session = Session {
        id: samples.id(),
        account: account.id,
        hash: Digest::of(name.as_bytes()),
        device: "Firefox on Linux".to_owned(),
        created_at: Samples::now(),
        last_used_at: Samples::now(),
        signed_in_by: SignedInBy::Password,
        proven_at: None,
    };
    Actor::Person { account, session, memberships: Vec::new() }
}

async fn whoever_is_signed_in_is_heard_once_and_told(engine: Engine) {
    let stage = released(engine).await;
    let samples = Samples::default();
    person(&stage, &samples, "grace", true).await;
    let (bea, cleo) = (person(&stage, &samples, "bea", false).await, person(&stage, &samples, "cleo", false).await);
    let module = "adx/hello".parse().unwrap();
    let said =
        || NewReport { version: None, category: Category::Malware, text: "it steals".parse().unwrap(), address: None };
    send_report(&stage.ports, &bea, &module, said()).await.unwrap();
    let again = send_report(&stage.ports, &bea, &module, said()).await;
    assert!(matches!(again, Err(ReportError::Again(_))), "{again:?}");
    send_report(&stage.ports, &cleo, &module, said()).await.unwrap();
    stage.work().await;
    let letters = stage.mail.take();
    let subjects: Vec<_> = letters.iter().map(|letter| letter.subject.as_str()).collect();
    assert_eq!(subjects, ["adx/hello was reported"], "the operator is told of the first that waits");
    assert!(!letters[0].text.contains("it steals"), "what anybody may have said is not mailed");
    let (_, modules) = stage.get(&stage.operator, "/reports/modules").await;
    assert_eq!(modules["modules"][0]["accounts"], 2, "{modules}");

    let open = list(&stage, "").await;
    assert!(open.iter().all(|report| report["account"].is_string() && report.get("email").is_none()));
    let path = format!("/reports/{}/confirm", text(&open[0]["id"]));
    let body = json!({ "reason": "it does", "act": "quarantine-module", "all": true });
    assert_eq!(stage.post(&stage.operator, &path, body).await.0, StatusCode::OK);
    stage.work().await;
    let told = stage.mail.take();
    let told = told.iter().filter(|letter| letter.subject == "Your report of adx/hello");
    assert_eq!(told.filter(|letter| letter.text.contains("it does")).count(), 2);
    send_report(&stage.ports, &bea, &module, said()).await.expect("what is decided makes room");
}

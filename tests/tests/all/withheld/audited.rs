//! What the audit log is told of what operators withhold, and who is shown it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::modules::released;
use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, package, text};

on_every_engine!(
    each_act_is_told_with_its_leaf_and_reports_to_operators_only,
    what_changes_nothing_is_not_told,
    another_reason_is_told_without_a_leaf,
    a_reopened_submission_is_told,
);

const MODULE: &str = "/modules/adx/hello";

async fn entries(stage: &Stage, token: &str, after: u64) -> Vec<Value> {
    let (status, page) = stage.get(token, &format!("/audit?namespace=adx&limit=1000&after={after}")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["entries"].as_array().unwrap().clone()
}

/// All entries, those of no publisher too.
async fn all(stage: &Stage, after: u64) -> Vec<Value> {
    let (status, page) = stage.get(&stage.operator, &format!("/audit?limit=1000&after={after}")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["entries"].as_array().unwrap().clone()
}

async fn head(stage: &Stage) -> u64 {
    stage.get(&stage.operator, "/audit/head").await.1["seq"].as_u64().unwrap()
}

/// Act, leaf counted from `first`, and detail.
fn told(entry: &Value, first: u64) -> (String, Option<u64>, Value) {
    (text(&entry["act"]).to_owned(), entry["leaf"].as_u64().map(|leaf| leaf - first), entry["detail"].clone())
}

async fn done(stage: &Stage, method: Method, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = stage.call(&stage.operator, method, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

async fn granted(stage: &Stage, kind: &str, subject: &str) -> String {
    let body = json!({ "kind": kind, "subject": subject, "text": "the host is ours" });
    let (status, opened) = stage.post(&stage.owner, "/publishers/adx/appeals", body).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    let id = text(&opened["id"]).to_owned();
    done(stage, Method::POST, &format!("/appeals/{id}/grant"), Some(json!({ "reason": "looked at once more" }))).await;
    id
}

async fn each_act_is_told_with_its_leaf_and_reports_to_operators_only(engine: Engine) {
    let stage = released(engine).await;
    let leaves = async || stage.ports.store.read().await.unwrap().leaf_count().await.unwrap();
    let (start, first) = (head(&stage).await, leaves().await);
    let because = json!({ "reason": "it leaks to grace" });
    done(&stage, Method::POST, &format!("{MODULE}/quarantine"), Some(because.clone())).await;
    done(&stage, Method::POST, &format!("{MODULE}/versions/1.1.0/quarantine"), Some(because)).await;
    let takedown = json!({ "reason": "it is not theirs", "reference": "7 O 12/26" });
    let path = format!("{MODULE}/versions/1.0.0/takedown");
    let taken = done(&stage, Method::PUT, &path, Some(takedown)).await;
    let appeal = granted(&stage, "module", "adx/hello").await;
    granted(&stage, "version", "adx/hello@1.1.0").await;
    done(&stage, Method::DELETE, &path, None).await;
    let report = json!({ "category": "malware", "text": "it sends what it is told", "email": "eve@example.org" });
    let (status, report) = stage.post(&stage.publisher, &format!("{MODULE}/report"), report).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{report}");
    let confirm = format!("/reports/{}/confirm", text(&report["id"]));
    done(&stage, Method::POST, &confirm, Some(json!({ "reason": "it does", "act": "quarantine-module" }))).await;

    let entries_of_all = all(&stage, start).await;
    let (_, page) = stage.get(&stage.publisher, MODULE).await;
    let sha256 = &page["versions"][0]["sha256"];
    let of_module = |state: &str| json!({ "kind": "module", "subject": "adx/hello", "state": state });
    let of_version = |state: &str| json!({ "kind": "version", "subject": "adx/hello@1.1.0", "state": state });
    let of_report = |state: &str| json!({ "module": "hello", "category": "malware", "state": state });
    let wanted = [
        ("module.quarantine", Some(0), json!({ "releases": 2 })),
        ("release.quarantine", None, json!({ "sha256": sha256 })),
        ("takedown.put", None, json!({ "erased": false, "releases": 0 })),
        ("appeal.open", None, of_module("open")),
        ("module.restore", None, json!({ "releases": 0 })),
        ("appeal.decide", None, of_module("granted")),
        ("appeal.open", None, of_version("open")),
        ("release.restore", Some(2), json!({ "sha256": sha256 })),
        ("appeal.decide", None, of_version("granted")),
        ("takedown.lift", Some(3), json!({ "erased": false, "releases": 1 })),
        ("report.send", None, of_report("open")),
        ("module.quarantine", Some(4), json!({ "releases": 2 })),
        ("report.decide", None, of_report("confirmed")),
    ];
    let found: Vec<_> = entries_of_all.iter().map(|entry| told(entry, first)).collect();
    let wanted: Vec<_> = wanted.map(|(act, leaf, detail)| (act.to_owned(), leaf, detail)).into();
    assert_eq!(found, wanted);
    assert_eq!(leaves().await, first + 6, "a leaf of each release that is offered otherwise");
    for (number, version) in [(0, "1.0.0"), (1, "1.1.0"), (2, "1.1.0"), (3, "1.0.0"), (4, "1.0.0"), (5, "1.1.0")] {
        let leaf = stage.ports.store.read().await.unwrap().leaves_from(first + number, 1).await.unwrap();
        let leaf = String::from_utf8_lossy(&leaf[0]).into_owned();
        assert!(leaf.contains("quarantine") && leaf.contains(version), "{number}: {leaf}");
    }
    assert_eq!(entries_of_all[2]["subject"]["id"], taken["id"]);
    assert_eq!(entries_of_all[2]["subject"]["version"], "1.0.0");
    assert_eq!(entries_of_all[5]["subject"]["id"], json!(appeal));
    assert!(text(&entries_of_all[3]["who"]).starts_with("owner:"), "{}", entries_of_all[3]);
    assert_eq!(entries_of_all[5]["who"], entries_of_all[0]["who"], "the operator's token");

    // What was said stands where it was said, and reports are nothing for owners.
    let written = json!(entries_of_all).to_string();
    for never in ["example.org", "grace", "not theirs", "7 O 12/26", "the host is ours", "once more", "sends what"] {
        assert!(!written.contains(never), "{never} is in the log");
    }
    let seen = entries(&stage, &stage.owner, start).await;
    let shown: Vec<_> = entries_of_all.iter().filter(|entry| !text(&entry["act"]).starts_with("report.")).collect();
    assert_eq!(seen.iter().collect::<Vec<_>>(), shown);
}

async fn what_changes_nothing_is_not_told(engine: Engine) {
    let stage = released(engine).await;
    let because = json!({ "reason": "it leaks" });
    done(&stage, Method::POST, &format!("{MODULE}/quarantine"), Some(because.clone())).await;
    let before = head(&stage).await;
    done(&stage, Method::POST, &format!("{MODULE}/quarantine"), Some(because)).await;
    for path in ["/versions/1.0.0/release-from-quarantine", "/takedown"] {
        let method = if path == "/takedown" { Method::DELETE } else { Method::POST };
        let (status, answer) = stage.call(&stage.operator, method, &format!("{MODULE}{path}"), None).await;
        assert!(status.is_client_error(), "{path}: {status} {answer}");
    }
    assert_eq!(head(&stage).await, before);
}

async fn a_reopened_submission_is_told(engine: Engine) {
    let stage = released(engine).await;
    stage.stand("held").await;
    let (_, waits) = stage.send(&package("1.2.0", &[])).await;
    let id = text(&waits["id"]).to_owned();
    done(&stage, Method::POST, &format!("/submissions/{id}/reject"), Some(json!({ "reason": "it steals" }))).await;
    let before = head(&stage).await;
    granted(&stage, "submission", &id).await;
    let told = all(&stage, before).await;
    let acts: Vec<_> = told.iter().map(|entry| text(&entry["act"])).collect();
    assert_eq!(acts, ["appeal.open", "submission.reopen", "appeal.decide"]);
    assert_eq!((&told[1]["subject"]["id"], &told[1]["subject"]["version"]), (&json!(id), &json!("1.2.0")));
}

async fn another_reason_is_told_without_a_leaf(engine: Engine) {
    let stage = released(engine).await;
    for path in [format!("{MODULE}/versions/1.1.0/quarantine"), format!("{MODULE}/quarantine")] {
        let put = async |reason: &str| done(&stage, Method::POST, &path, Some(json!({ "reason": reason }))).await;
        put("it leaks").await;
        let start = head(&stage).await;
        put("it leaks what it is told").await;
        put("it leaks what it is told").await;
        let entries = all(&stage, start).await;
        let acts: Vec<_> = entries.iter().map(|entry| (text(&entry["act"]), entry["leaf"].as_u64())).collect();
        let act = if path.contains("versions") { "release.quarantine" } else { "module.quarantine" };
        assert_eq!(acts, [(act, None)], "{entries:?}");
    }
}

//! The choke point, from the guest's side: what is granted, what is not, and who is told.

use std::collections::BTreeSet;

use adx_sandbox::{CallError, Capability};
use serde_json::{Value, json};

use crate::stage::{Stage, error, ok};

/// Every function of the capabilities that this host offers.
const OFFERED: [&str; 14] = [
    "config.all",
    "config.get",
    "sql.execute",
    "sql.transaction",
    "sql.begin",
    "sql.commit",
    "sql.rollback",
    "kv.get",
    "kv.get-many",
    "kv.set",
    "kv.delete",
    "kv.compare-and-set",
    "kv.increment",
    "kv.keys",
];

/// Every function of the world that this host does not offer yet.
const NOT_OFFERED: [&str; 30] = [
    "secrets.get",
    "secrets.names",
    "blob.stat",
    "blob.read",
    "blob.write",
    "blob.append",
    "blob.delete",
    "blob.entries",
    "http.send",
    "events.publish",
    "modules.call",
    "workflow.start",
    "workflow.signal",
    "workflow.cancel",
    "workflow.describe",
    "notify.send-mail",
    "notify.send-message",
    "workflow-context.start-activity",
    "workflow-context.start-timer",
    "workflow-context.start-child",
    "workflow-context.start-signal",
    "workflow-context.wait",
    "workflow-context.wait-any",
    "workflow-context.cancel",
    "workflow-context.cancelled",
    "workflow-context.now-unix-ms",
    "workflow-context.random",
    "workflow-context.patched",
    "workflow-context.set-status",
    "workflow-context.continue-as-new",
];

fn interface(function: &str) -> &str {
    function.split('.').next().unwrap_or_default()
}

#[tokio::test]
async fn every_function_without_consent_is_refused_with_the_manifest_line_and_audited() {
    let stage = Stage::new().await.grant([]);
    for function in OFFERED.into_iter().chain(NOT_OFFERED) {
        let [answer] = stage.host([json!([function])]).await;
        let (kind, line) = error(&answer);
        assert_eq!(kind, "not-granted", "{function}");
        let expected = match interface(function).parse::<Capability>() {
            Ok(capability) => capability.manifest_line(),
            Err(_) => "[module.workflows] (this host does not offer workflow-context yet)".to_owned(),
        };
        assert_eq!(line, expected, "{function}");
        let (tenant, denial) = stage.recorder.denials.lock().pop().expect("the denial is audited");
        assert_eq!(tenant, "acme");
        assert_eq!(format!("{}.{}", denial.interface, denial.operation), function);
        assert_eq!(denial.manifest_line, expected);
        assert_eq!(stage.recorder.report().denials, 1);
    }
    assert_eq!(stage.data().schema_version().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_granted_but_not_offered_is_refused_and_says_so() {
    let stage = Stage::new().await.grant([
        "secrets",
        "blob",
        "http:https://example.com",
        "events:order.created",
        "modules:adx/other",
        "workflow",
        "notify",
    ]);
    for function in NOT_OFFERED {
        let [answer] = stage.host([json!([function])]).await;
        let (kind, line) = error(&answer);
        assert_eq!(kind, "not-granted", "{function}");
        let unoffered = format!("(this host does not offer {} yet)", interface(function));
        assert!(line.ends_with(&unoffered), "{function}: {line}");
    }
}

#[tokio::test]
async fn one_capability_does_not_open_another() {
    for (granted, works) in [("config", "config.all"), ("kv", "kv.keys"), ("sql", "sql.begin")] {
        let stage = Stage::new().await.grant([granted]);
        for function in OFFERED {
            if interface(function) != granted {
                let [answer] = stage.host([json!([function])]).await;
                assert_eq!(error(&answer).0, "not-granted", "{granted} opens {function}");
            }
        }
        let [answer] = stage.host([json!([works])]).await;
        ok(&answer);
    }
}

#[tokio::test]
async fn a_guest_that_asks_again_and_again_does_not_flood_the_audit() {
    let stage = Stage::new().await.grant([]);
    let calls: Vec<Value> = (0..500).map(|_| json!(["kv.get", "x"])).collect();
    stage.call("host", json!(calls)).await.unwrap();
    assert_eq!(stage.recorder.denials.lock().len(), 1);
    assert_eq!(stage.recorder.report().denials, 500);
    // Each call anew: the audit shows that it goes on.
    stage.call("host", json!([["kv.get", "x"]])).await.unwrap();
    assert_eq!(stage.recorder.denials.lock().len(), 2);
}

#[tokio::test]
async fn a_module_that_fails_for_want_of_consent_is_told_apart() {
    let stage = Stage::new().await.grant([]);
    let error = stage.call("host", json!({ "stop": true, "calls": [["sql.begin"]] })).await.unwrap_err();
    assert_eq!(
        error,
        CallError::NotGranted { capability: "sql".into(), manifest_line: Capability::Sql.manifest_line() }
    );
    assert!(!error.blames_module());

    // Only the host may say so.
    let error = stage.call("fail", json!({ "kind": "not-granted", "message": "please" })).await.unwrap_err();
    assert_eq!(error.slug(), "module-error");
}

#[tokio::test]
async fn log_clock_and_random_need_no_consent() {
    let stage = Stage::new().await.grant([]);
    let calls =
        [json!(["log.write", "hello"]), json!(["clock.now"]), json!(["random.bytes", 16]), json!(["random.number"])];
    let [log, clock, bytes, number] = stage.host(calls.clone()).await;
    ok(&log);
    assert_eq!(stage.recorder.lines.lock()[0].message, "hello");
    assert_eq!(ok(&clock), &json!({ "seconds": 1_700_000_000, "nanoseconds": 123_000_000, "forward": true }));
    assert_eq!(ok(&bytes)["length"], 16);
    assert!(ok(&number).is_u64());

    stage.clock.advance_ms(1_000);
    let [_, later, other_bytes, other_number] = stage.host(calls).await;
    assert_eq!(ok(&later)["seconds"], 1_700_000_001);
    assert_ne!(bytes, other_bytes);
    assert_ne!(number, other_number);
    assert!(stage.recorder.denials.lock().is_empty());
}

#[tokio::test]
async fn random_bytes_are_capped() {
    let stage = Stage::new().await;
    let calls = [json!(["random.bytes", 1_048_575]), json!(["random.bytes", 2]), json!(["random.bytes", u32::MAX])];
    let [most, too_many, absurd] = stage.host(calls).await;
    assert_eq!(ok(&most)["length"], 1_048_575);
    assert_eq!(error(&too_many), ("limited", "at most 1048576 random bytes in one call"));
    assert_eq!(error(&absurd).0, "limited");
}

#[tokio::test]
async fn data_operations_are_capped() {
    let stage = Stage::new().await.limit(|limits| limits.cpu_time = std::time::Duration::from_secs(60));
    let mut calls: Vec<Value> = (0..10_000).map(|_| json!(["kv.get", "x"])).collect();
    calls.push(json!(["kv.get", "x"]));
    let answers = stage.call("host", json!(calls)).await.unwrap();
    let refused: BTreeSet<usize> = answers
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer["ok"] != Value::Null || answer.get("error").is_some())
        .map(|(at, _)| at)
        .collect();
    assert_eq!(refused, BTreeSet::from([10_000]));
    assert_eq!(error(&answers[10_000]), ("limited", "at most 10000 operations of kv and sql in one call"));
}

#[tokio::test]
async fn the_tenants_settings_are_read_by_pointer() {
    let stage = Stage::new().await.grant(["config"]);
    let calls = [
        json!(["config.all"]),
        json!(["config.get", "/greeting"]),
        json!(["config.get", "/limits/1"]),
        json!(["config.get", "/nothing"]),
        json!(["config.get", "greeting"]),
    ];
    let [all, greeting, limit, nothing, invalid] = stage.host(calls).await;
    let all: Value = serde_json::from_str(ok(&all).as_str().unwrap()).unwrap();
    assert_eq!(all, *stage.environment.config);
    assert_eq!(ok(&greeting), r#""Hello""#);
    assert_eq!(ok(&limit), "5");
    assert_eq!(ok(&nothing), &Value::Null);
    assert_eq!(error(&invalid).0, "invalid-pointer");
}

#[tokio::test]
async fn without_a_data_store_kv_and_sql_are_unavailable() {
    let mut stage = Stage::new().await;
    stage.environment.data = None;
    for function in ["kv.get", "sql.begin"] {
        let [answer] = stage.host([json!([function, "x"])]).await;
        assert_eq!(error(&answer), ("unavailable", "there is no data store for this call"));
    }
}

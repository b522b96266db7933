//! Calling: answers, errors, freshness, reports.

use std::sync::Arc;

use adx_sandbox::{CallError, Clock as _, Invocation};
use serde_json::{Value, json};

use crate::stage::{Stage, ok};

#[tokio::test]
async fn a_call_answers() {
    let mut stage = Stage::new().await;
    stage.environment.config = Arc::new(json!({ "currency": "EUR" }));
    let order = json!({
        "customer": "Ada",
        "items": [
            { "article": "nut", "quantity": 3, "price_cents": 20 },
            { "article": "bolt", "quantity": 2, "price_cents": 45 },
            { "article": "nut", "quantity": 1, "price_cents": 20 },
        ],
    });
    let priced = json!({
        "customer": "Ada",
        "total_cents": 170,
        "quantities": { "bolt": 2, "nut": 4 },
        "currency": "EUR",
        "priced_at": stage.clock.now().as_secs(),
        "note": "3 items for Ada",
    });
    assert_eq!(stage.call("order", order).await, Ok(priced));
}

#[tokio::test]
async fn any_json_comes_back_as_it_went() {
    let stage = Stage::new().await;
    for value in [json!(null), json!(""), json!("ü\u{0}\u{1F600}\n"), json!([1, -2, 3.5, true, { "a": [] }])] {
        assert_eq!(stage.call("echo", value.clone()).await, Ok(value));
    }
}

#[tokio::test]
async fn the_lifecycle_is_called_by_name() {
    let stage = Stage::new().await;
    let moments = [
        (Invocation::Install, "install", ""),
        (Invocation::Activate, "activate", ""),
        (Invocation::Upgrade { from: "0.9.0".to_owned() }, "upgrade", "0.9.0"),
        (Invocation::Deactivate, "deactivate", ""),
        (Invocation::Uninstall, "uninstall", ""),
    ];
    for (invocation, name, from) in moments {
        assert_eq!(stage.module.call(&stage.environment, invocation).await, Ok(Value::Null));
        let line = stage.recorder.lines.lock().pop().expect("the moment was logged");
        assert_eq!((line.message.as_str(), line.fields[0].1.as_str()), (name, from));
        assert_eq!(stage.recorder.report().invocation, name);
    }
}

#[tokio::test]
async fn an_unhealthy_module_says_why() {
    let stage = Stage::new().await;
    let error = stage.module.call(&stage.environment, Invocation::Health).await;
    let sick = CallError::Module { kind: "sick".into(), message: "I have a cold".into(), retryable: true };
    assert_eq!(error, Err(sick));
    assert_eq!(stage.recorder.report().outcome, "module-error");
}

#[tokio::test]
async fn the_modules_own_errors_come_through() {
    let stage = Stage::new().await;
    for retryable in [true, false] {
        let input = json!({ "kind": "out-of-stock", "message": "no nuts", "retryable": retryable });
        let error = stage.call("fail", input).await.unwrap_err();
        assert_eq!(error, CallError::Module { kind: "out-of-stock".into(), message: "no nuts".into(), retryable });
        assert!(!error.blames_module());
    }
}

#[tokio::test]
async fn an_endless_error_is_cut() {
    let stage = Stage::new().await;
    let input = json!({ "kind": "k".repeat(10_000), "message": "ü".repeat(100_000) });
    let Err(CallError::Module { kind, message, .. }) = stage.call("fail", input).await else {
        panic!("the module fails");
    };
    assert_eq!((kind.len(), message.len()), (100, 8 * 1024));
}

#[tokio::test]
async fn an_unknown_activity_is_answered_with_the_known() {
    let stage = Stage::new().await;
    let error = stage.call("teleport", json!({})).await.unwrap_err();
    let CallError::UnknownActivity { name, known } = &error else { panic!("{error}") };
    assert_eq!(name, "teleport");
    assert!(known.is_sorted() && known.contains(&"order".to_owned()) && known.len() == 15, "{known:?}");
    assert!(error.to_string().contains("echo, fail"), "{error}");
}

#[tokio::test]
async fn a_known_activity_cannot_pass_for_an_unknown_one() {
    let stage = Stage::new().await;
    let error = stage.call("claim-unknown", json!({})).await.unwrap_err();
    assert_eq!(error.slug(), "module-error");
}

#[tokio::test]
async fn what_is_not_json_is_told_apart() {
    let stage = Stage::new().await;
    let error = stage.call("raw", json!("{not json")).await.unwrap_err();
    assert!(matches!(error, CallError::InvalidOutput(_)), "{error}");
    // So deep that a careless reader would overflow its stack.
    let error = stage.call("raw", json!("[".repeat(100_000))).await.unwrap_err();
    assert!(matches!(error, CallError::InvalidOutput(_)), "{error}");
}

#[tokio::test]
async fn nothing_stays_from_call_to_call() {
    let stage = Stage::new().await;
    for _ in 0..20 {
        assert_eq!(stage.call("count", json!({})).await, Ok(json!(1)));
    }
    // Memory that a call before filled is not there for the next one: it grows from the same beginning.
    assert_eq!(stage.call("count", json!({})).await, Ok(json!(1)));
    let small = stage.recorder.report().peak_memory_bytes;
    assert_eq!(stage.call("fill", json!(20_000_000)).await, Ok(json!(20_000_000)));
    assert!(stage.recorder.report().peak_memory_bytes > 20_000_000);
    assert_eq!(stage.call("count", json!({})).await, Ok(json!(1)));
    assert_eq!(stage.recorder.report().peak_memory_bytes, small);
}

#[tokio::test]
async fn nothing_goes_from_tenant_to_tenant() {
    let stage = Stage::new().await;
    let other = stage.tenant("globex").await;
    let create = json!(["sql.execute", "CREATE TABLE secret (x)"]);
    let [set, created] = stage.host([json!(["kv.set", "plan", "world domination"]), create]).await;
    ok(&set);
    ok(&created);
    let calls = [
        json!(["kv.get", "plan"]),
        json!(["kv.keys", ""]),
        json!(["sql.execute", "SELECT count(*) FROM sqlite_schema WHERE name = 'secret'"]),
    ];
    let [get, keys, tables] = stage.host_for(&other, calls).await;
    assert_eq!(ok(&get), &Value::Null);
    assert_eq!(ok(&keys)["keys"], json!([]));
    assert_eq!(ok(&tables)["rows"], json!([[0]]));
}

#[tokio::test]
async fn a_call_is_reported_with_what_it_used() {
    let stage = Stage::new().await;
    stage.call("compute", json!(1_000_000)).await.unwrap();
    let report = stage.recorder.report();
    assert_eq!((report.invocation.as_str(), report.outcome), ("activity compute", "ok"));
    assert_eq!((report.host_calls, report.denials, report.log_lines, report.log_lines_dropped), (0, 0, 0, 0));
    assert!(report.cpu_time.as_nanos() > 0 && report.wall_time >= report.cpu_time, "{report:?}");

    stage.host([json!(["clock.now"]), json!(["log.write", "one", { "a": "b" }])]).await;
    let report = stage.recorder.report();
    assert_eq!((report.host_calls, report.log_lines), (4, 1));
    let lines = stage.recorder.lines.lock();
    assert_eq!((lines[0].message.as_str(), &lines[0].fields), ("one", &vec![("a".into(), "b".into())]));
}

#[tokio::test]
async fn the_databases_work_is_the_calls_processor_time() {
    let stage = Stage::new().await;
    let count = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000) SELECT count(*) FROM n";
    stage.host([json!(["sql.execute", "SELECT 1"])]).await;
    let little = stage.recorder.report().cpu_time;
    let [counted] = stage.host([json!(["sql.execute", count])]).await;
    assert_eq!(ok(&counted)["rows"], json!([[200_000]]));
    assert!(stage.recorder.report().cpu_time > little);
}

#[tokio::test]
async fn more_calls_than_places_wait_for_their_turn() {
    let stage = Stage::with(crate::guest::component(), |config| config.concurrent_calls = 2).await;
    let calls: Vec<_> = (0..32)
        .map(|number| {
            let (module, environment) = (stage.module.clone(), stage.environment.clone());
            let invocation = Invocation::Activity { name: "echo".to_owned(), input: json!(number) };
            tokio::spawn(async move { module.call(&environment, invocation).await })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), Ok(json!(number)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_place_is_free_only_when_the_instance_is_gone() {
    let stage = Stage::with(crate::guest::component(), |config| config.concurrent_calls = 1).await;
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let (module, environment) = (stage.module.clone(), stage.environment.clone());
            let invocation = Invocation::Activity { name: "echo".to_owned(), input: json!(number) };
            tokio::spawn(async move { module.call(&environment, invocation).await })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), Ok(json!(number)));
    }
}

#[tokio::test]
async fn a_call_that_its_caller_gives_up_leaves_its_place_and_its_data() {
    let stage = Stage::with(crate::guest::component(), |config| config.concurrent_calls = 1).await;
    let stage = stage.limit(|limits| limits.cpu_time = std::time::Duration::from_secs(60));
    let (module, environment) = (stage.module.clone(), stage.environment.clone());
    let invocation = Invocation::Activity { name: "spin".to_owned(), input: json!({}) };
    let call = tokio::spawn(async move { module.call(&environment, invocation).await });
    tokio::task::yield_now().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    stage.still_works().await;
}

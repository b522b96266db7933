//! Every limit, obeyed and violated; and that whoever violates one hurts only its own call.

use std::time::Duration;

use adx_sandbox::{CallError, Invocation};
use serde_json::{Value, json};

use crate::stage::{Stage, error, ok};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn memory_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.memory_bytes = 8 * MIB);
    assert_eq!(stage.call("fill", json!(4 * MIB)).await, Ok(json!(4 * MIB)));
    assert!(stage.recorder.report().peak_memory_bytes <= 8 * MIB);
}

#[tokio::test]
async fn memory_violated() {
    let stage = Stage::new().await.limit(|limits| limits.memory_bytes = 8 * MIB);
    let refused = Err(CallError::OutOfMemory { limit_bytes: 8 * MIB });
    assert_eq!(stage.call("fill", json!(9 * MIB)).await, refused);
    assert_eq!(stage.call("allocate", json!({})).await, refused);
    assert!(stage.recorder.report().peak_memory_bytes <= 8 * MIB);
    assert_eq!(stage.recorder.report().outcome, "out-of-memory");
    stage.still_works().await;
}

#[tokio::test]
async fn the_sandboxs_own_memory_limit_holds_for_all() {
    let stage = Stage::with(crate::guest::component(), |config| config.memory_bytes_per_call = 4 * MIB).await;
    assert_eq!(stage.environment.limits.memory_bytes, 64 * MIB);
    assert_eq!(stage.call("fill", json!(5 * MIB)).await, Err(CallError::OutOfMemory { limit_bytes: 4 * MIB }));
    assert_eq!(stage.call("fill", json!(2 * MIB)).await, Ok(json!(2 * MIB)));
}

#[tokio::test]
async fn processor_time_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.cpu_time = Duration::from_secs(60));
    stage.call("compute", json!(10_000_000)).await.unwrap();
}

#[tokio::test]
async fn processor_time_violated() {
    let limit = Duration::from_millis(50);
    let stage = Stage::new().await.limit(|limits| limits.cpu_time = limit);
    let error = stage.call("spin", json!({})).await.unwrap_err();
    assert_eq!(error, CallError::CpuTime { limit });
    assert!(error.blames_module());
    assert!(stage.recorder.report().cpu_time >= limit);
    stage.still_works().await;
}

#[tokio::test]
async fn processor_time_violated_in_the_database() {
    let limit = Duration::from_millis(50);
    let stage = Stage::new().await.limit(|limits| limits.cpu_time = limit);
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    assert_eq!(stage.call("host", json!([["sql.execute", endless]])).await, Err(CallError::CpuTime { limit }));
    stage.still_works().await;
}

#[tokio::test]
async fn wall_time_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.wall_time = Duration::MAX);
    stage.still_works().await;
    let [answer] = stage.host([json!(["kv.get", "x"])]).await;
    ok(&answer);
}

#[tokio::test]
async fn wall_time_violated() {
    let limit = Duration::from_millis(50);
    let stage = Stage::new().await.limit(|limits| {
        limits.cpu_time = Duration::from_secs(3600);
        limits.wall_time = limit;
    });
    assert_eq!(stage.call("spin", json!({})).await, Err(CallError::WallTime { limit }));
    assert_eq!(stage.recorder.report().outcome, "wall-time");
}

#[tokio::test]
async fn wall_time_violated_by_waiting_for_a_place() {
    let stage = Stage::with(crate::guest::component(), |config| config.concurrent_calls = 1).await;
    let limit = Duration::from_millis(20);
    let mut hurried = stage.environment.clone();
    hurried.limits.wall_time = limit;
    let stage = stage.limit(|limits| {
        limits.cpu_time = Duration::from_secs(3600);
        limits.wall_time = Duration::from_millis(500);
    });
    let (long, waiting) =
        tokio::join!(stage.call("spin", json!({})), stage.call_for(&hurried, "echo", json!("my turn")));
    assert_eq!(long.unwrap_err().slug(), "wall-time");
    assert_eq!(waiting, Err(CallError::WallTime { limit }));
    stage.still_works().await;
}

#[tokio::test]
async fn stack_obeyed() {
    let stage = Stage::new().await;
    for activity in ["recurse", "recurse-in-memory"] {
        stage.call(activity, json!(100)).await.unwrap();
    }
}

#[tokio::test]
async fn stack_violated() {
    let stage = Stage::new().await;
    assert_eq!(stage.call("recurse", json!(100_000_000)).await, Err(CallError::StackOverflow));
    // The stack that a compiler keeps in linear memory is memory to the sandbox: it ends at the beginning of it.
    let error = stage.call("recurse-in-memory", json!(100_000_000)).await.unwrap_err();
    assert_eq!(error, CallError::Trap("wasm trap: out of bounds memory access".to_owned()));
    stage.still_works().await;
}

#[tokio::test]
async fn output_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.output_bytes = 100_000);
    let output = stage.call("raw", json!(100_000)).await.unwrap();
    assert_eq!(output.as_str().map(str::len), Some(99_998));
}

#[tokio::test]
async fn output_violated() {
    let stage = Stage::new().await.limit(|limits| limits.output_bytes = 100_000);
    let refused = |bytes| Err(CallError::OutputTooLarge { bytes, limit_bytes: 100_000 });
    assert_eq!(stage.call("raw", json!(100_001)).await, refused(100_001));
    assert_eq!(stage.call("raw", json!(8 * MIB)).await, refused(8 * MIB));
    stage.still_works().await;
}

#[tokio::test]
async fn log_lines_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.log_lines = 10);
    stage.host([json!(["log.write", "line", {}, 10])]).await;
    assert_eq!(stage.recorder.lines.lock().len(), 10);
    let report = stage.recorder.report();
    assert_eq!((report.log_lines, report.log_lines_dropped), (10, 0));
}

#[tokio::test]
async fn log_lines_violated() {
    let stage = Stage::new().await.limit(|limits| limits.log_lines = 10);
    let [answer] = stage.host([json!(["log.write", "line", {}, 5_000])]).await;
    ok(&answer);
    assert_eq!(stage.recorder.lines.lock().len(), 10);
    let report = stage.recorder.report();
    assert_eq!((report.outcome, report.log_lines, report.log_lines_dropped), ("ok", 10, 4_990));
}

#[tokio::test]
async fn log_bytes_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.log_bytes = 1_000);
    stage.host([json!(["log.write", "m".repeat(98), { "k": "v" }, 10])]).await;
    assert_eq!(stage.recorder.report().log_lines_dropped, 0);
}

#[tokio::test]
async fn log_bytes_violated() {
    let stage = Stage::new().await.limit(|limits| limits.log_bytes = 999);
    stage.host([json!(["log.write", "m".repeat(98), { "k": "v" }, 10])]).await;
    let report = stage.recorder.report();
    assert_eq!((report.log_lines, report.log_lines_dropped), (9, 1));
    // One line of megabytes is cut, then counted.
    stage.call("host", json!([["log.write", "m".repeat(3_000_000)]])).await.unwrap();
    assert_eq!(stage.recorder.report().log_lines_dropped, 1);
}

#[tokio::test]
async fn a_logged_line_cannot_forge_another() {
    let stage = Stage::new().await;
    stage.host([json!(["log.write", "one\nERROR two\u{1b}[2J", { "a\r": "\u{0}" }])]).await;
    let lines = stage.recorder.lines.lock();
    assert_eq!(lines[0].message, "one\\nERROR two\\u{1b}[2J");
    assert_eq!(lines[0].fields, [("a\\r".to_owned(), "\\u{0}".to_owned())]);
}

#[tokio::test]
async fn kv_bytes_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.kv_bytes = 10_000);
    let [set] = stage.host([json!(["kv.set", "k", 9_999])]).await;
    ok(&set);
}

#[tokio::test]
async fn kv_bytes_violated() {
    let stage = Stage::new().await.limit(|limits| limits.kv_bytes = 10_000);
    let calls = [json!(["kv.set", "k", 9_999]), json!(["kv.set", "l", 0]), json!(["kv.set", "k", 10_000])];
    let [kept, one_more, larger] = stage.host(calls).await;
    ok(&kept);
    assert_eq!(error(&one_more), ("limited", "at most 10000 bytes of keys and values"));
    assert_eq!(error(&larger).0, "limited");
    let [value, _, smaller, fits] = stage
        .host([
            json!(["kv.get", "k"]),
            json!(["kv.get", "l"]),
            json!(["kv.set", "k", 10]),
            json!(["kv.set", "l", 9_000]),
        ])
        .await;
    assert_eq!(ok(&value), 9_999, "a refused write changed nothing");
    ok(&smaller);
    ok(&fits);
}

#[tokio::test]
async fn storage_obeyed() {
    let stage = Stage::new().await.limit(|limits| limits.storage_bytes = 2 * MIB);
    let [_, insert] = stage
        .host([
            json!(["sql.execute", "CREATE TABLE t (x)"]),
            json!(["sql.execute", "INSERT INTO t VALUES (zeroblob(1500000))"]),
        ])
        .await;
    ok(&insert);
}

#[tokio::test]
async fn storage_violated() {
    let stage = Stage::new().await.limit(|limits| limits.storage_bytes = 2 * MIB);
    let insert = json!(["sql.execute", "INSERT INTO t VALUES (zeroblob(1500000))"]);
    let [_, first, second, kv] = stage
        .host([
            json!(["sql.execute", "CREATE TABLE t (x)"]),
            insert.clone(),
            insert.clone(),
            json!(["kv.set", "k", 900_000]),
        ])
        .await;
    ok(&first);
    assert_eq!(error(&second), ("quota-exceeded", "the storage of this module is full"));
    assert_eq!(error(&kv).0, "quota-exceeded", "kv is in the same file");
    let file = std::fs::metadata(stage.data().path()).unwrap().len();
    assert!(file <= 2 * MIB, "{file}");
    // Who is full can make room.
    let [count, delete, again] = stage
        .host([json!(["sql.execute", "SELECT count(*) FROM t"]), json!(["sql.execute", "DELETE FROM t"]), insert])
        .await;
    assert_eq!(ok(&count)["rows"], json!([[1]]));
    ok(&delete);
    ok(&again);
}

#[tokio::test]
async fn a_transaction_cannot_fill_the_disk_by_writing_the_same_again() {
    let stage = Stage::new().await.limit(|limits| {
        limits.storage_bytes = 8 * MIB;
        limits.cpu_time = Duration::from_secs(60);
    });
    let create = json!(["sql.execute", "CREATE TABLE t (x)"]);
    let insert = json!(["sql.execute", "INSERT INTO t VALUES (zeroblob(3000000)), (zeroblob(3000000))"]);
    ok(&stage.host([create, insert]).await[1]);
    // Six megabytes, again and again: more than the page cache holds, so each time they go to the write-ahead log.
    let mut calls = vec![json!(["sql.begin"])];
    calls.extend((0..20).map(|_| json!(["sql.execute", "UPDATE t SET x = randomblob(3000000)"])));
    let answers = stage.call("host", json!(calls)).await.unwrap();
    assert!(answers.as_array().unwrap().iter().all(|answer| answer.get("ok").is_some()), "{answers}");
    let log = stage.data().path().with_extension("sqlite-wal").metadata().unwrap().len();
    assert!((5 * MIB..9 * MIB).contains(&log), "{log}");
}

/// One hostile call after the other while honest ones of another tenant go on: each ends with its own error, and every
/// honest one with its answer.
#[tokio::test]
async fn a_hostile_module_hurts_only_its_own_call() {
    let stage = Stage::new().await.limit(|limits| {
        limits.cpu_time = Duration::from_millis(200);
        limits.memory_bytes = 16 * MIB;
    });
    let mut honest = stage.tenant("globex").await;
    honest.limits = adx_sandbox::Limits::default();
    let rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 20000) SELECT x FROM n";
    let attacks: [(&str, Value, &str); 10] = [
        ("spin", json!({}), "cpu-time"),
        ("allocate", json!({}), "out-of-memory"),
        ("recurse", json!(100_000_000), "stack-overflow"),
        ("panic", json!("boom"), "panicked"),
        ("abort", json!({}), "trap"),
        ("raw", json!(2 * MIB), "output-too-large"),
        ("raw", json!("nonsense"), "invalid-output"),
        ("host", json!({ "stop": true, "calls": [["sql.execute", rows]] }), "module-error"),
        ("host", json!([["sql.begin"], ["log.write", "flood", {}, 100_000]]), "ok"),
        ("teleport", json!({}), "unknown-activity"),
    ];
    for (activity, input, outcome) in attacks {
        let invocation = Invocation::Activity { name: activity.to_owned(), input };
        let (module, environment) = (stage.module.clone(), stage.environment.clone());
        let attack = tokio::spawn(async move { module.call(&environment, invocation).await });
        let mut answered = 0;
        while !attack.is_finished() {
            assert_eq!(
                stage.call_for(&honest, "echo", json!(answered)).await,
                Ok(json!(answered)),
                "during {activity}"
            );
            answered += 1;
        }
        let ended = attack.await.unwrap().map_or_else(|error| error.slug(), |_| "ok");
        assert_eq!(ended, outcome, "{activity}");
        assert!(answered > 0, "nobody else ran during {activity}");
        stage.still_works().await;
        assert_eq!(stage.call("count", json!({})).await, Ok(json!(1)), "after {activity}");
    }
}

#[tokio::test]
async fn a_panic_tells_message_and_place() {
    let stage = Stage::new().await;
    let error = stage.call("panic", json!("no nuts left")).await.unwrap_err();
    let CallError::Panicked { message, location } = &error else { panic!("{error}") };
    assert_eq!(message, "no nuts left");
    assert!(location.starts_with("src/lib.rs:"), "{location}");
    assert!(error.blames_module());
    let Err(CallError::Panicked { message, .. }) = stage.call("panic", json!("m".repeat(100_000))).await else {
        panic!("it panics");
    };
    assert_eq!(message.len(), 8 * 1024);
}

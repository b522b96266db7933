//! Guests that break the rules of WebAssembly and of the component model.

use std::time::Duration;

use adx_sandbox::{CallError, LoadError, Sandbox};
use serde_json::json;

use crate::core_guest::{component, giving};
use crate::stage::{FakeClock, Stage, config};

async fn called(memory: &str, call: &str, more: &str) -> (Stage, Result<serde_json::Value, CallError>) {
    let stage = Stage::with(&component(memory, call, more), |_| {}).await;
    let stage = stage.limit(|limits| limits.cpu_time = Duration::from_millis(50));
    let answer = stage.call("anything", json!({})).await;
    (stage, answer)
}

async fn refused(memory: &str, more: &str) -> LoadError {
    let sandbox = Sandbox::new(config(&FakeClock::at(0))).unwrap();
    sandbox.load(&component(memory, &giving(0, 0), more)).await.unwrap_err()
}

#[tokio::test]
async fn one_made_by_hand_that_keeps_the_rules_is_answered() {
    let (_, answer) = called("1", &giving(3000, 2), r#"(data (i32.const 3000) "42")"#).await;
    assert_eq!(answer, Ok(json!(42)));
}

#[tokio::test]
async fn a_start_function_that_loops_is_stopped() {
    let (stage, answer) =
        called("1", &giving(0, 0), "(func $forever (loop $again (br $again))) (start $forever)").await;
    assert_eq!(answer.unwrap_err().slug(), "cpu-time");
    assert_eq!(stage.recorder.report().outcome, "cpu-time");
}

#[tokio::test]
async fn a_start_function_that_traps_is_told() {
    let (_, answer) = called("1", &giving(0, 0), "(func $trap (unreachable)) (start $trap)").await;
    assert_eq!(answer.unwrap_err().slug(), "trap");
}

#[tokio::test]
async fn results_outside_of_the_memory_are_traps() {
    for (call, what) in [
        (giving(65_530, 100), "a string past the end"),
        (giving(u32::MAX, 2), "an address past the end"),
        (giving(0, u32::MAX), "a length past the end"),
        ("(i32.const 65536)".to_owned(), "a result past the end"),
        ("(i32.const 2049)".to_owned(), "a result out of line"),
        ("(i32.store8 (i32.const 2048) (i32.const 7)) (i32.const 2048)".to_owned(), "neither ok nor error"),
    ] {
        let (stage, answer) = called("1", &call, "").await;
        assert!(matches!(answer, Err(CallError::Trap(_))), "{what}: {answer:?}");
        assert_eq!(stage.recorder.report().outcome, "trap");
    }
}

#[tokio::test]
async fn a_result_that_is_not_utf8_is_a_trap() {
    let (_, answer) = called("1", &giving(3000, 2), r#"(data (i32.const 3000) "\ff\fe")"#).await;
    let error = answer.unwrap_err();
    assert!(matches!(&error, CallError::Trap(reason) if reason.contains("utf-8")), "{error}");
}

#[tokio::test]
async fn more_memory_than_the_call_may_have_is_refused_at_once() {
    // 2000 pages of 64 KiB: more than the 64 MiB of a call, less than the sandbox's 256 MiB.
    let (_, answer) = called("2000", &giving(0, 0), "").await;
    assert_eq!(answer, Err(CallError::OutOfMemory { limit_bytes: 64 * 1024 * 1024 }));
}

#[tokio::test]
async fn more_memory_than_any_call_may_have_is_refused_at_load() {
    let error = refused("65536", "").await;
    assert!(matches!(error, LoadError::Compile(_) | LoadError::Incompatible(_)), "{error}");
}

#[tokio::test]
async fn more_memories_and_tables_than_the_pool_has_are_refused_at_load() {
    let memories = refused("1", &"(memory 1)".repeat(4)).await;
    assert!(matches!(memories, LoadError::Compile(_) | LoadError::Incompatible(_)), "{memories}");
    let tables = refused("1", &"(table 1 funcref)".repeat(17)).await;
    assert!(matches!(tables, LoadError::Compile(_) | LoadError::Incompatible(_)), "{tables}");
    let elements = refused("1", "(table 1000000 funcref)").await;
    assert!(matches!(elements, LoadError::Compile(_) | LoadError::Incompatible(_)), "{elements}");
}

#[tokio::test]
async fn growth_that_its_own_maximum_forbids_fails_for_the_guest_alone() {
    // Ten thousand attempts beyond two pages: each is refused, none is counted, and the guest goes on.
    let call = format!(
        "(local i32)
         (loop $again
             (if (i32.ne (memory.grow (i32.const 10)) (i32.const -1)) (then (unreachable)))
             (local.set 4 (i32.add (local.get 4) (i32.const 1)))
             (br_if $again (i32.lt_u (local.get 4) (i32.const 10000))))
         {}",
        giving(3000, 1)
    );
    let (stage, answer) = called("1 2", &call, r#"(data (i32.const 3000) "1")"#).await;
    assert_eq!(answer, Ok(json!(1)));
    assert_eq!(stage.recorder.report().peak_memory_bytes, 64 * 1024);
}

#[tokio::test]
async fn a_list_of_names_without_end_is_a_trap() {
    // An unknown activity makes the host ask for the names: sixteen million strings, all over the same bytes.
    let unknown = r#"(data (i32.const 2048) "\01\00\00\00\b8\0b\00\00\10\00\00\00\b8\0b\00\00\01\00\00\00\00\00\00\00")
        (data (i32.const 3000) "unknown-activity")
        (data (i32.const 1024) "\00\00\00\00\ff\ff\ff\00")"#;
    let (_, answer) = called("1", "(i32.const 2048)", unknown).await;
    assert!(matches!(answer, Err(CallError::Trap(_))), "{answer:?}");
}

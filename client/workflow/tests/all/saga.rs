//! Steps that are undone in reverse order.

use std::time::Duration;

use adx_workflow::{
    CompensationFailure, Failure, Policy, Registry, RunState, Saga, SagaScope, journal::Event, run_saga,
};
use serde_json::{Value, json};

use crate::support::{Log, Place, START, events, permanent, run, start, state};

/// `do` and `undo` write down their input; `fail` and `fail-to-undo` refuse.
fn registry(log: &Log) -> Registry {
    Registry::new()
        .workflow("three", |ctx, third| {
            SagaScope::run(ctx, |saga| async move {
                for name in ["one", "two"] {
                    saga.step(name).compensate("undo", json!(name)).run("do", json!(name)).await?;
                }
                let third = third.as_str().unwrap_or("do").to_owned();
                saga.step("three").compensate("undo", json!("three")).run(&third, json!("three")).await
            })
        })
        .workflow("stuck", |ctx, _| {
            SagaScope::run(ctx, |saga| async move {
                saga.step("one").compensate("undo", json!("one")).run("do", json!("one")).await?;
                let once = Policy::default().attempts(1);
                let two = saga.step("two").compensate("fail-to-undo", json!("two")).compensation_policy(once);
                two.run("do", json!("two")).await?;
                saga.step("three").run("fail", json!(null)).await
            })
        })
        .workflow("with-child", |ctx, _| {
            SagaScope::run(ctx, |saga| async move {
                let child = saga.ctx().child("three", "child", json!("do")).await?;
                saga.on_failure("child", "undo", json!("child"), &Policy::default());
                saga.step("after").run("fail", child).await
            })
        })
        .workflow("again", |ctx, again| {
            SagaScope::run(ctx, |saga| async move {
                saga.step("one").compensate("undo", json!("one")).run("do", json!("one")).await?;
                if again == true { Err(saga.ctx().continue_as_new(json!(false))) } else { Ok(json!("done")) }
            })
        })
        .workflow("data", |ctx, input| async move {
            let saga: Saga = serde_json::from_value(input["saga"].clone()).expect("a saga");
            run_saga(ctx, saga, input["input"].clone()).await
        })
        .activity("do", log.activity())
        .activity("undo", log.activity())
        .activity("fail", |_, _| async { Err(permanent("Refused")) })
        .activity("fail-to-undo", |_, _| async { Err(permanent("Jammed")) })
        .activity("price", |_, known| async move { Ok(json!(known["input"]["amount"].as_u64().unwrap_or(0) * 2)) })
        .activity("show", {
            let log = log.clone();
            move |_, known| {
                log.add(known.to_string());
                std::future::ready(Ok(json!("shown")))
            }
        })
}

#[tokio::test]
async fn a_saga_that_succeeds_undoes_nothing() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    assert_eq!(run(&journal, "one", "three", json!("do")).await, Ok(json!("three")));
    assert_eq!(log.lines(), ["do one", "do two", "do three"]);
    assert_eq!(journal.status("one").await.expect("it is there"), json!({ "step": "three" }));
}

#[tokio::test]
async fn a_failed_step_is_undone_too_and_all_before_it_in_reverse() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    assert_eq!(run(&journal, "one", "three", json!("fail")).await, Err(permanent("Refused")));
    assert_eq!(log.lines(), ["do one", "do two", "undo three", "undo two", "undo one"]);
    let status = journal.status("one").await.expect("it is there");
    assert_eq!(status, json!({ "step": "one", "compensating": true, "cause": "Refused: by design" }));
    let policies = events(&journal, "one").await.into_iter().filter_map(|event| match event {
        Event::ActivityScheduled { name, policy, .. } if name == "undo" => Some((policy.shielded, policy.max_attempts)),
        _ => None,
    });
    assert_eq!(policies.collect::<Vec<_>>(), [(true, 0); 3], "compensations are shielded and tried without end");
}

#[tokio::test]
async fn a_compensation_that_fails_for_good_is_reported_and_the_others_still_run() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    let outcome = run(&journal, "one", "stuck", json!(null)).await;
    let failed = vec![CompensationFailure {
        step: "two".into(),
        compensation: "fail-to-undo".into(),
        failure: permanent("Jammed"),
    }];
    assert_eq!(outcome, Err(Failure::Uncompensated { cause: Box::new(permanent("Refused")), failed }));
    let words = outcome.expect_err("it failed").to_string();
    assert_eq!(words, "Refused: by design; not undone: two (fail-to-undo: Jammed: by design)");
    assert_eq!(log.lines(), ["do one", "do two", "undo one"]);
    assert_eq!(state(&journal, "one").await, RunState::Failed);
}

#[tokio::test]
async fn what_is_no_step_can_be_undone_as_well() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    assert_eq!(run(&journal, "one", "with-child", json!(null)).await, Err(permanent("Refused")));
    assert_eq!(log.lines(), ["do one", "do two", "do three", "undo child"]);
}

#[tokio::test]
async fn a_saga_that_continues_as_new_undoes_nothing() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    assert_eq!(run(&journal, "one", "again", json!(true)).await, Ok(json!("done")));
    assert_eq!(log.lines(), ["do one", "do one"]);
}

fn purchase(last: &str) -> Value {
    json!({
        "input": { "amount": 21 },
        "saga": { "steps": [
            { "name": "price", "activity": "price", "compensate": "show" },
            { "name": "consent", "await_signal": { "name": "consent", "within_ms": 60_000 }, "compensate": "show" },
            { "name": "last", "activity": last },
        ] },
    })
}

#[tokio::test]
async fn a_saga_as_data_hands_outputs_on_and_waits_for_signals() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    start(&journal, "one", "data", purchase("show")).await;
    journal.signal("one", "consent", json!("yes")).await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!({ "price": 42, "consent": "yes", "last": "shown" })));
    assert_eq!(log.lines(), [r#"{"input":{"amount":21},"steps":{"consent":"yes","price":42}}"#]);
}

#[tokio::test]
async fn a_saga_as_data_is_undone_with_what_was_known_when_each_step_began() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    start(&journal, "one", "data", purchase("fail")).await;
    start(&journal, "two", "data", purchase("show")).await;
    journal.signal("one", "consent", json!("yes")).await.expect("it is open");
    assert_eq!(journal.result("one").await, Err(permanent("Refused")));
    let undone = [r#"{"input":{"amount":21},"steps":{"price":42}}"#, r#"{"input":{"amount":21},"steps":{}}"#];
    assert_eq!(log.lines(), undone);
    // The other one never gets its consent.
    place.reach(START + 60_000).await;
    assert_eq!(journal.result("two").await, Err(Failure::Timeout { what: "signal `consent`".into() }));
    assert_eq!(log.lines(), [undone, undone].concat());
}

#[tokio::test]
async fn a_saga_as_data_has_its_policies() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log));
    let saga = json!({ "input": null, "saga": { "steps": [
        { "name": "one", "activity": "show", "compensate": "show", "policy": { "max_attempts": 7 } },
        { "name": "two", "activity": "fail", "compensate": "show", "compensation_policy": { "max_attempts": 5 } },
    ] } });
    assert_eq!(run(&journal, "one", "data", saga).await, Err(permanent("Refused")));
    let policies = events(&journal, "one").await.into_iter().filter_map(|event| match event {
        Event::ActivityScheduled { policy, .. } => Some((policy.shielded, policy.max_attempts)),
        _ => None,
    });
    assert_eq!(policies.collect::<Vec<_>>(), [(false, 7), (false, 3), (true, 5), (true, 0)]);
}

#[test]
fn a_saga_with_an_unknown_key_is_refused() {
    let typo = json!({ "steps": [{ "name": "one", "activity": "do", "compensation": "undo" }] });
    let error = serde_json::from_value::<Saga>(typo).expect_err("it has an unknown key").to_string();
    assert!(error.contains("compensation") && error.contains("compensate"), "{error}");
}

#[test]
fn a_policy_waits_longer_up_to_its_limit_without_overflow() {
    let policy = Policy { backoff_ms: 100, backoff_coefficient: 3.0, max_backoff_ms: 1_000, ..Policy::default() };
    assert_eq!([1, 2, 3, 4, u32::MAX].map(|attempt| policy.backoff_after(attempt)), [100, 300, 900, 1_000, 1_000]);
    let shrinking = Policy { backoff_coefficient: 0.1, ..policy };
    assert_eq!(shrinking.backoff_after(5), 100, "a wait never shrinks");
    assert_eq!(Policy::default().timeout(Duration::from_secs(2)).start_to_close_ms, 2_000);
}

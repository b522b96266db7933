//! How activities are tried.

use std::{sync::Arc, time::Duration};

use adx_workflow::{ActivityContext, Clock, Failure, Journal, Policy, Registry, journal::Event};
use serde_json::{Value, json};

use crate::support::{Gate, Log, Place, START, crash, events, history, run, start};

/// One activity, `work`, tried under the policy that is the run's input.
fn registry<F, R>(work: F) -> Registry
where
    F: Fn(ActivityContext, Value) -> R + Send + Sync + 'static,
    R: Future<Output = adx_workflow::Outcome> + Send + 'static,
{
    Registry::new()
        .workflow("work", |ctx, input| async move {
            let policy: Policy = serde_json::from_value(input).expect("a policy");
            ctx.activity("work", json!(null), &policy).await
        })
        .activity("work", work)
}

/// Attempts note their number and stop before the gate.
fn gated(gate: &Gate, log: &Log) -> Registry {
    let (gate, log) = (gate.clone(), log.clone());
    registry(move |context, _| {
        let (gate, log) = (gate.clone(), log.clone());
        async move {
            log.add(context.attempt.to_string());
            gate.pass().await;
            Ok(json!(context.attempt))
        }
    })
}

/// Attempts note when they began, and fail.
fn failing(clock: Arc<dyn Clock>, log: &Log) -> Registry {
    let log = log.clone();
    registry(move |context, _| {
        log.add(format!("{} at +{}", context.attempt, clock.now_ms() - START));
        std::future::ready(Err(Failure::retryable("Busy", "try later")))
    })
}

#[tokio::test]
async fn retries_wait_longer_and_longer_up_to_the_limit() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(failing(place.clock.clone(), &log));
    let policy = json!({ "max_attempts": 4, "backoff_ms": 200, "max_backoff_ms": 500 });
    let (outcome, ()) = tokio::join!(run(&journal, "one", "work", policy), async {
        place.reach(START + 200).await;
        place.reach(START + 600).await;
        place.reach(START + 1_100).await;
    });
    assert_eq!(outcome, Err(Failure::retryable("Busy", "try later")));
    assert_eq!(log.lines(), ["1 at +0", "2 at +200", "3 at +600", "4 at +1100"]);
}

#[tokio::test]
async fn a_permanent_failure_is_not_tried_again() {
    let place = Place::new();
    let journal = place.open(registry(|_, _| async { Err(Failure::permanent("Refused", "no")) }));
    let failure = Failure::permanent("Refused", "no");
    assert_eq!(run(&journal, "one", "work", json!({ "max_attempts": 5 })).await, Err(failure.clone()));
    let attempts: Vec<Event> = events(&journal, "one")
        .await
        .into_iter()
        .filter(|event| matches!(event, Event::AttemptFailed { .. }))
        .collect();
    assert_eq!(attempts, [Event::AttemptFailed { seq: 1, attempt: 1, failure, retry_at: None }]);
}

#[tokio::test]
async fn a_wait_for_the_next_attempt_survives_reopening() {
    let (place, log) = (Place::new(), Log::default());
    let policy = json!({ "max_attempts": 3, "backoff_ms": 1_000 });
    let journal = place.open(failing(place.clock.clone(), &log));
    start(&journal, "one", "work", policy).await;
    place.clock.wait_for_sleeper(START + 1_000).await;
    crash(journal).await;
    let journal = place.open(failing(place.clock.clone(), &log));
    place.reach(START + 1_000).await;
    place.clock.wait_for_sleeper(START + 3_000).await;
    crash(journal).await;
    // The time for it passes while nobody is there.
    place.clock.advance(Duration::from_secs(60));
    let journal = place.open(failing(place.clock.clone(), &log));
    assert_eq!(journal.result("one").await, Err(Failure::retryable("Busy", "try later")));
    assert_eq!(log.lines(), ["1 at +0", "2 at +1000", "3 at +61000"]);
}

#[tokio::test]
async fn attempts_go_on_counting_when_they_are_cut_off() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let journal = place.open(gated(&gate, &log));
    start(&journal, "one", "work", json!({ "max_attempts": 3 })).await;
    gate.arrival().await;
    crash(journal).await;
    for _ in 0..2 {
        let journal = place.open(gated(&gate, &log));
        gate.arrival().await;
        crash(journal).await;
    }
    // Three attempts were allowed, three were made: an activity that takes the process down cannot do so for ever.
    let journal = place.open(gated(&gate, &log));
    let outcome = journal.result("one").await;
    assert!(matches!(&outcome, Err(Failure::Application { kind, .. }) if kind == "Interrupted"), "{outcome:?}");
    assert_eq!(log.lines(), ["1", "2", "3"]);
}

#[tokio::test]
async fn failures_and_cut_offs_are_counted_together() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let made = || {
        let (gate, log) = (gate.clone(), log.clone());
        registry(move |context, _| {
            let (gate, log) = (gate.clone(), log.clone());
            async move {
                log.add(context.attempt.to_string());
                gate.pass().await;
                Err(Failure::retryable("Busy", "try later"))
            }
        })
    };
    let journal = place.open(made());
    start(&journal, "one", "work", json!({ "max_attempts": 3, "backoff_ms": 50 })).await;
    gate.arrival().await;
    gate.open();
    place.reach(START + 50).await;
    gate.arrival().await;
    crash(journal).await;
    let journal = place.open(made());
    gate.arrival().await;
    gate.open();
    assert_eq!(journal.result("one").await, Err(Failure::retryable("Busy", "try later")));
    assert_eq!(log.lines(), ["1", "2", "3"]);
}

#[tokio::test]
async fn endless_attempts_are_endless_across_crashes_too() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let journal = place.open(gated(&gate, &log));
    start(&journal, "one", "work", json!({ "max_attempts": 0 })).await;
    gate.arrival().await;
    crash(journal).await;
    for _ in 0..20 {
        let journal = place.open(gated(&gate, &log));
        gate.arrival().await;
        crash(journal).await;
    }
    let journal = place.open(gated(&gate, &log));
    gate.arrival().await;
    gate.open();
    assert_eq!(journal.result("one").await, Ok(json!(22)));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_fails_and_is_told_to_stop() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let (arrivals, told) = (gate.clone(), log.clone());
    let journal = place.open(registry(move |context, _| {
        let (gate, log) = (arrivals.clone(), told.clone());
        async move {
            // Work on a thread of its own is not dropped with the attempt: all it has is the token.
            let token = context.cancellation.clone();
            tokio::spawn(async move {
                token.cancelled().await;
                log.add("stopped");
                gate.pass().await;
            });
            std::future::pending().await
        }
    }));
    let policy = json!({ "max_attempts": 2, "backoff_ms": 100, "start_to_close_ms": 5_000 });
    let (outcome, ()) = tokio::join!(run(&journal, "one", "work", policy), async {
        place.reach(START + 5_000).await;
        gate.arrival().await;
        place.reach(START + 5_100).await;
        place.reach(START + 10_100).await;
        gate.arrival().await;
    });
    assert_eq!(outcome, Err(Failure::Timeout { what: "activity `work`".into() }));
    assert_eq!(log.lines(), ["stopped", "stopped"]);
}

#[tokio::test]
async fn a_silent_attempt_fails_and_a_beating_one_goes_on() {
    let (place, gate) = (Place::new(), Gate::new());
    let inside = gate.clone();
    let journal = place.open(registry(move |context, _| {
        let gate = inside.clone();
        async move {
            gate.pass().await;
            context.heartbeat();
            std::future::pending().await
        }
    }));
    let policy = json!({ "max_attempts": 1, "start_to_close_ms": 3_600_000, "heartbeat_ms": 1_000 });
    let (outcome, ()) = tokio::join!(run(&journal, "one", "work", policy), async {
        place.clock.wait_for_sleeper(START + 1_000).await;
        place.clock.advance(Duration::from_millis(900));
        gate.arrival().await;
        gate.open();
        place.reach(START + 1_900).await;
    });
    assert_eq!(outcome, Err(Failure::Timeout { what: "the heartbeat of activity `work`".into() }));
    let end = history(&journal, "one").await.last().expect("an end").at_ms;
    assert_eq!(end, START + 1_900, "the beat counted");
}

#[tokio::test]
async fn an_activity_that_ignores_its_context_is_silent() {
    let place = Place::new();
    let journal = place.open(registry(|_, _| std::future::pending()));
    let policy = json!({ "max_attempts": 1, "start_to_close_ms": 3_600_000, "heartbeat_ms": 1_000 });
    let (outcome, ()) = tokio::join!(run(&journal, "one", "work", policy), place.reach(START + 1_000));
    assert_eq!(outcome, Err(Failure::Timeout { what: "the heartbeat of activity `work`".into() }));
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "on the way out");
    }
}

async fn ticks(bomb: Bomb) -> adx_workflow::Outcome {
    std::future::pending::<()>().await;
    drop(bomb);
    Ok(json!(null))
}

#[tokio::test]
async fn panics_are_failures_wherever_they_happen() {
    let place = Place::new();
    let panicked = |message: &str| Err(Failure::Panicked { message: message.into() });
    let once = json!({ "max_attempts": 1, "start_to_close_ms": 1_000 });
    let while_running = registry(|_, _| async { panic!("while running") });
    let journal = place.open(while_running);
    assert_eq!(run(&journal, "running", "work", once.clone()).await, panicked("while running"));
    crash(journal).await;
    let journal =
        place.open(registry(|_, _| -> std::future::Ready<adx_workflow::Outcome> { panic!("before a future") }));
    assert_eq!(run(&journal, "before", "work", once.clone()).await, panicked("before a future"));
    crash(journal).await;
    let journal = place.open(registry(|_, _| ticks(Bomb)));
    let (outcome, ()) = tokio::join!(run(&journal, "dropped", "work", once), place.reach(START + 1_000));
    assert_eq!(outcome, panicked("on the way out"));
}

#[tokio::test]
async fn an_activity_knows_who_calls_it() {
    let (place, log) = (Place::new(), Log::default());
    let seen = log.clone();
    let open = |log: Log| -> Journal {
        place.open(registry(move |context, _| {
            log.add(format!("{} {} {}", context.run_id, context.workflow, context.activity));
            log.add(context.idempotency_key.clone());
            std::future::ready(if context.attempt == 1 { Err(Failure::retryable("Busy", "")) } else { Ok(json!(null)) })
        }))
    };
    let journal = open(seen);
    let policy = json!({ "backoff_ms": 0 });
    assert_eq!(run(&journal, "one", "work", policy.clone()).await, Ok(json!(null)));
    place.clock.advance(Duration::from_millis(1));
    assert_eq!(journal.prune(START + 1).await.expect("it prunes"), 1);
    assert_eq!(run(&journal, "one", "work", policy).await, Ok(json!(null)));
    let lines = log.lines();
    assert_eq!(lines[0], "one work work");
    assert_eq!(lines[1], lines[3], "the same for every attempt");
    assert_eq!(lines[5], lines[7]);
    assert_ne!(lines[1], lines[5], "another for another run, though the id is used again");
}

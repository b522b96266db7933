//! Stopping in good order.

use std::time::Duration;

use adx_workflow::{Failure, Journal, JournalError, JournalOptions, Policy, Registry, StartOptions};
use serde_json::json;

use crate::support::{Gate, Log, Place, START, events, start};

/// `polite` stops when asked to, `deaf` stops before a gate, `brisk` succeeds after one; a run has one attempt.
fn registry(gate: &Gate, log: &Log) -> Registry {
    let (deaf, brisk, polite) = ((gate.clone(), log.clone()), (gate.clone(), log.clone()), (gate.clone(), log.clone()));
    Registry::new()
        .workflow("once", |ctx, input| async move {
            let once = Policy { heartbeat_ms: None, start_to_close_ms: 3_600_000, ..Policy::default().attempts(1) };
            for name in input.as_array().into_iter().flatten().filter_map(|name| name.as_str()) {
                ctx.activity(name, json!(null), &once).await?;
            }
            Ok(json!("done"))
        })
        .activity("polite", move |context, _| {
            let (gate, log) = polite.clone();
            async move {
                log.add(format!("polite {}", context.attempt));
                tokio::select! {
                    () = context.cancellation.cancelled() => Err(Failure::Cancelled),
                    () = gate.pass() => Ok(json!(null)),
                }
            }
        })
        .activity("deaf", move |context, _| {
            let (gate, log) = deaf.clone();
            async move {
                log.add(format!("deaf {}", context.attempt));
                gate.pass().await;
                Ok(json!(null))
            }
        })
        .activity("brisk", move |context, _| {
            let (gate, log) = brisk.clone();
            async move {
                log.add(format!("brisk {}", context.attempt));
                context.cancellation.cancelled().await;
                gate.pass().await;
                Ok(json!(null))
            }
        })
}

#[tokio::test]
async fn an_attempt_that_stops_when_asked_to_is_not_counted() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let journal = place.open(registry(&gate, &log));
    let run = journal.start(StartOptions::new("one", "once", json!(["polite"]))).await.expect("it starts");
    gate.arrival().await;
    journal.shutdown().await.expect("it stops");
    assert!(matches!(run.result().await, Err(Failure::Stopped { reason }) if reason == "it was shut down"));
    journal.shutdown().await.expect("again is nothing");
    let refused = journal.start(StartOptions::new("two", "once", json!([]))).await;
    assert!(matches!(refused, Err(JournalError::Stopped { .. })));
    let journal = place.open(registry(&gate, &log));
    gate.arrival().await;
    gate.open();
    assert_eq!(journal.result("one").await, Ok(json!("done")));
    assert_eq!(log.lines(), ["polite 1", "polite 2"], "the one attempt allowed was given back");
}

#[tokio::test]
async fn an_attempt_that_was_given_back_makes_no_wait_longer() {
    let (place, gate) = (Place::new(), Gate::new());
    let registry = || {
        let gate = gate.clone();
        Registry::new()
            .workflow("flow", |ctx, _| async move {
                ctx.activity("work", json!(null), &Policy { backoff_ms: 1_000, ..Policy::default() }).await
            })
            .activity("work", move |context, _| {
                let gate = gate.clone();
                async move {
                    match context.attempt {
                        1 => {
                            gate.pass().await;
                            Err(Failure::Cancelled)
                        }
                        2 => Err(Failure::retryable("Busy", "try later")),
                        attempt => Ok(json!(attempt)),
                    }
                }
            })
    };
    let journal = place.open(registry());
    start(&journal, "one", "flow", json!(null)).await;
    gate.arrival().await;
    tokio::join!(
        biased;
        async { journal.shutdown().await.expect("it stops") },
        async { gate.open() },
    );
    let journal = place.open(registry());
    place.reach(START + 1_000).await;
    assert_eq!(journal.result("one").await, Ok(json!(3)));
}

#[tokio::test]
async fn what_ends_while_shutting_down_is_kept_and_what_follows_begins_at_the_next_opening() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let journal = place.open(registry(&gate, &log));
    start(&journal, "one", "once", json!(["brisk", "polite"])).await;
    let (stopped, refused) = tokio::join!(journal.shutdown(), async {
        // It has been asked to stop: the journal is shutting down.
        gate.arrival().await;
        let refused = journal.start(StartOptions::new("two", "once", json!([]))).await;
        gate.open();
        refused
    });
    stopped.expect("it stops");
    assert!(matches!(refused, Err(JournalError::Stopped { .. })));
    let journal = place.open(registry(&gate, &log));
    gate.arrival().await;
    gate.open();
    assert_eq!(journal.result("one").await, Ok(json!("done")));
    assert_eq!(log.lines(), ["brisk 1", "polite 2"], "brisk is not repeated, and polite had not begun");
}

#[tokio::test]
async fn patience_ends_and_the_attempt_counts() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let options = JournalOptions { shutdown_grace: Duration::from_secs(5), ..place.options() };
    let journal = Journal::open(place.path(), registry(&gate, &log), options).expect("it opens");
    start(&journal, "one", "once", json!(["deaf"])).await;
    gate.arrival().await;
    let (stopped, ()) = tokio::join!(journal.shutdown(), place.reach(START + 5_000));
    stopped.expect("it stops");
    let journal = place.open(registry(&gate, &log));
    let outcome = journal.result("one").await;
    assert!(matches!(&outcome, Err(Failure::Application { kind, .. }) if kind == "Interrupted"), "{outcome:?}");
    assert_eq!(log.lines(), ["deaf 1"]);
    assert_eq!(events(&journal, "one").await.len(), 3);
}

#[tokio::test]
async fn a_dropped_journal_tells_those_who_wait() {
    let (place, gate, log) = (Place::new(), Gate::new(), Log::default());
    let journal = place.open(registry(&gate, &log));
    start(&journal, "one", "once", json!(["deaf"])).await;
    gate.arrival().await;
    let other = journal.clone();
    drop(journal);
    gate.open();
    assert_eq!(other.result("one").await, Ok(json!("done")), "one handle is enough");
}

#[test]
fn a_journal_needs_a_runtime() {
    let place = Place::new();
    let opened = Journal::open(place.path(), Registry::new(), place.options());
    assert!(matches!(opened, Err(JournalError::NoRuntime)));
}

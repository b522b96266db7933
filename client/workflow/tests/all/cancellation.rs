//! Asking runs to stop.

use std::time::Duration;

use adx_workflow::{Failure, JournalError, Policy, Registry, RunState, SagaScope, journal::Event};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use serde_json::json;

use crate::support::{Gate, Log, Place, START, crash, events, permanent, start, state};

/// A saga whose `work` stops only when asked to and then takes its time, and whose compensation stops before a gate too.
fn registry(work: &Gate, undo: &Gate, log: &Log) -> Registry {
    let (work, undo, working, undoing) = (work.clone(), undo.clone(), log.clone(), log.clone());
    Registry::new()
        .workflow("saga", |ctx, input| {
            SagaScope::run(ctx, |saga| async move {
                saga.step("work").compensate("undo", json!(null)).run("work", input.clone()).await?;
                saga.step("more").run("more", input).await
            })
        })
        .workflow("stubborn", |ctx, _| async move {
            let cancelled = ctx.cancelled();
            assert!(!ctx.is_cancelled());
            cancelled.await;
            assert!(ctx.is_cancelled());
            let refused = [
                ctx.activity("more", json!(null), &Policy::default()).await.map(|_| ()),
                ctx.timer(Duration::from_secs(1)).await,
                ctx.child("stubborn", "another", json!(null)).await.map(|_| ()),
                ctx.signal("never").await.map(|_| ()),
            ];
            Ok(json!(refused.iter().all(|outcome| *outcome == Err(Failure::Cancelled))))
        })
        // Waits that are polled only when they were woken.
        .workflow("manifold", |ctx, _| async move {
            let mut waits = FuturesUnordered::from_iter([
                ctx.signal("never").map(|outcome| outcome.map(|_| ())).boxed_local(),
                ctx.timer(Duration::from_secs(60)).boxed_local(),
                ctx.cancelled().map(|()| Err(Failure::Cancelled)).boxed_local(),
            ]);
            while let Some(outcome) = waits.next().await {
                assert_eq!(outcome, Err(Failure::Cancelled));
            }
            Ok(json!("let go"))
        })
        .workflow("asleep", |ctx, _| async move {
            ctx.timer(Duration::from_secs(60)).await?;
            Ok(json!(null))
        })
        .workflow("careless", |ctx, _| async move { ctx.activity("careless", json!(null), &Policy::default()).await })
        .workflow("failing", |ctx, name| {
            SagaScope::run(ctx, |saga| async move {
                let name = name.as_str().unwrap_or_default();
                let step = saga.step("refuse").compensate(name, json!(null));
                let policy = Policy { backoff_ms: 1_000, ..Policy::default() };
                step.compensation_policy(policy).run("refuse", json!(null)).await
            })
        })
        .workflow("hasty", |ctx, _| async move {
            let _work = ctx.activity("work", json!(null), &Policy::default());
            ctx.signal("enough").await
        })
        .workflow("trying", |ctx, _| async move {
            let policy = Policy { backoff_ms: 1_000, ..Policy::default() };
            ctx.activity("busy", json!(null), &policy).await
        })
        .activity("work", move |context, _| {
            let (gate, log) = (work.clone(), working.clone());
            async move {
                log.add(format!("work {}", context.attempt));
                context.cancellation.cancelled().await;
                gate.pass().await;
                log.add("stopped");
                Err(Failure::Cancelled)
            }
        })
        .activity("undo", move |context, _| {
            let (gate, log) = (undo.clone(), undoing.clone());
            async move {
                log.add(format!("undo {}", context.attempt));
                gate.pass().await;
                Ok(json!(null))
            }
        })
        .activity("more", log.activity())
        .activity("refuse", |_, _| async { Err(permanent("Refused")) })
        .activity("careless", |context, _| async move {
            context.cancellation.cancelled().await;
            Err(Failure::retryable("Busy", "not the word for it"))
        })
        .activity("undo-later", |context, _| async move {
            if context.attempt == 1 { Err(Failure::retryable("Busy", "try later")) } else { Ok(json!(null)) }
        })
        .activity("busy", |_, _| async { Err(Failure::retryable("Busy", "try later")) })
}

#[tokio::test]
async fn running_work_is_asked_to_stop_and_waited_for_before_it_is_undone() {
    let (place, work, undo, log) = (Place::new(), Gate::new(), Gate::new(), Log::default());
    let journal = place.open(registry(&work, &undo, &log));
    start(&journal, "one", "saga", json!(null)).await;
    journal.cancel("one").await.expect("it is open");
    work.arrival().await;
    journal.cancel("one").await.expect("asking twice is asking once");
    assert_eq!(log.lines(), ["work 1"], "nothing undoes it while it runs");
    work.open();
    undo.arrival().await;
    undo.open();
    assert_eq!(journal.result("one").await, Err(Failure::Cancelled));
    assert_eq!(log.lines(), ["work 1", "stopped", "undo 1"]);
    assert_eq!(state(&journal, "one").await, RunState::Cancelled);
    let requests = events(&journal, "one").await.into_iter().filter(|event| *event == Event::CancelRequested).count();
    assert_eq!(requests, 1);
    assert!(matches!(journal.cancel("one").await, Err(JournalError::Ended { state: RunState::Cancelled, .. })));
}

#[tokio::test]
async fn a_cancelled_run_that_was_cut_off_goes_on_undoing() {
    let (place, work, undo, log) = (Place::new(), Gate::new(), Gate::new(), Log::default());
    let journal = place.open(registry(&work, &undo, &log));
    start(&journal, "one", "saga", json!(null)).await;
    journal.cancel("one").await.expect("it is open");
    work.arrival().await;
    crash(journal).await;
    // The work is not tried again: nobody wants it any more.
    let journal = place.open(registry(&work, &undo, &log));
    undo.arrival().await;
    crash(journal).await;
    let journal = place.open(registry(&work, &undo, &log));
    undo.arrival().await;
    undo.open();
    assert_eq!(journal.result("one").await, Err(Failure::Cancelled));
    assert_eq!(log.lines(), ["work 1", "undo 1", "undo 2"]);
}

#[tokio::test]
async fn after_the_request_only_shielded_work_is_done() {
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&Gate::new(), &Gate::new(), &log));
    start(&journal, "one", "stubborn", json!(null)).await;
    journal.cancel("one").await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!(true)));
    assert_eq!(state(&journal, "one").await, RunState::Completed, "its code decides");
    assert_eq!(log.lines(), [""; 0]);
}

#[tokio::test]
async fn work_that_fails_after_the_request_is_cancelled_whatever_it_says() {
    let place = Place::new();
    let journal = place.open(registry(&Gate::new(), &Gate::new(), &Log::default()));
    start(&journal, "one", "careless", json!(null)).await;
    journal.cancel("one").await.expect("it is open");
    assert_eq!(journal.result("one").await, Err(Failure::Cancelled));
}

#[tokio::test]
async fn a_request_disturbs_no_compensation() {
    let (place, undo) = (Place::new(), Gate::new());
    let journal = place.open(registry(&Gate::new(), &undo, &Log::default()));
    start(&journal, "running", "failing", json!("undo")).await;
    start(&journal, "waiting", "failing", json!("undo-later")).await;
    undo.arrival().await;
    place.clock.wait_for_sleeper(START + 1_000).await;
    for id in ["running", "waiting"] {
        journal.cancel(id).await.expect("it is open");
    }
    undo.open();
    place.reach(START + 1_000).await;
    for id in ["running", "waiting"] {
        assert_eq!(journal.result(id).await, Err(permanent("Refused")), "all is undone");
    }
}

#[tokio::test]
async fn a_run_that_ends_tells_its_work_to_stop() {
    let (place, work, log) = (Place::new(), Gate::new(), Log::default());
    let journal = place.open(registry(&work, &Gate::new(), &log));
    for id in ["ending", "terminated"] {
        start(&journal, id, "hasty", json!(null)).await;
    }
    journal.signal("ending", "enough", json!("bye")).await.expect("it is open");
    assert_eq!(journal.result("ending").await, Ok(json!("bye")));
    // It comes to its gate only after it was asked to stop.
    work.arrival().await;
    journal.terminate("terminated", "enough").await.expect("it is open");
    work.arrival().await;
}

#[tokio::test]
async fn every_kind_of_wait_is_woken_by_the_request() {
    let place = Place::new();
    let journal = place.open(registry(&Gate::new(), &Gate::new(), &Log::default()));
    start(&journal, "one", "manifold", json!(null)).await;
    journal.cancel("one").await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!("let go")));
}

#[tokio::test]
async fn a_wait_ends_with_the_request() {
    let place = Place::new();
    let journal = place.open(registry(&Gate::new(), &Gate::new(), &Log::default()));
    start(&journal, "asleep", "asleep", json!(null)).await;
    start(&journal, "trying", "trying", json!(null)).await;
    place.clock.wait_for_sleeper(START + 1_000).await;
    for id in ["asleep", "trying"] {
        journal.cancel(id).await.expect("it is open");
        assert_eq!(journal.result(id).await, Err(Failure::Cancelled));
    }
}

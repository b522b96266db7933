//! Runs whose code is missing or broken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adx_workflow::{Ctx, Failure, Policy, Registry, RunState};
use serde_json::json;

use crate::support::{Gate, Log, Place, START, blocked, crash, events, run, start, state};

#[tokio::test]
async fn a_run_without_its_workflow_waits_for_it() {
    let place = Place::new();
    let registry = || Registry::new().workflow("flow", |ctx, _| async move { ctx.signal("go").await });
    let journal = place.open(registry());
    start(&journal, "one", "flow", json!(null)).await;
    crash(journal).await;
    let journal = place.open(Registry::new());
    assert_eq!(blocked(journal.result("one").await), "there is no workflow `flow` in the registry");
    journal.unblock("one").await.expect("it may try");
    assert_eq!(state(&journal, "one").await, RunState::Blocked, "there still is none");
    crash(journal).await;
    let journal = place.open(registry());
    journal.signal("one", "go", json!("on")).await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!("on")));
}

#[tokio::test]
async fn a_run_without_its_activity_waits_for_it_and_loses_no_attempt() {
    let (place, log) = (Place::new(), Log::default());
    let registry = || {
        Registry::new().workflow("flow", |ctx, _| async move {
            ctx.activity("work", json!("once"), &Policy::default().attempts(1)).await
        })
    };
    let journal = place.open(registry());
    let reason = blocked(run(&journal, "one", "flow", json!(null)).await);
    assert_eq!(reason, "there is no activity `work` in the registry");
    crash(journal).await;
    let journal = place.open(registry().activity("work", log.activity()));
    assert_eq!(journal.result("one").await, Ok(json!("once")));
    assert_eq!(log.lines(), ["work once"]);
}

/// Broken until it is mended: panics after its signal, spins, or panics at once.
fn fragile(mended: &Arc<AtomicBool>) -> Registry {
    let is_mended = |mended: &Arc<AtomicBool>| {
        let mended = mended.clone();
        move || mended.load(Ordering::Relaxed)
    };
    let (panics, spins, refuses) = (is_mended(mended), is_mended(mended), is_mended(mended));
    Registry::new()
        .workflow("panics", move |ctx, _| {
            let is_mended = panics.clone();
            async move {
                let letter = ctx.signal("go").await?;
                assert!(is_mended(), "not prepared for this");
                Ok(letter)
            }
        })
        .workflow("spins", move |_, _| {
            let is_mended = spins.clone();
            async move {
                while !is_mended() {
                    tokio::task::yield_now().await;
                }
                Ok(json!("went on"))
            }
        })
        .workflow("refuses", move |_, input| {
            assert!(refuses(), "not at all");
            async move { Ok(input) }
        })
}

#[tokio::test]
async fn broken_code_parks_its_run_until_it_is_mended() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let journal = place.open(fragile(&mended));
    start(&journal, "one", "panics", json!(null)).await;
    journal.signal("one", "go", json!("kept")).await.expect("it is open");
    assert_eq!(blocked(journal.result("one").await), "its code panicked: not prepared for this");
    let reason = blocked(run(&journal, "two", "spins", json!(null)).await);
    assert!(reason.starts_with("its code spins"), "{reason}");
    assert_eq!(blocked(run(&journal, "three", "refuses", json!(3)).await), "its code panicked: not at all");
    crash(journal).await;
    let journal = place.open(fragile(&mended));
    assert_eq!(blocked(journal.result("one").await), "its code panicked: not prepared for this");
    mended.store(true, Ordering::Relaxed);
    for (id, outcome) in [("one", json!("kept")), ("two", json!("went on")), ("three", json!(3))] {
        journal.unblock(id).await.expect("it may try");
        assert_eq!(journal.result(id).await, Ok(outcome));
    }
}

/// Neither the end of a wait between attempts nor an opening adds to the history of a run that is parked.
#[tokio::test]
async fn nothing_is_tried_while_its_run_is_parked() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let registry = || {
        let mended = mended.clone();
        let code = move |ctx: Ctx, _| {
            let mended = mended.clone();
            async move {
                let policy = Policy { backoff_ms: 1_000, ..Policy::default() };
                let opened = async {
                    let opened = ctx.signal("go").await;
                    assert!(mended.load(Ordering::Relaxed), "not yet");
                    opened
                };
                let works = ["late", "stuck"].map(|name| ctx.activity(name, json!(null), &policy));
                let (mut works, opened) = futures::join!(futures::future::join_all(works), opened);
                opened.and(works.remove(0))
            }
        };
        Registry::new()
            .workflow("flow", code)
            .activity("late", |context, _| async move {
                if context.attempt == 1 { Err(Failure::retryable("Busy", "")) } else { Ok(json!(context.attempt)) }
            })
            .activity("stuck", |context, _| async move {
                if context.attempt == 1 { std::future::pending().await } else { Ok(json!(null)) }
            })
    };
    let mut journal = place.open(registry());
    start(&journal, "one", "flow", json!(null)).await;
    place.clock.wait_for_sleeper(START + 1_000).await;
    journal.signal("one", "go", json!(null)).await.expect("it is open");
    blocked(journal.result("one").await);
    let happened = events(&journal, "one").await;
    for _ in 0..2 {
        place.clock.advance(Duration::from_secs(1));
        journal.status("one").await.expect("it is there");
        assert_eq!(events(&journal, "one").await, happened);
        crash(journal).await;
        journal = place.open(registry());
    }
    assert_eq!(events(&journal, "one").await, happened);
    mended.store(true, Ordering::Relaxed);
    journal.unblock("one").await.expect("it may try");
    assert_eq!(journal.result("one").await, Ok(json!(2)));
}

#[tokio::test]
async fn a_parked_run_can_be_ended() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let journal = place.open(fragile(&mended));
    blocked(run(&journal, "one", "refuses", json!(1)).await);
    journal.terminate("one", "nobody will mend it").await.expect("it is open");
    assert_eq!(journal.result("one").await, Err(Failure::permanent("Terminated", "nobody will mend it")));
    assert_eq!(state(&journal, "one").await, RunState::Failed);
    crash(journal).await;
    let journal = place.open(fragile(&mended));
    assert_eq!(state(&journal, "one").await, RunState::Failed);
}

/// Work that outlives the parking of its run is neither lost nor begun again, and a request to cancel that came meanwhile
/// waits for it like any other.
#[tokio::test]
async fn work_goes_on_while_its_run_is_parked() {
    let (place, gate, log, mended) = (Place::new(), Gate::new(), Log::default(), Arc::new(AtomicBool::new(false)));
    let (inside, noted, is_mended) = (gate.clone(), log.clone(), mended.clone());
    let registry = Registry::new()
        .workflow("flow", move |ctx, _| {
            let is_mended = is_mended.clone();
            async move {
                let work = ctx.activity("work", json!(null), &Policy::default());
                let (work, letter) = futures::join!(work, async {
                    let letter = ctx.signal("go").await;
                    assert!(is_mended.load(Ordering::Relaxed), "not yet");
                    letter
                });
                ctx.activity("undo", json!("it"), &Policy::default().for_compensation()).await?;
                work.and(letter)
            }
        })
        .activity("work", move |context, _| {
            let (gate, log) = (inside.clone(), noted.clone());
            async move {
                log.add(format!("work {}", context.attempt));
                gate.pass().await;
                log.add("worked");
                Ok(json!(null))
            }
        })
        .activity("undo", log.activity());
    let journal = place.open(registry);
    start(&journal, "one", "flow", json!(null)).await;
    gate.arrival().await;
    journal.signal("one", "go", json!(1)).await.expect("it is open");
    blocked(journal.result("one").await);
    journal.cancel("one").await.expect("it is open");
    mended.store(true, Ordering::Relaxed);
    journal.unblock("one").await.expect("it may try");
    place.clock.advance(Duration::from_millis(1));
    assert_eq!(state(&journal, "one").await, RunState::Running, "the work still runs");
    assert_eq!(log.lines(), ["work 1"]);
    gate.open();
    assert_eq!(journal.result("one").await, Ok(json!(1)));
    assert_eq!(log.lines(), ["work 1", "worked", "undo it"]);
}

//! Runs that start over with a fresh history.

use std::time::Duration;

use adx_workflow::{Failure, Journal, JournalOptions, ListFilter, Policy, Registry, RunState, journal::Event};
use serde_json::json;

use crate::support::{Place, START, blocked, crash, history, run, start, state, wait_for_events};

fn registry() -> Registry {
    Registry::new()
        // Takes one letter a generation, four in all.
        .workflow("collect", |ctx, mut taken| async move {
            let letter = ctx.signal("letter").await?;
            taken.as_array_mut().expect("a list").push(letter);
            if taken.as_array().is_some_and(|taken| taken.len() == 4) {
                Ok(taken)
            } else {
                Err(ctx.continue_as_new(taken))
            }
        })
        .workflow("sum", |ctx, input| async move {
            let (mut left, mut sum) = (input["left"].as_u64().unwrap_or(0), input["sum"].as_u64().unwrap_or(0));
            while left > 0 {
                if ctx.continue_as_new_suggested() {
                    return Err(ctx.continue_as_new(json!({ "left": left, "sum": sum })));
                }
                sum += ctx.activity("echo", json!(left), &Policy::default()).await?.as_u64().unwrap_or(0);
                left -= 1;
            }
            Ok(json!(sum))
        })
        // Four events at its start, then three a letter.
        .workflow("tally", |ctx, generation| async move {
            let policy = Policy { backoff_ms: 0, ..Policy::default() };
            ctx.activity("second-try", json!(null), &policy).await?;
            while !ctx.continue_as_new_suggested() {
                ctx.signal("letter").await?;
                drop(ctx.timer(Duration::from_secs(1)));
            }
            Err(ctx.continue_as_new(generation))
        })
        .workflow("endless", |ctx, _| async move {
            loop {
                ctx.activity("echo", json!(null), &Policy::default()).await?;
            }
        })
        .workflow("over-and-over", |ctx, _| async move {
            ctx.timer(Duration::from_secs(1)).await?;
            Err(ctx.continue_as_new(json!(null)))
        })
        .activity("echo", |_, input| async move { Ok(input) })
        .activity("second-try", |context, input| async move {
            if context.attempt == 1 { Err(Failure::retryable("Busy", "once")) } else { Ok(input) }
        })
}

#[tokio::test]
async fn state_is_carried_and_signals_are_not_lost() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "collect", json!([])).await;
    for letter in ["a", "b"] {
        journal.signal("one", "letter", json!(letter)).await.expect("it is open");
    }
    crash(journal).await;
    let journal = place.open(registry());
    let waiting = journal.result("one");
    let sending = async {
        for letter in ["c", "d", "too many"] {
            let _ = journal.signal("one", "letter", json!(letter)).await;
        }
    };
    assert_eq!(tokio::join!(waiting, sending).0, Ok(json!(["a", "b", "c", "d"])));
    let info = journal.describe("one").await.expect("it is there");
    assert_eq!((info.generation, info.input), (3, json!(["a", "b", "c"])));
    let runs = journal.list(ListFilter::default()).await.expect("it lists");
    let states: Vec<(u32, RunState)> = runs.into_iter().map(|run| (run.generation, run.state)).collect();
    let over = RunState::ContinuedAsNew;
    assert_eq!(states, [(3, RunState::Completed), (2, over), (1, over), (0, over)]);
    let continued = history(&journal, "one").await.into_iter();
    let continued: Vec<_> =
        continued.filter(|one| matches!(one.event, Event::ContinuedAsNew { .. })).map(|one| one.generation).collect();
    assert_eq!(continued, [0, 1, 2]);
}

#[tokio::test]
async fn a_long_history_suggests_it() {
    let place = Place::new();
    let options = JournalOptions { suggest_continue_after: 10, ..place.options() };
    let journal = Journal::open(place.path(), registry(), options).expect("it opens");
    assert_eq!(run(&journal, "one", "sum", json!({ "left": 20, "sum": 0 })).await, Ok(json!(210)));
    let info = journal.describe("one").await.expect("it is there");
    assert_eq!(info.generation, 3, "five activities a generation");
}

#[tokio::test]
async fn a_history_is_as_long_after_reopening_as_before() {
    let place = Place::new();
    let open = |suggest_continue_after| {
        let options = JournalOptions { suggest_continue_after, ..place.options() };
        Journal::open(place.path(), registry(), options).expect("it opens")
    };
    let journal = open(8);
    start(&journal, "one", "tally", json!(null)).await;
    wait_for_events(&journal, "one", 4).await;
    let after_a_letter = async |journal: &Journal| {
        journal.signal("one", "letter", json!(null)).await.expect("it is open");
        journal.describe("one").await.expect("it is there").generation
    };
    assert_eq!(after_a_letter(&journal).await, 0, "the letter was the fifth event");
    crash(journal).await;
    // What the run was begun with stays in force.
    let journal = open(100);
    assert_eq!(after_a_letter(&journal).await, 1, "the letter was the eighth event");
}

#[tokio::test]
async fn a_history_without_end_is_parked() {
    let place = Place::new();
    let options = JournalOptions { max_history_events: 101, ..place.options() };
    let journal = Journal::open(place.path(), registry(), options).expect("it opens");
    let reason = blocked(run(&journal, "one", "endless", json!(null)).await);
    assert!(reason.contains("103 events, more than the 101 allowed"), "{reason}");
    assert_eq!(state(&journal, "one").await, RunState::Blocked);
}

#[tokio::test]
async fn a_cancel_request_reaches_the_generation_that_is_open() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "over-and-over", json!(null)).await;
    place.reach(START + 1_000).await;
    place.clock.wait_for_sleeper(START + 2_000).await;
    journal.cancel("one").await.expect("it is open");
    assert_eq!(journal.result("one").await, Err(Failure::Cancelled));
    assert_eq!(journal.describe("one").await.expect("it is there").generation, 1);
}

#[tokio::test]
async fn an_id_stays_taken_when_only_its_old_generations_are_forgotten() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "over-and-over", json!(null)).await;
    place.reach(START + 1_000).await;
    place.reach(START + 2_000).await;
    place.clock.wait_for_sleeper(START + 3_000).await;
    journal.cancel("one").await.expect("it is open");
    assert_eq!(journal.result("one").await, Err(Failure::Cancelled));
    assert_eq!(journal.prune(START + 2_000).await.expect("it prunes"), 1, "the first of three generations");
    assert_eq!(
        run(&journal, "one", "over-and-over", json!(null)).await,
        Err(Failure::Cancelled),
        "the run that is there"
    );
    assert_eq!(journal.list(ListFilter::default()).await.expect("it lists").len(), 2);
}

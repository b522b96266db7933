//! Timers and signals.

use std::time::Duration;

use adx_workflow::{Failure, Registry, journal::Event, signal_within};
use serde_json::json;

use crate::support::{Hold, Place, START, crash, events, start, wait_for_events};

const HOUR_MS: u64 = 3_600_000;

fn registry() -> Registry {
    Registry::new()
        .workflow("sleep", |ctx, _| async move {
            ctx.timer(Duration::from_millis(HOUR_MS)).await?;
            Ok(json!(ctx.now_ms()))
        })
        .workflow("collect", |ctx, _| async move {
            ctx.timer(Duration::from_millis(HOUR_MS)).await?;
            let mut taken = Vec::new();
            for name in ["letter", "parcel", "letter", "letter"] {
                taken.push(ctx.signal(name).await?);
            }
            Ok(json!(taken))
        })
        .workflow(
            "patient",
            |ctx, _| async move { signal_within(&*ctx, "letter", Duration::from_millis(HOUR_MS)).await },
        )
        // Lets the shorter of two timers fire and drops the longer one, and waits for letters for ever after.
        .workflow("lasting", |ctx, _| async move {
            let (long, short) = (ctx.timer(Duration::from_secs(20)), ctx.timer(Duration::from_secs(10)));
            drop(futures::future::select(long, short).await);
            loop {
                ctx.signal("letter").await?;
            }
        })
        .workflow("shorter", |ctx, _| async move {
            let (long, short) = (ctx.timer(Duration::from_secs(20)), ctx.timer(Duration::from_secs(10)));
            futures::future::select(long, short).await;
            Ok(json!(ctx.now_ms()))
        })
}

#[tokio::test]
async fn a_timer_survives_reopening() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "sleep", json!(null)).await;
    place.clock.wait_for_sleeper(START + HOUR_MS).await;
    crash(journal).await;
    place.clock.advance(Duration::from_millis(HOUR_MS / 2));
    let journal = place.open(registry());
    place.reach(START + HOUR_MS).await;
    assert_eq!(journal.result("one").await, Ok(json!(START + HOUR_MS)));
}

#[tokio::test]
async fn a_timer_whose_time_passed_while_closed_fires_at_opening() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "sleep", json!(null)).await;
    crash(journal).await;
    place.clock.advance(Duration::from_millis(3 * HOUR_MS));
    let journal = place.open(registry());
    assert_eq!(journal.result("one").await, Ok(json!(START + 3 * HOUR_MS)));
}

#[tokio::test]
async fn the_first_of_two_timers_wins_and_the_other_is_dropped() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "shorter", json!(null)).await;
    place.reach(START + 10_000).await;
    assert_eq!(journal.result("one").await, Ok(json!(START + 10_000)));
}

#[tokio::test]
async fn a_timer_fires_once_and_one_that_was_dropped_never() {
    let place = Place::new();
    let mut journal = place.open(registry());
    start(&journal, "one", "lasting", json!(null)).await;
    place.reach(START + 10_000).await;
    wait_for_events(&journal, "one", 4).await;
    let happened = events(&journal, "one").await;
    assert_eq!(happened[2..], [Event::TimerFired { seq: 2 }, Event::TimerCancelled { seq: 1 }]);
    for _ in 0..2 {
        place.clock.advance(Duration::from_secs(10));
        // What is due is looked at in every turn.
        journal.status("one").await.expect("it is there");
        assert_eq!(events(&journal, "one").await, happened);
        crash(journal).await;
        journal = place.open(registry());
    }
}

#[tokio::test]
async fn a_timer_does_not_fire_before_its_time() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "sleep", json!(null)).await;
    place.clock.advance(Duration::from_millis(HOUR_MS - 1));
    journal.signal("one", "letter", json!(null)).await.expect("it is open");
    place.reach(START + HOUR_MS).await;
    assert_eq!(journal.result("one").await, Ok(json!(START + HOUR_MS)));
}

/// The alarm rings while the engine is at work, and has looked at the clock already.
#[tokio::test]
async fn an_alarm_that_rings_too_early_for_the_turn_rings_again() {
    let (place, hold) = (Place::new(), Hold::new());
    let journal = place.open(hold.within(registry()));
    start(&journal, "one", "sleep", json!(null)).await;
    place.clock.wait_for_sleeper(START + HOUR_MS).await;
    let passes = async {
        // The engine is in its turn once the message is taken; the alarm's task runs whenever this one yields.
        while !hold.is_held() {
            tokio::task::yield_now().await;
        }
        place.clock.advance(Duration::from_millis(HOUR_MS));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        hold.release();
    };
    // Nobody says a word to the engine afterwards.
    let (outcome, (), ()) = futures::join!(journal.result("one"), start(&journal, "hold", "hold", json!(null)), passes);
    assert_eq!(outcome, Ok(json!(START + HOUR_MS)));
}

#[tokio::test]
async fn signals_are_kept_in_order_by_name_until_they_are_asked_for() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "one", "collect", json!(null)).await;
    journal.signal("one", "letter", json!(1)).await.expect("it is open");
    journal.signal("one", "letter", json!(2)).await.expect("it is open");
    crash(journal).await;
    let journal = place.open(registry());
    journal.signal("one", "letter", json!(3)).await.expect("it is open");
    journal.signal("one", "parcel", json!("p")).await.expect("it is open");
    place.reach(START + HOUR_MS).await;
    assert_eq!(journal.result("one").await, Ok(json!([1, "p", 2, 3])));
}

#[tokio::test]
async fn a_signal_that_does_not_come_in_time_is_a_time_out() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "late", "patient", json!(null)).await;
    start(&journal, "early", "patient", json!(null)).await;
    journal.signal("early", "letter", json!("here")).await.expect("it is open");
    assert_eq!(journal.result("early").await, Ok(json!("here")));
    place.reach(START + HOUR_MS).await;
    assert_eq!(journal.result("late").await, Err(Failure::Timeout { what: "signal `letter`".into() }));
}

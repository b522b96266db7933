//! A signal that was acknowledged is not lost, whatever becomes of the run it was sent to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adx_workflow::{Ctx, Failure, Journal, JournalError, Registry, RunState, journal::Event, signal_within};
use futures::{FutureExt, StreamExt, future::Either, stream::FuturesUnordered};
use serde_json::{Value, json};

use crate::support::{Hold, Place, START, blocked, crash, events, start};

/// Every letter that is there, without waiting.
fn drain(ctx: &Ctx) -> Vec<Value> {
    std::iter::from_fn(|| ctx.signal("letter").now_or_never()).map_while(Result::ok).collect()
}

/// Waits for a second, then takes one letter a generation until it has as many as `wanted`.
async fn collect(ctx: Ctx, mut input: Value) -> adx_workflow::Outcome {
    if input["taken"].is_null() {
        input["taken"] = json!([]);
        ctx.timer(Duration::from_secs(1)).await?;
    }
    let letter = ctx.signal("letter").await?;
    let taken = input["taken"].as_array_mut().expect("a list");
    taken.push(letter);
    if taken.len() as u64 == input["wanted"].as_u64().expect("a number") {
        Ok(input["taken"].take())
    } else {
        Err(ctx.continue_as_new(input))
    }
}

/// `collect` and its like; those that panic do so until they are mended.
fn registry(mended: &Arc<AtomicBool>) -> Registry {
    let (mended, punctual) = (mended.clone(), mended.clone());
    Registry::new()
        .workflow("collect", collect)
        .workflow("punctual", move |ctx, _| {
            let mended = punctual.clone();
            async move {
                let opened = async {
                    let opened = ctx.signal("open").await;
                    assert!(mended.load(Ordering::Relaxed), "not yet");
                    opened
                };
                let letter = signal_within(&*ctx, "letter", Duration::from_secs(1));
                futures::join!(letter, opened).0
            }
        })
        .workflow("fragile", move |ctx, mut input| {
            let mended = mended.clone();
            async move {
                if input.is_null() {
                    input = json!({ "wanted": 3, "taken": [] });
                    ctx.signal("open").await?;
                    assert!(mended.load(Ordering::Relaxed), "not yet");
                }
                collect(ctx, input).await
            }
        })
        // What is there when a run begins or goes on can be taken before it ends.
        .workflow("thorough", |ctx, input| async move {
            if input.is_null() {
                ctx.timer(Duration::from_secs(1)).await?;
                return Err(ctx.continue_as_new(json!("again")));
            }
            let first = ctx.signal("letter").await?;
            Ok(json!([vec![first], drain(&ctx)].concat()))
        })
        // Lets the deadline win, though a letter came in the same turn, and then asks for it once more.
        .workflow("impatient", |ctx, _| async move {
            let won = match futures::future::select(ctx.timer(Duration::from_secs(1)), ctx.signal("letter")).await {
                Either::Left(_) => "the deadline",
                Either::Right(_) => "the letter",
            };
            let other = ctx.signal("other").await?;
            Ok(json!([won, other, ctx.signal("letter").await?]))
        })
        // Waits twice for the same letter and lets go of the first wait once it has been woken. The waits are polled only when
        // they were woken.
        .workflow("fickle", |ctx, _| async move {
            let wait = || FuturesUnordered::from_iter([ctx.signal("letter")]);
            let (mut first, mut second) = (wait(), wait());
            assert!(first.next().now_or_never().is_none() && second.next().now_or_never().is_none());
            ctx.signal("decide").await?;
            drop(first);
            second.next().await.expect("a wait")
        })
        .workflow("after-child", |ctx, _| async move {
            let child = ctx.child("collect", "child", json!({ "wanted": 1, "taken": [] })).await?;
            Ok(json!([child, drain(&ctx)]))
        })
}

async fn send(journal: &Journal, letters: &[&str]) {
    for letter in letters {
        journal.signal("one", "letter", json!(letter)).await.expect("it is open");
    }
}

fn open(place: &Place) -> Journal {
    place.open(registry(&Arc::default()))
}

#[tokio::test]
async fn letters_left_over_go_through_every_generation_in_order() {
    let place = Place::new();
    let journal = open(&place);
    start(&journal, "one", "collect", json!({ "wanted": 4 })).await;
    send(&journal, &["a", "b", "c", "d"]).await;
    place.reach(START + 1_000).await;
    assert_eq!(journal.result("one").await, Ok(json!(["a", "b", "c", "d"])));
    assert_eq!(journal.describe("one").await.expect("it is there").generation, 3);
}

#[tokio::test]
async fn letters_that_come_while_a_generation_waits_to_begin_follow_those_left_over() {
    let (place, hold) = (Place::new(), Hold::new());
    let journal = place.open(hold.within(registry(&Arc::default())));
    start(&journal, "one", "collect", json!({ "wanted": 5, "taken": [] })).await;
    hold.together(&journal, "hold", async {
        futures::join!(send(&journal, &["a"]), send(&journal, &["b"]), send(&journal, &["c"]), send(&journal, &["d"]))
    })
    .await;
    crash(journal).await;
    let journal = open(&place);
    send(&journal, &["e"]).await;
    assert_eq!(journal.result("one").await, Ok(json!(["a", "b", "c", "d", "e"])));
}

#[tokio::test]
async fn a_letter_in_the_turn_in_which_the_run_ends_is_refused() {
    let (place, hold) = (Place::new(), Hold::new());
    let journal = place.open(hold.within(registry(&Arc::default())));
    start(&journal, "one", "collect", json!({ "wanted": 1, "taken": [] })).await;
    let letter = |letter: &str| journal.signal("one", "letter", json!(letter));
    let (taken, refused) =
        hold.together(&journal, "hold", async { futures::join!(letter("taken"), letter("late")) }).await;
    taken.expect("it was open");
    assert!(matches!(refused, Err(JournalError::Ended { .. })), "{refused:?}");
    assert_eq!(journal.result("one").await, Ok(json!(["taken"])));
}

#[tokio::test]
async fn letters_for_a_parked_run_go_through_every_generation_when_it_goes_on() {
    for reopened in [false, true] {
        let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
        let mut journal = place.open(registry(&mended));
        start(&journal, "one", "fragile", json!(null)).await;
        journal.signal("one", "open", json!(null)).await.expect("it is open");
        assert_eq!(blocked(journal.result("one").await), "its code panicked: not yet");
        send(&journal, &["a", "b", "c"]).await;
        mended.store(true, Ordering::Relaxed);
        if reopened {
            crash(journal).await;
            journal = place.open(registry(&mended));
        } else {
            journal.unblock("one").await.expect("it may try");
        }
        assert_eq!(journal.result("one").await, Ok(json!(["a", "b", "c"])));
    }
}

#[tokio::test]
async fn a_request_to_cancel_goes_through_every_generation_after_the_letters() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let journal = place.open(registry(&mended));
    start(&journal, "one", "fragile", json!(null)).await;
    journal.signal("one", "open", json!(null)).await.expect("it is open");
    blocked(journal.result("one").await);
    send(&journal, &["a", "b"]).await;
    journal.cancel("one").await.expect("it is open");
    journal.cancel("one").await.expect("asking twice is asking once");
    mended.store(true, Ordering::Relaxed);
    journal.unblock("one").await.expect("it may try");
    assert_eq!(journal.result("one").await, Err(Failure::Cancelled));
    let info = journal.describe("one").await.expect("it is there");
    assert_eq!((info.generation, info.input), (2, json!({ "wanted": 3, "taken": ["a", "b"] })));
}

/// The run that is ended has not begun: its code is not asked, and so cannot go on under another generation.
#[tokio::test]
async fn a_run_that_is_ended_before_it_begins_does_not_begin() {
    let (place, hold) = (Place::new(), Hold::new());
    let journal = place.open(hold.within(registry(&Arc::default())));
    start(&journal, "one", "collect", json!({ "wanted": 9, "taken": [] })).await;
    let ((), (), ended) = hold
        .together(&journal, "hold", async {
            futures::join!(send(&journal, &["a"]), send(&journal, &["b"]), journal.terminate("one", "enough"))
        })
        .await;
    ended.expect("it was open");
    assert_eq!(journal.result("one").await, Err(Failure::permanent("Terminated", "enough")));
    let last =
        journal.history("one").await.expect("it is there").into_iter().filter(|recorded| recorded.generation == 1);
    assert_eq!(last.count(), 1, "nothing but its end");
    crash(journal).await;
    let journal = open(&place);
    let info = journal.describe("one").await.expect("it is there");
    assert_eq!((info.generation, info.state), (1, RunState::Failed));
}

#[tokio::test]
async fn what_came_before_a_run_begins_is_there_when_its_code_looks() {
    let place = Place::new();
    let journal = open(&place);
    start(&journal, "one", "thorough", json!(null)).await;
    send(&journal, &["a", "b", "c"]).await;
    place.reach(START + 1_000).await;
    assert_eq!(journal.result("one").await, Ok(json!(["a", "b", "c"])));
}

#[tokio::test]
async fn a_letter_that_lost_to_its_deadline_is_there_for_the_next_wait() {
    let (place, hold) = (Place::new(), Hold::new());
    let journal = place.open(hold.within(registry(&Arc::default())));
    start(&journal, "one", "impatient", json!(null)).await;
    place.reach(START + 1_000).await;
    while journal.history("one").await.expect("it is there").len() < 2 {
        tokio::task::yield_now().await;
    }
    send(&journal, &["late"]).await;
    crash(journal).await;
    let journal = open(&place);
    journal.signal("one", "other", json!("another")).await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!(["the deadline", "another", "late"])));
}

/// Both come in while the run is parked, and its code sees them at the same time.
#[tokio::test]
async fn a_letter_that_came_together_with_its_deadline_is_in_time() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let journal = place.open(registry(&mended));
    start(&journal, "one", "punctual", json!(null)).await;
    journal.signal("one", "open", json!(null)).await.expect("it is open");
    blocked(journal.result("one").await);
    place.clock.advance(Duration::from_secs(1));
    send(&journal, &["a"]).await;
    mended.store(true, Ordering::Relaxed);
    journal.unblock("one").await.expect("it may try");
    assert_eq!(journal.result("one").await, Ok(json!("a")));
    let events = events(&journal, "one").await;
    assert!(events.contains(&Event::TimerFired { seq: 1 }), "{events:?}");
    assert!(!events.contains(&Event::TimerCancelled { seq: 1 }), "there was nothing left to stop");
}

#[tokio::test]
async fn each_parked_run_has_its_own_letters() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let journal = place.open(registry(&mended));
    for id in ["one", "two"] {
        start(&journal, id, "fragile", json!(null)).await;
        journal.signal(id, "open", json!(null)).await.expect("it is open");
        for letter in ["a", "b", "c"] {
            journal.signal(id, "letter", json!(format!("{letter} for {id}"))).await.expect("it is open");
        }
    }
    mended.store(true, Ordering::Relaxed);
    for id in ["one", "two"] {
        journal.unblock(id).await.expect("it may try");
        let letters = ["a", "b", "c"].map(|letter| format!("{letter} for {id}"));
        assert_eq!(journal.result(id).await, Ok(json!(letters)));
    }
}

#[tokio::test]
async fn a_wait_that_is_let_go_takes_nothing_with_it() {
    let place = Place::new();
    let journal = open(&place);
    start(&journal, "one", "fickle", json!(null)).await;
    send(&journal, &["a"]).await;
    journal.signal("one", "decide", json!(null)).await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!("a")));
}

#[tokio::test]
async fn letters_for_a_parent_and_its_child_keep_apart() {
    let place = Place::new();
    let journal = open(&place);
    start(&journal, "one", "after-child", json!(null)).await;
    send(&journal, &["for the parent"]).await;
    journal.signal("child", "letter", json!("for the child")).await.expect("the child is open");
    assert_eq!(journal.result("one").await, Ok(json!([["for the child"], ["for the parent"]])));
}

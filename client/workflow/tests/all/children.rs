//! Runs started by runs.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use adx_workflow::{Failure, Policy, Registry, RunState};
use serde_json::json;

use crate::support::{Place, blocked, crash, permanent, run, start, state};

fn registry() -> Registry {
    Registry::new()
        .workflow("parent", |ctx, input| async move { ctx.child("waiter", "child", input).await })
        .workflow("of-refuser", |ctx, _| async move { ctx.child("refuser", "child", json!(null)).await })
        .workflow("hasty", |ctx, _| async move {
            let _child = ctx.child("waiter", "child", json!(null));
            ctx.signal("enough").await
        })
        // The first child ends at once, and its parent with it, before the second has begun.
        .workflow("hastier", |ctx, _| async move {
            let (first, _second) =
                (ctx.child("instant", "first", json!(null)), ctx.child("waiter", "second", json!(null)));
            first.await
        })
        .workflow("clashing", |ctx, _| async move {
            let clash = ctx.child("waiter", "other", json!(null));
            Ok(json!(clash.await.expect_err("the id is taken").kind()))
        })
        .workflow("clashing-hastily", |ctx, _| async move {
            let _clash = ctx.child("waiter", "other", json!(null));
            Ok(json!(null))
        })
        // Begins anew with every letter, and ends with what is no letter.
        .workflow("renewed", |ctx, _| async move {
            let letter = ctx.signal("letter").await?;
            if letter == "enough" { Ok(letter) } else { Err(ctx.continue_as_new(letter)) }
        })
        .workflow("of-renewed", |ctx, _| async move { ctx.child("renewed", "child", json!(null)).await })
        .workflow("two", |ctx, _| async move {
            let (_first, second) =
                (ctx.child("waiter", "first", json!(null)), ctx.child("waiter", "second", json!(null)));
            second.await
        })
        .workflow("instant", |_, _| async { Ok(json!("done")) })
        .workflow("refuser", |_, _| async { Err(permanent("Refused")) })
        .workflow("waiter", |ctx, _| async move {
            match ctx.signal("go").await {
                Err(Failure::Cancelled) => {
                    let policy = Policy::default().for_compensation();
                    ctx.activity("tidy", json!(null), &policy).await?;
                    Err(Failure::Cancelled)
                }
                other => other,
            }
        })
        .activity("tidy", |_, _| async { Ok(json!(null)) })
}

#[tokio::test]
async fn a_parent_gets_what_its_child_returned_also_across_reopening() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "parent", json!(null)).await;
    journal.signal("child", "stay", json!(null)).await.expect("the child is open");
    crash(journal).await;
    let journal = place.open(registry());
    assert_eq!(journal.describe("child").await.expect("it is there").parent.as_deref(), Some("parent"));
    journal.signal("child", "go", json!("fine")).await.expect("the child is open");
    assert_eq!(journal.result("parent").await, Ok(json!("fine")));
    assert_eq!(journal.result("child").await, Ok(json!("fine")));
}

#[tokio::test]
async fn a_parent_gets_its_childs_failure() {
    let place = Place::new();
    let journal = place.open(registry());
    assert_eq!(run(&journal, "parent", "of-refuser", json!(null)).await, Err(permanent("Refused")));
}

#[tokio::test]
async fn a_child_is_cancelled_when_its_parent_ends_first() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "hasty", json!(null)).await;
    journal.signal("parent", "enough", json!("bye")).await.expect("it is open");
    assert_eq!(journal.result("parent").await, Ok(json!("bye")));
    assert_eq!(journal.result("child").await, Err(Failure::Cancelled));
    assert_eq!(state(&journal, "child").await, RunState::Cancelled);
}

#[tokio::test]
async fn a_child_is_cancelled_before_it_has_begun() {
    let place = Place::new();
    let journal = place.open(registry());
    assert_eq!(run(&journal, "parent", "hastier", json!(null)).await, Ok(json!("done")));
    assert_eq!(journal.result("second").await, Err(Failure::Cancelled));
}

#[tokio::test]
async fn cancelling_a_parent_cancels_its_child_and_waits_for_it() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "parent", json!(null)).await;
    journal.cancel("parent").await.expect("it is open");
    assert_eq!(journal.result("parent").await, Err(Failure::Cancelled));
    assert_eq!(state(&journal, "child").await, RunState::Cancelled, "the parent ended after its child");
}

/// The request reaches the parent when the journal is opened, before the child is in memory again.
#[tokio::test]
async fn a_request_kept_for_a_parked_parent_reaches_its_child_at_the_opening() {
    let (place, mended) = (Place::new(), Arc::new(AtomicBool::new(false)));
    let registry = || {
        let mended = mended.clone();
        registry().workflow("fragile", move |ctx, _| {
            let mended = mended.clone();
            async move {
                let child = ctx.child("waiter", "child", json!(null));
                ctx.signal("open").await?;
                assert!(mended.load(Ordering::Relaxed), "not yet");
                child.await
            }
        })
    };
    let journal = place.open(registry());
    start(&journal, "parent", "fragile", json!(null)).await;
    journal.signal("parent", "open", json!(null)).await.expect("it is open");
    blocked(journal.result("parent").await);
    journal.cancel("parent").await.expect("it is open");
    assert_eq!(state(&journal, "child").await, RunState::Running);
    crash(journal).await;
    mended.store(true, Ordering::Relaxed);
    let journal = place.open(registry());
    assert_eq!(journal.result("parent").await, Err(Failure::Cancelled));
    assert_eq!(state(&journal, "child").await, RunState::Cancelled);
}

#[tokio::test]
async fn a_child_that_began_anew_is_still_its_parents() {
    let place = Place::new();
    let journal = place.open(registry());
    let parents = [("parent", "enough", Ok(json!("enough"))), ("other-parent", "", Err(Failure::Cancelled))];
    for (id, last, outcome) in parents {
        start(&journal, id, "of-renewed", json!(null)).await;
        for letter in ["again", "again"] {
            journal.signal("child", "letter", json!(letter)).await.expect("the child is open");
        }
        if last.is_empty() {
            journal.cancel(id).await.expect("it is open");
        } else {
            journal.signal("child", "letter", json!(last)).await.expect("the child is open");
        }
        assert_eq!(journal.result(id).await, outcome);
        assert_eq!(journal.result("child").await, outcome);
        assert_eq!(journal.describe("child").await.expect("it is there").generation, 2);
        journal.prune(u64::MAX).await.expect("the id is free again");
    }
}

#[tokio::test]
async fn all_children_are_cancelled() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "two", json!(null)).await;
    journal.cancel("parent").await.expect("it is open");
    assert_eq!(journal.result("parent").await, Err(Failure::Cancelled));
    for id in ["first", "second"] {
        assert_eq!(journal.result(id).await, Err(Failure::Cancelled), "{id}");
    }
}

#[tokio::test]
async fn terminating_a_parent_cancels_its_child() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "parent", json!(null)).await;
    journal.terminate("parent", "enough").await.expect("it is open");
    assert_eq!(journal.result("parent").await, Err(Failure::permanent("Terminated", "enough")));
    assert_eq!(journal.result("child").await, Err(Failure::Cancelled));
}

#[tokio::test]
async fn an_id_that_is_taken_fails_the_child_and_leaves_its_owner_alone() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "other", "waiter", json!(null)).await;
    assert_eq!(run(&journal, "one", "clashing", json!(null)).await, Ok(json!("IdTaken")));
    assert_eq!(run(&journal, "two", "clashing-hastily", json!(null)).await, Ok(json!(null)));
    journal.signal("other", "go", json!("unharmed")).await.expect("it is open");
    assert_eq!(journal.result("other").await, Ok(json!("unharmed")));
}

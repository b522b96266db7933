//! Code is held to its history, and history gives it the same again.

use std::{sync::Arc, time::Duration};

use adx_workflow::{Ctx, Journal, JournalOptions, LocalFuture, ManualClock, Policy, Registry, RunState};
use futures::FutureExt;
use serde_json::{Value, json};

use crate::support::{Log, Place, START, blocked, crash, events, run, start, state, wait_for_events};

fn registry<F, R>(log: &Log, code: F) -> Registry
where
    F: Fn(Ctx, Value) -> R + Send + Sync + 'static,
    R: Future<Output = adx_workflow::Outcome> + 'static,
{
    Registry::new()
        .workflow("flow", code)
        .workflow("other", |ctx, _| async move { ctx.signal("go").await })
        .activity("first", log.activity())
        .activity("second", log.activity())
        .activity("else", log.activity())
}

async fn act(ctx: &Ctx, name: &str) -> adx_workflow::Outcome {
    ctx.activity(name, json!(null), &Policy::default()).await
}

/// The code under which the histories of these stories were written.
async fn original(ctx: Ctx, _: Value) -> adx_workflow::Outcome {
    act(&ctx, "first").await?;
    let letter = ctx.signal("go").await?;
    act(&ctx, "second").await?;
    Ok(letter)
}

/// A run of `original` that waits for its signal.
async fn begun(place: &Place, log: &Log) {
    let journal = place.open(registry(log, original));
    start(&journal, "one", "flow", json!(null)).await;
    start(&journal, "two", "other", json!(null)).await;
    wait_for_events(&journal, "one", 2).await;
}

/// Opens with changed code, sees the run parked, mends the code and sees the run end.
async fn parks<F, R>(changed: F, says: &str)
where
    F: Fn(Ctx, Value) -> R + Send + Sync + 'static,
    R: Future<Output = adx_workflow::Outcome> + 'static,
{
    let (place, log) = (Place::new(), Log::default());
    begun(&place, &log).await;
    let journal = place.open(registry(&log, changed));
    let reason = blocked(journal.result("one").await);
    assert_eq!(reason, format!("its code no longer does what its history says: {says}"));
    let info = journal.describe("one").await.expect("it is there");
    assert_eq!((info.state, info.blocked), (RunState::Blocked, Some(reason)));
    // What comes in meanwhile is kept, and the others go on.
    journal.signal("one", "go", json!("kept")).await.expect("it is open");
    journal.signal("two", "go", json!("undisturbed")).await.expect("it is open");
    assert_eq!(journal.result("two").await, Ok(json!("undisturbed")));
    crash(journal).await;
    let journal = place.open(registry(&log, original));
    assert_eq!(journal.result("one").await, Ok(json!("kept")));
    assert_eq!(state(&journal, "one").await, RunState::Completed);
    assert_eq!(log.lines(), ["first", "second"], "nothing was done twice");
}

#[tokio::test]
async fn another_activity_in_its_place_parks_the_run() {
    let changed = |ctx: Ctx, _| async move {
        act(&ctx, "else").await?;
        ctx.signal("go").await
    };
    parks(changed, "at its start (step 0) the journal has activity `first` (#1), the code does activity `else` (#1)")
        .await;
}

#[tokio::test]
async fn one_activity_more_parks_the_run() {
    let changed = |ctx: Ctx, _| async move {
        act(&ctx, "first").await?;
        act(&ctx, "else").await?;
        ctx.signal("go").await
    };
    parks(changed, "after activity #1 ended (step 1) the journal has nothing, the code does activity `else` (#2)")
        .await;
}

#[tokio::test]
async fn one_activity_fewer_parks_the_run() {
    let changed = |ctx: Ctx, _| async move { ctx.signal("go").await };
    parks(changed, "at its start (step 0) the journal has activity `first` (#1), the code does nothing").await;
}

#[tokio::test]
async fn an_earlier_end_parks_the_run() {
    let changed = |ctx: Ctx, _| async move { act(&ctx, "first").await };
    parks(changed, "after activity #1 ended (step 1) the journal has nothing, the code does the end of the run").await;
}

/// Asks at its start for what it is told, such as `timer, timer, drop 1`, and waits for its signal.
async fn asking(ctx: Ctx, what: &str) -> adx_workflow::Outcome {
    let mut asked: Vec<Option<LocalFuture<'_, ()>>> = Vec::new();
    for command in what.split(", ") {
        match command.split(' ').collect::<Vec<_>>()[..] {
            ["nothing"] => {}
            ["timer"] => asked.push(Some(ctx.timer(Duration::from_secs(60)).map(drop).boxed_local())),
            ["activity", name] => {
                asked.push(Some(ctx.activity(name, json!(null), &Policy::default()).map(drop).boxed_local()));
            }
            ["child", workflow, id] => asked.push(Some(ctx.child(workflow, id, json!(null)).map(drop).boxed_local())),
            ["drop", number] => asked[number.parse::<usize>().expect("a number") - 1] = None,
            _ => panic!("no command: {command}"),
        }
    }
    ctx.signal("go").await
}

#[tokio::test]
async fn every_command_is_held_to_its_kind_its_number_and_its_name() {
    const TIMERS: &str = "timer (#1), timer (#2)";
    const ACTIVITIES: &str = "activity `first` (#1), activity `second` (#2)";
    let child = "child `other` as `a` (#1)";
    let pairs = [
        ("child other a", "child other b", child, "child `other` as `b` (#1)"),
        ("child other a", "child flow a", child, "child `flow` as `a` (#1)"),
        ("child other a", "nothing", child, "nothing"),
        ("timer", "nothing", "timer (#1)", "nothing"),
        ("timer", "child other a", "timer (#1)", child),
        ("timer, drop 1", "timer", "timer (#1), dropped timer (#1)", "timer (#1)"),
        (
            "timer, timer, drop 1",
            "timer, timer, drop 2",
            &format!("{TIMERS}, dropped timer (#1)"),
            &format!("{TIMERS}, dropped timer (#2)"),
        ),
        (
            "activity first, activity second, drop 1, drop 2",
            "activity first, activity second, drop 2, drop 1",
            &format!("{ACTIVITIES}, abandoned activity (#1), abandoned activity (#2)"),
            &format!("{ACTIVITIES}, abandoned activity (#2), abandoned activity (#1)"),
        ),
    ];
    for (recorded, done, has, does) in pairs {
        let (place, log) = (Place::new(), Log::default());
        let open = |what: &'static str| place.open(registry(&log, move |ctx, _| asking(ctx, what)));
        let journal = open(recorded);
        start(&journal, "one", "flow", json!(null)).await;
        crash(journal).await;
        let journal = open(done);
        let reason = blocked(journal.result("one").await);
        let says = format!("at its start (step 0) the journal has {has}, the code does {does}");
        assert_eq!(reason, format!("its code no longer does what its history says: {says}"));
        crash(journal).await;
        let journal = open(recorded);
        journal.signal("one", "go", json!("on")).await.expect("it is open");
        assert_eq!(journal.result("one").await, Ok(json!("on")));
    }
}

#[tokio::test]
async fn a_patch_keeps_old_runs_on_the_old_path_and_takes_new_ones_on_the_new() {
    async fn patched(ctx: Ctx, _: Value) -> adx_workflow::Outcome {
        act(&ctx, if ctx.patched("other-first-step") { "else" } else { "first" }).await?;
        let letter = ctx.signal("go").await?;
        act(&ctx, "second").await?;
        Ok(letter)
    }
    async fn retired(ctx: Ctx, _: Value) -> adx_workflow::Outcome {
        act(&ctx, "else").await?;
        let letter = ctx.signal("go").await?;
        act(&ctx, "second").await?;
        Ok(letter)
    }
    let (place, log) = (Place::new(), Log::default());
    begun(&place, &log).await;
    let journal = place.open(registry(&log, patched));
    start(&journal, "three", "flow", json!(null)).await;
    start(&journal, "four", "flow", json!(null)).await;
    crash(journal).await;
    let journal = place.open(registry(&log, patched));
    for id in ["one", "three"] {
        journal.signal(id, "go", json!(id)).await.expect("it is open");
        assert_eq!(journal.result(id).await, Ok(json!(id)));
    }
    let names = async |id: &str| -> Vec<String> {
        let events = events(&journal, id).await.into_iter();
        events
            .filter_map(|event| match event {
                adx_workflow::journal::Event::ActivityScheduled { name, .. } => Some(name),
                _ => None,
            })
            .collect()
    };
    assert_eq!(names("one").await, ["first", "second"]);
    assert_eq!(names("three").await, ["else", "second"]);
    crash(journal).await;
    // Once no run is older than the change, the question may be taken out of the code.
    let journal = place.open(registry(&log, retired));
    journal.signal("four", "go", json!("done")).await.expect("it is open");
    assert_eq!(journal.result("four").await, Ok(json!("done")));
}

#[tokio::test]
async fn time_and_chance_are_the_same_on_every_replay() {
    async fn code(ctx: Ctx, _: Value) -> adx_workflow::Outcome {
        let mut seen = vec![ctx.now_ms(), ctx.random_u64()];
        loop {
            ctx.set_status(json!(seen));
            if ctx.signal("look").await? == "stop" {
                return Ok(json!(seen));
            }
            seen.extend([ctx.now_ms(), ctx.random_u64()]);
        }
    }
    let (place, log) = (Place::new(), Log::default());
    let journal = place.open(registry(&log, code));
    start(&journal, "one", "flow", json!(null)).await;
    start(&journal, "two", "flow", json!(null)).await;
    place.clock.advance(Duration::from_secs(1));
    journal.signal("one", "look", json!(null)).await.expect("it is open");
    let seen = journal.status("one").await.expect("it is there");
    assert_eq!((&seen[0], &seen[2]), (&json!(START), &json!(START + 1_000)));
    assert_ne!(seen[1], seen[3]);
    assert_ne!(seen[1], journal.status("two").await.expect("it is there")[1], "every run has chances of its own");
    crash(journal).await;
    place.clock.advance(Duration::from_secs(1));
    let journal = place.open(registry(&log, code));
    assert_eq!(journal.status("one").await.expect("it is there"), seen, "the status comes back by replay");
    journal.signal("one", "look", json!("stop")).await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(seen.clone()));
    assert_eq!(journal.status("one").await.expect("it is there"), seen, "and stays when the run has ended");
}

#[tokio::test]
async fn time_does_not_go_back_though_the_clock_does() {
    let (place, log) = (Place::new(), Log::default());
    let code = |ctx: Ctx, _| async move {
        ctx.signal("go").await?;
        Ok(json!(ctx.now_ms()))
    };
    let journal = place.open(registry(&log, code));
    start(&journal, "one", "flow", json!(null)).await;
    crash(journal).await;
    let options = JournalOptions { clock: Arc::new(ManualClock::new(START - 1_000)), ..place.options() };
    let journal = Journal::open(place.path(), registry(&log, code), options).expect("it opens");
    journal.signal("one", "go", json!(null)).await.expect("it is open");
    assert_eq!(journal.result("one").await, Ok(json!(START)));
}

#[tokio::test]
async fn a_status_is_that_of_the_last_step() {
    let (place, log) = (Place::new(), Log::default());
    let code = |ctx: Ctx, _| async move {
        ctx.set_status(json!("at first"));
        act(&ctx, "first").await?;
        ctx.set_status(json!("at last"));
        act(&ctx, "second").await
    };
    let journal = place.open(registry(&log, code));
    assert_eq!(run(&journal, "one", "flow", json!(null)).await, Ok(json!(null)));
    assert_eq!(journal.status("one").await.expect("it is there"), json!("at last"));
}

//! Processes that die at every fail point, and what is found afterwards.
//!
//! The test binary runs itself: [`the_process_that_dies`] plays a set of runs in a process of its own, which a fail point
//! ends. Activities write what they did to a file; the process writes down which starts were acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};

use adx_workflow::{
    Failure, Journal, JournalError, JournalOptions, Outcome, Policy, Registry, SagaScope, StartOptions,
    journal::{Event, FAIL_POINTS},
};
use serde_json::{Value, json};

const FOLDER: &str = "ADX_CRASH_FOLDER";
const SIGABRT: i32 = 6;

/// Every run of the play: id, workflow, and how it ends.
fn runs() -> Vec<(&'static str, &'static str, Outcome)> {
    vec![
        ("saga", "saga", Ok(json!("three"))),
        ("retried", "retried", Ok(json!("second try"))),
        ("timed", "timed", Ok(json!("in time"))),
        ("signalled", "signalled", Ok(json!("received"))),
        ("cancelled", "cancelled", Err(Failure::Cancelled)),
        ("parent", "parent", Ok(json!("child's"))),
        ("again", "again", Ok(json!(2))),
    ]
}

fn append(path: &Path, line: &str) {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).expect("the file opens");
    file.write_all(format!("{line}\n").as_bytes()).expect("the line is written");
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn effects(folder: &Path) -> PathBuf {
    folder.join("effects")
}

fn acknowledged(folder: &Path) -> PathBuf {
    folder.join("acknowledged")
}

/// Signals and requests that were acknowledged.
fn told(folder: &Path) -> PathBuf {
    folder.join("told")
}

fn registry(folder: &Path) -> Registry {
    let policy = Policy { backoff_ms: 1, ..Policy::default() };
    let (retried, again) = (policy.clone(), policy.clone());
    let (done, tried) = (effects(folder), effects(folder));
    Registry::new()
        .workflow("saga", |ctx, _| {
            SagaScope::run(ctx, |saga| async move {
                for name in ["one", "two"] {
                    saga.step(name).compensate("undo", json!(name)).run("do", json!(name)).await?;
                }
                saga.step("three").run("do", json!("three")).await
            })
        })
        .workflow("retried", move |ctx, _| {
            let policy = retried.clone();
            async move { ctx.activity("second-try", json!("second try"), &policy).await }
        })
        .workflow("timed", |ctx, _| async move {
            ctx.timer(Duration::from_millis(1)).await?;
            ctx.activity("do", json!("in time"), &Policy::default()).await
        })
        .workflow("signalled", |ctx, _| async move {
            let letter = ctx.signal("letter").await?;
            ctx.activity("do", letter, &Policy::default()).await
        })
        .workflow("cancelled", |ctx, _| {
            SagaScope::run(ctx, |saga| async move {
                saga.step("one").compensate("undo", json!("one")).run("do", json!("one")).await?;
                saga.ctx().signal("never").await
            })
        })
        .workflow("parent", |ctx, _| async move { ctx.child("child", "child", json!("child's")).await })
        .workflow("child", |ctx, input| async move { ctx.activity("do", input, &Policy::default()).await })
        .workflow("again", move |ctx, generation| {
            let policy = again.clone();
            async move {
                let generation = generation.as_u64().unwrap_or(0);
                ctx.activity("do", json!(generation), &policy).await?;
                if generation == 2 { Ok(json!(2)) } else { Err(ctx.continue_as_new(json!(generation + 1))) }
            }
        })
        .activity("do", move |context, input: Value| {
            append(&done, &effect(&context.run_id, "do", &input));
            std::future::ready(Ok(input))
        })
        .activity("undo", {
            let undone = effects(folder);
            move |context, input| {
                append(&undone, &effect(&context.run_id, "undo", &input));
                std::future::ready(Ok(input))
            }
        })
        .activity("second-try", move |context, input| {
            append(&tried, &effect(&context.run_id, "second-try", &input));
            let first = context.attempt == 1;
            std::future::ready(if first { Err(Failure::retryable("Busy", "once")) } else { Ok(input) })
        })
}

fn effect(run: &str, activity: &str, input: &Value) -> String {
    format!("{run} {activity} {input}")
}

fn open(folder: &Path, registry: Registry) -> Journal {
    Journal::open(folder.join("journal.db"), registry, JournalOptions::default()).expect("the journal opens")
}

/// Starts every run, signals and cancels, waits for all. After a crash the runs are started again, which is harmless; a
/// signal or request that was acknowledged is not sent again.
async fn play(folder: &Path, journal: &Journal) -> BTreeMap<&'static str, Outcome> {
    let mut started = Vec::new();
    for (id, workflow, _) in runs() {
        let run = journal.start(StartOptions::new(id, workflow, json!(0))).await.expect("it starts");
        append(&acknowledged(folder), id);
        started.push((id, run));
    }
    // One that came in before the crash may have ended the run, though it was not acknowledged.
    let ended = |outcome: Result<(), JournalError>| match outcome {
        Ok(()) | Err(JournalError::Ended { .. }) => {}
        Err(error) => panic!("{error}"),
    };
    let told = told(folder);
    if !lines(&told).contains(&"signal".to_owned()) {
        ended(journal.signal("signalled", "letter", json!("received")).await);
        append(&told, "signal");
    }
    if !lines(&told).contains(&"cancel".to_owned()) {
        ended(journal.cancel("cancelled").await);
        append(&told, "cancel");
    }
    let mut outcomes = BTreeMap::new();
    for (id, run) in started {
        outcomes.insert(id, run.result().await);
    }
    outcomes
}

/// Effects of activities that the journal has as completed, by way of a registry that can run nothing.
async fn completed(folder: &Path) -> BTreeSet<String> {
    let journal = open(folder, Registry::new());
    let mut completed = BTreeSet::new();
    let ids = runs().into_iter().map(|(id, ..)| id).chain(["child"]);
    for id in ids {
        let history = match journal.history(id).await {
            Ok(history) => history,
            Err(JournalError::NotFound { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        let scheduled = |of: u32, generation: u32| {
            history.iter().find_map(|recorded| match &recorded.event {
                Event::ActivityScheduled { seq, name, input, .. }
                    if *seq == of && recorded.generation == generation =>
                {
                    Some(effect(id, name, input))
                }
                _ => None,
            })
        };
        for recorded in &history {
            if let Event::ActivityCompleted { seq, outcome: Ok(_) } = &recorded.event {
                completed.insert(scheduled(*seq, recorded.generation).expect("it was scheduled before"));
            }
        }
    }
    journal.shutdown().await.expect("it stops");
    completed
}

fn count(effects: &[String], of: &str) -> usize {
    effects.iter().filter(|effect| *effect == of).count()
}

#[test]
#[ignore = "run by the other tests of this file, in a process of its own"]
fn the_process_that_dies() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let journal = open(&folder, registry(&folder));
        play(&folder, &journal).await;
        journal.shutdown().await.expect("it stops");
    });
}

/// Runs the play in a process that is to die at `fail_point`.
fn die(folder: &Path, fail_point: &str) -> ExitStatus {
    Command::new(std::env::current_exe().expect("the test binary"))
        .args(["--exact", "crash::the_process_that_dies", "--ignored", "--quiet", "--test-threads=1"])
        .env(FOLDER, folder)
        .env("ADX_ABORT_AT", fail_point)
        .output()
        .expect("it starts")
        .status
}

#[tokio::test]
async fn whatever_was_acknowledged_ends_well_wherever_the_process_died() {
    for fail_point in FAIL_POINTS {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        assert_eq!(die(folder, fail_point).signal(), Some(SIGABRT), "{fail_point} is reached");
        let before = completed(folder).await;
        let effects_before = lines(&effects(folder));

        // What was acknowledged is there, before anybody starts it again.
        let journal = open(folder, registry(folder));
        for id in lines(&acknowledged(folder)) {
            journal.describe(&id).await.unwrap_or_else(|error| panic!("{fail_point}: {error}"));
        }
        let outcomes = play(folder, &journal).await;
        for (id, _, outcome) in runs() {
            assert_eq!(outcomes[id], outcome, "{fail_point}: {id}");
        }
        journal.shutdown().await.expect("it stops");

        let effects_after = lines(&effects(folder));
        for effect in &before {
            assert!(count(&effects_before, effect) > 0, "{fail_point}: {effect} has completed without an effect");
            assert_eq!(
                count(&effects_after, effect),
                count(&effects_before, effect),
                "{fail_point}: {effect} had completed and ran again"
            );
        }
        for effect in completed(folder).await {
            let times = count(&effects_after, &effect);
            // One crash repeats one attempt at most; the one that is retried has two attempts of its own.
            let most = if effect.contains("second-try") { 3 } else { 2 };
            assert!((1..=most).contains(&times), "{fail_point}: {effect} ran {times} times");
        }
    }
}

#[tokio::test]
async fn two_processes_cannot_share_a_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let journal = open(folder.path(), registry(folder.path()));
    let status = die(folder.path(), "nowhere");
    assert_eq!(status.code(), Some(101), "its test failed, as the journal did not open");
    drop(journal);
    assert!(die(folder.path(), "nowhere").success(), "now it is free");
    assert_eq!(lines(&acknowledged(folder.path())).len(), runs().len(), "the first process had started nothing");
}

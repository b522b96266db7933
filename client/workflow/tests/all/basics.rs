//! Starting, ending, listing.

use adx_workflow::{JournalError, ListFilter, Policy, Registry, RunState, StartOptions, journal::Event};
use serde_json::json;

use crate::support::{Place, crash, events, permanent, run};

fn registry() -> Registry {
    Registry::new()
        .workflow("double", |ctx, input| async move { ctx.activity("double", input, &Policy::default()).await })
        .workflow("fail", |ctx, input| async move { ctx.activity("fail", input, &Policy::default()).await })
        .workflow("wait", |ctx, _| async move { ctx.signal("go").await })
        .activity("double", |_, input| async move { Ok(json!(input.as_i64().unwrap_or(0) * 2)) })
        .activity("fail", |_, _| async { Err(permanent("Refused")) })
}

#[tokio::test]
async fn a_run_ends_with_what_its_code_returns() {
    let place = Place::new();
    let journal = place.open(registry());
    assert_eq!(run(&journal, "one", "double", json!(21)).await, Ok(json!(42)));
    assert_eq!(run(&journal, "two", "fail", json!(21)).await, Err(permanent("Refused")));
    let info = journal.describe("one").await.expect("it is there");
    assert_eq!((info.state, info.outcome), (RunState::Completed, Some(Ok(json!(42)))));
    assert_eq!(journal.describe("two").await.expect("it is there").state, RunState::Failed);
    let history: Vec<Event> = journal.history("one").await.expect("it is there").into_iter().map(|r| r.event).collect();
    assert_eq!(
        history,
        [
            Event::ActivityScheduled { seq: 1, name: "double".into(), input: json!(21), policy: Policy::default() },
            Event::ActivityCompleted { seq: 1, outcome: Ok(json!(42)) },
            Event::Ended { outcome: Ok(json!(42)) },
        ]
    );
    journal.shutdown().await.expect("it stops");
}

#[tokio::test]
async fn an_id_is_started_once() {
    let place = Place::new();
    let journal = place.open(registry());
    assert_eq!(run(&journal, "one", "double", json!(1)).await, Ok(json!(2)));
    assert_eq!(run(&journal, "one", "double", json!(5)).await, Ok(json!(2)), "the run that is there");
    let other = journal.start(StartOptions::new("one", "wait", json!(null))).await;
    assert!(matches!(other, Err(JournalError::IdTaken { workflow, .. }) if workflow == "double"));
    let waiting = journal.start(StartOptions::new("two", "wait", json!(null))).await.expect("it starts");
    let again = journal.start(StartOptions::new("two", "wait", json!(null))).await.expect("it is there");
    journal.signal("two", "go", json!("now")).await.expect("it is open");
    assert_eq!(waiting.result().await, Ok(json!("now")));
    assert_eq!(again.result().await, Ok(json!("now")));
    let unknown = journal.start(StartOptions::new("three", "nothing", json!(null))).await;
    assert!(matches!(unknown, Err(JournalError::UnknownWorkflow { .. })));
    assert!(matches!(journal.signal("two", "go", json!(1)).await, Err(JournalError::Ended { .. })));
    assert!(matches!(journal.cancel("four").await, Err(JournalError::NotFound { .. })));
}

#[tokio::test]
async fn runs_are_listed_and_pruned() {
    let place = Place::new();
    let journal = place.open(registry());
    for (id, workflow) in [("a/1", "double"), ("a/2", "fail"), ("b%1", "double")] {
        let _ = run(&journal, id, workflow, json!(1)).await;
    }
    journal.start(StartOptions::new("a/3", "wait", json!(1))).await.expect("it starts");
    journal.signal("a/3", "stay", json!(null)).await.expect("it is open");
    let ids = async |filter: ListFilter| -> Vec<String> {
        journal.list(filter).await.expect("it lists").into_iter().map(|run| run.id).collect()
    };
    let prefix = |prefix: &str| ListFilter { id_prefix: Some(prefix.into()), ..ListFilter::default() };
    assert_eq!(ids(ListFilter::default()).await, ["a/3", "b%1", "a/2", "a/1"]);
    assert_eq!(ids(prefix("a/")).await, ["a/3", "a/2", "a/1"]);
    assert_eq!(ids(prefix("%")).await, [""; 0]);
    assert_eq!(ids(ListFilter { limit: 1, offset: 1, ..prefix("a/") }).await, ["a/2"]);
    assert_eq!(ids(ListFilter { state: Some(RunState::Running), ..ListFilter::default() }).await, ["a/3"]);
    assert_eq!(ids(ListFilter { workflow: Some("double".into()), ..ListFilter::default() }).await, ["b%1", "a/1"]);
    assert_eq!(journal.prune(1_000_000).await.expect("it prunes"), 0, "none ended before that");
    assert_eq!(journal.prune(1_000_001).await.expect("it prunes"), 3);
    assert_eq!(ids(ListFilter::default()).await, ["a/3"]);
    assert!(matches!(journal.history("a/1").await, Err(JournalError::NotFound { .. })));
    assert_eq!(run(&journal, "a/1", "double", json!(4)).await, Ok(json!(8)), "the id is free again");
    assert_eq!(journal.prune(u64::MAX).await.expect("it prunes"), 1);
    crash(journal).await;
    let rows = "SELECT count(*) FROM step WHERE run NOT IN (SELECT key FROM run)";
    let left: i64 = place.sqlite().query_row(rows, [], |row| row.get(0)).expect("it counts");
    assert_eq!(left, 0, "nothing is left of what was forgotten");
    let journal = place.open(registry());
    journal.signal("a/3", "go", json!("on")).await.expect("it is open");
    assert_eq!(journal.result("a/3").await, Ok(json!("on")));
    assert_eq!(events(&journal, "a/3").await.len(), 3, "what was open is whole");
}

//! Files that are not what they should be.

use adx_workflow::{Failure, Journal, JournalError, ListFilter, Policy, Registry, RunState, StartOptions};
use serde_json::json;

use crate::support::{Place, blocked, run, start, state, wait_for_events};

fn registry() -> Registry {
    Registry::new()
        .workflow("flow", |ctx, input| async move {
            ctx.activity("echo", input, &Policy::default()).await?;
            ctx.signal("go").await
        })
        .workflow("parent", |ctx, _| async move { ctx.child("flow", "child", json!("input")).await })
        .workflow("echo", |ctx, input| async move { ctx.activity("echo", input, &Policy::default()).await })
        .activity("echo", |_, input| async move { Ok(input) })
}

/// Two runs that wait; then `sql` is done to the file.
async fn damaged(sql: &str) -> (Place, Journal) {
    let place = Place::new();
    let journal = place.open(registry());
    for id in ["damaged", "sound"] {
        start(&journal, id, "flow", json!("input")).await;
    }
    run(&journal, "later", "echo", json!("settled")).await.expect("it ends");
    for id in ["damaged", "sound"] {
        wait_for_events(&journal, id, 2).await;
    }
    drop(journal);
    assert_eq!(place.sqlite().execute(sql, []).expect("SQLite does it"), 1, "one row is damaged");
    let journal = place.open(registry());
    (place, journal)
}

/// The damaged run says so, and nothing else is harmed.
async fn reports(sql: &str, says: &str) {
    let (place, journal) = damaged(sql).await;
    let reason = blocked(journal.result("damaged").await);
    assert!(reason.contains(says), "{reason}");
    let info = journal.describe("damaged").await.expect("it is there");
    assert_eq!((info.state, info.blocked.as_deref()), (RunState::Blocked, Some(&*reason)));
    let again = journal.start(StartOptions::new("damaged", "flow", json!("input"))).await.expect("it is there");
    assert_eq!(blocked(again.result().await), reason);
    journal.signal("damaged", "go", json!("kept")).await.expect("it is open");
    assert_eq!(journal.list(ListFilter::default()).await.expect("it lists").len(), 3);
    journal.signal("sound", "go", json!("fine")).await.expect("it is open");
    assert_eq!(journal.result("sound").await, Ok(json!("fine")));
    // It can be put away.
    journal.terminate("damaged", "damaged").await.expect("it is open");
    journal.shutdown().await.expect("it stops");
    let kept: i64 = place.sqlite().query_row("SELECT count(*) FROM inbox", [], |row| row.get(0)).expect("it counts");
    assert_eq!(kept, 0, "nothing is kept for it any more");
    let journal = place.open(registry());
    let info = journal.describe("damaged").await.expect("it is there");
    assert_eq!((info.state, info.blocked), (RunState::Failed, None));
}

const RUN: &str = "run = (SELECT key FROM run WHERE id = 'damaged')";

#[tokio::test]
async fn a_damaged_step_parks_its_run_only() {
    let sql = format!("UPDATE step SET events = substr(events, 1, 20) WHERE {RUN} AND number = 1");
    reports(&sql, "its history cannot be read").await;
    let (_place, journal) = damaged(&sql).await;
    let history = journal.history("damaged").await;
    assert!(matches!(history, Err(JournalError::Unreadable { id, .. }) if id == "damaged"));
}

#[tokio::test]
async fn a_step_that_is_no_text_parks_its_run_only() {
    let sql = format!("UPDATE step SET events = CAST(x'5bff5d' AS TEXT) WHERE {RUN} AND number = 0");
    reports(&sql, "its history cannot be read").await;
}

#[tokio::test]
async fn a_missing_step_parks_its_run_only() {
    reports(&format!("DELETE FROM step WHERE {RUN} AND number = 0"), "its history lacks step 0").await;
}

#[tokio::test]
async fn a_step_of_a_newer_format_parks_its_run_only() {
    let sql = format!("UPDATE step SET format = 2 WHERE {RUN} AND number = 1");
    reports(&sql, "its history has format 2, this program knows up to 1").await;
}

#[tokio::test]
async fn a_damaged_input_parks_its_run_only() {
    reports("UPDATE run SET input = '{' WHERE id = 'damaged'", "its input cannot be read").await;
}

#[tokio::test]
async fn a_damaged_event_kept_for_later_parks_its_run_only() {
    let sql = "INSERT INTO inbox (run, event) SELECT key, 'nothing' FROM run WHERE id = 'damaged'";
    reports(sql, "what came in for it cannot be read").await;
}

/// A program of an older version opens the journal for a while: it cannot know what the parent waits for.
#[tokio::test]
async fn a_child_that_ends_while_its_parents_history_is_unreadable_is_not_forgotten() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "parent", json!(null)).await;
    wait_for_events(&journal, "child", 2).await;
    drop(journal);
    let set_format = |format: i64| {
        let sql = "UPDATE step SET format = ?1 WHERE run = (SELECT key FROM run WHERE id = 'parent')";
        assert_eq!(place.sqlite().execute(sql, [format]).expect("SQLite does it"), 1);
    };
    set_format(2);
    let journal = place.open(registry());
    journal.signal("child", "go", json!("the child's")).await.expect("it is open");
    assert_eq!(journal.result("child").await, Ok(json!("the child's")));
    assert_eq!(state(&journal, "parent").await, RunState::Blocked);
    drop(journal);
    set_format(1);
    let journal = place.open(registry());
    assert_eq!(journal.result("parent").await, Ok(json!("the child's")));
}

#[tokio::test]
async fn a_child_is_cancelled_when_its_parent_is_put_away_unread() {
    let place = Place::new();
    let journal = place.open(registry());
    start(&journal, "parent", "parent", json!(null)).await;
    wait_for_events(&journal, "child", 2).await;
    drop(journal);
    let sql = "UPDATE step SET events = '?' WHERE run = (SELECT key FROM run WHERE id = 'parent')";
    assert_eq!(place.sqlite().execute(sql, []).expect("SQLite does it"), 1);
    let journal = place.open(registry());
    journal.terminate("parent", "damaged").await.expect("it is open");
    assert_eq!(journal.result("child").await, Err(Failure::Cancelled));
}

#[tokio::test]
async fn a_damaged_outcome_is_a_failure_of_its_run_only() {
    let (_place, journal) = damaged("UPDATE run SET outcome = '?' WHERE id = 'later'").await;
    let outcome = journal.result("later").await;
    assert!(matches!(&outcome, Err(Failure::Application { kind, .. }) if kind == "Unreadable"), "{outcome:?}");
    assert_eq!(journal.list(ListFilter::default()).await.expect("it lists").len(), 3);
}

fn refusal(place: &Place) -> JournalError {
    Journal::open(place.path(), registry(), place.options()).expect_err("it is refused")
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_refused_and_left_alone() {
    let place = Place::new();
    let text =
        "this is a letter, not a database, and it is long enough to be read as a header of one, which it is not.";
    std::fs::write(place.path(), text).expect("it is written");
    assert!(matches!(refusal(&place), JournalError::Corrupt { .. }));
    assert_eq!(std::fs::read_to_string(place.path()).expect("it is there"), text);

    let place = Place::new();
    place.sqlite().execute_batch("CREATE TABLE theirs (id INTEGER)").expect("SQLite does it");
    assert!(matches!(refusal(&place), JournalError::Foreign { found: 0, .. }));
    place.sqlite().execute("INSERT INTO theirs VALUES (1)", []).expect("it is as it was");
}

#[tokio::test]
async fn a_journal_of_a_newer_program_is_refused() {
    let place = Place::new();
    drop(place.open(registry()));
    place.sqlite().pragma_update(None, "user_version", 2).expect("SQLite does it");
    assert!(matches!(refusal(&place), JournalError::TooNew { found: 2, known: 1, .. }));
}

#[tokio::test]
async fn a_torn_file_is_refused_with_what_sqlite_says() {
    let place = Place::new();
    let journal = place.open(registry());
    for number in 0..200 {
        start(&journal, &format!("run/{number}"), "flow", json!("x".repeat(200))).await;
    }
    journal.shutdown().await.expect("it stops");
    let mut bytes = std::fs::read(place.path()).expect("it is there");
    let pages = bytes.len() / 4096;
    assert!(pages > 8, "a file of some size");
    bytes[4096 * (pages / 2)..4096 * (pages / 2 + 1)].fill(0xee);
    std::fs::write(place.path(), bytes).expect("it is written");
    let error = refusal(&place);
    assert!(matches!(&error, JournalError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().ends_with("restore it from a backup"), "{error}");
}

#[tokio::test]
async fn a_journal_that_is_open_cannot_be_opened_again() {
    let place = Place::new();
    let journal = place.open(registry());
    assert!(matches!(refusal(&place), JournalError::Locked { .. }));
    drop(journal);
    place.open(registry());
}

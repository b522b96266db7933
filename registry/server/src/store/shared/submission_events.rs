//! `submission_events`, which only grows.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::submissions::{EventKind, Submission, SubmissionEvent};
use sqlx::QueryBuilder;
use thiserror::Error;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Db, Row, database};

/// A kind of event that nobody wrote.
#[derive(Debug, Error)]
#[error("`{0}` is no kind of event")]
struct UnknownKind(String);

pub(super) async fn of(
    connection: &mut Connection,
    submission: Id<Submission>,
) -> Result<Vec<SubmissionEvent>, StoreError> {
    let rows = sqlx::query(
        "SELECT number, kind, state, at, side, said_by, said FROM submission_events WHERE submission_id = $1 ORDER BY number",
    )
    .bind(submission.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(event).collect()
}

pub(super) async fn insert(
    connection: &mut Connection,
    submission: Id<Submission>,
    events: &[SubmissionEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::new("");
    push_insert(&mut query, submission, events)?;
    query.build().execute(connection).await.map(drop).map_err(database)
}

/// Of at least one event.
pub(super) fn push_insert(
    query: &mut QueryBuilder<Db>,
    submission: Id<Submission>,
    events: &[SubmissionEvent],
) -> Result<(), StoreError> {
    let numbers = events.iter().map(|event| bigint(event.number)).collect::<Result<Vec<_>, _>>()?;
    query.push("INSERT INTO submission_events (submission_id, number, kind, state, at, side, said_by, said) ");
    query.push_values(events.iter().zip(numbers), |mut row, (event, number)| {
        let (kind, state) = words(event.kind);
        row.push_bind(submission.to_string()).push_bind(number).push_bind(kind).push_bind(state);
        row.push_bind(milliseconds(event.at)).push_bind(event.side.as_str());
        row.push_bind(event.by.as_str()).push_bind(event.text.as_deref());
    });
    Ok(())
}

const fn words(kind: EventKind) -> (&'static str, Option<&'static str>) {
    match kind {
        EventKind::Became(state) => ("became", Some(state.as_str())),
        EventKind::Comment => ("comment", None),
        EventKind::Question => ("question", None),
    }
}

fn event(row: &Row) -> Result<SubmissionEvent, StoreError> {
    let columns = Columns { table: "submission_events", row };
    let kind = match columns.text("kind")?.as_str() {
        "became" => EventKind::Became(columns.parse("state")?),
        "comment" => EventKind::Comment,
        "question" => EventKind::Question,
        other => return Err(columns.corrupt("kind", UnknownKind(other.to_owned()))),
    };
    Ok(SubmissionEvent {
        number: columns.number("number")?,
        kind,
        at: columns.time("at")?,
        side: columns.parse("side")?,
        by: columns.text("said_by")?,
        text: columns.optional_text("said")?,
    })
}

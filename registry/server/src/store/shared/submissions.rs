//! `submissions`.

use std::collections::BTreeSet;

use adx_registry_core::Id;
use adx_registry_core::checks::{Finding, UnknownSeverity};
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::review::{Cause, UnknownCause};
use adx_registry_core::submissions::{Found, Submission, SubmissionEvent, SubmissionState, Verdict};
use adx_signing::name::ModuleId;
use semver::Version;
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use time::OffsetDateTime;

use super::decode::{Columns, before_or_all, bigint, json, milliseconds};
use super::releases::precedence;
use super::together::Together;
use super::{Connection, Db, Row, database, submission_events, violated};

/// A finding as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredFinding {
    check: String,
    severity: String,
    code: String,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// In milliseconds, as every time is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found_at: Option<i64>,
}

const COLUMNS: &str =
    "SELECT id, publisher_id, module, version, sha256, size_bytes, token_id, state, causes, findings, envelope,
                              decided_by, reason, compared_with, created_at, changed_at, checked_at
                       FROM submissions ";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Submission>) -> Result<Option<Submission>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(submission).transpose()
}

pub(super) async fn last_of(
    connection: &mut Connection,
    module: &ModuleId,
    version: &Version,
) -> Result<Option<Submission>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE canonical = ").push_bind(module.canonical().to_string());
    query
        .push(" AND precedence = ")
        .push_bind(precedence(version))
        // Whatever the clocks of several servers say: what waits comes first.
        .push(" ORDER BY CASE WHEN state IN ('in-review', 'quarantined', 'staged') THEN 0 ELSE 1 END, id DESC LIMIT 1");
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(submission).transpose()
}

pub(super) async fn released(
    connection: &mut Connection,
    module: &ModuleId,
    version: &Version,
) -> Result<Option<Submission>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE canonical = ").push_bind(module.canonical().to_string());
    query.push(" AND precedence = ").push_bind(precedence(version));
    query.push(" AND state = 'released' ORDER BY id LIMIT 1");
    let row = query.build().fetch_optional(connection).await.map_err(database)?;
    row.as_ref().map(submission).transpose()
}

pub(super) async fn in_states(
    connection: &mut Connection,
    states: &[SubmissionState],
    cause: Option<Cause>,
    after: Option<Id<Submission>>,
    limit: u32,
) -> Result<Vec<Submission>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE ");
    push_states(&mut query, states);
    query.push(" AND id > ").push_bind(after.map_or_else(String::new, |id| id.to_string()));
    if let Some(cause) = cause {
        // One of the strings of a list in JSON; none of the words holds what LIKE reads otherwise.
        query.push(" AND causes LIKE ").push_bind(format!("%\"{}\"%", cause.as_str()));
    }
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(submission).collect()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    states: &[SubmissionState],
    before: Option<Id<Submission>>,
    limit: u32,
) -> Result<Vec<Submission>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE publisher_id = ").push_bind(publisher.to_string()).push(" AND ");
    push_states(&mut query, states);
    query.push(" AND id < ").push_bind(before_or_all(before));
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(submission).collect()
}

/// That the state is one of these.
fn push_states(query: &mut QueryBuilder<Db>, states: &[SubmissionState]) {
    query.push("state IN (");
    let mut wanted = query.separated(", ");
    for state in states {
        wanted.push_bind(state.as_str());
    }
    query.push(")");
}

pub(super) async fn waiting_of(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Vec<Id<Submission>>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT id FROM submissions WHERE publisher_id = ");
    query.push_bind(publisher.to_string()).push(" AND ");
    push_states(&mut query, &SubmissionState::WAITING);
    query.push(" ORDER BY id");
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(|row| Columns { table: "submissions", row }.parse("id")).collect()
}

pub(super) async fn kept_bytes_of(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    rejected_since: OffsetDateTime,
    withdrawn_since: OffsetDateTime,
) -> Result<u64, StoreError> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) AS size_bytes FROM submissions WHERE publisher_id = ",
    );
    query.push_bind(publisher.to_string()).push(" AND (");
    push_states(&mut query, &SubmissionState::WAITING);
    query
        // Of what was rejected at once nothing is stored.
        .push(" OR (state = 'rejected' AND decided_by <> 'registry' AND changed_at > ")
        .push_bind(milliseconds(rejected_since))
        .push(") OR (state = 'withdrawn' AND changed_at > ")
        .push_bind(milliseconds(withdrawn_since))
        .push("))");
    let row = query.build().fetch_one(connection).await.map_err(database)?;
    Columns { table: "submissions", row: &row }.number("size_bytes")
}

pub(super) async fn commented(
    connection: &mut Connection,
    since: OffsetDateTime,
    limit: u32,
) -> Result<Vec<Submission>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(COLUMNS);
    query.push("WHERE id IN (SELECT submission_id FROM submission_events WHERE kind = 'comment' AND side = 'publisher' AND at >= ");
    query.push_bind(milliseconds(since)).push(") ORDER BY id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(connection).await.map_err(database)?;
    rows.iter().map(submission).collect()
}

pub(super) async fn count(connection: &mut Connection, state: SubmissionState) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM submissions WHERE state = $1")
        .bind(state.as_str())
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Columns { table: "submissions", row: &row }.number("count")
}

pub(super) async fn insert(
    connection: &mut Connection,
    submission: &Submission,
    events: &[SubmissionEvent],
) -> Result<(), StoreError> {
    let mut writes = Together::new();
    push_insert(writes.next(), submission)?;
    if !events.is_empty() {
        submission_events::push_insert(writes.next(), submission.id, events)?;
    }
    writes.run(connection).await
}

fn push_insert(query: &mut QueryBuilder<Db>, submission: &Submission) -> Result<(), StoreError> {
    query.push(
        "INSERT INTO submissions (id, publisher_id, module, canonical, version, precedence, sha256, size_bytes, token_id, state,
                                  causes, findings, envelope, decided_by, reason, compared_with, created_at, changed_at,
                                  checked_at)
         VALUES (",
    );
    let mut values = query.separated(", ");
    values.push_bind(submission.id.to_string());
    values.push_bind(submission.publisher.to_string());
    values.push_bind(submission.module.to_string());
    values.push_bind(submission.module.canonical().to_string());
    values.push_bind(submission.version.to_string());
    values.push_bind(precedence(&submission.version));
    values.push_bind(submission.sha256.to_string());
    values.push_bind(bigint(submission.size_bytes)?);
    values.push_bind(submission.token.to_string());
    values.push_bind(submission.state.as_str());
    values.push_bind(json(&submission.causes.iter().map(|cause| cause.as_str()).collect::<Vec<_>>())?);
    values.push_bind(findings_text(submission)?);
    values.push_bind(submission.envelope.clone());
    values.push_bind(submission.verdict.as_ref().map(|verdict| verdict.by.as_str()));
    values.push_bind(submission.verdict.as_ref().and_then(|verdict| verdict.reason.clone()));
    values.push_bind(submission.compared_with.as_ref().map(ToString::to_string));
    values.push_bind(milliseconds(submission.created_at));
    values.push_bind(milliseconds(submission.changed_at));
    values.push_bind(submission.checked_at.map(milliseconds));
    query.push(")");
    Ok(())
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Submission>) -> Result<Option<Submission>, StoreError> {
    sqlx::query("UPDATE submissions SET state = state WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn update(connection: &mut Connection, submission: &Submission) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE submissions SET state = $2, envelope = $3, decided_by = $4, reason = $5, compared_with = $6, changed_at = $7
         WHERE id = $1",
    )
    .bind(submission.id.to_string())
    .bind(submission.state.as_str())
    .bind(&submission.envelope)
    .bind(submission.verdict.as_ref().map(|verdict| verdict.by.as_str()))
    .bind(submission.verdict.as_ref().and_then(|verdict| verdict.reason.as_deref()))
    .bind(submission.compared_with.as_ref().map(ToString::to_string))
    .bind(milliseconds(submission.changed_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(violated)
}

pub(super) async fn set_findings(connection: &mut Connection, submission: &Submission) -> Result<(), StoreError> {
    sqlx::query("UPDATE submissions SET findings = $2, checked_at = $3 WHERE id = $1")
        .bind(submission.id.to_string())
        .bind(findings_text(submission)?)
        .bind(submission.checked_at.map(milliseconds))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

/// All but the last of a module, and of a publisher, that no operator had to do with and that came to nothing.
pub(super) async fn prune(
    connection: &mut Connection,
    like: &Submission,
    of_module: u32,
    of_publisher: u32,
) -> Result<u64, StoreError> {
    // In one order: two that remove the same ones never wait for each other both.
    let mut old = BTreeSet::new();
    for (column, whose, keep) in [
        ("canonical", like.module.canonical().to_string(), of_module),
        ("publisher_id", like.publisher.to_string(), of_publisher),
    ] {
        let mut query = QueryBuilder::<Db>::new("SELECT id FROM submissions WHERE ");
        query.push(column).push(" = ").push_bind(whose);
        query
            .push(
                " AND state IN ('rejected', 'errored') AND decided_by = 'registry' ORDER BY id DESC LIMIT 1000 OFFSET ",
            )
            .push_bind(i64::from(keep));
        for row in &query.build().fetch_all(&mut *connection).await.map_err(database)? {
            old.insert(Columns { table: "submissions", row }.text("id")?);
        }
    }
    remove(connection, old.into_iter().collect()).await
}

pub(super) async fn sweep(connection: &mut Connection, before: OffsetDateTime) -> Result<u64, StoreError> {
    let old = "SELECT id FROM submissions
               WHERE state IN ('rejected', 'withdrawn', 'errored') AND changed_at < $1 ORDER BY id LIMIT 10000";
    let rows = sqlx::query(old).bind(milliseconds(before)).fetch_all(&mut *connection).await.map_err(database)?;
    let ids = rows.iter().map(|row| Columns { table: "submissions", row }.text("id"));
    remove(connection, ids.collect::<Result<_, _>>()?).await
}

async fn remove(connection: &mut Connection, ids: Vec<String>) -> Result<u64, StoreError> {
    for id in &ids {
        for statement in
            ["DELETE FROM submission_events WHERE submission_id = $1", "DELETE FROM submissions WHERE id = $1"]
        {
            sqlx::query(statement).bind(id).execute(&mut *connection).await.map_err(database)?;
        }
    }
    Ok(ids.len() as u64)
}

fn findings_text(submission: &Submission) -> Result<String, StoreError> {
    json(&submission.findings.iter().map(stored).collect::<Vec<_>>())
}

fn stored(found: &Found) -> StoredFinding {
    let Finding { severity, code, message, place, rule } = &found.finding;
    StoredFinding {
        check: found.check.clone(),
        severity: severity.to_string(),
        code: code.clone(),
        message: message.clone(),
        place: place.clone(),
        rule: rule.clone(),
        found_at: found.found_at.map(milliseconds),
    }
}

fn submission(row: &Row) -> Result<Submission, StoreError> {
    let columns = Columns { table: "submissions", row };
    let causes: Vec<String> = columns.json("causes")?;
    let causes: Result<Vec<Cause>, UnknownCause> = causes.iter().map(|cause| cause.parse()).collect();
    let found = |stored: StoredFinding| -> Result<Found, StoreError> {
        let StoredFinding { check, severity, code, message, place, rule, found_at } = stored;
        let severity = severity.parse().map_err(|error: UnknownSeverity| columns.corrupt("findings", error))?;
        let found_at = found_at.map(|milliseconds| columns.time_of("findings", milliseconds)).transpose()?;
        Ok(Found { check, finding: Finding { severity, code, message, place, rule }, found_at })
    };
    let findings: Vec<StoredFinding> = columns.json("findings")?;
    let findings: Result<Vec<Found>, StoreError> = findings.into_iter().map(found).collect();
    let reason = columns.optional_text("reason")?;
    Ok(Submission {
        id: columns.parse("id")?,
        publisher: columns.parse("publisher_id")?,
        module: columns.parse("module")?,
        version: columns.parse("version")?,
        sha256: columns.parse("sha256")?,
        size_bytes: columns.number("size_bytes")?,
        token: columns.parse("token_id")?,
        state: columns.parse("state")?,
        causes: causes.map_err(|error| columns.corrupt("causes", error))?,
        findings: findings?,
        envelope: columns.optional_text("envelope")?,
        verdict: columns.optional("decided_by")?.map(|by| Verdict { by, reason }),
        compared_with: columns.optional("compared_with")?,
        created_at: columns.time("created_at")?,
        changed_at: columns.time("changed_at")?,
        checked_at: columns.optional_time("checked_at")?,
    })
}

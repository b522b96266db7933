//! `jobs`: the outbox.
//!
//! `attempts` grows with every claim, so it tells one lease of a job from the next: whoever has lost a job to another
//! worker can no longer end it.

use adx_registry_core::job::{Job, Lane, NewJob, Task};
use adx_registry_core::ports::{ClaimedJobs, StoreError};
use sqlx::QueryBuilder;
use time::{Duration, OffsetDateTime};

use super::decode::{Columns, bigint, json, milliseconds};
use super::{Connection, Db, Row, database, dialect};

/// The one kind of [`Lane::Search`].
const UPDATE_SEARCH: &str = "update_search";
/// How long a job that cannot be read is left to whoever can: not so long that this is missed, and not looked at again with each turn.
const LEFT_FOR: Duration = Duration::minutes(1);

pub(super) async fn enqueue(connection: &mut Connection, job: &NewJob) -> Result<(), StoreError> {
    let mut query = QueryBuilder::new("");
    push_enqueue(&mut query, job)?;
    query.build().execute(connection).await.map(drop).map_err(database)
}

pub(super) fn push_enqueue(query: &mut QueryBuilder<Db>, job: &NewJob) -> Result<(), StoreError> {
    debug_assert!(Task::KINDS.contains(&job.task.kind()), "a kind that is in no list is not counted");
    query.push("INSERT INTO jobs (id, task, deduplication_key, run_at, kind, state, attempts) VALUES (");
    let mut values = query.separated(", ");
    values.push_bind(job.id.to_string());
    values.push_bind(json(&job.task)?);
    values.push_bind(job.task.deduplication_key());
    values.push_bind(milliseconds(job.run_at));
    values.push_bind(job.task.kind());
    query.push(
        ", 'waiting', 0)
         ON CONFLICT (deduplication_key) WHERE state = 'waiting'
         DO UPDATE SET run_at = CASE WHEN jobs.run_at < excluded.run_at THEN jobs.run_at ELSE excluded.run_at END",
    );
    Ok(())
}

pub(super) async fn claim(
    connection: &mut Connection,
    lane: Lane,
    now: OffsetDateTime,
    leased_until: OffsetDateTime,
    limit: u32,
) -> Result<ClaimedJobs, StoreError> {
    let mut claimed = ClaimedJobs::default();
    // Where some cannot be read, there may be others behind them.
    loop {
        let wanted = (limit as usize).saturating_sub(claimed.jobs.len());
        let rows = lease(connection, lane, now, leased_until, wanted).await?;
        let mut left = Vec::new();
        for row in &rows {
            match job(row) {
                Ok(job) => claimed.jobs.push(job),
                Err(error) => {
                    left.push(Columns { table: "jobs", row }.text("id")?);
                    claimed.left.push(error);
                }
            }
        }
        leave(connection, &left, now + LEFT_FOR).await?;
        if rows.len() < wanted || left.is_empty() {
            return Ok(claimed);
        }
    }
}

/// Gives jobs back as if they had not been begun, but for a while in which nobody takes them.
async fn leave(connection: &mut Connection, jobs: &[String], until: OffsetDateTime) -> Result<(), StoreError> {
    for id in jobs {
        sqlx::query("UPDATE jobs SET attempts = attempts - 1, leased_until = $2 WHERE id = $1")
            .bind(id)
            .bind(milliseconds(until))
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    Ok(())
}

async fn lease(
    connection: &mut Connection,
    lane: Lane,
    now: OffsetDateTime,
    leased_until: OffsetDateTime,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let mut query =
        QueryBuilder::<Db>::new("UPDATE jobs SET state = 'leased', attempts = attempts + 1, leased_until = ");
    query.push_bind(milliseconds(leased_until));
    query.push(" WHERE id IN (SELECT id FROM jobs WHERE ((state = 'waiting' AND run_at <= ");
    query.push_bind(milliseconds(now));
    query.push(") OR (state = 'leased' AND leased_until <= ");
    query.push_bind(milliseconds(now));
    // What a newer version of the server wants done is left to it.
    query.push(")) AND kind IN (");
    let mut kinds = query.separated(", ");
    for kind in Task::KINDS.iter().filter(|kind| (**kind == UPDATE_SEARCH) == (lane == Lane::Search)) {
        kinds.push_bind(*kind);
    }
    query.push(") ORDER BY run_at, id LIMIT ").push_bind(bigint(limit as u64)?);
    query.push(dialect::SKIP_LOCKED_JOBS).push(") RETURNING id, task, attempts, last_error, leased_until");
    query.build().fetch_all(connection).await.map_err(database)
}

pub(super) async fn renew(
    connection: &mut Connection,
    job: &Job,
    leased_until: OffsetDateTime,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query("UPDATE jobs SET leased_until = $3 WHERE id = $1 AND state = 'leased' AND attempts = $2")
        .bind(job.id.to_string())
        .bind(i64::from(job.attempts))
        .bind(milliseconds(leased_until))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(renewed.rows_affected() == 1)
}

pub(super) async fn complete(connection: &mut Connection, job: &Job) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM jobs WHERE id = $1 AND state = 'leased' AND attempts = $2")
        .bind(job.id.to_string())
        .bind(i64::from(job.attempts))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn retry(
    connection: &mut Connection,
    job: &Job,
    run_at: OffsetDateTime,
    error: &str,
) -> Result<bool, StoreError> {
    // Taken out and put back, so that one statement decides whether another of its key waits: that one stays as it is,
    // but for what is known of this one's failures.
    if !complete(connection, job).await? {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO jobs (id, task, deduplication_key, state, run_at, attempts, last_error, kind)
         VALUES ($1, $2, $3, 'waiting', $4, $5, $6, $7)
         ON CONFLICT (deduplication_key) WHERE state = 'waiting' DO UPDATE SET last_error = excluded.last_error",
    )
    .bind(job.id.to_string())
    .bind(json(&job.task)?)
    .bind(job.task.deduplication_key())
    .bind(milliseconds(run_at))
    .bind(i64::from(job.attempts))
    .bind(error)
    .bind(job.task.kind())
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(true)
}

/// Of a job that was given up, `run_at` says when.
pub(super) async fn bury(
    connection: &mut Connection,
    job: &Job,
    at: OffsetDateTime,
    error: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'dead', leased_until = NULL, last_error = $3, run_at = $4
         WHERE id = $1 AND state = 'leased' AND attempts = $2",
    )
    .bind(job.id.to_string())
    .bind(i64::from(job.attempts))
    .bind(error)
    .bind(milliseconds(at))
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(done.rows_affected() == 1)
}

fn job(row: &Row) -> Result<Job, StoreError> {
    let columns = Columns { table: "jobs", row };
    Ok(Job {
        id: columns.parse("id")?,
        task: columns.json("task")?,
        attempts: columns.number("attempts")?,
        last_error: columns.optional_text("last_error")?,
        leased_until: columns.time("leased_until")?,
    })
}

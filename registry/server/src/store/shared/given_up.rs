//! `jobs`: those that were given up, and how many there are of each kind.

use adx_registry_core::Id;
use adx_registry_core::job::{GivenUpJob, Job, KindCounts};
use adx_registry_core::ports::StoreError;

use super::decode::{Columns, bigint};
use super::{Connection, Row, database};

/// Those in words of a newer version are passed over.
pub(super) async fn list(
    connection: &mut Connection,
    after: Option<Id<Job>>,
    limit: u32,
) -> Result<Vec<GivenUpJob>, StoreError> {
    let mut found = Vec::new();
    let mut after = after.map(|after| after.to_string()).unwrap_or_default();
    // Where some cannot be read, there may be others behind them.
    loop {
        let wanted = (limit as usize).saturating_sub(found.len());
        let rows = sqlx::query(
            "SELECT id, task, attempts, run_at, last_error FROM jobs WHERE state = 'dead' AND id > $1 ORDER BY id LIMIT $2",
        )
        .bind(&after)
        .bind(bigint(wanted as u64)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
        found.extend(rows.iter().filter_map(|row| given_up(row).ok()));
        let last = rows.last().filter(|_| rows.len() >= wanted && found.len() < limit as usize);
        let Some(last) = last else { return Ok(found) };
        after = Columns { table: "jobs", row: last }.text("id")?;
    }
}

pub(super) async fn take(connection: &mut Connection, id: Id<Job>) -> Result<Option<GivenUpJob>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM jobs WHERE id = $1 AND state = 'dead' RETURNING id, task, attempts, run_at, last_error",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(given_up).transpose()
}

pub(super) async fn by_kind(connection: &mut Connection) -> Result<Vec<KindCounts>, StoreError> {
    let rows = sqlx::query(
        "SELECT kind,
                COUNT(CASE WHEN state <> 'dead' THEN 1 END) AS open_jobs,
                COUNT(CASE WHEN state = 'dead' THEN 1 END) AS dead_jobs,
                MIN(CASE WHEN state = 'waiting' THEN run_at END) AS first_due
         FROM jobs GROUP BY kind",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let counts = |row: &Row| {
        let columns = Columns { table: "jobs", row };
        Ok(KindCounts {
            kind: columns.text("kind")?,
            open: columns.number("open_jobs")?,
            dead: columns.number("dead_jobs")?,
            first_due: columns.optional_time("first_due")?,
        })
    };
    rows.iter().map(counts).collect()
}

fn given_up(row: &Row) -> Result<GivenUpJob, StoreError> {
    let columns = Columns { table: "jobs", row };
    Ok(GivenUpJob {
        id: columns.parse("id")?,
        task: columns.json("task")?,
        attempts: columns.number("attempts")?,
        given_up_at: columns.time("run_at")?,
        error: columns.optional_text("last_error")?.unwrap_or_default(),
    })
}

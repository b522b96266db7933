//! `feed` and `changes`, and the figures for operators.

use adx_registry_core::job::JobCounts;
use adx_registry_core::ports::{Counts, DecisionCounts, StoreError};
use adx_registry_core::release::{Change, ChangeKind};
use sqlx::QueryBuilder;

use super::decode::{Columns, bigint, milliseconds};
use super::{Connection, Db, Row, database, dialect};

pub(super) async fn last_seq(connection: &mut Connection) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT last_seq FROM feed WHERE id = 1").fetch_one(connection).await.map_err(database)?;
    Columns { table: "feed", row: &row }.number("last_seq")
}

/// The row's lock is held until the transaction ends: that is what keeps the numbers in order.
pub(super) async fn next_seq(connection: &mut Connection) -> Result<u64, StoreError> {
    let sql = format!("UPDATE feed SET last_seq = last_seq + 1 WHERE {} RETURNING last_seq", dialect::IN_TURN);
    let row = QueryBuilder::<Db>::new(sql).build().fetch_one(connection).await.map_err(database)?;
    Columns { table: "feed", row: &row }.number("last_seq")
}

pub(super) async fn lock(connection: &mut Connection) -> Result<(), StoreError> {
    let sql = format!("UPDATE feed SET last_seq = last_seq WHERE {}", dialect::IN_TURN);
    QueryBuilder::<Db>::new(sql).build().execute(connection).await.map(drop).map_err(database)
}

pub(super) async fn insert(connection: &mut Connection, change: &Change) -> Result<(), StoreError> {
    let mut query = QueryBuilder::new("");
    push_insert(&mut query, change)?;
    query.build().execute(connection).await.map(drop).map_err(database)
}

pub(super) fn push_insert(query: &mut QueryBuilder<Db>, change: &Change) -> Result<(), StoreError> {
    query.push("INSERT INTO changes (seq, kind, module, version, sha256, at) VALUES (");
    let mut values = query.separated(", ");
    values.push_bind(bigint(change.seq)?);
    values.push_bind(change.kind.as_str());
    values.push_bind(change.module.to_string());
    values.push_bind(change.version.to_string());
    values.push_bind(change.sha256.to_string());
    values.push_bind(milliseconds(change.at));
    query.push(")");
    Ok(())
}

pub(super) async fn after(connection: &mut Connection, seq: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
    let rows =
        sqlx::query("SELECT seq, kind, module, version, sha256, at FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2")
            // A number past what the column holds is one that no entry is after.
            .bind(i64::try_from(seq).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(connection)
            .await
            .map_err(database)?;
    rows.iter().map(change).collect()
}

pub(super) async fn counts(connection: &mut Connection) -> Result<Counts, StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM publishers) AS publishers,
                (SELECT COUNT(*) FROM modules) AS modules,
                (SELECT COUNT(*) FROM releases) AS releases,
                (SELECT COUNT(*) FROM jobs WHERE state <> 'dead') AS open_jobs,
                (SELECT COUNT(*) FROM jobs WHERE state = 'dead') AS dead_jobs,
                (SELECT COUNT(*) FROM held_names WHERE state = 'held') AS names,
                (SELECT COUNT(*) FROM reports WHERE state = 'open') AS reports,
                (SELECT COUNT(*) FROM appeals WHERE state = 'open')
                    + (SELECT COUNT(*) FROM account_appeals WHERE state = 'open') AS appeals,
                (SELECT COUNT(*) FROM payment_misfits WHERE NOT is_checked) AS payments",
    )
    .fetch_one(connection)
    .await
    .map_err(database)?;
    let columns = Columns { table: "feed", row: &row };
    Ok(Counts {
        publishers: columns.number("publishers")?,
        modules: columns.number("modules")?,
        releases: columns.number("releases")?,
        jobs: JobCounts { open: columns.number("open_jobs")?, dead: columns.number("dead_jobs")? },
        decisions: DecisionCounts {
            names: columns.number("names")?,
            reports: columns.number("reports")?,
            appeals: columns.number("appeals")?,
            payments: columns.number("payments")?,
        },
    })
}

fn change(row: &Row) -> Result<Change, StoreError> {
    let columns = Columns { table: "changes", row };
    let kind = columns.text("kind")?;
    let unknown = || columns.corrupt("kind", format!("`{kind}` is no kind of change"));
    Ok(Change {
        seq: columns.number("seq")?,
        kind: ChangeKind::from_word(&kind).ok_or_else(unknown)?,
        module: columns.parse("module")?,
        version: columns.parse("version")?,
        sha256: columns.parse("sha256")?,
        at: columns.time("at")?,
    })
}

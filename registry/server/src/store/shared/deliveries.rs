//! `webhook_deliveries` and `webhook_attempts`.
//!
//! As with jobs, `attempts` grows with every claim and tells one lease from the next.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::webhooks::{Delivery, DeliveryState, Event, SendAttempt, Webhook};
use sqlx::QueryBuilder;
use time::OffsetDateTime;

use super::decode::{Columns, before_or_all, bigint, milliseconds};
use super::{Connection, Db, Row, database, dialect};

/// Attempts that are shown of a delivery.
const SHOWN_ATTEMPTS: i64 = 20;
/// Columns of a delivery, of the table `d`.
const COLUMNS: &str = "d.id, d.webhook_id, d.host, d.event, d.audit_seq, d.body, d.created_at, d.started_at, d.state, d.run_at, d.attempts";

pub(super) async fn by_id(connection: &mut Connection, id: Id<Delivery>) -> Result<Option<Delivery>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(COLUMNS).push(" FROM webhook_deliveries d WHERE d.id = ").push_bind(id.to_string());
    let row = query.build().fetch_optional(&mut *connection).await.map_err(database)?;
    let Some(mut found) = row.as_ref().map(delivery).transpose()? else { return Ok(None) };
    found.log = log(connection, id).await?;
    Ok(Some(found))
}

pub(super) async fn of_webhook(
    connection: &mut Connection,
    webhook: Id<Webhook>,
    before: Option<Id<Delivery>>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(COLUMNS).push(" FROM webhook_deliveries d WHERE d.webhook_id = ").push_bind(webhook.to_string());
    query.push(" AND d.id < ").push_bind(before_or_all(before));
    query.push(" ORDER BY d.id DESC LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(&mut *connection).await.map_err(database)?;
    let mut found: Vec<Delivery> = rows.iter().map(delivery).collect::<Result<_, _>>()?;
    for delivery in &mut found {
        delivery.log = log(connection, delivery.id).await?;
    }
    Ok(found)
}

async fn log(connection: &mut Connection, id: Id<Delivery>) -> Result<Vec<SendAttempt>, StoreError> {
    let rows = sqlx::query(
        "SELECT at, status, duration_ms, error FROM webhook_attempts WHERE delivery_id = $1 ORDER BY at DESC, number DESC LIMIT $2",
    )
    .bind(id.to_string())
    .bind(SHOWN_ATTEMPTS)
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(attempt).collect()
}

pub(super) async fn insert(connection: &mut Connection, delivery: &Delivery) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, webhook_id, host, event, audit_seq, body, created_at, started_at, state, run_at,
                                         attempts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (webhook_id, audit_seq) DO NOTHING",
    )
    .bind(delivery.id.to_string())
    .bind(delivery.webhook.to_string())
    .bind(&delivery.host)
    .bind(delivery.event.as_str())
    .bind(delivery.entry.map(bigint).transpose()?)
    .bind(&delivery.body)
    .bind(milliseconds(delivery.created_at))
    .bind(milliseconds(delivery.started_at))
    .bind(delivery.state.as_str())
    .bind(milliseconds(delivery.run_at))
    .bind(i64::from(delivery.attempts))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn waiting(connection: &mut Connection, webhook: Id<Webhook>) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*) AS count FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'waiting'")
            .bind(webhook.to_string())
            .fetch_one(connection)
            .await
            .map_err(database)?;
    Columns { table: "webhook_deliveries", row: &row }.number("count")
}

pub(super) async fn claim(
    connection: &mut Connection,
    webhook: Id<Webhook>,
    now: OffsetDateTime,
    leased_until: OffsetDateTime,
) -> Result<Option<Delivery>, StoreError> {
    let mut row = None;
    // Those of which a lease ran out are few: however much waits, they are not left behind it.
    for due in ["d.state = 'sending' AND d.leased_until <= ", "d.state = 'waiting' AND d.run_at <= "] {
        let mut query = QueryBuilder::<Db>::new("SELECT ");
        query.push(COLUMNS).push(" FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.id = ");
        query.push_bind(webhook.to_string()).push(" AND w.disabled_at IS NULL AND d.webhook_id = ");
        query.push_bind(webhook.to_string()).push(" AND ").push(due).push_bind(milliseconds(now));
        query.push(" ORDER BY d.run_at, d.id LIMIT 1").push(dialect::SKIP_LOCKED_DELIVERY);
        row = query.build().fetch_optional(&mut *connection).await.map_err(database)?;
        if row.is_some() {
            break;
        }
    }
    let Some(mut found) = row.as_ref().map(delivery).transpose()? else { return Ok(None) };
    found.attempts += 1;
    found.state = DeliveryState::Leased;
    sqlx::query("UPDATE webhook_deliveries SET state = 'sending', leased_until = $2, attempts = $3 WHERE id = $1")
        .bind(found.id.to_string())
        .bind(milliseconds(leased_until))
        .bind(i64::from(found.attempts))
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(Some(found))
}

pub(super) async fn record(
    connection: &mut Connection,
    delivery: &Delivery,
    attempt: &SendAttempt,
) -> Result<bool, StoreError> {
    let recorded = sqlx::query(
        "UPDATE webhook_deliveries SET state = $3, run_at = $4, leased_until = NULL
         WHERE id = $1 AND state = 'sending' AND attempts = $2",
    )
    .bind(delivery.id.to_string())
    .bind(i64::from(delivery.attempts))
    .bind(delivery.state.as_str())
    .bind(milliseconds(delivery.run_at))
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    if recorded.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO webhook_attempts (delivery_id, at, number, status, duration_ms, error) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(delivery.id.to_string())
    .bind(milliseconds(attempt.at))
    .bind(i64::from(delivery.attempts))
    .bind(attempt.status.map(i64::from))
    .bind(bigint(attempt.duration_ms)?)
    .bind(&attempt.error)
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(true)
}

pub(super) async fn renew(
    connection: &mut Connection,
    webhook: Id<Webhook>,
    id: Id<Delivery>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query(
        "UPDATE webhook_deliveries SET state = 'waiting', run_at = $3, started_at = $3, attempts = 0, leased_until = NULL
         WHERE webhook_id = $1 AND id = $2",
    )
    .bind(webhook.to_string())
    .bind(id.to_string())
    .bind(milliseconds(now))
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(renewed.rows_affected() == 1)
}

pub(super) async fn renew_since(
    connection: &mut Connection,
    webhook: Id<Webhook>,
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let renewed = sqlx::query(
        "UPDATE webhook_deliveries SET state = 'waiting', run_at = $3, started_at = $3, attempts = 0, leased_until = NULL
         WHERE webhook_id = $1 AND created_at >= $2",
    )
    .bind(webhook.to_string())
    .bind(milliseconds(since))
    .bind(milliseconds(now))
    .execute(connection)
    .await
    .map_err(database)?;
    Ok(renewed.rows_affected())
}

pub(super) async fn restart(
    connection: &mut Connection,
    webhook: Id<Webhook>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhook_deliveries SET run_at = $2, started_at = $2, attempts = 0 WHERE webhook_id = $1 AND state = 'waiting'",
    )
    .bind(webhook.to_string())
    .bind(milliseconds(now))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

pub(super) async fn give_up(connection: &mut Connection, webhook: Id<Webhook>) -> Result<(), StoreError> {
    sqlx::query("UPDATE webhook_deliveries SET state = 'failed' WHERE webhook_id = $1 AND state = 'waiting'")
        .bind(webhook.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn sweep(connection: &mut Connection, before: OffsetDateTime, most: u32) -> Result<u64, StoreError> {
    const ENDED: &str = "state IN ('delivered', 'failed') AND (created_at < $1 OR id < COALESCE((
        SELECT n.id FROM webhook_deliveries n WHERE n.webhook_id = webhook_deliveries.webhook_id
        ORDER BY n.id DESC LIMIT 1 OFFSET $2), ''))";
    let mut removed = 0;
    for (begin, end) in [
        ("DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE ", ")"),
        ("DELETE FROM webhook_deliveries WHERE ", ""),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("{begin}{ENDED}{end}"));
        let swept = sqlx::query(statement)
            .bind(milliseconds(before))
            .bind(i64::from(most.saturating_sub(1)))
            .execute(&mut *connection)
            .await
            .map_err(database)?;
        removed = swept.rows_affected();
    }
    Ok(removed)
}

fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let columns = Columns { table: "webhook_deliveries", row };
    let word = columns.text("state")?;
    let state = DeliveryState::ALL.into_iter().find(|state| state.as_str() == word);
    Ok(Delivery {
        id: columns.parse("id")?,
        webhook: columns.parse("webhook_id")?,
        host: columns.text("host")?,
        event: Event::stored(&columns.text("event")?),
        entry: columns.optional_number("audit_seq")?,
        body: columns.text("body")?,
        created_at: columns.time("created_at")?,
        started_at: columns.time("started_at")?,
        state: state.ok_or_else(|| columns.corrupt("state", format!("`{word}` is no state of a delivery")))?,
        run_at: columns.time("run_at")?,
        attempts: columns.number("attempts")?,
        log: Vec::new(),
    })
}

fn attempt(row: &Row) -> Result<SendAttempt, StoreError> {
    let columns = Columns { table: "webhook_attempts", row };
    Ok(SendAttempt {
        at: columns.time("at")?,
        status: columns.optional_number("status")?,
        duration_ms: columns.number("duration_ms")?,
        error: columns.optional_text("error")?,
    })
}

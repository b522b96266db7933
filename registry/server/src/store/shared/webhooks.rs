//! `webhooks` and `webhook_cursor`.

use adx_registry_core::Id;
use adx_registry_core::ports::{StoreError, WebhookCounts};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::webhooks::{DueWebhook, Event, HookUrl, Webhook};
use time::OffsetDateTime;

use super::decode::{Columns, bigint, json, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn by_id(connection: &mut Connection, id: Id<Webhook>) -> Result<Option<Webhook>, StoreError> {
    let row = sqlx::query(
        "SELECT id, publisher_id, url, events, secret, previous_secret, previous_until, created_at, disabled_at, disabled_for
         FROM webhooks WHERE id = $1",
    )
    .bind(id.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    row.as_ref().map(webhook).transpose()
}

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Option<Id<Publisher>>,
) -> Result<Vec<Webhook>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, url, events, secret, previous_secret, previous_until, created_at, disabled_at, disabled_for
         FROM webhooks WHERE COALESCE(publisher_id, '') = $1 ORDER BY id",
    )
    .bind(publisher.map_or_else(String::new, |publisher| publisher.to_string()))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(webhook).collect()
}

pub(super) async fn active(connection: &mut Connection) -> Result<Vec<Webhook>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, url, events, secret, previous_secret, previous_until, created_at, disabled_at, disabled_for
         FROM webhooks WHERE disabled_at IS NULL ORDER BY id",
    )
    .fetch_all(connection)
    .await
    .map_err(database)?;
    rows.iter().map(webhook).collect()
}

/// Those that are on and have a delivery that is due.
pub(super) async fn due(connection: &mut Connection, now: OffsetDateTime) -> Result<Vec<DueWebhook>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, publisher_id, url, waits_since, leased_until
         FROM (SELECT w.id, w.publisher_id, w.url,
                      (SELECT MIN(d.run_at) FROM webhook_deliveries d
                       WHERE d.webhook_id = w.id AND d.state = 'waiting') AS waits_since,
                      (SELECT MIN(d.leased_until) FROM webhook_deliveries d
                       WHERE d.webhook_id = w.id AND d.state = 'sending') AS leased_until
               FROM webhooks w WHERE w.disabled_at IS NULL) AS hooks
         WHERE waits_since <= $1 OR leased_until <= $1 ORDER BY id",
    )
    .bind(milliseconds(now))
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let due = |row: &Row| {
        let columns = Columns { table: "webhooks", row };
        let since = [columns.optional_time("waits_since")?, columns.optional_time("leased_until")?];
        Ok(DueWebhook {
            id: columns.parse("id")?,
            publisher: columns.optional("publisher_id")?,
            host: url(&columns)?.host(),
            since: since.into_iter().flatten().min().unwrap_or(now),
        })
    };
    rows.iter().map(due).collect()
}

pub(super) async fn insert(connection: &mut Connection, webhook: &Webhook) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhooks (id, publisher_id, url, events, secret, previous_secret, previous_until, created_at, disabled_at,
                               disabled_for)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(webhook.id.to_string())
    .bind(webhook.publisher.map(|publisher| publisher.to_string()))
    .bind(webhook.url.to_string())
    .bind(events(webhook)?)
    .bind(&webhook.sealed_secret)
    .bind(webhook.sealed_before.as_ref().map(|(secret, _)| secret))
    .bind(webhook.sealed_before.as_ref().map(|(_, until)| milliseconds(*until)))
    .bind(milliseconds(webhook.created_at))
    .bind(webhook.disabled.as_ref().map(|(at, _)| milliseconds(*at)))
    .bind(webhook.disabled.as_ref().map(|(_, reason)| reason))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

/// An update that changes nothing takes the row's lock on both engines.
pub(super) async fn lock(connection: &mut Connection, id: Id<Webhook>) -> Result<Option<Webhook>, StoreError> {
    sqlx::query("UPDATE webhooks SET url = url WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    by_id(connection, id).await
}

pub(super) async fn update(connection: &mut Connection, webhook: &Webhook) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE webhooks SET url = $2, events = $3, secret = $4, previous_secret = $5, previous_until = $6, disabled_at = $7,
                             disabled_for = $8
         WHERE id = $1",
    )
    .bind(webhook.id.to_string())
    .bind(webhook.url.to_string())
    .bind(events(webhook)?)
    .bind(&webhook.sealed_secret)
    .bind(webhook.sealed_before.as_ref().map(|(secret, _)| secret))
    .bind(webhook.sealed_before.as_ref().map(|(_, until)| milliseconds(*until)))
    .bind(webhook.disabled.as_ref().map(|(at, _)| milliseconds(*at)))
    .bind(webhook.disabled.as_ref().map(|(_, reason)| reason))
    .execute(&mut *connection)
    .await
    .map_err(database)?;
    // Where it goes to from now on.
    sqlx::query("UPDATE webhook_deliveries SET host = $2 WHERE webhook_id = $1 AND host <> $2")
        .bind(webhook.id.to_string())
        .bind(webhook.url.host())
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn remove(connection: &mut Connection, id: Id<Webhook>) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM webhook_attempts
         WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = $1)",
        "DELETE FROM webhook_deliveries WHERE webhook_id = $1",
        "DELETE FROM webhooks WHERE id = $1",
    ] {
        sqlx::query(statement).bind(id.to_string()).execute(&mut *connection).await.map_err(database)?;
    }
    Ok(())
}

pub(super) async fn cursor(connection: &mut Connection) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT seq FROM webhook_cursor WHERE id = 1").fetch_one(connection).await.map_err(database)?;
    Columns { table: "webhook_cursor", row: &row }.number("seq")
}

pub(super) async fn lock_cursor(connection: &mut Connection) -> Result<u64, StoreError> {
    let row = sqlx::query("UPDATE webhook_cursor SET seq = seq WHERE id = 1 RETURNING seq")
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Columns { table: "webhook_cursor", row: &row }.number("seq")
}

pub(super) async fn set_cursor(connection: &mut Connection, entry: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE webhook_cursor SET seq = $1 WHERE id = 1")
        .bind(bigint(entry)?)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn counts(connection: &mut Connection) -> Result<WebhookCounts, StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
                 WHERE d.state IN ('waiting', 'sending') AND w.disabled_at IS NULL) AS waiting,
                (SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'failed') AS failed,
                (SELECT COUNT(*) FROM webhooks WHERE disabled_at IS NOT NULL) AS off_hooks",
    )
    .fetch_one(connection)
    .await
    .map_err(database)?;
    let columns = Columns { table: "webhook_deliveries", row: &row };
    Ok(WebhookCounts {
        waiting: columns.number("waiting")?,
        failed: columns.number("failed")?,
        off: columns.number("off_hooks")?,
    })
}

fn events(webhook: &Webhook) -> Result<String, StoreError> {
    json(&webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>())
}

fn url(columns: &Columns<'_>) -> Result<HookUrl, StoreError> {
    HookUrl::stored(&columns.text("url")?).map_err(|error| columns.corrupt("url", error))
}

fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    let columns = Columns { table: "webhooks", row };
    let words: Vec<String> = columns.json("events")?;
    let before = columns.optional_text("previous_secret")?.zip(columns.optional_time("previous_until")?);
    let disabled = columns.optional_time("disabled_at")?;
    Ok(Webhook {
        id: columns.parse("id")?,
        publisher: columns.optional("publisher_id")?,
        url: url(&columns)?,
        events: words.iter().map(|word| Event::stored(word)).collect(),
        sealed_secret: columns.text("secret")?,
        sealed_before: before,
        created_at: columns.time("created_at")?,
        disabled: disabled.zip(columns.optional_text("disabled_for")?),
    })
}

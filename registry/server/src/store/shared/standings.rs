//! `publisher_standings`, and what else is asked of publishers and operators when something is sent.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::review::PublisherStanding;

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn of(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Option<PublisherStanding>, StoreError> {
    let row =
        sqlx::query("SELECT standing, reason, given_by, given_at FROM publisher_standings WHERE publisher_id = $1")
            .bind(publisher.to_string())
            .fetch_optional(connection)
            .await
            .map_err(database)?;
    let standing = |row: &Row| {
        let columns = Columns { table: "publisher_standings", row };
        Ok(PublisherStanding {
            standing: columns.parse("standing")?,
            reason: columns.text("reason")?,
            by: columns.text("given_by")?,
            at: columns.time("given_at")?,
        })
    };
    row.as_ref().map(standing).transpose()
}

pub(super) async fn set(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    standing: Option<&PublisherStanding>,
) -> Result<(), StoreError> {
    let query = match standing {
        None => sqlx::query("DELETE FROM publisher_standings WHERE publisher_id = $1").bind(publisher.to_string()),
        Some(standing) => sqlx::query(
            "INSERT INTO publisher_standings (publisher_id, standing, reason, given_by, given_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (publisher_id) DO UPDATE SET standing = $2, reason = $3, given_by = $4, given_at = $5",
        )
        .bind(publisher.to_string())
        .bind(standing.standing.as_str())
        .bind(standing.reason.clone())
        .bind(standing.by.clone())
        .bind(milliseconds(standing.at)),
    };
    query.execute(connection).await.map(drop).map_err(database)
}

pub(super) async fn has_released(connection: &mut Connection, publisher: Id<Publisher>) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT r.id FROM releases r JOIN modules m ON m.id = r.module_id
         WHERE m.publisher_id = $1
           AND r.released_at > COALESCE((SELECT MAX(t.ended_at) FROM transfers t
                                         WHERE t.publisher_id = $1 AND t.state = 'accepted'), 0)
         LIMIT 1",
    )
    .bind(publisher.to_string())
    .fetch_optional(connection)
    .await
    .map_err(database)?;
    Ok(row.is_some())
}

pub(super) async fn operators(connection: &mut Connection) -> Result<Vec<Id<Account>>, StoreError> {
    let rows = sqlx::query("SELECT id FROM accounts WHERE is_operator = $1 AND state = 'active' ORDER BY id")
        .bind(true)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(|row| Columns { table: "accounts", row }.parse("id")).collect()
}

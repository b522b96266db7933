//! `publishing_loosenings`: rules that operators turn off.

use adx_registry_core::Id;
use adx_registry_core::ports::StoreError;
use adx_registry_core::publisher::Publisher;
use adx_registry_core::trusted::{Loosening, PublishingSwitch};

use super::decode::{Columns, milliseconds};
use super::{Connection, Row, database};

pub(super) async fn of_publisher(
    connection: &mut Connection,
    publisher: Id<Publisher>,
) -> Result<Vec<Loosening>, StoreError> {
    let rows = sqlx::query(
        "SELECT publisher_id, switch, reason, effective_at FROM publishing_loosenings
         WHERE publisher_id = $1 ORDER BY switch",
    )
    .bind(publisher.to_string())
    .fetch_all(connection)
    .await
    .map_err(database)?;
    let loosening = |row: &Row| {
        let columns = Columns { table: "publishing_loosenings", row };
        Ok(Loosening {
            publisher: columns.parse("publisher_id")?,
            switch: columns.parse("switch")?,
            reason: columns.text("reason")?,
            effective_at: columns.time("effective_at")?,
        })
    };
    rows.iter().map(loosening).collect()
}

pub(super) async fn insert(connection: &mut Connection, loosening: &Loosening) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO publishing_loosenings (publisher_id, switch, reason, effective_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(loosening.publisher.to_string())
    .bind(loosening.switch.as_str())
    .bind(loosening.reason.clone())
    .bind(milliseconds(loosening.effective_at))
    .execute(connection)
    .await
    .map(drop)
    .map_err(database)
}

/// Whether there was one.
pub(super) async fn remove(
    connection: &mut Connection,
    publisher: Id<Publisher>,
    switch: PublishingSwitch,
) -> Result<bool, StoreError> {
    let removed = sqlx::query("DELETE FROM publishing_loosenings WHERE publisher_id = $1 AND switch = $2")
        .bind(publisher.to_string())
        .bind(switch.as_str())
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(removed.rows_affected() > 0)
}

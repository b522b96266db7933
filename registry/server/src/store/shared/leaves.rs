//! `leaves`: what the log records, and `leaf_counter`, whose lock keeps them in order.

use adx_registry_core::ports::StoreError;

use super::decode::{Columns, bigint};
use super::{Connection, database};

pub(super) async fn count(connection: &mut Connection) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT leaves FROM leaf_counter WHERE id = 1").fetch_one(connection).await.map_err(database)?;
    Columns { table: "leaf_counter", row: &row }.number("leaves")
}

pub(super) async fn from(connection: &mut Connection, from: u64, limit: u32) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = sqlx::query("SELECT content FROM leaves WHERE leaf >= $1 ORDER BY leaf LIMIT $2")
        .bind(bigint(from)?)
        .bind(i64::from(limit))
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter().map(|row| Ok(Columns { table: "leaves", row }.text("content")?.into_bytes())).collect()
}

/// The counter's lock is held until the transaction ends: that is what keeps the leaves in order.
pub(super) async fn append(connection: &mut Connection, content: &[u8]) -> Result<u64, StoreError> {
    let row = sqlx::query("UPDATE leaf_counter SET leaves = leaves + 1 WHERE id = 1 RETURNING leaves - 1 AS leaf")
        .fetch_one(&mut *connection)
        .await
        .map_err(database)?;
    let leaf: u64 = Columns { table: "leaf_counter", row: &row }.number("leaf")?;
    let content = std::str::from_utf8(content).map_err(|error| StoreError::Database(Box::new(error)))?;
    sqlx::query("INSERT INTO leaves (leaf, content) VALUES ($1, $2)")
        .bind(bigint(leaf)?)
        .bind(content)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(leaf)
}

pub(super) async fn lock(connection: &mut Connection) -> Result<(), StoreError> {
    sqlx::query("UPDATE leaf_counter SET leaves = leaves WHERE id = 1")
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

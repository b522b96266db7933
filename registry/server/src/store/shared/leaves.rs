//! `leaves`: what the log records, and `leaf_counter`, whose lock keeps them in order.

use adx_registry_core::ports::StoreError;

use super::decode::{Columns, bigint};
use super::together::Together;
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

/// Appends the leaf of that number, which [`lock`] gave.
pub(super) async fn append(connection: &mut Connection, leaf: u64, content: &[u8]) -> Result<(), StoreError> {
    let content = std::str::from_utf8(content).map_err(|error| StoreError::Database(Box::new(error)))?;
    let mut writes = Together::new();
    let insert = writes.next();
    insert.push("INSERT INTO leaves (leaf, content) VALUES (").push_bind(bigint(leaf)?);
    insert.push(", ").push_bind(content).push(")");
    writes.next().push("UPDATE leaf_counter SET leaves = leaves + 1 WHERE id = 1");
    writes.run(connection).await
}

/// Locks the counter, and reads it. The lock is held until the transaction ends: that is what keeps the leaves in order.
pub(super) async fn lock(connection: &mut Connection) -> Result<u64, StoreError> {
    let row = sqlx::query("UPDATE leaf_counter SET leaves = leaves WHERE id = 1 RETURNING leaves")
        .fetch_one(connection)
        .await
        .map_err(database)?;
    Columns { table: "leaf_counter", row: &row }.number("leaves")
}

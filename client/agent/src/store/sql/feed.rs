//! How far each registry's feed was followed.

use super::{Db, Result};
use sqlx::Pool;

pub(super) async fn cursor(pool: &Pool<Db>, registry: &str) -> Result<i64> {
    let row: Option<(i64,)> =
        sqlx::query_as("select seq from feed_cursor where registry = $1").bind(registry).fetch_optional(pool).await?;
    Ok(row.map_or(0, |(seq,)| seq))
}

pub(super) async fn set_cursor(pool: &Pool<Db>, registry: &str, seq: i64) -> Result<()> {
    sqlx::query(
        "insert into feed_cursor (registry, seq) values ($1, $2) on conflict (registry) do update set seq = excluded.seq",
    )
    .bind(registry)
    .bind(seq)
    .execute(pool)
    .await?;
    Ok(())
}

//! How far the registry's feed was followed, and the index files as last fetched.

use super::{
    Db, Result,
    convert::{from_millis, to_millis},
};
use crate::store::IndexFile;
use adx_signing::name::ModuleId;
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

pub(super) async fn index_file(pool: &Pool<Db>, registry: &str, module: &ModuleId) -> Result<Option<IndexFile>> {
    let row: Option<(String, String, i64)> =
        sqlx::query_as("select etag, body, fetched_at from index_file where registry = $1 and module = $2")
            .bind(registry)
            .bind(module.to_string())
            .fetch_optional(pool)
            .await?;
    row.map(|(etag, body, fetched_at)| {
        Ok(IndexFile { etag, body, fetched_at: from_millis("index_file.fetched_at", fetched_at)? })
    })
    .transpose()
}

pub(super) async fn set_index_file(pool: &Pool<Db>, registry: &str, module: &ModuleId, file: &IndexFile) -> Result<()> {
    sqlx::query(
        "insert into index_file (registry, module, etag, body, fetched_at) values ($1, $2, $3, $4, $5) \
         on conflict (registry, module) do update set etag = excluded.etag, body = excluded.body, fetched_at = excluded.fetched_at",
    )
    .bind(registry)
    .bind(module.to_string())
    .bind(&file.etag)
    .bind(&file.body)
    .bind(to_millis(file.fetched_at))
    .execute(pool)
    .await?;
    Ok(())
}

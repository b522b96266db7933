//! The scale-out engine: what differs from `SQLite`, and nothing else.

#[path = "sql/mod.rs"]
mod sql;

use super::{Store, StoreError};
use sqlx::postgres::PgPoolOptions;
use std::{sync::Arc, time::Duration};

type Db = sqlx::Postgres;

const BEGIN: &str = "begin";

pub(super) async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(10)).connect(url).await?;
    Ok(Arc::new(sql::SqlStore::prepare(pool).await?))
}

//! The embedded engine: what differs from `PostgreSQL`, and nothing else.

#[path = "sql/mod.rs"]
mod sql;

use super::{Store, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::{str::FromStr, sync::Arc, time::Duration};

type Db = sqlx::Sqlite;

/// Takes the write lock at the start: a read that turns into a write later could be refused as stale.
const BEGIN: &str = "begin immediate";

pub(super) async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An operation that was acknowledged must be there after a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    if let Some(folder) = options.get_filename().parent().filter(|folder| !folder.as_os_str().is_empty()) {
        tokio::fs::create_dir_all(folder).await.map_err(StoreError::Folder)?;
    }
    let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
    Ok(Arc::new(sql::SqlStore::prepare(pool).await?))
}

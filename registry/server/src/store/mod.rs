//! The store port on SQLite and on PostgreSQL.
//!
//! `shared/` holds every query once. It is compiled twice, as a child of `sqlite/` and as a child of `postgres/`, each
//! of which names its driver `Db` and has the few statements that must differ in its `dialect.rs`. So driver types stay
//! concrete, and no query is written twice.

mod migrations;
#[expect(clippy::duplicate_mod, reason = "the same source is compiled once per engine, which is the point")]
mod postgres;
mod sqlite;

use std::{path::PathBuf, sync::Arc};

use adx_registry_core::ports::{Store, StoreError};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// How large the pools are.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// Most connections; on SQLite most readers, beside the one writer.
    pub max_connections: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { max_connections: 8 }
    }
}

/// Why a database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address begins with no engine of ours.
    #[error("`{scheme}` is no database engine: `sqlite://FILE` and `postgres://…` are")]
    UnknownEngine {
        /// What it begins with.
        scheme: String,
    },
    /// The engine did not let us in, or its file could not be opened.
    #[error("the database cannot be opened")]
    Connect(#[source] sqlx::Error),
    /// The file of the database, or its folder, cannot be made or written.
    #[error("the database's file `{}` cannot be made or written", file.display())]
    File {
        /// The file.
        file: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The schema could not be brought up to date.
    #[error("the database cannot be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// Opens the database at `url` (`sqlite:///var/lib/adx/registry.db`, `postgres://user@host/name`) and brings its schema
/// up to date.
///
/// # Errors
/// [`OpenError`]
pub async fn open(url: &SecretString, options: StoreOptions) -> Result<Arc<dyn Store>, OpenError> {
    let url = url.expose_secret();
    match url.split(':').next().unwrap_or_default() {
        "sqlite" => Ok(Arc::new(sqlite::open(url, options).await?)),
        "postgres" | "postgresql" => Ok(Arc::new(postgres::open(url, options).await?)),
        scheme => Err(OpenError::UnknownEngine { scheme: scheme.to_owned() }),
    }
}

/// The file of the database at `url`, none for an engine that keeps no single file.
pub fn file(url: &SecretString) -> Option<PathBuf> {
    sqlite::file(url.expose_secret())
}

/// A failure of the driver.
fn database(error: sqlx::Error) -> StoreError {
    StoreError::Database(Box::new(error))
}

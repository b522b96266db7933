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

use adx_registry_core::ports::{Schema, Store, StoreError, Table};
use async_trait::async_trait;
use futures::stream::BoxStream;
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
    /// A newer program's migration took something away from the schema.
    #[error("migration {migration} (`{name}`) of a newer adx-registry took away what this one needs")]
    Contracted {
        /// The number of the migration.
        migration: i64,
        /// Its name.
        name: String,
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

/// Fills an empty database, in one transaction: dropped without a commit, nothing of it has happened.
#[async_trait]
pub trait Load: Send {
    /// What the database is made of.
    fn schema(&self) -> &Schema;

    /// Inserts a row, written as [`Snapshot::rows`](adx_registry_core::ports::Snapshot::rows) does.
    ///
    /// # Errors
    /// [`StoreError`], for one that is not of the table's form as well.
    async fn insert(&mut self, table: &Table, line: &str) -> Result<(), StoreError>;

    /// What was inserted.
    fn rows<'s>(&'s mut self, table: &Table) -> BoxStream<'s, Result<String, StoreError>>;

    /// Makes all of it durable and visible, at once.
    ///
    /// # Errors
    /// [`StoreError`]
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Why a database cannot be filled.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It holds something.
    #[error("the database is not empty: {what}")]
    NotEmpty {
        /// What is there.
        what: String,
    },
    /// The rows are of a schema that this program does not know.
    #[error("the rows are of migration {migration}, and this program knows migrations up to {known}: it is older")]
    UnknownMigration {
        /// The number of the rows' last migration.
        migration: i64,
        /// The last that is known.
        known: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the database at `url`, which must be empty, and migrates it up to `migration` and no further.
///
/// # Errors
/// [`LoadError`]
pub async fn load(url: &SecretString, migration: i64) -> Result<Box<dyn Load>, LoadError> {
    // Before a file is made.
    migrations::up_to(migration)?;
    let url = url.expose_secret();
    match url.split(':').next().unwrap_or_default() {
        "sqlite" => sqlite::load(url, migration).await,
        "postgres" | "postgresql" => postgres::load(url, migration).await,
        scheme => Err(OpenError::UnknownEngine { scheme: scheme.to_owned() }.into()),
    }
}

/// How far a database is migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrations {
    /// The number of the last migration that was applied; none where there is no registry.
    pub applied: Option<i64>,
    /// The last that this program knows.
    pub known: i64,
}

/// Looks how far the database at `url` is migrated, and changes nothing.
///
/// # Errors
/// [`OpenError`]
pub async fn migrations(url: &SecretString) -> Result<Migrations, OpenError> {
    let url = url.expose_secret();
    let applied = match url.split(':').next().unwrap_or_default() {
        "sqlite" => sqlite::applied(url).await?,
        "postgres" | "postgresql" => postgres::applied(url).await?,
        scheme => return Err(OpenError::UnknownEngine { scheme: scheme.to_owned() }),
    };
    Ok(Migrations { applied, known: migrations::last() })
}

/// The file of the database at `url`, none for an engine that keeps no single file.
pub fn file(url: &SecretString) -> Option<PathBuf> {
    sqlite::file(url.expose_secret())
}

/// A failure of the driver.
fn database(error: sqlx::Error) -> StoreError {
    StoreError::Database(Box::new(error))
}

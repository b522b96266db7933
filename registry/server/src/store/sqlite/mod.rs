//! The store on SQLite: one writer, several readers, write-ahead log.

mod dialect;
#[path = "../shared/mod.rs"]
mod shared;
mod writer;

use std::fs::{DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use adx_registry_core::ports::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool, Transaction};

use super::{Load, LoadError, OpenError, StoreOptions, database, migrations};
use writer::{Member, Writer};

type Db = sqlx::Sqlite;

/// How long to wait for another process, such as an `admin` command, to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The file that an address names.
pub(super) fn file(url: &str) -> Option<PathBuf> {
    let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok()).flatten()?;
    Some(options.get_filename().to_owned())
}

/// Opens or makes the file, and migrates it.
pub(super) async fn open(url: &str, options: StoreOptions) -> Result<shared::SqlStore, OpenError> {
    let connect = connect_options(url)?;
    let mut writer = connect.connect().await.map_err(OpenError::Connect)?;
    migrations::migrator().run(&mut writer).await.map_err(OpenError::Migrate)?;
    shared::refuse_contracted(&mut writer).await?;
    // A file does not go away as a server does.
    let readers = SqlitePoolOptions::new().max_connections(options.max_connections).test_before_acquire(false);
    let readers = readers.connect_with(connect.pragma("query_only", "ON")).await.map_err(OpenError::Connect)?;
    Ok(shared::SqlStore::new(Engine { writer: Writer::new(writer), readers }))
}

/// Opens or makes the file to fill it.
pub(super) async fn load(url: &str, migration: i64) -> Result<Box<dyn Load>, LoadError> {
    let connection = connect_options(url)?.connect().await.map_err(OpenError::Connect)?;
    shared::begin_load(connection, migration).await
}

/// The last migration of the file; none where there is no file.
pub(super) async fn applied(url: &str) -> Result<Option<i64>, OpenError> {
    let connect = SqliteConnectOptions::from_str(url).map_err(OpenError::Connect)?.create_if_missing(false);
    if !connect.get_filename().exists() {
        return Ok(None);
    }
    let mut connection = connect.busy_timeout(BUSY_TIMEOUT).connect().await.map_err(OpenError::Connect)?;
    shared::applied(&mut connection).await.map_err(OpenError::Connect)
}

/// How the file is opened; it is made if it is not there.
fn connect_options(url: &str) -> Result<SqliteConnectOptions, OpenError> {
    let connect = SqliteConnectOptions::from_str(url)
        .map_err(OpenError::Connect)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit has reached the disk when it returns: a publish is acknowledged after that.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let file = connect.get_filename();
    make_private(file).map_err(|source| OpenError::File { file: file.to_owned(), source })?;
    Ok(connect)
}

/// Makes the file, and its folder, unless they are there: for nobody but their owner, since hashes of tokens will stand in
/// it. SQLite gives the log beside it the mode of the file.
fn make_private(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    File::options().append(true).create(true).mode(0o600).open(file).map(drop)
}

/// Where sessions come from.
struct Engine {
    writer: Writer,
    readers: SqlitePool,
}

impl Engine {
    async fn read(&self) -> Result<Reading, StoreError> {
        self.readers.acquire().await.map(Reading).map_err(database)
    }

    /// A transaction sees what was committed before its first statement.
    async fn snapshot(&self) -> Result<Snapping, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(database)?;
        sqlx::query("SELECT last_seq FROM feed").fetch_all(&mut *transaction).await.map_err(database)?;
        Ok(Snapping(transaction))
    }

    async fn begin(&self) -> Result<Member, StoreError> {
        self.writer.begin().await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A connection outside of a transaction: each lookup sees what is committed.
struct Reading(PoolConnection<Db>);

impl shared::Session for Reading {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

/// A connection inside of a transaction that only reads.
struct Snapping(Transaction<'static, Db>);

impl shared::Session for Snapping {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

type Writing = Member;

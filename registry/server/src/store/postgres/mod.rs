//! The store on PostgreSQL.

mod dialect;
#[path = "../shared/mod.rs"]
mod shared;

use std::str::FromStr;
use std::time::Duration;

use adx_registry_core::ports::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool, Transaction};

use super::{Load, LoadError, OpenError, StoreOptions, database, migrations};

type Db = sqlx::Postgres;

/// How long a connection is waited for: one that the network swallowed is given up then.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection that nobody used for so long is asked whether its server is still there before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(1);
/// How long a transaction may wait for its client: that of a server which the network swallowed holds locks that others need.
const IDLE_TRANSACTION: &str = "60s";
/// A transaction whose commit does not wait for the disk. Its locks end with it, so that those who wait for them, as every release waits
/// for the one before, do not wait for the disk as well; [`SETTLE`] does, without locks.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off";
/// What is committed next waits for the disk, and thereby for all that was committed before: the write-ahead log is flushed in its order
/// (<https://www.postgresql.org/docs/current/wal-async-commit.html>). Those who wait at the same time share a flush. Without a record of
/// its own it would wait for nothing. On the connection that wrote or read what is waited for: another may be of a server that has
/// started again meanwhile, or of a standby that took over, and would flush a log in which that never stood.
const SETTLE: &str = "SELECT pg_logical_emit_message(true, 'adx-registry', '')";
/// Ends a transaction, and its locks, and begins one that settles.
const COMMIT_THEN: &str = "COMMIT AND CHAIN; SELECT pg_logical_emit_message(true, 'adx-registry', '')";
/// As [`COMMIT_THEN`]: who undid a transaction answers by what it saw.
const ROLLBACK_THEN: &str = "ROLLBACK AND CHAIN; SELECT pg_logical_emit_message(true, 'adx-registry', '')";

/// Connects to fill the database.
pub(super) async fn load(url: &str, migration: i64) -> Result<Box<dyn Load>, LoadError> {
    let connection = connect_options(url)?.connect().await.map_err(OpenError::Connect)?;
    shared::begin_load(connection, migration).await
}

/// The last migration of the database.
pub(super) async fn applied(url: &str) -> Result<Option<i64>, OpenError> {
    let mut connection = connect_options(url)?.connect().await.map_err(OpenError::Connect)?;
    shared::applied(&mut connection).await.map_err(OpenError::Connect)
}

fn connect_options(url: &str) -> Result<PgConnectOptions, OpenError> {
    Ok(PgConnectOptions::from_str(url).map_err(OpenError::Connect)?.application_name("adx-registry"))
}

/// Connects and migrates.
pub(super) async fn open(url: &str, options: StoreOptions) -> Result<shared::SqlStore, OpenError> {
    let connect = connect_options(url)?;
    let connect = connect.options([("idle_in_transaction_session_timeout", IDLE_TRANSACTION)]);
    let pool = PgPoolOptions::new().max_connections(options.max_connections).acquire_timeout(PATIENCE);
    // One in use all the time need not be asked each time whether the server is still there: that is a round trip.
    let pool = pool.test_before_acquire(false).before_acquire(|connection, known| {
        Box::pin(async move {
            if known.idle_for > TESTED_AFTER {
                connection.ping().await?;
            }
            Ok(true)
        })
    });
    let pool = pool.connect_with(connect).await.map_err(OpenError::Connect)?;
    migrations::migrator().run(&pool).await.map_err(OpenError::Migrate)?;
    shared::refuse_contracted(&mut *pool.acquire().await.map_err(OpenError::Connect)?).await?;
    Ok(shared::SqlStore::new(Engine(pool)))
}

/// Where sessions come from.
struct Engine(PgPool);

impl Engine {
    async fn read(&self) -> Result<Reading, StoreError> {
        self.0.acquire().await.map(Reading).map_err(database)
    }

    async fn snapshot(&self) -> Result<Snapping, StoreError> {
        let mut transaction = self.0.begin().await.map_err(database)?;
        // It may have to wait for whoever takes what is read.
        let patience = "SET LOCAL idle_in_transaction_session_timeout = 0";
        sqlx::query(patience).execute(&mut *transaction).await.map_err(database)?;
        let isolation = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        sqlx::query(isolation).execute(&mut *transaction).await.map_err(database)?;
        // What it sees is settled by the first query.
        sqlx::query("SELECT last_seq FROM feed").fetch_all(&mut *transaction).await.map_err(database)?;
        Ok(Snapping(transaction))
    }

    async fn begin(&self) -> Result<Writing, StoreError> {
        self.0.begin_with(BEGIN).await.map(Writing).map_err(database)
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

/// A connection outside of a transaction: each lookup sees what is committed.
struct Reading(PoolConnection<Db>);

impl shared::Session for Reading {
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    async fn settle(&mut self) -> Result<(), StoreError> {
        sqlx::query(SETTLE).execute(&mut *self.0).await.map(drop).map_err(database)
    }
}

/// A transaction that reads what was committed when it began.
struct Snapping(Transaction<'static, Db>);

impl shared::Session for Snapping {
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// A transaction at READ COMMITTED; what must be in order takes a row's lock.
struct Writing(Transaction<'static, Db>);

impl shared::Session for Writing {
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

impl Writing {
    async fn commit(self) -> Result<(), StoreError> {
        self.end(COMMIT_THEN).await
    }

    async fn rollback(self) -> Result<(), StoreError> {
        self.end(ROLLBACK_THEN).await
    }

    /// Returns when what was written or seen is on disk.
    async fn end(mut self, and_then: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(and_then).execute(&mut *self.0).await.map_err(database)?;
        self.0.commit().await.map_err(database)
    }
}

//! The one writer, with group commit.
//!
//! A commit costs a flush to disk, and SQLite has one writer. So transactions that wait for each other share one: each
//! is a savepoint of a common outer transaction, and is acknowledged when the outer one has been committed. Whoever has
//! finished queues once more for the writer; those who queued before it run first and join its group; the first to come
//! back commits for all. Nobody waits on purpose, so a transaction alone is committed at once.
//!
//! A future may be dropped at any await. `Stage` says what was under way, and the next to hold the writer clears up.

use std::sync::{Arc, OnceLock};

use adx_registry_core::ports::StoreError;
use sqlx::SqlSafeStr;
use sqlx::sqlite::SqliteConnection;
use thiserror::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{database, shared};

/// The commit that a member waited for did not happen, or nobody saw whether it did.
#[derive(Debug, Clone, Error)]
#[error("the commit shared with other transactions failed: {0}")]
struct GroupFailed(Arc<str>);

/// Set once, when the group's fate is known.
type Outcome = Arc<OnceLock<Result<(), GroupFailed>>>;

/// What the connection is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No transaction.
    Idle,
    /// Between sending BEGIN, COMMIT or ROLLBACK and hearing of its end.
    Turning,
    /// An outer transaction, all of whose members have finished.
    Open,
    /// An outer transaction, and a member that has not finished.
    Member,
}

struct State {
    connection: SqliteConnection,
    stage: Stage,
    group: Outcome,
}

/// Hands out the writing connection, one at a time, first come first served.
pub(super) struct Writer(Arc<Mutex<State>>);

/// A transaction that has the writer to itself until it is committed, rolled back or dropped.
pub(super) struct Member {
    state: OwnedMutexGuard<State>,
    writer: Arc<Mutex<State>>,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        let state = State { connection, stage: Stage::Idle, group: Outcome::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Begins a transaction, in the group that is open or in a new one.
    pub(super) async fn begin(&self) -> Result<Member, StoreError> {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        state.clear_up().await?;
        if state.stage == Stage::Idle {
            state.turn("BEGIN IMMEDIATE", Stage::Open).await?;
        }
        state.stage = Stage::Member;
        state.run("SAVEPOINT member").await?;
        Ok(Member { state, writer: Arc::clone(&self.0) })
    }

    /// Commits what is open, and empties the log into the database. The connection itself ends with this value.
    pub(super) async fn close(&self) {
        let mut state = self.0.lock().await;
        if state.clear_up().await.is_ok() && state.stage == Stage::Open {
            state.commit_group().await;
        }
        // The log is read at the next start if this fails.
        let _ = state.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
}

impl shared::Session for Member {
    fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.state.connection
    }
}

impl Member {
    /// Returns when the group it belongs to is on disk.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.state.run("RELEASE member").await?;
        self.finish().await
    }

    /// Undoes the member, and returns when what it may have seen of its group is on disk.
    pub(super) async fn rollback(mut self) -> Result<(), StoreError> {
        self.state.undo_member().await?;
        self.finish().await
    }

    async fn finish(self) -> Result<(), StoreError> {
        let Self { mut state, writer } = self;
        state.stage = Stage::Open;
        let group = Arc::clone(&state.group);
        drop(state);
        let mut state = writer.lock_owned().await;
        if group.get().is_none() {
            state.clear_up().await?;
        }
        // Clearing up may have decided the group's fate as well.
        if group.get().is_none() {
            // Others wait for the same commit, so it must not end with the request that happens to make it: a task of
            // its own holds the writer until it is done, and whoever closes the store waits for the writer.
            let _ = tokio::spawn(async move { state.commit_group().await }).await;
        }
        let failed = || Err(GroupFailed("its outcome is not known".into()));
        group.get().cloned().unwrap_or_else(failed).map_err(|error| StoreError::Database(Box::new(error)))
    }
}

impl State {
    /// Undoes what a dropped future left behind.
    async fn clear_up(&mut self) -> Result<(), StoreError> {
        match self.stage {
            Stage::Idle | Stage::Open => Ok(()),
            Stage::Member => {
                self.undo_member().await?;
                self.stage = Stage::Open;
                Ok(())
            }
            Stage::Turning => {
                // It fails if there is no transaction, which is what it is for. Whether a COMMIT got through is not
                // known, so nobody is told that it did; publishing again finds out.
                let _ = self.run("ROLLBACK").await;
                self.close(Err(GroupFailed("it was interrupted".into())));
                Ok(())
            }
        }
    }

    async fn undo_member(&mut self) -> Result<(), StoreError> {
        match self.run("ROLLBACK TO member").await {
            Ok(()) => self.run("RELEASE member").await,
            // The savepoint had not been set, or had been released: there is nothing to undo.
            Err(StoreError::Database(error)) if error.to_string().contains("no such savepoint") => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn commit_group(&mut self) {
        let outcome = match self.turn("COMMIT", Stage::Idle).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let text = match &error {
                    StoreError::Database(source) => source.to_string(),
                    other => other.to_string(),
                };
                // SQLite has rolled back by itself after some errors, and not after others.
                self.stage = Stage::Turning;
                let _ = self.run("ROLLBACK").await;
                Err(GroupFailed(text.into()))
            }
        };
        self.close(outcome);
    }

    fn close(&mut self, outcome: Result<(), GroupFailed>) {
        // The cell is this group's own and is set here only, once, as it is replaced at the same time.
        let _ = self.group.set(outcome);
        self.group = Outcome::default();
        self.stage = Stage::Idle;
    }

    /// Runs a statement that begins or ends the outer transaction.
    async fn turn(&mut self, statement: &'static str, then: Stage) -> Result<(), StoreError> {
        let before = self.stage;
        self.stage = Stage::Turning;
        let outcome = self.run(statement).await;
        self.stage = if outcome.is_ok() { then } else { before };
        outcome
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        sqlx::query(statement.into_sql_str()).execute(&mut self.connection).await.map(drop).map_err(database)
    }
}

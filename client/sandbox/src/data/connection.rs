//! One connection to a data file, hardened.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::authorize::Judge;
use crate::limits::MAX_VALUE_BYTES;
use crate::reviewed::thread_cpu_time;

/// How often a running statement looks at its deadline, in steps of SQLite's virtual machine: some 10 µs.
const PROGRESS_STEPS: i32 = 1_000;
/// How long a writer of ours waits for another one; a call's waits for as long as its statement may take.
const BUSY_WAIT: Duration = Duration::from_secs(2);
/// The longest value, row and string. A row may hold a value of the largest allowed size and more.
const MAX_LENGTH: usize = 4 * MAX_VALUE_BYTES;
/// The longest statement.
pub(crate) const MAX_SQL_BYTES: usize = 256 * 1024;
/// The write-ahead log is cut back to this after a checkpoint. It does not count towards the quota, but has a bound of its
/// own: a transaction writes each page there once, however often it changes it.
const JOURNAL_BYTES: u32 = 4 * 1024 * 1024;

const LIMITS: [(Limit, usize); 12] = [
    (Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES),
    (Limit::SQLITE_LIMIT_COLUMN, 500),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (Limit::SQLITE_LIMIT_VDBE_OP, 100_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 64),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    // LIKE is quadratic in its pattern.
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 500),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 5_000),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 20),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Tables of ours. `_adx_usage` has one row: the bytes of all keys and values.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS _adx_kv (
        key TEXT PRIMARY KEY NOT NULL,
        value BLOB NOT NULL,
        expires_at_unix_ms INTEGER
    );
    CREATE INDEX IF NOT EXISTS _adx_kv_expiry ON _adx_kv (expires_at_unix_ms) WHERE expires_at_unix_ms IS NOT NULL;
    CREATE TABLE IF NOT EXISTS _adx_usage (id INTEGER PRIMARY KEY CHECK (id = 1), kv_bytes INTEGER NOT NULL);
    INSERT OR IGNORE INTO _adx_usage (id, kv_bytes) VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS _adx_migrations (
        version INTEGER PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        up_sha256 TEXT NOT NULL,
        down TEXT,
        applied_at_unix_ms INTEGER NOT NULL
    );";

/// When statements are stopped.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    deadline: Option<Instant>,
    /// Reading of the thread's processor clock.
    cpu_time: Option<Duration>,
}

impl Bounds {
    fn reached(self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
            || self.cpu_time.is_some_and(|end| thread_cpu_time() >= end)
    }
}

/// A connection on which a module's SQL may run.
pub(crate) struct DataConnection {
    connection: Connection,
    judge: Arc<Judge>,
    bounds: Arc<Mutex<Bounds>>,
    ran_out: Arc<AtomicBool>,
    quota_bytes: u64,
    /// Whether whatever would change something is refused.
    only_reading: bool,
}

impl DataConnection {
    /// Makes the file and our tables if they are absent, and opens it.
    pub(crate) fn create(path: &Path, quota_bytes: u64) -> rusqlite::Result<Self> {
        private(path).map_err(|error| {
            rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
                Some(format!("{}: {error}", path.display())),
            )
        })?;
        // Our tables must fit, however small the quota.
        let mut opened = Self::open(path, u64::MAX)?;
        opened.trusting(|connection| connection.execute_batch(SCHEMA))?;
        opened.set_quota(quota_bytes)?;
        Ok(opened)
    }

    /// Opens the file. Writes nothing, so that it does not wait for a call that holds a transaction.
    pub(crate) fn open(path: &Path, quota_bytes: u64) -> rusqlite::Result<Self> {
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW,
        )?;
        connection.busy_timeout(BUSY_WAIT)?;
        connection.set_prepared_statement_cache_capacity(32);
        // Crash-safe, and durable before a write is acknowledged.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
            // "x" is a column, never a string: a misspelt column is an error.
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        ] {
            connection.set_db_config(setting, on)?;
        }
        for (limit, value) in LIMITS {
            connection.set_limit(limit, i32::try_from(value).unwrap_or(i32::MAX))?;
        }

        let judge = Arc::new(Judge::default());
        connection.authorizer(Some(judge.callback()))?;
        let bounds = Arc::new(Mutex::new(Bounds::default()));
        let ran_out = Arc::new(AtomicBool::new(false));
        connection.progress_handler(PROGRESS_STEPS, {
            let (bounds, ran_out) = (Arc::clone(&bounds), Arc::clone(&ran_out));
            Some(move || {
                let over = bounds.lock().reached();
                if over {
                    ran_out.store(true, Ordering::Relaxed);
                }
                over
            })
        })?;
        let mut opened = Self { connection, judge, bounds, ran_out, quota_bytes: 0, only_reading: false };
        opened.set_quota(quota_bytes)?;
        Ok(opened)
    }

    /// Limits the file to `bytes`, rounded up to a page. A file that is larger already cannot grow.
    pub(crate) fn set_quota(&mut self, bytes: u64) -> rusqlite::Result<()> {
        if self.quota_bytes == bytes {
            return Ok(());
        }
        self.judge.trusting(|| {
            let page: i64 = self.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = bytes.div_ceil(page.unsigned_abs().max(1)).max(1);
            let pages = i64::try_from(pages).unwrap_or(i64::from(u32::MAX)).min(i64::from(u32::MAX) - 2);
            self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        })?;
        self.quota_bytes = bytes;
        Ok(())
    }

    /// Has whatever would change something refused from now on, or lets it through again.
    pub(crate) fn set_only_reading(&mut self, only_reading: bool) -> rusqlite::Result<()> {
        if self.only_reading != only_reading {
            self.judge.trusting(|| self.connection.pragma_update(None, "query_only", only_reading))?;
            self.only_reading = only_reading;
        }
        Ok(())
    }

    /// How a transaction begins. One that may write takes its turn at once: else two that read first and then write would wait for
    /// each other.
    pub(crate) const fn begin(&self) -> &'static str {
        if self.only_reading { "BEGIN" } else { "BEGIN IMMEDIATE" }
    }

    /// The connection, for statements of the module.
    pub(crate) fn raw(&self) -> &Connection {
        &self.connection
    }

    /// Runs statements of ours.
    pub(crate) fn trusting<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        self.judge.trusting(|| work(&self.connection))
    }

    /// The last refusal of the authorizer, once.
    pub(crate) fn take_refusal(&self) -> Option<String> {
        self.judge.take_refusal()
    }

    /// Whether a bound stopped a statement since this was last asked.
    pub(crate) fn take_ran_out(&self) -> bool {
        self.ran_out.swap(false, Ordering::Relaxed)
    }

    /// Statements are stopped at `deadline` from now on, and when the calling thread, on which they run, used
    /// `cpu_time` more. Until the deadline they wait for who writes.
    pub(crate) fn set_bounds(&self, deadline: Instant, cpu_time: Option<Duration>) -> rusqlite::Result<()> {
        let cpu_time = cpu_time.map(|more| thread_cpu_time().saturating_add(more));
        *self.bounds.lock() = Bounds { deadline: Some(deadline), cpu_time };
        self.connection.busy_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether a transaction is open.
    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Undoes an open transaction, so that the next call finds a clean connection. False if that failed.
    pub(crate) fn clean(&mut self) -> bool {
        *self.bounds.lock() = Bounds::default();
        self.take_refusal();
        self.take_ran_out();
        if self.connection.busy_timeout(BUSY_WAIT).is_err() || self.set_only_reading(false).is_err() {
            return false;
        }
        !self.in_transaction()
            || (self.trusting(|connection| connection.execute_batch("ROLLBACK")).is_ok() && !self.in_transaction())
    }

    /// Runs `work` whole or not at all: in a transaction of its own, or in a savepoint of the open one.
    pub(crate) fn atomically<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let (begin, commit, rollback) = if self.in_transaction() {
            ("SAVEPOINT _adx_step", "RELEASE _adx_step", "ROLLBACK TO _adx_step; RELEASE _adx_step")
        } else {
            (self.begin(), "COMMIT", "ROLLBACK")
        };
        let run = |sql: &str| self.trusting(|connection| connection.execute_batch(sql));
        run(begin)?;
        match work(self) {
            Ok(done) => match run(commit) {
                Ok(()) => Ok(done),
                Err(error) => {
                    // A deferred constraint fails at COMMIT, and the transaction stays open.
                    if self.in_transaction() {
                        let _ = run(rollback);
                    }
                    Err(error.into())
                }
            },
            Err(error) => {
                // Some errors (a full disk) end the transaction by themselves. The original error is the one to tell.
                if self.in_transaction() {
                    let _ = run(rollback);
                }
                Err(error)
            }
        }
    }
}

/// Makes the file so that only this user can read it.
pub(super) fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_waits_for_another_until_its_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.sqlite");
        let [first, second] = [0, 1].map(|_| DataConnection::create(&path, 1 << 20).unwrap());
        let write: fn(&DataConnection) -> rusqlite::Result<()> = |connection| {
            connection.atomically(|connection| connection.raw().execute_batch("CREATE TABLE IF NOT EXISTS t (a)"))
        };
        first.trusting(|connection| connection.execute_batch("BEGIN IMMEDIATE")).unwrap();
        second.set_bounds(Instant::now() + Duration::from_millis(100), None).unwrap();
        let busy = write(&second).unwrap_err();
        assert_eq!(busy.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy));

        second.set_bounds(Instant::now() + Duration::from_secs(60), None).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(move || write(&second));
            std::thread::sleep(BUSY_WAIT + Duration::from_millis(500));
            assert!(!waiting.is_finished());
            first.trusting(|connection| connection.execute_batch("COMMIT")).unwrap();
            waiting.join().unwrap().unwrap();
        });
    }
}

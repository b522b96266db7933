//! The journal in SQLite: one connection, owned by the engine thread, holding the file's exclusive lock.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Row, params,
    types::{FromSqlError, ValueRef},
};
use serde_json::Value;

use super::{
    JournalError, ListFilter, RunInfo, RunState,
    event::{Event, FORMAT, Recorded},
};
use crate::port::{Failure, Outcome};

/// `ADXJ`, in the header of the file.
const APPLICATION_ID: i64 = 0x4144_584a;
/// Version of the tables.
const SCHEMA: i64 = 1;

pub(super) struct Store {
    db: Connection,
    in_transaction: bool,
}

/// What is stored of a run beside its history.
pub(super) struct StoredRun {
    pub(super) key: i64,
    pub(super) id: String,
    pub(super) generation: u32,
    pub(super) workflow: String,
    pub(super) input: Result<Value, String>,
    pub(super) suggest_at: u64,
    pub(super) started_at: u64,
    pub(super) parent: Option<(i64, u32)>,
    pub(super) blocked: bool,
}

/// A run about to be stored.
pub(super) struct NewRun<'a> {
    pub(super) id: &'a str,
    pub(super) generation: u32,
    pub(super) workflow: &'a str,
    pub(super) input: &'a Value,
    pub(super) suggest_at: u64,
    pub(super) at_ms: u64,
    pub(super) parent: Option<(i64, u32)>,
}

/// One row of a history.
pub(super) struct StoredStep {
    pub(super) number: i64,
    pub(super) at_ms: u64,
    pub(super) events: Result<Vec<Event>, String>,
}

type Result<T, E = JournalError> = std::result::Result<T, E>;

fn failed(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> JournalError {
    move |source| JournalError::Storage { doing, source }
}

/// SQLite's integers are signed; a time or count past the end of that range is as good as the end.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

impl Store {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let opened = |source| classify(path, source);
        let db = Connection::open(path).map_err(opened)?;
        db.busy_timeout(Duration::ZERO).map_err(opened)?;
        // The exclusive lock is taken by the first write transaction and held until the connection closes.
        db.execute_batch("PRAGMA locking_mode=EXCLUSIVE").map_err(opened)?;
        let found: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(opened)?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(opened)?;
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(opened)?;
        let is_new = found == 0 && version == 0 && tables == 0;
        if !is_new && found != APPLICATION_ID {
            return Err(JournalError::Foreign { path: path.to_owned(), found });
        }
        if version > SCHEMA {
            return Err(JournalError::TooNew { path: path.to_owned(), found: version, known: SCHEMA });
        }
        db.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000;
             PRAGMA wal_autocheckpoint=4000; BEGIN IMMEDIATE",
        )
        .map_err(opened)?;
        if is_new {
            db.execute_batch(include_str!("schema.sql")).map_err(opened)?;
            db.pragma_update(None, "application_id", APPLICATION_ID).map_err(opened)?;
            db.pragma_update(None, "user_version", SCHEMA).map_err(opened)?;
        }
        db.execute_batch("COMMIT").map_err(opened)?;
        let check: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(opened)?;
        if check != "ok" {
            return Err(JournalError::Corrupt { path: path.to_owned(), details: check });
        }
        db.set_prepared_statement_cache_capacity(64);
        Ok(Self { db, in_transaction: false })
    }

    /// Begins a transaction unless one is open: a turn of the engine that writes nothing costs no commit.
    fn begin(&mut self) -> Result<()> {
        if !self.in_transaction {
            self.execute("begin a transaction", "BEGIN IMMEDIATE", [])?;
            self.in_transaction = true;
        }
        Ok(())
    }

    /// Makes all since the last commit durable. Returns whether there was anything.
    pub(super) fn commit(&mut self) -> Result<bool> {
        if !self.in_transaction {
            return Ok(false);
        }
        self.execute("commit", "COMMIT", [])?;
        self.in_transaction = false;
        Ok(true)
    }

    fn execute(&self, doing: &'static str, sql: &str, values: impl rusqlite::Params) -> Result<usize> {
        self.db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(failed(doing))
    }

    /// Stores a run, unless there is one of that id and generation; a first generation, unless there is any of that id.
    pub(super) fn insert_run(&mut self, run: &NewRun<'_>) -> Result<Option<i64>> {
        self.begin()?;
        let stored = self.execute(
            "store a run",
            "INSERT INTO run (id, generation, workflow, input, state, suggest_at, started_at, parent, parent_seq)
             SELECT ?1, ?2, ?3, ?4, 'running', ?5, ?6, ?7, ?8
             WHERE NOT EXISTS (SELECT 1 FROM run WHERE id = ?1 AND generation >= ?2)",
            params![
                run.id,
                run.generation,
                run.workflow,
                serde_json::to_string(run.input)?,
                signed(run.suggest_at),
                signed(run.at_ms),
                run.parent.map(|(key, _)| key),
                run.parent.map(|(_, seq)| seq),
            ],
        )?;
        Ok((stored == 1).then(|| self.db.last_insert_rowid()))
    }

    pub(super) fn append(&mut self, run: i64, number: i64, at_ms: u64, events: &[Event]) -> Result<()> {
        self.begin()?;
        self.execute(
            "store what happened",
            "INSERT INTO step (run, number, at, format, events) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![run, number, signed(at_ms), FORMAT, serde_json::to_string(events)?],
        )
        .map(|_| ())
    }

    pub(super) fn end_run(
        &mut self,
        run: i64,
        at_ms: u64,
        state: RunState,
        outcome: Option<&Outcome>,
        status: &Value,
    ) -> Result<()> {
        self.begin()?;
        let outcome = outcome.map(serde_json::to_string).transpose()?;
        let status = (!status.is_null()).then(|| serde_json::to_string(status)).transpose()?;
        self.execute(
            "store the end of a run",
            "UPDATE run SET state = ?2, ended_at = ?3, outcome = ?4, status = ?5, blocked = NULL WHERE key = ?1",
            params![run, state.as_str(), signed(at_ms), outcome, status],
        )
        .map(|_| ())
    }

    /// Parks a run, or lets it go on.
    pub(super) fn set_blocked(&mut self, run: i64, reason: Option<&str>) -> Result<()> {
        self.begin()?;
        let state = if reason.is_some() { RunState::Blocked } else { RunState::Running };
        self.execute(
            "park a run",
            "UPDATE run SET state = ?2, blocked = ?3 WHERE key = ?1 AND blocked IS NOT ?3",
            params![run, state.as_str(), reason],
        )
        .map(|_| ())
    }

    pub(super) fn put_inbox(&mut self, run: i64, event: &Event) -> Result<()> {
        self.begin()?;
        self.execute(
            "keep an event for later",
            "INSERT INTO inbox (run, event) VALUES (?1, ?2)",
            params![run, serde_json::to_string(event)?],
        )
        .map(|_| ())
    }

    /// What is kept for a run, oldest first.
    pub(super) fn inbox(&self, run: i64) -> Result<Vec<Result<Event, String>>> {
        let doing = "read what is kept for later";
        let mut statement =
            self.db.prepare_cached("SELECT event FROM inbox WHERE run = ?1 ORDER BY number").map_err(failed(doing))?;
        let rows = statement.query_map([run], |row| json(row, 0, "what came in for it")).map_err(failed(doing))?;
        rows.collect::<Result<_, _>>().map_err(failed(doing))
    }

    pub(super) fn clear_inbox(&mut self, run: i64) -> Result<()> {
        self.begin()?;
        self.execute("clear what was kept", "DELETE FROM inbox WHERE run = ?1", [run]).map(|_| ())
    }

    /// An open run.
    pub(super) fn open_run(&self, key: i64) -> Result<Option<StoredRun>> {
        self.db
            .prepare_cached(
                "SELECT key, id, generation, workflow, input, suggest_at, started_at, parent, parent_seq,
                 blocked IS NOT NULL FROM run WHERE key = ?1 AND ended_at IS NULL",
            )
            .and_then(|mut statement| statement.query_row([key], stored_run).optional())
            .map_err(failed("read an open run"))
    }

    /// Keys and ids of all runs that have not ended, oldest first.
    pub(super) fn open_runs(&self) -> Result<Vec<(i64, String)>> {
        let doing = "read the open runs";
        let mut statement = self
            .db
            .prepare_cached("SELECT key, id FROM run WHERE ended_at IS NULL ORDER BY key")
            .map_err(failed(doing))?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed(doing))?;
        rows.collect::<Result<_, _>>().map_err(failed(doing))
    }

    /// The runs that a run started and that have not ended.
    pub(super) fn open_children(&self, parent: i64) -> Result<Vec<i64>> {
        let doing = "look for children";
        let mut statement = self
            .db
            .prepare_cached("SELECT key FROM run WHERE parent = ?1 AND ended_at IS NULL ORDER BY parent_seq")
            .map_err(failed(doing))?;
        let rows = statement.query_map([parent], |row| row.get(0)).map_err(failed(doing))?;
        rows.collect::<Result<_, _>>().map_err(failed(doing))
    }

    pub(super) fn steps(&self, run: i64) -> Result<Vec<StoredStep>> {
        let doing = "read a history";
        let mut statement = self
            .db
            .prepare_cached("SELECT number, at, format, events FROM step WHERE run = ?1 ORDER BY number")
            .map_err(failed(doing))?;
        let rows = statement.query_map([run], |row| stored_step(row, 0)).map_err(failed(doing))?;
        rows.collect::<Result<_, _>>().map_err(failed(doing))
    }

    /// The newest run of an id.
    pub(super) fn find(&self, id: &str) -> Result<Option<(i64, RunInfo)>> {
        self.db
            .prepare_cached(&format!("{SELECT_INFO} WHERE run.id = ?1 ORDER BY run.generation DESC LIMIT 1"))
            .and_then(|mut statement| statement.query_row([id], info).optional())
            .map_err(failed("look up a run"))
    }

    pub(super) fn list(&self, filter: &ListFilter) -> Result<Vec<(i64, RunInfo)>> {
        let doing = "list runs";
        let mut statement = self
            .db
            .prepare_cached(&format!(
                "{SELECT_INFO} WHERE (?1 IS NULL OR run.state = ?1) AND (?2 IS NULL OR run.workflow = ?2)
                 AND (?3 IS NULL OR substr(run.id, 1, length(?3)) = ?3) ORDER BY run.key DESC LIMIT ?4 OFFSET ?5"
            ))
            .map_err(failed(doing))?;
        let rows = statement
            .query_map(
                params![
                    filter.state.map(RunState::as_str),
                    filter.workflow,
                    filter.id_prefix,
                    i64::try_from(filter.limit).unwrap_or(i64::MAX),
                    i64::try_from(filter.offset).unwrap_or(i64::MAX),
                ],
                info,
            )
            .map_err(failed(doing))?;
        rows.collect::<Result<_, _>>().map_err(failed(doing))
    }

    /// Everything recorded under an id, all generations, or why it cannot be read.
    pub(super) fn history(&self, id: &str) -> Result<Result<Vec<Recorded>, String>> {
        let doing = "read a history";
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT run.generation, step.number, step.at, step.format, step.events
                 FROM run JOIN step ON step.run = run.key
                 WHERE run.id = ?1 ORDER BY run.generation, step.number",
            )
            .map_err(failed(doing))?;
        let rows = statement.query_map([id], |row| Ok((row.get(0)?, stored_step(row, 1)?))).map_err(failed(doing))?;
        let mut history = Vec::new();
        for row in rows {
            let (generation, StoredStep { at_ms, events, .. }) = row.map_err(failed(doing))?;
            match events {
                Ok(events) => history.extend(events.into_iter().map(|event| Recorded { generation, at_ms, event })),
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(history))
    }

    /// Forgets runs that ended before `before_ms`.
    pub(super) fn prune(&mut self, before_ms: u64) -> Result<usize> {
        self.begin()?;
        let before = signed(before_ms);
        self.execute(
            "prune histories",
            "DELETE FROM step WHERE run IN (SELECT key FROM run WHERE ended_at < ?1)",
            [before],
        )?;
        self.execute("prune runs", "DELETE FROM run WHERE ended_at < ?1", [before])
    }

    /// Folds the write-ahead log into the database file; a courtesy to whoever copies the file.
    pub(super) fn checkpoint(&self) -> Result<()> {
        self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(failed("fold in the write-ahead log"))
    }
}

const SELECT_INFO: &str = "SELECT run.key, run.id, run.workflow, run.generation, run.state, run.input, run.status,
    run.outcome, run.blocked, parent.id, run.started_at, run.ended_at
    FROM run LEFT JOIN run AS parent ON parent.key = run.parent";

/// JSON that a damaged row does not hold is not an error of the storage: it concerns one run, and the others go on.
fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
    what: &str,
) -> rusqlite::Result<Result<T, String>> {
    let text = row.get_ref(column)?.as_bytes()?;
    Ok(serde_json::from_slice(text).map_err(|error| format!("{what} cannot be read: {error}")))
}

/// The columns `number, at, format, events`, from `first` on.
fn stored_step(row: &Row<'_>, first: usize) -> rusqlite::Result<StoredStep> {
    let format: i64 = row.get(first + 2)?;
    let events = if format > FORMAT {
        Err(format!("its history has format {format}, this program knows up to {FORMAT}"))
    } else {
        json(row, first + 3, "its history")?
    };
    Ok(StoredStep { number: row.get(first)?, at_ms: unsigned(row.get(first + 1)?), events })
}

fn stored_run(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    let parent: Option<i64> = row.get(7)?;
    let parent_seq: Option<u32> = row.get(8)?;
    Ok(StoredRun {
        key: row.get(0)?,
        id: row.get(1)?,
        generation: row.get(2)?,
        workflow: row.get(3)?,
        input: json(row, 4, "its input")?,
        suggest_at: unsigned(row.get(5)?),
        started_at: unsigned(row.get(6)?),
        parent: parent.zip(parent_seq),
        blocked: row.get(9)?,
    })
}

fn info(row: &Row<'_>) -> rusqlite::Result<(i64, RunInfo)> {
    let state: String = row.get(4)?;
    let has = |column| row.get_ref(column).map(|value| value != ValueRef::Null);
    let unreadable = |reason: String| Err(Failure::permanent("Unreadable", reason));
    let run = RunInfo {
        id: row.get(1)?,
        workflow: row.get(2)?,
        generation: row.get(3)?,
        state: state.parse().map_err(|error: String| FromSqlError::Other(error.into()))?,
        input: json(row, 5, "its input")?.unwrap_or_default(),
        status: if has(6)? { json(row, 6, "its status")?.unwrap_or_default() } else { Value::Null },
        outcome: if has(7)? { Some(json(row, 7, "its outcome")?.unwrap_or_else(unreadable)) } else { None },
        blocked: row.get(8)?,
        parent: row.get(9)?,
        started_at_ms: unsigned(row.get(10)?),
        ended_at_ms: row.get::<_, Option<i64>>(11)?.map(unsigned),
    };
    Ok((row.get(0)?, run))
}

fn classify(path: &Path, source: rusqlite::Error) -> JournalError {
    let path: PathBuf = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Locked { path },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            JournalError::Corrupt { path, details: source.to_string() }
        }
        _ => JournalError::Storage { doing: "open", source },
    }
}

//! Copies of the data: made while calls run, put back as a whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::connection::private;
use super::pool::{CONNECTIONS, blocking};
use super::{DataError, ModuleData};

impl ModuleData {
    /// Writes a copy of the data, as of now, to `to`: complete under that name or not there at all.
    ///
    /// # Errors
    /// When the copy cannot be written.
    pub async fn snapshot(&self, to: impl AsRef<Path>) -> Result<(), DataError> {
        let to = to.as_ref().to_owned();
        self.with(move |connection| {
            let partial = beside(&to, "partial");
            remove(&partial)?;
            let written = (|| {
                private(&partial)?;
                let mut copy = Connection::open(&partial)?;
                copy_all(connection.raw(), &mut copy)?;
                // One file, without a write-ahead log beside it.
                copy.pragma_update(None, "journal_mode", "DELETE")?;
                copy.close().map_err(|(_, error)| error)?;
                File::open(&partial)?.sync_all()?;
                fs::rename(&partial, &to)?;
                sync_folder(&to)
            })();
            if written.is_err() {
                remove(&partial)?;
            }
            written
        })
        .await
    }

    /// Puts a snapshot in the place of the data. Waits for running calls to give their connections back; SQLite's own
    /// journal makes it happen whole or not at all, also across a crash.
    ///
    /// # Errors
    /// When the snapshot is damaged or cannot be read; the data is then as before.
    pub async fn restore(&self, from: impl AsRef<Path>) -> Result<(), DataError> {
        let from = from.as_ref().to_owned();
        let inner = std::sync::Arc::clone(&self.inner);
        let everyone = Semaphore::acquire_many_owned(std::sync::Arc::clone(&inner.permits), CONNECTIONS)
            .await
            .map_err(|_| DataError::Stopped("the data is closed".to_owned()))?;
        blocking(move || {
            let _everyone = everyone;
            let source =
                Connection::open_with_flags(&from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            check(&source)?;
            inner.idle.lock().clear();
            let mut target = Connection::open_with_flags(
                &inner.path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?;
            target.busy_timeout(std::time::Duration::from_secs(10))?;
            copy_all(&source, &mut target)?;
            target.pragma_update(None, "journal_mode", "WAL")?;
            check(&target)
        })
        .await
    }

    /// Reads everything and checks that it is sound.
    ///
    /// # Errors
    /// [`DataError::Damaged`] with what SQLite found.
    pub async fn integrity_check(&self) -> Result<(), DataError> {
        self.with(|connection| connection.trusting(check)).await
    }
}

fn copy_all(from: &Connection, to: &mut Connection) -> Result<(), DataError> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        other => Err(DataError::Stopped(format!("the copy did not finish: {other:?}"))),
    }
}

fn check(connection: &Connection) -> Result<(), DataError> {
    let damaged = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            DataError::Damaged(error.to_string())
        }
        _ => DataError::Database(error),
    };
    let mut statement = connection.prepare("PRAGMA integrity_check(10)").map_err(damaged)?;
    let found = statement
        .query_map([], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .map_err(damaged)?;
    if found == ["ok"] { Ok(()) } else { Err(DataError::Damaged(found.join("; "))) }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The rename itself must survive a power cut.
fn sync_folder(path: &Path) -> Result<(), DataError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => Ok(File::open(folder)?.sync_all()?),
        _ => Ok(File::open(".")?.sync_all()?),
    }
}

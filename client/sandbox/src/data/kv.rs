//! The key-value store: a table beside the module's own.

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

use super::DataConnection;
use crate::bindings::adx::module::kv::{KeyPage, KvError};
use crate::limits::{MAX_KEY_BYTES, MAX_KEYS, MAX_RESULT_BYTES, MAX_VALUE_BYTES};

/// Expired values that a write sweeps away beside its own work.
const SWEEP: u32 = 64;

/// What an operation needs to know of its call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) now_unix_ms: i64,
    /// The cap on all keys and values together.
    pub(crate) cap_bytes: u64,
}

impl From<rusqlite::Error> for KvError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::QuotaExceeded("the storage of this module is full".to_owned()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy("another call is writing; try again".to_owned())
            }
            Some(ErrorCode::OperationInterrupted) => Self::Limited("the operation took too long".to_owned()),
            _ => {
                tracing::error!(%error, "kv failed");
                Self::Unavailable("the store failed".to_owned())
            }
        }
    }
}

/// The value of a key.
pub(crate) fn get(connection: &DataConnection, frame: Frame, key: &str) -> Result<Option<Vec<u8>>, KvError> {
    check_key(key)?;
    connection.trusting(|connection| Ok(read(connection, frame, key)?))
}

/// The values of several keys.
pub(crate) fn get_many(
    connection: &DataConnection,
    frame: Frame,
    keys: &[String],
) -> Result<Vec<Option<Vec<u8>>>, KvError> {
    if keys.len() > MAX_KEYS {
        return Err(KvError::Limited(format!("at most {MAX_KEYS} keys at once")));
    }
    let mut bytes = 0;
    keys.iter()
        .map(|key| {
            let value = get(connection, frame, key)?;
            bytes += value.as_ref().map_or(0, Vec::len);
            if bytes > MAX_RESULT_BYTES {
                return Err(KvError::Limited(format!("at most {MAX_RESULT_BYTES} bytes of values at once")));
            }
            Ok(value)
        })
        .collect()
}

/// Stores a value.
pub(crate) fn set(
    connection: &DataConnection,
    frame: Frame,
    key: &str,
    value: &[u8],
    ttl_ms: Option<u64>,
) -> Result<(), KvError> {
    check_key(key)?;
    check_value(value)?;
    writing(connection, frame, |connection| put(connection, frame, key, value, ttl_ms))
}

/// Forgets a key; says whether it was there.
pub(crate) fn delete(connection: &DataConnection, frame: Frame, key: &str) -> Result<bool, KvError> {
    check_key(key)?;
    writing(connection, frame, |connection| remove(connection, frame, key))
}

/// Stores or forgets, if the present value is the expected one; says whether it did.
pub(crate) fn compare_and_set(
    connection: &DataConnection,
    frame: Frame,
    key: &str,
    expected: Option<&[u8]>,
    value: Option<&[u8]>,
    ttl_ms: Option<u64>,
) -> Result<bool, KvError> {
    check_key(key)?;
    value.map_or(Ok(()), check_value)?;
    writing(connection, frame, |connection| {
        if read(connection, frame, key)?.as_deref() != expected {
            return Ok(false);
        }
        match value {
            Some(value) => put(connection, frame, key, value, ttl_ms)?,
            None => {
                remove(connection, frame, key)?;
            }
        }
        Ok(true)
    })
}

/// Adds to a counter. It is kept as decimal text, which a module can read with `get`; its expiry stays what it was.
pub(crate) fn increment(connection: &DataConnection, frame: Frame, key: &str, delta: i64) -> Result<i64, KvError> {
    check_key(key)?;
    writing(connection, frame, |connection| {
        let present = match read(connection, frame, key)? {
            None => 0,
            Some(bytes) => std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.parse::<i64>().ok())
                .ok_or_else(|| KvError::NotANumber("the present value is not a number".to_owned()))?,
        };
        let sum = present
            .checked_add(delta)
            .ok_or_else(|| KvError::NotANumber("the sum does not fit in 64 bits".to_owned()))?;
        let ttl_ms = ttl(connection, frame, key)?;
        put(connection, frame, key, sum.to_string().as_bytes(), ttl_ms)?;
        Ok(sum)
    })
}

/// A page of keys in byte order.
pub(crate) fn keys(
    connection: &DataConnection,
    frame: Frame,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<KeyPage, KvError> {
    let limit = usize::try_from(limit).unwrap_or(MAX_KEYS).clamp(1, MAX_KEYS);
    connection.trusting(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT key FROM _adx_kv
             WHERE key >= ?1 AND key > ?2 AND (expires_at_unix_ms IS NULL OR expires_at_unix_ms > ?3)
             ORDER BY key",
        )?;
        let mut rows = statement.query(params![prefix, after.unwrap_or_default(), frame.now_unix_ms])?;
        let mut page = KeyPage { keys: Vec::new(), next: None };
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            // The keys of a prefix stand together. Compared here: SQLite's string functions end at a NUL, keys need not.
            if !key.starts_with(prefix) {
                break;
            }
            if page.keys.len() == limit {
                page.next = page.keys.last().cloned();
                break;
            }
            page.keys.push(key);
        }
        Ok(page)
    })
}

fn check_key(key: &str) -> Result<(), KvError> {
    match key.len() {
        0 => Err(KvError::InvalidKey("a key must not be empty".to_owned())),
        1..=MAX_KEY_BYTES => Ok(()),
        bytes => Err(KvError::InvalidKey(format!("a key has at most {MAX_KEY_BYTES} bytes, this one has {bytes}"))),
    }
}

fn check_value(value: &[u8]) -> Result<(), KvError> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(KvError::Limited(format!(
            "a value has at most {MAX_VALUE_BYTES} bytes, this one has {}",
            value.len()
        )));
    }
    Ok(())
}

/// Runs a write whole or not at all, after sweeping some expired values, and checks the cap at the end.
fn writing<T>(
    connection: &DataConnection,
    frame: Frame,
    work: impl FnOnce(&Connection) -> Result<T, KvError>,
) -> Result<T, KvError> {
    connection.atomically(|connection| {
        connection.trusting(|connection| {
            sweep(connection, frame)?;
            let before = usage(connection)?;
            let done = work(connection)?;
            let after = usage(connection)?;
            // Shrinking must stay possible when a tenant's cap was lowered below what is there.
            if after > before && after.unsigned_abs() > frame.cap_bytes {
                return Err(KvError::Limited(format!("at most {} bytes of keys and values", frame.cap_bytes)));
            }
            Ok(done)
        })
    })
}

fn read(connection: &Connection, frame: Frame, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached(
            "SELECT value FROM _adx_kv WHERE key = ? AND (expires_at_unix_ms IS NULL OR expires_at_unix_ms > ?)",
        )?
        .query_row(params![key, frame.now_unix_ms], |row| row.get(0))
        .optional()
}

fn ttl(connection: &Connection, frame: Frame, key: &str) -> rusqlite::Result<Option<u64>> {
    let expires: Option<Option<i64>> = connection
        .prepare_cached("SELECT expires_at_unix_ms FROM _adx_kv WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(expires.flatten().map(|at| at.saturating_sub(frame.now_unix_ms).unsigned_abs()))
}

fn put(connection: &Connection, frame: Frame, key: &str, value: &[u8], ttl_ms: Option<u64>) -> Result<(), KvError> {
    forget(connection, key)?;
    let expires = ttl_ms.map(|ttl| frame.now_unix_ms.saturating_add(i64::try_from(ttl).unwrap_or(i64::MAX)));
    connection
        .prepare_cached("INSERT INTO _adx_kv (key, value, expires_at_unix_ms) VALUES (?, ?, ?)")?
        .execute(params![key, value, expires])?;
    Ok(count(connection, size(key.len() + value.len()))?)
}

fn remove(connection: &Connection, frame: Frame, key: &str) -> Result<bool, KvError> {
    let there = read(connection, frame, key)?.is_some();
    forget(connection, key)?;
    Ok(there)
}

/// Deletes a row, expired or not, and takes it off the usage.
fn forget(connection: &Connection, key: &str) -> rusqlite::Result<()> {
    let gone: Option<i64> = connection
        .prepare_cached("DELETE FROM _adx_kv WHERE key = ? RETURNING length(value)")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    match gone {
        Some(bytes) => count(connection, -(bytes + size(key.len()))),
        None => Ok(()),
    }
}

fn sweep(connection: &Connection, frame: Frame) -> rusqlite::Result<()> {
    let expired = connection
        .prepare_cached("SELECT key FROM _adx_kv WHERE expires_at_unix_ms <= ? LIMIT ?")?
        .query_map(params![frame.now_unix_ms, SWEEP], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    expired.iter().try_for_each(|key| forget(connection, key))
}

fn usage(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT kv_bytes FROM _adx_usage WHERE id = 1")?.query_row([], |row| row.get(0))
}

fn count(connection: &Connection, bytes: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE _adx_usage SET kv_bytes = kv_bytes + ? WHERE id = 1")?.execute([bytes])?;
    Ok(())
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

//! The SQLite database of this tenant and module. Permission `sql`.
//!
//! Tables are made by the package's `migrations/`. Values go in by [`params!`](crate::params), never by pasting text into
//! the statement; rows come out as any type that `serde` can read: a struct by column names, a tuple by column order, or
//! one plain value when there is one column.
//!
//! ```no_run
//! use adx_module::prelude::*;
//!
//! #[derive(Deserialize)]
//! struct Visitor {
//!     name: String,
//!     visits: u32,
//! }
//!
//! # fn main() -> Result<()> {
//! sql::execute("INSERT INTO visits (name, visits) VALUES (?1, 1)", params!["Ada"])?;
//! let visitors: Vec<Visitor> = sql::query("SELECT name, visits FROM visits", params![])?;
//! let visits: u32 = sql::query_one("SELECT visits FROM visits WHERE name = ?1", params!["Ada"])?;
//! # Ok(()) }
//! ```
//!
//! Every function fails with kind `not-granted` without the permission, `invalid-statement` when the text is wrong,
//! `constraint` when the schema forbids the change, `limited` and `quota-exceeded` at a cap, and `busy` (retryable) when
//! another call holds a transaction for too long.

mod row;
mod value;

use serde::de::DeserializeOwned;

pub use value::Value;

use crate::host::ask;
use crate::host::bindings::adx::module::sql as host;
use crate::{Error, Result};

/// The values of a statement's parameters, in their order: anything that [`Value`](crate::sql::Value) can be made from.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::Value::from($value)),*] as &[$crate::sql::Value]
    };
}

/// What a statement changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// How many rows were inserted, updated or deleted.
    pub rows: u64,
    /// The rowid of the last row inserted by this call, if there was one.
    pub last_insert_rowid: i64,
}

/// Runs one statement for what it changes.
pub fn execute(text: &str, parameters: &[Value]) -> Result<Changed> {
    let outcome = run(text, parameters)?;
    Ok(Changed { rows: outcome.rows_changed, last_insert_rowid: outcome.last_insert_rowid })
}

/// Runs one statement for its rows.
pub fn query<T: DeserializeOwned>(text: &str, parameters: &[Value]) -> Result<Vec<T>> {
    let outcome = run(text, parameters)?;
    let columns = outcome.columns;
    outcome.rows.into_iter().map(|row| row::read(&columns, row)).collect()
}

/// Runs one statement for its first row, if there is one.
pub fn query_optional<T: DeserializeOwned>(text: &str, parameters: &[Value]) -> Result<Option<T>> {
    let outcome = run(text, parameters)?;
    let first = outcome.rows.into_iter().next();
    first.map(|row| row::read(&outcome.columns, row)).transpose()
}

/// Runs one statement for the one row it must have.
///
/// # Errors
/// As every function here; also kind `no-row`.
pub fn query_one<T: DeserializeOwned>(text: &str, parameters: &[Value]) -> Result<T> {
    query_optional(text, parameters)?.ok_or_else(|| Error::new("no-row", "the statement gave no row"))
}

/// Runs `work` in one transaction: all of its statements, or none when it fails.
pub fn transaction<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun: Result<()> = ask!(host::begin());
    begun?;
    match work() {
        Ok(value) => {
            let committed: Result<()> = ask!(host::commit());
            committed.map(|()| value)
        }
        Err(error) => {
            // The reason is worth more than what `rollback` may say; the host rolls back at the end of the call anyway.
            let _: Result<()> = ask!(host::rollback());
            Err(error)
        }
    }
}

fn run(text: &str, parameters: &[Value]) -> Result<host::Outcome> {
    let statement =
        host::Statement { text: text.to_owned(), parameters: parameters.iter().cloned().map(Into::into).collect() };
    ask!(host::execute(&statement))
}

//! The data of one tenant and module: a SQLite file, opened so that the module's own SQL can do no harm.

mod authorize;
mod connection;
pub(crate) mod kv;
mod migrate;
mod pool;
mod snapshot;
pub(crate) mod sql;

pub(crate) use connection::DataConnection;
pub use migrate::Migration;
pub use pool::ModuleData;
pub(crate) use pool::{Checkout, Unavailable};

/// The data of a module could not be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// SQLite said no.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file system said no.
    #[error("the data file failed: {0}")]
    Io(#[from] std::io::Error),
    /// The file is damaged; says how.
    #[error("the data is damaged: {0}")]
    Damaged(String),
    /// A migration failed; nothing of the run was kept.
    #[error("migration {version} ({name}) failed: {reason}")]
    Migration {
        /// Its number.
        version: u32,
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The list of migrations does not fit what was applied before.
    #[error("the migrations do not fit the data: {0}")]
    Mismatch(String),
    /// The host stopped in the middle.
    #[error("the host stopped: {0}")]
    Stopped(String),
}

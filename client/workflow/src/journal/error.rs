//! What can go wrong with the journal itself.

use std::path::PathBuf;

use super::RunState;

/// Why the journal cannot do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process, or another handle in this one, has it open.
    #[error("the journal {path} is in use by another process; stop that one first")]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file is a database, but not one of ours.
    #[error("{path} is not a workflow journal (application id {found:#x}); give the journal a file of its own")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What its header says.
        found: i64,
    },
    /// The file was written by a later version.
    #[error("the journal {path} has format {found}, this program knows up to {known}; run the newer program")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// The file is damaged, or no database at all.
    #[error("the journal {path} is damaged: {details}; restore it from a backup")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        details: String,
    },
    /// What is stored of a run cannot be read; other runs are not concerned.
    #[error("the history of the run `{id}` cannot be read: {reason}")]
    Unreadable {
        /// The id.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// SQLite refused.
    #[error("the journal could not {doing}")]
    Storage {
        /// What was attempted.
        doing: &'static str,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// An event could not be turned into JSON.
    #[error("an event could not be written as JSON")]
    Encode(#[from] serde_json::Error),
    /// The engine thread could not be started.
    #[error("the engine thread could not be started")]
    Thread(#[source] std::io::Error),
    /// [`super::Journal::open`] was called outside a Tokio runtime.
    #[error("the journal needs a Tokio runtime to run activities on; open it inside one")]
    NoRuntime,
    /// No run has this id.
    #[error("there is no run `{id}`")]
    NotFound {
        /// The id.
        id: String,
    },
    /// The run has ended already.
    #[error("the run `{id}` has ended ({state})")]
    Ended {
        /// The id.
        id: String,
        /// How it ended.
        state: RunState,
    },
    /// The id belongs to a run of another workflow.
    #[error("the id `{id}` belongs to a run of the workflow `{workflow}`")]
    IdTaken {
        /// The id.
        id: String,
        /// The workflow it belongs to.
        workflow: String,
    },
    /// The registry has no such workflow.
    #[error("there is no workflow `{name}` in the registry")]
    UnknownWorkflow {
        /// The name asked for.
        name: String,
    },
    /// The engine has stopped; open runs go on when the journal is opened again.
    #[error("the journal has stopped: {reason}")]
    Stopped {
        /// Why.
        reason: String,
    },
}

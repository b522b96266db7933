//! What the journal tells about runs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::port::Outcome;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It goes on.
    Running,
    /// It is parked: its code is missing, panicked, or does not match its history. Opening the journal with mended code,
    /// or [`super::Journal::unblock`], lets it go on.
    Blocked,
    /// It ended well.
    Completed,
    /// It failed.
    Failed,
    /// It ended because it was cancelled.
    Cancelled,
    /// It started over; a later generation of the same id goes on.
    ContinuedAsNew,
}

impl RunState {
    const ALL: [Self; 6] =
        [Self::Running, Self::Blocked, Self::Completed, Self::Failed, Self::Cancelled, Self::ContinuedAsNew];

    /// The word used in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Blocked => "blocked",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::ContinuedAsNew => "continued-as-new",
        }
    }

    /// Whether it will still change.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Blocked)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RunState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or_else(|| format!("no run state `{word}`"))
    }
}

/// A run, as [`super::Journal::describe`] and [`super::Journal::list`] show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The id it was started with.
    pub id: String,
    /// Its workflow.
    pub workflow: String,
    /// How often this id continued as new before.
    pub generation: u32,
    /// Where it stands.
    pub state: RunState,
    /// What it was started with; null if the row that holds it is damaged.
    pub input: Value,
    /// What its code last published.
    pub status: Value,
    /// How it ended, if it has; a failure `Unreadable` if the row that holds it is damaged.
    pub outcome: Option<Outcome>,
    /// Why it is parked, if it is.
    pub blocked: Option<String>,
    /// The id of the run that started it as a child.
    pub parent: Option<String>,
    /// When it started, in milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// When it ended.
    pub ended_at_ms: Option<u64>,
}

/// Which runs to list; the default is all of them, newest first.
#[derive(Clone, Debug)]
pub struct ListFilter {
    /// Only those in this state.
    pub state: Option<RunState>,
    /// Only those of this workflow.
    pub workflow: Option<String>,
    /// Only those whose id starts with this.
    pub id_prefix: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// How many of the newest to pass over.
    pub offset: usize,
}

impl Default for ListFilter {
    fn default() -> Self {
        Self { state: None, workflow: None, id_prefix: None, limit: 100, offset: 0 }
    }
}

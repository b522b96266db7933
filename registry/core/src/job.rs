//! The outbox: work that a committed transaction promises and a worker does afterwards.

use adx_signing::name::ModuleId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Id;

/// Attempts after which a job is dead: kept with its error, run again only by an operator.
pub const MAX_ATTEMPTS: u32 = 12;

/// What is to be done. Every kind may be run twice, at once or later, without harm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// Bring the search document of a module up to date with its rows.
    UpdateSearch {
        /// The module.
        module: ModuleId,
    },
    /// Remove blobs that no release refers to and nothing that is published names.
    SweepOrphans,
    /// Remove metadata and partial tiles that newer ones took the place of.
    SweepSuperseded,
}

impl Task {
    /// The kind's name, as stored and traced.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::UpdateSearch { .. } => "update_search",
            Self::SweepOrphans => "sweep_orphans",
            Self::SweepSuperseded => "sweep_superseded",
        }
    }

    /// Jobs of one key are one job as long as none of them has begun.
    pub fn deduplication_key(&self) -> String {
        match self {
            Self::UpdateSearch { module } => format!("{}:{module}", self.kind()),
            Self::SweepOrphans | Self::SweepSuperseded => self.kind().to_owned(),
        }
    }
}

/// A job to put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its identifier.
    pub id: Id<Job>,
    /// What is to be done.
    pub task: Task,
    /// Not before.
    pub run_at: OffsetDateTime,
}

/// A job that a worker has leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its identifier.
    pub id: Id<Job>,
    /// What is to be done.
    pub task: Task,
    /// How often it was begun, this time included.
    pub attempts: u32,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// Until when it belongs to the worker that claimed it. Past that, another may claim it.
    pub leased_until: OffsetDateTime,
}

/// How many jobs wait, and how many are dead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waiting or being worked on.
    pub open: u64,
    /// Given up after [`MAX_ATTEMPTS`].
    pub dead: u64,
}

//! Jobs that were given up.

use adx_registry_core::job;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A job that failed as often as it is tried.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GivenUpJob {
    /// Its id.
    pub id: String,
    /// Of which kind it is.
    #[schema(example = "notify")]
    pub kind: String,
    /// What it is about: ids and names.
    pub about: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    #[serde(with = "time::serde::rfc3339")]
    pub given_up_at: OffsetDateTime,
    /// What went wrong the last time.
    pub error: String,
}

impl From<&job::GivenUpJob> for GivenUpJob {
    fn from(job: &job::GivenUpJob) -> Self {
        Self {
            id: job.id.to_string(),
            kind: job.task.kind().to_owned(),
            about: job.task.about(),
            attempts: job.attempts,
            given_up_at: job.given_up_at,
            error: job.error.clone(),
        }
    }
}

/// Jobs that were given up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GivenUpJobList {
    /// The jobs.
    pub jobs: Vec<GivenUpJob>,
    /// `after` of the next page, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

//! Which run of which workflow a token was made for: kept for good where something was released, which shows it.

use time::OffsetDateTime;

use super::{Run, TrustedPublisher};
use crate::Id;

/// Where a token of a workflow comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The trusted publishers that admitted the run.
    pub admitted_by: Vec<Id<TrustedPublisher>>,
    /// Who told of it.
    pub issuer: String,
    /// The repository's number.
    pub repository_id: String,
    /// The repository's name at that time.
    pub repository: String,
    /// The workflow's file.
    pub workflow: String,
    /// The environment, if the run was in one.
    pub environment: Option<String>,
    /// The branch or tag.
    pub git_ref: String,
    /// The commit.
    pub sha: String,
    /// Which run.
    pub run_id: String,
    /// Whose doing it was, as the CI system calls them. Not shown to everybody: it is a person.
    pub actor: Option<String>,
    /// When the token was made.
    pub exchanged_at: OffsetDateTime,
}

impl Provenance {
    /// What is kept of a run.
    pub(super) fn of(run: Run, issuer: &str, admitted_by: Vec<Id<TrustedPublisher>>, now: OffsetDateTime) -> Self {
        Self {
            admitted_by,
            issuer: issuer.to_owned(),
            repository_id: run.repository_id,
            repository: run.repository,
            workflow: run.workflow,
            environment: run.environment,
            git_ref: run.git_ref,
            sha: run.sha,
            run_id: run.run_id,
            actor: run.actor,
            exchanged_at: now,
        }
    }
}

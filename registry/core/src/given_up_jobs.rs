//! Jobs that were given up: operators look at them, have them run again, or drop them.

use serde_json::json;
use thiserror::Error;

use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::job::{GivenUpJob, Job, NewJob};
use crate::operator_scope::OperatorScope;
use crate::ports::{StoreError, Written};
use crate::{Id, Ports};

/// Most jobs of one page.
pub const MAX_GIVEN_UP_PAGE: u32 = 100;

/// Some of the jobs that were given up, those first that were made first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUpJobs {
    /// The jobs.
    pub jobs: Vec<GivenUpJob>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Id<Job>>,
}

/// Why a job is as it was.
#[derive(Debug, Error)]
pub enum GivenUpJobError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// None such was given up.
    #[error("no job `{0}` was given up")]
    NotFound(Id<Job>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is run again, as if it were new.
    Retry,
    /// It is forgotten.
    Drop,
}

/// The jobs that were given up, for operators, from behind `after` on.
///
/// # Errors
/// [`GivenUpJobError`]
pub async fn given_up_jobs(
    ports: &Ports,
    actor: &Actor,
    after: Option<Id<Job>>,
) -> Result<GivenUpJobs, GivenUpJobError> {
    actor.operator_sees(OperatorScope::Jobs)?;
    Ok(given_up_jobs_on_the_machine(ports, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn given_up_jobs_on_the_machine(ports: &Ports, after: Option<Id<Job>>) -> Result<GivenUpJobs, StoreError> {
    let jobs = ports.store.read().await?.given_up_jobs(after, MAX_GIVEN_UP_PAGE).await?;
    let is_full = jobs.len() >= MAX_GIVEN_UP_PAGE as usize;
    let next = jobs.last().filter(|_| is_full).map(|job| job.id);
    Ok(GivenUpJobs { jobs, next })
}

/// Decides what becomes of a job that was given up, as an operator's request.
///
/// # Errors
/// [`GivenUpJobError`]; nothing has changed then.
pub async fn decide_job(ports: &Ports, actor: &Actor, id: Id<Job>, fate: Fate) -> Result<GivenUpJob, GivenUpJobError> {
    actor.operator(OperatorScope::Jobs)?;
    decide_job_on_the_machine(ports, id, fate).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`GivenUpJobError`]; nothing has changed then.
#[tracing::instrument(name = "job.decide", skip_all, fields(job = %id, ?fate))]
pub async fn decide_job_on_the_machine(ports: &Ports, id: Id<Job>, fate: Fate) -> Result<GivenUpJob, GivenUpJobError> {
    let mut transaction = ports.store.begin().await?;
    let Some(job) = transaction.take_given_up_job(id).await? else {
        transaction.rollback().await?;
        return Err(GivenUpJobError::NotFound(id));
    };
    let act = match fate {
        Fate::Retry => {
            // A new id, so that no worker that lost the old one long ago takes this for its own. One of the same key that waits
            // already does what this one would.
            let now = ports.now();
            let again = NewJob { id: Id::new(now, &*ports.entropy), task: job.task.clone(), run_at: now };
            transaction.enqueue(&again).await?;
            Act::JobRetry
        }
        Fate::Drop => Act::JobDrop,
    };
    Deed::new(act).id(id).with(json!({ "kind": job.task.kind() })).tell(ports, &mut *transaction);
    transaction.commit(Written::Told).await?;
    Ok(job)
}

//! Working off the outbox.

use futures::future::try_join_all;
use thiserror::Error;
use time::Duration;

use crate::Ports;
use crate::checks::CheckBroke;
use crate::job::{Job, Lane, NewJob, Task};
use crate::market::MarketError;
use crate::names;
use crate::ports::{BlobError, MailError, PaymentError, SearchError, StoreError};
use crate::ports::{SystemWrite, Transaction, Written};
use crate::sign_round::SignRoundError;
use crate::sweep::Sweep;
use crate::{
    Id, accounts, appeals, domains, market, matters, owners, proposals, rechecks, reports, submissions, sweep_orphans,
    sweep_superseded, takedown, transfers, trusted, update_search,
};

/// How many times more than a job may fail its worker may end while it has the job: servers are stopped, too.
const SILENT_ENDS: u32 = 3;
/// What is said of a job that ended no worker well.
const SILENT_END: &str = "whoever ran it ended each time without a word: it panicked, or took the whole server with it";
/// How long a claimed job belongs to its worker, unless [`renew`]ed: the longest that the jobs of a process that died wait.
pub const LEASE: Duration = Duration::seconds(10);
/// The wait before the second attempt; it doubles with each.
const FIRST_RETRY: Duration = Duration::seconds(1);
/// The longest wait before another attempt.
const LONGEST_RETRY: Duration = Duration::minutes(15);
/// Jobs of a failed batch that are run at once: an engine that does not answer takes its time for each.
const IN_FLIGHT: usize = 8;
/// Longest error kept with a job, in bytes.
const MAX_ERROR_BYTES: usize = 1_000;

/// Why a job did not succeed.
#[derive(Debug, Error)]
pub enum JobError {
    /// What was written was outdated again and again.
    #[error("others kept writing at the same time")]
    Contended,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// What is published cannot be read, so nothing can be told to be without use.
    #[error("what is published cannot be read")]
    Published(#[from] SignRoundError),
    /// The search index failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A letter was not taken.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// Nobody takes the money now.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// What packages are held against cannot be used: nothing is called sound.
    #[error(transparent)]
    Check(#[from] CheckBroke),
    /// This server has other files than the recheck began with.
    #[error("the rules or advisories are others here than those that the recheck began with")]
    OtherFiles,
    /// A check did not come to its end with a release.
    #[error("a check could not be finished with the release: the log says why")]
    Unfinished,
    /// It panicked or took too long, as whoever ran it saw.
    #[error("it broke: {0}")]
    Broken(String),
    /// An order cannot go on.
    #[error(transparent)]
    Order(Box<MarketError>),
}

impl From<MarketError> for JobError {
    fn from(error: MarketError) -> Self {
        match error {
            MarketError::Store(error) => Self::Store(error),
            MarketError::Payment(error) => Self::Payment(error),
            error => Self::Order(Box::new(error)),
        }
    }
}

impl JobError {
    /// Whether another attempt would end the same way.
    fn is_final(&self) -> bool {
        matches!(self, Self::Mail(MailError::Refused(_)))
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    /// Done, and gone.
    Done,
    /// Failed; it will be run again.
    Retried,
    /// Failed for the last time.
    Dead,
    /// Its lease ran out and another worker has it.
    Lost,
}

/// What came of running a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRun {
    /// How it ended.
    pub end: JobEnd,
    /// How many blobs a sweep removed.
    pub removed: u64,
}

/// Leases due jobs of a lane, at most `limit`, without those whose worker ended each time without a word: they are given up. The caller runs each with [`run_job`], several at once if it likes, or all with
/// [`run_search_jobs`].
///
/// # Errors
/// [`StoreError`]
pub async fn claim(ports: &Ports, lane: Lane, limit: u32) -> Result<Vec<Job>, StoreError> {
    let now = ports.now();
    let mut transaction = ports.store.begin().await?;
    let claimed = transaction.claim_jobs(lane, now, now + LEASE, limit).await?;
    let is_empty = claimed.jobs.is_empty() && claimed.left.is_empty();
    for error in &claimed.left {
        tracing::warn!(error = %chain(error), "a job in words of a newer version is left to it");
    }
    let mut jobs = Vec::with_capacity(claimed.jobs.len());
    for job in claimed.jobs {
        if job.attempts > job.task.max_attempts() + SILENT_ENDS {
            tracing::error!(kind = job.task.kind(), job = %job.id, attempts = job.attempts, "a job is given up: {SILENT_END}");
            transaction.bury_job(&job, now, SILENT_END).await?;
        } else {
            jobs.push(job);
        }
    }
    // Whoever finds nothing to do, again and again, writes nothing either.
    if is_empty {
        transaction.rollback().await?;
    } else {
        transaction.commit(Written::System(SystemWrite::Outbox)).await?;
    }
    Ok(jobs)
}

/// Lengthens the leases of jobs that are being run. One that was lost meanwhile finds out when it ends.
///
/// # Errors
/// [`StoreError`]
pub async fn renew(ports: &Ports, jobs: impl Iterator<Item = &Job>) -> Result<(), StoreError> {
    let leased_until = ports.now() + LEASE;
    let mut transaction = ports.store.begin().await?;
    for job in jobs {
        transaction.renew_lease(job, leased_until).await?;
    }
    transaction.commit(Written::System(SystemWrite::Outbox)).await
}

/// Puts a job into the outbox by itself: what a timer of the server wants done.
///
/// # Errors
/// [`StoreError`]
pub async fn enqueue(ports: &Ports, task: Task) -> Result<(), StoreError> {
    let now = ports.now();
    let mut transaction = ports.store.begin().await?;
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
    transaction.commit(Written::System(SystemWrite::Outbox)).await
}

/// Runs a leased job and notes how it ended.
///
/// # Errors
/// [`StoreError`] if that could not be noted: the job is run again when its lease has run out.
#[tracing::instrument(name = "job.run", skip_all, fields(kind = job.task.kind(), attempt = job.attempts))]
pub async fn run_job(ports: &Ports, job: &Job) -> Result<JobRun, StoreError> {
    let outcome = perform(ports, &job.task).await;
    let removed = outcome.as_ref().copied().unwrap_or(0);
    let mut transaction = ports.store.begin().await?;
    let end = note(ports, &mut *transaction, job, outcome.map(drop)).await?;
    transaction.commit(Written::System(SystemWrite::Outbox)).await?;
    Ok(JobRun { end, removed })
}

/// Runs leased jobs of [`Lane::Search`] as one batch and notes how each ended, in their order. Where the batch fails, each is run by
/// itself, several at once: one module that the engine does not take holds up no other.
///
/// # Errors
/// [`StoreError`] if that could not be noted: those jobs are run again when their leases have run out.
#[tracing::instrument(name = "job.run_batch", skip_all, fields(jobs = jobs.len()))]
pub async fn run_search_jobs(ports: &Ports, jobs: &[Job]) -> Result<Vec<JobEnd>, StoreError> {
    let mut ends = Vec::with_capacity(jobs.len());
    let modules: Vec<_> = jobs.iter().filter_map(|job| job.task.module_to_index()).cloned().collect();
    if let Err(error) = update_search::update_search(ports, &modules).await {
        tracing::warn!(error = %chain(&error), "a batch of the search index failed, and each of it is run by itself");
        for some in jobs.chunks(IN_FLIGHT) {
            let runs = try_join_all(some.iter().map(|job| run_job(ports, job))).await?;
            ends.extend(runs.into_iter().map(|run| run.end));
        }
        return Ok(ends);
    }
    let mut transaction = ports.store.begin().await?;
    for job in jobs {
        ends.push(note(ports, &mut *transaction, job, Ok(())).await?);
    }
    transaction.commit(Written::System(SystemWrite::Outbox)).await?;
    Ok(ends)
}

/// Notes that a leased job failed which could not say so itself.
///
/// # Errors
/// [`StoreError`] if that could not be noted: the job is run again when its lease has run out.
pub async fn note_failure(ports: &Ports, job: &Job, error: JobError) -> Result<JobEnd, StoreError> {
    let mut transaction = ports.store.begin().await?;
    let end = note(ports, &mut *transaction, job, Err(error)).await?;
    transaction.commit(Written::System(SystemWrite::Outbox)).await?;
    Ok(end)
}

/// Does what a job is for; how many blobs a sweep removed.
async fn perform(ports: &Ports, task: &Task) -> Result<u64, JobError> {
    match task {
        Task::SendInvitation { owner } => owners::send_invitation(ports, *owner).await.map(|()| 0),
        Task::SendAccountLetter { account, letter } => {
            accounts::send_letter(ports, *account, *letter).await.map(|()| 0)
        }
        Task::SweepAccounts => accounts::sweep_accounts(ports).await.map(|()| 0).map_err(JobError::from),
        Task::LookAtDomains => domains::look_at_domains(ports).await.map(|()| 0),
        Task::TurnOrders => market::turn_orders(ports).await.map(|()| 0),
        Task::SettleOrder { order } => market::settle_order(ports, *order).await.map(|()| 0),
        Task::FollowPayment { handle } => market::follow_payment(ports, handle).await.map(|()| 0),
        Task::ReconcilePayments => market::reconcile_payments(ports).await.map(|()| 0),
        Task::SendOrderLetter { to, order, letter } => {
            market::send_order_letter(ports, *to, *order, *letter).await.map(|()| 0)
        }
        Task::SweepSubmissions => submissions::sweep_submissions(ports, Sweep::Remove).await,
        Task::NotifyOperator { account, submission, step } => {
            submissions::notify_operator(ports, *account, *submission, *step).await.map(|()| 0)
        }
        Task::SendTransferOffer { transfer } => transfers::send_offer(ports, *transfer).await.map(|()| 0),
        Task::TellFormerMember { member } => transfers::tell_former_member(ports, *member).await.map(|()| 0),
        Task::SettleProposal { proposal } => proposals::settle(ports, *proposal).await.map(|()| 0),
        Task::LoosenPublishing { publisher, switch } => trusted::loosen(ports, *publisher, *switch).await.map(|()| 0),
        Task::Notify { owner, notice } => proposals::notify(ports, *owner, notice).await.map(|()| 0),
        Task::UpdateSearch { module } => {
            update_search::update_search(ports, std::slice::from_ref(module)).await.map(|()| 0)
        }
        Task::RebuildSearch => update_search::rebuild_search_beside(ports).await.map(|_| 0),
        Task::CheckSearch => update_search::check_search(ports).await.map(|_| 0),
        Task::TellOperator { account, matter } => matters::tell_operator(ports, *account, *matter).await.map(|()| 0),
        Task::TellReporter { report } => reports::tell_reporter(ports, *report).await.map(|()| 0),
        Task::TellAppellant { appeal } => appeals::tell_appellant(ports, *appeal).await.map(|()| 0),
        Task::TellAsker { name, allowed } => names::tell_asker(ports, *name, *allowed).await.map(|()| 0),
        Task::Recheck { recheck } => rechecks::walk(ports, *recheck).await.map(|()| 0),
        Task::EraseRelease { module, version } => takedown::erase(ports, module, version).await,
        Task::SweepOrphans => sweep_orphans::sweep_orphans(ports, Sweep::Remove)
            .await
            .map(|swept| swept.temporaries + swept.removed.len() as u64),
        Task::SweepSuperseded => sweep_superseded::sweep_superseded(ports, Sweep::Remove)
            .await
            .map(|removed| removed.map_or(0, |removed| removed.len() as u64)),
    }
}

/// Notes how a job ended.
async fn note(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    job: &Job,
    outcome: Result<(), JobError>,
) -> Result<JobEnd, StoreError> {
    let (noted, end) = match outcome {
        Ok(()) => (transaction.complete_job(job).await?, JobEnd::Done),
        Err(error) => {
            let text = chain(&error);
            if job.attempts >= job.task.max_attempts() || error.is_final() {
                tracing::error!(error = %text, "a job is given up");
                (transaction.bury_job(job, ports.now(), &text).await?, JobEnd::Dead)
            } else {
                tracing::warn!(error = %text, "a job failed and will be run again");
                let run_at = ports.now() + back_off(job.attempts);
                (transaction.retry_job(job, run_at, &text).await?, JobEnd::Retried)
            }
        }
    };
    Ok(if noted { end } else { JobEnd::Lost })
}

/// The wait after so many attempts: 1 s, 2 s, 4 s, … up to a quarter of an hour.
pub fn back_off(attempts: u32) -> Duration {
    let doubled = FIRST_RETRY.checked_mul(1 << attempts.saturating_sub(1).min(20));
    doubled.map_or(LONGEST_RETRY, |wait| wait.min(LONGEST_RETRY))
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    let mut text = causes.collect::<Vec<_>>().join(": ");
    let end = text.floor_char_boundary(MAX_ERROR_BYTES);
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_cap() {
        let waits: Vec<_> = [1, 2, 3, 11, 12, u32::MAX].map(|attempts| back_off(attempts).whole_seconds()).into();
        assert_eq!(waits, [1, 2, 4, 900, 900, 900]);
    }
}

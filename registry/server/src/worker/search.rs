//! The lane of the outbox that tells the search index what was released: all that waits at once.

use std::{slice, time::Duration};

use adx_registry_core::{
    audit::{Origin, Who},
    job::{Job, Lane},
    ports::StoreError,
    run_jobs::{JobEnd, JobError, back_off, claim, note_failure, renew, run_search_jobs},
};
use futures::future::try_join_all;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};

use super::{
    AFTER_FAILURE, RENEWAL, UNNOTED, Worker,
    apart::{Broken, apart},
    outcome,
};
use crate::{http::problem::chain, world::Behalf};

/// Between two batches: what is released meanwhile shares the next. A commit of the index is a dozen files.
const PACE: Duration = Duration::from_millis(200);
/// Most modules of one batch.
const MOST: u32 = 200;
/// The longest that a batch takes: an engine gives up much sooner, but for one that hangs.
const BATCH_DEADLINE: Duration = Duration::from_secs(300);
/// The same for one job.
const DEADLINE: Duration = Duration::from_secs(120);
/// Jobs of a broken batch that are run at once.
const IN_FLIGHT: usize = 8;

impl Worker {
    /// Works until the server stops; a batch that has begun is ended first.
    pub(super) async fn index(&self) {
        // When a job that failed is due again, or there is more than one batch.
        let mut due: Option<Instant> = None;
        while !self.stopping.is_cancelled() {
            let began = Instant::now();
            due = due.filter(|due| *due > began);
            let again = match self.index_batch().await {
                Ok(again) => again,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the search index is not told what was released yet");
                    Some(AFTER_FAILURE)
                }
            };
            due = due.into_iter().chain(again.map(|wait| Instant::now() + wait)).min();
            let next_look = due.unwrap_or(began + self.config.worker.poll.0);
            let next = async {
                // Woken by a commit, or by time.
                let _ = timeout_at(next_look, self.commits.search()).await;
                sleep_until(began + PACE).await;
            };
            tokio::select! {
                () = next => {}
                () = self.stopping.cancelled() => {}
            }
        }
    }

    /// Runs what waits; how soon there is more to do, if that is known.
    async fn index_batch(&self) -> Result<Option<Duration>, StoreError> {
        let jobs = claim(&self.ports, Lane::Search, MOST).await?;
        let Some(first) = jobs.first() else { return Ok(None) };
        let (kind, began) = (first.task.kind(), Instant::now());
        let run = self.renewing(&jobs, self.run_batch(&jobs)).await;
        let took = began.elapsed();
        let ends = run.inspect_err(|_| jobs.iter().for_each(|_| self.metrics.job(kind, UNNOTED, took)))?;
        let mut again = (jobs.len() >= MOST as usize).then_some(Duration::ZERO);
        for (job, end) in jobs.iter().zip(ends) {
            self.metrics.job(kind, outcome(end), took);
            if end == JobEnd::Retried {
                let wait = Duration::try_from(back_off(job.attempts)).unwrap_or(AFTER_FAILURE);
                again = Some(again.map_or(wait, |known| known.min(wait)));
            }
        }
        Ok(again)
    }

    /// Runs a batch. Where it panics or hangs, each of it is run by itself: what one job does is counted to no other.
    async fn run_batch(&self, jobs: &[Job]) -> Result<Vec<JobEnd>, StoreError> {
        let broken = match self.run_apart(jobs, BATCH_DEADLINE).await {
            Ok(ends) => return ends,
            Err(broken) => broken,
        };
        tracing::error!(error = chain(&broken), "a batch of the search index broke, and each of it is run by itself");
        let mut ends = Vec::with_capacity(jobs.len());
        for some in jobs.chunks(IN_FLIGHT) {
            ends.extend(try_join_all(some.iter().map(|job| self.run_alone(job))).await?);
        }
        Ok(ends)
    }

    async fn run_alone(&self, job: &Job) -> Result<JobEnd, StoreError> {
        match self.run_apart(slice::from_ref(job), DEADLINE).await {
            Ok(ends) => Ok(ends?.first().copied().unwrap_or(JobEnd::Lost)),
            Err(broken) => note_failure(&self.ports, job, JobError::Broken(broken.to_string())).await,
        }
    }

    async fn run_apart(&self, jobs: &[Job], deadline: Duration) -> Result<Result<Vec<JobEnd>, StoreError>, Broken> {
        let (ports, jobs) = (self.ports.clone(), jobs.to_vec());
        let run = async move { run_search_jobs(&ports, &jobs).await };
        apart(deadline, Behalf::of(Origin::of(Who::Job)).run(run)).await
    }

    /// Runs a batch, and keeps its leases meanwhile.
    async fn renewing<T>(&self, jobs: &[Job], batch: impl Future<Output = T>) -> T {
        let mut batch = std::pin::pin!(batch);
        let mut renewals = interval(RENEWAL);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick is at once.
        renewals.tick().await;
        loop {
            tokio::select! {
                ended = &mut batch => return ended,
                _ = renewals.tick() => {
                    if let Err(error) = renew(&self.ports, jobs.iter()).await {
                        tracing::warn!(error = chain(&error), "leases cannot be renewed");
                    }
                }
            }
        }
    }
}

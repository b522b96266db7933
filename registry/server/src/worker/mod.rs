//! The background worker: runs what publishes left in the outbox, sweeps now and then, and fills a new search index; beside
//! it, the rounds of signing.

mod apart;
mod rounds;
mod search;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use adx_registry_core::{
    Ports,
    audit::{Origin, Who},
    job::{Job, Lane, Task},
    ports::StoreError,
    rechecks::Watch,
    run_jobs::{JobEnd, JobError, JobRun, back_off, claim, enqueue, renew, run_job},
    update_search::{check_search, rebuild_search},
};
use tokio::{
    task::{self, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

use apart::apart;
pub use rounds::{Rounds, SigningHealth};

use crate::{
    config::Config,
    http::{Metrics, problem::chain},
    search as search_index,
    world::{Behalf, Commits},
};

/// How often leases are renewed: a good part of one is left when it is done.
const RENEWAL: Duration = Duration::from_secs(3);
/// Between two looks into the outbox that found no more than they took: what is committed meanwhile waits for the next.
const PACE: Duration = Duration::from_millis(50);
/// The outcome, for the metrics, of a job of which nobody could note how it ended.
const UNNOTED: &str = "unnoted";
/// How often it is looked whether rules or advisories have changed: a call of `stat` for each file.
const WATCH: Duration = Duration::from_secs(60);
/// The longest that all modules are held against a search index, or put into one.
const ALL_MODULES: Duration = Duration::from_secs(6 * 3_600);
/// How soon to try again when the database did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The worker of one process. Several processes may have one each: a job is leased to one of them.
pub struct Worker {
    /// What the jobs need.
    pub ports: Ports,
    /// How often, and how many at once.
    pub config: Arc<Config>,
    /// Wakes the worker when a publish has committed.
    pub commits: Commits,
    /// Counts how jobs end.
    pub metrics: Metrics,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}

impl Worker {
    /// Works until the server stops; jobs that have begun are ended first.
    pub async fn run(self) {
        tokio::join!(self.work(), self.index(), self.sweep(), self.watch(), self.check_own_index(), self.fill_search());
    }

    async fn work(&self) {
        let parallel = self.config.worker.parallel as usize;
        let mut running = Running::default();
        let mut renewals = interval(RENEWAL);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // When a job that failed is due again.
        let mut due: BTreeSet<Instant> = BTreeSet::new();
        while !self.stopping.is_cancelled() {
            let now = Instant::now();
            due.retain(|at| *at > now);
            if let Err(error) = self.begin_jobs(&mut running, parallel).await {
                tracing::warn!(error = chain(&error), "jobs cannot be claimed");
                due.insert(now + AFTER_FAILURE);
            }
            let next_look = due.first().copied().unwrap_or(now + self.config.worker.poll.0);
            let full = running.tasks.len() == parallel;
            tokio::select! {
                () = self.woken(next_look, now + PACE), if !full => {}
                Some(ended) = running.tasks.join_next_with_id() => {
                    if let Some(wait) = running.ended(ended) {
                        due.insert(Instant::now() + wait);
                    }
                }
                _ = renewals.tick(), if !running.jobs.is_empty() => self.renew(&running).await,
                () = self.stopping.cancelled() => {}
            }
        }
        // What is under way ends as this server's: another would take over a job whose lease has run out.
        while !running.tasks.is_empty() {
            tokio::select! {
                Some(ended) = running.tasks.join_next_with_id() => {
                    running.ended(ended);
                }
                _ = renewals.tick() => self.renew(&running).await,
            }
        }
    }

    async fn renew(&self, running: &Running) {
        if let Err(error) = renew(&self.ports, running.jobs.values()).await {
            tracing::warn!(error = chain(&error), "leases cannot be renewed");
        }
    }

    /// Woken by a commit, or by time; not before `soonest`.
    async fn woken(&self, next_look: Instant, soonest: Instant) {
        // Either is a reason to look.
        let _ = timeout_at(next_look, self.commits.outbox()).await;
        sleep_until(soonest).await;
    }

    /// Claims as many jobs as there are places free.
    async fn begin_jobs(&self, running: &mut Running, parallel: usize) -> Result<(), StoreError> {
        let free = parallel - running.tasks.len();
        if free == 0 {
            return Ok(());
        }
        for job in claim(&self.ports, Lane::Others, u32::try_from(free).unwrap_or(u32::MAX)).await? {
            let (ports, metrics, begun) = (self.ports.clone(), self.metrics.clone(), job.clone());
            let task = running.tasks.spawn(async move {
                let began = Instant::now();
                let run = Behalf::of(Origin::of(Who::Job)).run(run_job(&ports, &begun)).await;
                metrics.swept(begun.task.kind(), run.as_ref().map_or(0, |run| run.removed));
                let end = run.map(|JobRun { end, .. }| end);
                metrics.job(begun.task.kind(), end.as_ref().map_or(UNNOTED, |end| outcome(*end)), began.elapsed());
                match end {
                    Ok(JobEnd::Retried) => Duration::try_from(back_off(begun.attempts)).ok(),
                    Ok(JobEnd::Done | JobEnd::Dead | JobEnd::Lost) => None,
                    Err(error) => {
                        tracing::error!(error = chain(&error), "how a job ended cannot be noted");
                        None
                    }
                }
            });
            running.jobs.insert(task.id(), job);
        }
        Ok(())
    }

    async fn sweep(&self) {
        let mut ticks = interval(self.config.worker.sweep_every.0);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            let tasks = [
                Task::SweepOrphans,
                Task::SweepSuperseded,
                Task::SweepAccounts,
                Task::SweepSubmissions,
                Task::LookAtDomains,
                Task::TurnOrders,
                Task::ReconcilePayments,
            ];
            let is_shared = !search_index::is_folder(&self.config.search);
            for task in tasks.into_iter().chain(is_shared.then_some(Task::CheckSearch)) {
                match enqueue(&self.ports, task).await {
                    Ok(()) => self.commits.announce_work(),
                    Err(error) => tracing::warn!(error = chain(&error), "no sweep is enqueued"),
                }
            }
        }
    }

    /// A job is one server's, and so is a change that is indexed: what another was told, an index that is this server's alone
    /// does not know of.
    async fn check_own_index(&self) {
        if !search_index::is_folder(&self.config.search) {
            return;
        }
        let mut ticks = interval(self.config.worker.sweep_every.0);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            let ports = self.ports.clone();
            let checking = async move { check_search(&ports).await };
            tokio::select! {
                _ = self.beside_jobs(Task::CheckSearch.kind(), checking) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// What is released is held against rules and advisories once they have changed.
    async fn watch(&self) {
        let mut watch = Watch::default();
        let mut ticks = interval(WATCH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            match Behalf::of(Origin::of(Who::Job)).run(watch.look(&self.ports)).await {
                Ok(None) => {}
                Ok(Some(recheck)) => {
                    tracing::info!(recheck = %recheck.id, "rules or advisories have changed: what is released is looked over again");
                    self.commits.announce_work();
                }
                Err(error) => {
                    tracing::warn!(error = chain(&error), "whether rules or advisories have changed cannot be told");
                }
            }
        }
    }

    /// A search index that is new, or of an older schema, is filled from the rows; the engine may not be up yet.
    async fn fill_search(&self) {
        loop {
            let ports = self.ports.clone();
            let filling = async move { rebuild_search(&ports).await };
            if let Some(modules) = self.beside_jobs(Task::RebuildSearch.kind(), filling).await {
                if modules > 0 {
                    tracing::info!(modules, "the search index was built anew");
                }
                return;
            }
            tokio::select! {
                () = sleep(self.config.worker.poll.0) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    /// Goes through all modules beside the jobs, and counts how that ended as if it were one of them; what came of it, unless it failed.
    async fn beside_jobs<T: Send + 'static>(
        &self,
        kind: &str,
        work: impl Future<Output = Result<T, JobError>> + Send + 'static,
    ) -> Option<T> {
        let began = Instant::now();
        let (end, done) = match apart(ALL_MODULES, Behalf::of(Origin::of(Who::Job)).run(work)).await {
            Ok(Ok(done)) => (outcome(JobEnd::Done), Some(done)),
            Ok(Err(error)) => {
                tracing::warn!(kind, error = chain(&error), "what is done beside the jobs failed, and is done again");
                (outcome(JobEnd::Retried), None)
            }
            Err(broken) => {
                tracing::error!(kind, error = chain(&broken), "what is done beside the jobs broke, and is done again");
                (UNNOTED, None)
            }
        };
        self.metrics.job(kind, end, began.elapsed());
        done
    }
}

/// Jobs that have begun and not ended. A task gives in how long its job is to be run again, if it is.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Option<Duration>>,
    jobs: HashMap<task::Id, Job>,
}

impl Running {
    fn ended(&mut self, ended: Result<(task::Id, Option<Duration>), JoinError>) -> Option<Duration> {
        let (task, retry) = ended.unwrap_or_else(|panicked| {
            // Its lease runs out, and it is run again.
            tracing::error!(error = %panicked, "a job panicked");
            (panicked.id(), None)
        });
        self.jobs.remove(&task);
        retry
    }
}

/// How a job ended, for the metrics.
const fn outcome(end: JobEnd) -> &'static str {
    match end {
        JobEnd::Done => "done",
        JobEnd::Retried => "retried",
        JobEnd::Dead => "dead",
        JobEnd::Lost => "lost",
    }
}

use std::sync::Arc;

use adx_registry_core::ports::{ExchangeStep, PublishProgress, PublishStep, ReviewStep, SignStep};
use tokio::sync::{Notify, watch};

/// Tells those who wait that a publish has committed: long polls of the change feed, the worker and the rounds of signing.
#[derive(Clone, Debug)]
pub struct Commits {
    count: Arc<watch::Sender<u64>>,
    outbox: Arc<Notify>,
    search: Arc<Notify>,
    leaves: Arc<Notify>,
    told: Arc<Notify>,
}

impl Default for Commits {
    fn default() -> Self {
        Self {
            count: Arc::new(watch::Sender::new(0)),
            outbox: Arc::new(Notify::new()),
            search: Arc::new(Notify::new()),
            leaves: Arc::new(Notify::new()),
            told: Arc::new(Notify::new()),
        }
    }
}

impl Commits {
    /// Wakes everybody.
    pub fn announce(&self) {
        self.count.send_modify(|count| *count = count.wrapping_add(1));
        self.announce_work();
        self.announce_leaf();
    }

    /// Wakes both lanes of the worker.
    pub fn announce_work(&self) {
        // Keeps one permit when the worker is busy, so that no wake-up is lost.
        self.outbox.notify_one();
        self.search.notify_one();
        self.announce_told();
    }

    /// Wakes the rounds of signing.
    pub fn announce_leaf(&self) {
        self.leaves.notify_one();
        self.announce_told();
    }

    /// Wakes what tells webhooks.
    pub fn announce_told(&self) {
        self.told.notify_one();
    }

    /// Returns once something was told that webhooks may be told; for the one lane of this process.
    pub async fn told(&self) {
        self.told.notified().await;
    }

    /// To wait for commits that come after this call.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// Returns once there is work in the outbox; for the one lane of this process that does all but what the search index is told.
    pub async fn outbox(&self) {
        self.outbox.notified().await;
    }

    /// Returns once the search index may have to be told something; for the one lane of this process that does.
    pub async fn search(&self) {
        self.search.notified().await;
    }

    /// Returns once a leaf was committed; for the one signer of this process.
    pub async fn leaf(&self) {
        self.leaves.notified().await;
    }
}

/// Traces the steps of a publish, wakes those who wait for it, and in debug builds aborts where a crash test wants it.
#[derive(Clone, Debug)]
pub struct Progress {
    commits: Commits,
}

impl Progress {
    /// Tells of commits through `commits`.
    pub fn new(commits: Commits) -> Self {
        Self { commits }
    }
}

impl PublishProgress for Progress {
    fn reached(&self, step: PublishStep) {
        super::fail_point(step.name());
        tracing::debug!(step = step.name(), "publish step reached");
        if step == PublishStep::Committed {
            self.commits.announce();
        }
    }

    fn signed(&self, step: SignStep) {
        super::fail_point(step.name());
        tracing::debug!(step = step.name(), "signing step reached");
    }

    fn delivered(&self) {
        super::fail_point("webhook.sent");
    }

    fn exchanged(&self, step: ExchangeStep) {
        super::fail_point(step.name());
        tracing::debug!(step = step.name(), "exchange step reached");
    }

    fn reviewed(&self, step: ReviewStep) {
        super::fail_point(step.name());
        tracing::debug!(step = step.name(), "review step reached");
        if step == ReviewStep::Waits {
            self.commits.announce_work();
        }
    }

    fn logged(&self) {
        self.commits.announce_leaf();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_commit_wakes_those_who_wait() {
        let commits = Commits::default();
        let feed = commits.subscribe();
        let progress = Progress::new(commits.clone());
        for step in PublishStep::ALL.iter().filter(|step| **step != PublishStep::Committed) {
            progress.reached(*step);
        }
        assert!(!feed.has_changed().unwrap());
        progress.reached(PublishStep::Committed);
        assert!(feed.has_changed().unwrap());
        commits.outbox().await;
        commits.leaf().await;
    }
}

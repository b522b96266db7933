//! The rounds of signing: one is run when leaves were committed, and when a document is due to be signed again.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use adx_registry_core::{
    ports::Clock,
    sign_round::{LEASE, RoundEnd, RoundSigner, SignRoundError},
};
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::{
    http::{Metrics, problem::chain},
    world::Commits,
};

/// A round takes at most this part of the time while one follows another: each writes a dozen files however few its leaves are, and
/// those who publish need the machine as well.
const SHARE: u32 = 4;
/// The longest that leaves are gathered because a round took long: what is released is to be seen within a second or two.
const LONGEST_WINDOW: Duration = Duration::from_secs(1);
/// How often to look for leaves that another process committed.
const LOOK: Duration = Duration::from_millis(500);
/// The wait after the first failure; it doubles with each.
const FIRST_RETRY: Duration = Duration::from_millis(500);
/// The longest wait after a failure.
const LONGEST_RETRY: Duration = Duration::from_secs(15);
/// How long rounds may fail before the server is not ready: witnesses and databases are restarted now and then.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the rounds go, for `/readyz` and `/metrics`.
#[derive(Clone, Debug, Default)]
pub struct SigningHealth(Arc<RwLock<Health>>);

#[derive(Debug, Default)]
struct Health {
    failing_since: Option<Instant>,
    refused: bool,
}

impl SigningHealth {
    /// Whether what is due is being signed.
    pub fn is_healthy(&self) -> bool {
        let health = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !health.refused && health.failing_since.is_none_or(|since| since.elapsed() < PATIENCE)
    }

    /// Whether nothing is signed until an operator has looked.
    pub fn is_refused(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).refused
    }

    fn succeeded(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Health::default();
    }

    fn failed(&self, refused: bool) {
        let mut health = self.0.write().unwrap_or_else(PoisonError::into_inner);
        health.failing_since.get_or_insert_with(Instant::now);
        health.refused = refused;
    }
}

/// Runs the rounds of one process.
pub struct Rounds {
    /// What signs.
    pub signer: RoundSigner,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long leaves are gathered, at least, while one round follows another.
    pub window: Duration,
    /// Wakes when a leaf was committed.
    pub commits: Commits,
    /// Counts rounds.
    pub metrics: Metrics,
    /// Is told how they go.
    pub health: SigningHealth,
    /// Cancelled once nothing can be committed any more.
    pub stopping: CancellationToken,
}

impl Rounds {
    /// Runs one round.
    pub async fn after_the_first(mut self) -> Self {
        self.round(&mut 0).await;
        self
    }

    /// Signs until told to stop, and then what has been committed until then.
    pub async fn run(mut self) {
        let mut failures = 0;
        loop {
            let started = Instant::now();
            // A round that was under way when the last leaf was committed does not tell of it.
            let is_last = self.stopping.is_cancelled();
            let next = self.round(&mut failures).await;
            let gathering = (started.elapsed() * SHARE).min(LONGEST_WINDOW).max(self.window);
            if is_last {
                break;
            }
            tokio::select! {
                woken = timeout_at(started + next, self.commits.leaf()) => {
                    if woken.is_ok() && failures == 0 {
                        // A leaf alone is signed at once; those that come during a round share the next.
                        sleep_until(started + gathering).await;
                    } else if woken.is_ok() {
                        sleep_until(started + next).await;
                    }
                }
                () = self.stopping.cancelled() => {}
            }
        }
        if let Err(error) = self.signer.resign().await {
            tracing::warn!(error = chain(&error), "the lease of the rounds ends by itself");
        }
    }

    /// Runs one round, and says how soon to look again.
    async fn round(&mut self, failures: &mut u32) -> Duration {
        let started = Instant::now();
        match self.signer.round().await {
            Ok(RoundEnd::Elsewhere) => {
                self.health.succeeded();
                *failures = 0;
                Duration::try_from(LEASE / 4_i32).unwrap_or(LOOK)
            }
            Ok(RoundEnd::Signed(report)) => {
                self.health.succeeded();
                *failures = 0;
                if report.leaves > 0 {
                    let took = started.elapsed();
                    self.metrics.round("signed", Some(took));
                    tracing::debug!(leaves = report.leaves, took_ms = took.as_millis(), "signed");
                }
                if report.more {
                    return Duration::ZERO;
                }
                let due = Duration::try_from(report.due - self.clock.now()).unwrap_or(Duration::ZERO);
                due.min(LOOK)
            }
            Err(error) => {
                let refused = is_refusal(&error);
                self.health.failed(refused);
                self.metrics.round(if refused { "refused" } else { "failed" }, None);
                if *failures == 0 || refused {
                    tracing::error!(error = chain(&error), "nothing is signed");
                } else {
                    tracing::warn!(error = chain(&error), "nothing is signed yet");
                }
                *failures += 1;
                FIRST_RETRY.saturating_mul(1 << (*failures - 1).min(8)).min(LONGEST_RETRY)
            }
        }
    }
}

/// Whether the same would be said again until somebody has looked.
fn is_refusal(error: &SignRoundError) -> bool {
    match error {
        SignRoundError::DatabaseBehind { .. }
        | SignRoundError::Forked { .. }
        | SignRoundError::OtherLog { .. }
        | SignRoundError::CeremonyBehind { .. }
        | SignRoundError::Damaged { .. }
        | SignRoundError::WitnessAhead { .. }
        | SignRoundError::Tiles(_)
        | SignRoundError::Leaf { .. }
        | SignRoundError::Metadata(_)
        | SignRoundError::Policy(_) => true,
        SignRoundError::Store(_)
        | SignRoundError::Blobs(_)
        | SignRoundError::Stopped(_)
        | SignRoundError::LeaseLost
        | SignRoundError::BeingRemoved { .. }
        | SignRoundError::Quorum { .. } => false,
    }
}

//! The port: all that orchestration code may see of an engine.
//!
//! Code written against [`Wf`] is replayed from a history, so it must be deterministic: time, randomness and every effect
//! come from the context. The trait is object-safe and deliberately `!Send`; both engines poll a workflow on one thread.

use std::{fmt, rc::Rc, time::Duration};

use futures::future::{Either, LocalBoxFuture, select};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A future that stays on the engine's thread.
pub type LocalFuture<'a, T> = LocalBoxFuture<'a, T>;
/// How an activity, a child or a whole run ended.
pub type Outcome = Result<Value, Failure>;
/// The context handed to a workflow.
pub type Ctx = Rc<dyn Wf>;

/// What a workflow can do. Commands are issued when the method is called, not when its future is first polled.
pub trait Wf {
    /// Runs an activity under `policy`. Dropping the future abandons the activity: its cancellation token fires and its
    /// outcome is ignored. After a cancel request, activities that are not shielded fail at once with
    /// [`Failure::Cancelled`]; one already running is asked to stop and is waited for, so that nothing undoes it meanwhile.
    fn activity(&self, name: &str, input: Value, policy: &Policy) -> LocalFuture<'_, Outcome>;
    /// Completes after `duration`, also across restarts; fails with [`Failure::Cancelled`] on cancellation.
    fn timer(&self, duration: Duration) -> LocalFuture<'_, Result<(), Failure>>;
    /// The next signal of that name, first in, first out; signals sent before the wait are kept for it. One is taken when the
    /// future completes: a future dropped before that takes nothing, so a signal that lost to a timer is there for the next
    /// wait. After a cancel request the signals that are there can still be taken; then the future fails with
    /// [`Failure::Cancelled`].
    fn signal(&self, name: &str) -> LocalFuture<'_, Outcome>;
    /// Runs another workflow as a run of its own under `id`; it is cancelled when this run ends first.
    fn child(&self, workflow: &str, id: &str, input: Value) -> LocalFuture<'_, Outcome>;
    /// Completes when cancellation was requested.
    fn cancelled(&self) -> LocalFuture<'_, ()>;
    /// Whether cancellation was requested.
    fn is_cancelled(&self) -> bool;
    /// Milliseconds since the Unix epoch, the same on every replay.
    fn now_ms(&self) -> u64;
    /// A random number, the same on every replay. Not for secrets.
    fn random_u64(&self) -> u64;
    /// Whether this run may take the new path guarded by `change`: true for runs that had not passed this place before.
    fn patched(&self, change: &str) -> bool;
    /// Publishes where the run stands, for whoever asks the engine.
    fn set_status(&self, status: Value);
    /// The failure to return in order to start over with a fresh history under the same id:
    /// `return Err(ctx.continue_as_new(input))`. Signals that were not taken, and a cancel request, are there when the code
    /// of the next generation begins. Signals not taken when a run ends for good are given up.
    fn continue_as_new(&self, input: Value) -> Failure {
        Failure::ContinueAsNew { input }
    }
    /// Whether the history has grown so long that the run should continue as new.
    fn continue_as_new_suggested(&self) -> bool;
}

/// How an activity is tried. Durations are in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Task queue, for engines that have several; the embedded journal has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// How long one attempt may take.
    pub start_to_close_ms: u64,
    /// How many attempts are made before the activity fails; 0 means without end. One that was cut off by the end of the
    /// process counts, since it may have had its effect, or have been what ended the process; one that stopped because
    /// the engine was shut down does not.
    pub max_attempts: u32,
    /// Wait before the second attempt.
    pub backoff_ms: u64,
    /// Factor by which the wait grows from attempt to attempt.
    pub backoff_coefficient: f64,
    /// Longest wait between attempts.
    pub max_backoff_ms: u64,
    /// When set, an attempt that does not report for so long counts as timed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_ms: Option<u64>,
    /// Runs although the run is cancelled: for compensations.
    pub shielded: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            queue: None,
            start_to_close_ms: 30_000,
            max_attempts: 3,
            backoff_ms: 200,
            backoff_coefficient: 2.0,
            max_backoff_ms: 60_000,
            heartbeat_ms: None,
            shielded: false,
        }
    }
}

impl Policy {
    /// The policy for undoing a step run under `self`: shielded from cancellation and retried without end.
    #[must_use]
    pub fn for_compensation(&self) -> Self {
        Self { shielded: true, max_attempts: 0, ..self.clone() }
    }

    /// The same with another number of attempts; 0 means without end.
    #[must_use]
    pub fn attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// The same with another limit for one attempt.
    #[must_use]
    pub fn timeout(self, start_to_close: Duration) -> Self {
        Self { start_to_close_ms: millis(start_to_close), ..self }
    }

    /// The wait after the `attempts`-th attempt (counted from 1), in milliseconds.
    pub fn backoff_after(&self, attempts: u32) -> u64 {
        let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        #[expect(clippy::cast_precision_loss, reason = "a wait needs no exact milliseconds")]
        let wait = self.backoff_ms as f64 * self.backoff_coefficient.max(1.0).powi(exponent);
        // The float-to-integer cast saturates, infinity included.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let wait = wait as u64;
        wait.min(self.max_backoff_ms)
    }
}

/// Why an activity, a child or a run did not end well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Failure {
    /// The code said so.
    Application {
        /// A stable word for the cause, for programs.
        kind: String,
        /// What happened, for people.
        message: String,
        /// Whether trying again may help.
        retryable: bool,
        /// Anything more the code wanted to hand over.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        details: Value,
    },
    /// A deadline passed.
    Timeout {
        /// What took too long.
        what: String,
    },
    /// Cancellation was requested.
    Cancelled,
    /// The activity panicked.
    Panicked {
        /// The panic message.
        message: String,
    },
    /// A saga failed, and some of its compensations failed too: someone has to look.
    Uncompensated {
        /// Why the saga was undone.
        cause: Box<Failure>,
        /// What could not be undone.
        failed: Vec<CompensationFailure>,
    },
    /// Not a failure: the run starts over with this input. Made by [`Wf::continue_as_new`].
    ContinueAsNew {
        /// The input of the next run.
        input: Value,
    },
    /// The run is parked until its code is mended. Seen by those who wait for the run, never by workflows.
    Blocked {
        /// Both sides of the mismatch, or what is missing.
        reason: String,
    },
    /// The engine stopped before the run ended; the run goes on when the engine is opened again. Never seen by workflows.
    /// In a history: the attempt did not run, or stopped when it was asked to.
    Stopped {
        /// Why.
        reason: String,
    },
}

/// A compensation that failed for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompensationFailure {
    /// The step that should have been undone.
    pub step: String,
    /// The activity that should have undone it.
    pub compensation: String,
    /// How it failed.
    pub failure: Failure,
}

impl Failure {
    /// A failure that may pass when tried again.
    pub fn retryable(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self::application(kind, message, true)
    }

    /// A failure that trying again will not mend.
    pub fn permanent(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self::application(kind, message, false)
    }

    fn application(kind: impl Into<String>, message: impl Into<String>, retryable: bool) -> Self {
        Self::Application { kind: kind.into(), message: message.into(), retryable, details: Value::Null }
    }

    /// The same with details, if it is an application failure.
    #[must_use]
    pub fn with_details(mut self, more: Value) -> Self {
        if let Self::Application { details, .. } = &mut self {
            *details = more;
        }
        self
    }

    /// Whether another attempt may help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Application { retryable, .. } => *retryable,
            Self::Timeout { .. } | Self::Panicked { .. } => true,
            _ => false,
        }
    }

    /// The stable word for the cause.
    pub fn kind(&self) -> &str {
        match self {
            Self::Application { kind, .. } => kind,
            Self::Timeout { .. } => "timeout",
            Self::Cancelled => "cancelled",
            Self::Panicked { .. } => "panicked",
            Self::Uncompensated { cause, .. } => cause.kind(),
            Self::ContinueAsNew { .. } => "continue-as-new",
            Self::Blocked { .. } => "blocked",
            Self::Stopped { .. } => "stopped",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application { kind, message, .. } => write!(f, "{kind}: {message}"),
            Self::Timeout { what } => write!(f, "{what} took too long"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Panicked { message } => write!(f, "panicked: {message}"),
            Self::Uncompensated { cause, failed } => {
                write!(f, "{cause}; not undone:")?;
                failed.iter().try_for_each(|c| write!(f, " {} ({}: {})", c.step, c.compensation, c.failure))
            }
            Self::ContinueAsNew { .. } => f.write_str("continues as new"),
            Self::Blocked { reason } => write!(f, "blocked: {reason}"),
            Self::Stopped { reason } => write!(f, "the engine stopped: {reason}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Waits for a signal, but not for longer than `within`.
///
/// # Errors
/// [`Failure::Timeout`] naming the signal, or [`Failure::Cancelled`].
pub async fn signal_within(ctx: &dyn Wf, name: &str, within: Duration) -> Outcome {
    // `select` polls its first argument first: a signal that came together with the deadline wins, on every replay.
    match select(ctx.signal(name), ctx.timer(within)).await {
        Either::Left((received, _)) => received,
        Either::Right((Err(failure), _)) => Err(failure),
        Either::Right((Ok(()), _)) => Err(Failure::Timeout { what: format!("signal `{name}`") }),
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

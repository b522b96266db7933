//! What a history is made of. The stored form is JSON; [`FORMAT`] is written beside every row.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::port::{Failure, Outcome, Policy};

/// Version of the stored form of events. Rows of a newer version park their run instead of being guessed at.
pub(super) const FORMAT: i64 = 1;

/// One thing that happened in a run. `seq` names an activity, timer or child within its run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The workflow asked for an activity; its first attempt starts with this event.
    ActivityScheduled {
        /// Which.
        seq: u32,
        /// The activity's name.
        name: String,
        /// Its input.
        input: Value,
        /// How it is tried.
        #[serde(default, skip_serializing_if = "is_default")]
        policy: Policy,
    },
    /// An attempt after the first began. Without an `AttemptFailed` before it, the one before was cut off by a restart.
    AttemptStarted {
        /// Which activity.
        seq: u32,
        /// Counted from 1.
        attempt: u32,
    },
    /// An attempt failed.
    AttemptFailed {
        /// Which activity.
        seq: u32,
        /// Counted from 1.
        attempt: u32,
        /// How.
        failure: Failure,
        /// When the next one starts; none if there will be none.
        retry_at: Option<u64>,
    },
    /// The activity ended; there is exactly one of these for each that was not abandoned.
    ActivityCompleted {
        /// Which.
        seq: u32,
        /// How.
        outcome: Outcome,
    },
    /// The workflow dropped the activity's future.
    ActivityAbandoned {
        /// Which.
        seq: u32,
    },
    /// The workflow started a timer.
    TimerStarted {
        /// Which.
        seq: u32,
        /// When it fires.
        fire_at: u64,
    },
    /// A timer fired.
    TimerFired {
        /// Which.
        seq: u32,
    },
    /// The workflow dropped the timer's future.
    TimerCancelled {
        /// Which.
        seq: u32,
    },
    /// A signal arrived.
    Signalled {
        /// Its name.
        name: String,
        /// What it carries.
        value: Value,
    },
    /// Somebody asked the run to stop.
    CancelRequested,
    /// The workflow started a child.
    ChildStarted {
        /// Which.
        seq: u32,
        /// The child's workflow.
        workflow: String,
        /// The child's run id.
        id: String,
        /// Its input.
        input: Value,
    },
    /// A child ended.
    ChildCompleted {
        /// Which.
        seq: u32,
        /// How.
        outcome: Outcome,
    },
    /// The run took the new path of a change.
    Patched {
        /// The change.
        change: String,
    },
    /// The run started over under the same id.
    ContinuedAsNew {
        /// The input of the next run.
        input: Value,
    },
    /// The run ended.
    Ended {
        /// How.
        outcome: Outcome,
    },
}

fn is_default(policy: &Policy) -> bool {
    *policy == Policy::default()
}

impl Event {
    /// Whether the workflow's code learns of it.
    pub(super) fn reaches_code(&self) -> bool {
        matches!(
            self,
            Self::ActivityCompleted { .. }
                | Self::TimerFired { .. }
                | Self::Signalled { .. }
                | Self::CancelRequested
                | Self::ChildCompleted { .. }
        )
    }

    /// Whether the workflow's code caused it.
    pub(super) fn is_command(&self) -> bool {
        !self.reaches_code() && !matches!(self, Self::AttemptStarted { .. } | Self::AttemptFailed { .. })
    }

    /// What the code did, as far as replay holds it to that. Inputs, policies and durations may change between versions
    /// of the code: what the journal recorded stays in force.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::ActivityScheduled { seq, name, .. } => format!("activity `{name}` (#{seq})"),
            Self::ActivityAbandoned { seq } => format!("abandoned activity (#{seq})"),
            Self::TimerStarted { seq, .. } => format!("timer (#{seq})"),
            Self::TimerCancelled { seq } => format!("dropped timer (#{seq})"),
            Self::ChildStarted { seq, workflow, id, .. } => format!("child `{workflow}` as `{id}` (#{seq})"),
            Self::Patched { change } => format!("change `{change}`"),
            Self::ContinuedAsNew { .. } => "continue as new".to_owned(),
            Self::Ended { .. } => "the end of the run".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// An event with its place in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Which run under this id, counted from 0: each continue-as-new adds one.
    pub generation: u32,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What.
    pub event: Event,
}

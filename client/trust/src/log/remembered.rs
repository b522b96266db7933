//! The last checkpoint believed, the policy under which it was, and when the log had how many leaves.

use adx_signing::{
    UtcSecond,
    log::{LogPolicy, SignedCheckpoint},
};
use serde::{Deserialize, Serialize};
use time::Duration;

use super::LogError;
use crate::state::{StateError, StateFolder};

/// The file that keeps both: one, so that they never part.
const FILE: &str = "log.json";

/// How far apart the sizes are that are remembered: a bound that is an hour early is good enough for a cooldown of days.
const APART: Duration = Duration::hours(1);
/// Most sizes remembered, 20 days and more of them.
const MAX_SIZES: usize = 500;

#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) policy: LogPolicy,
    pub(super) checkpoint: SignedCheckpoint,
    /// When the checkpoint was last found to be the present one.
    pub(super) checked: UtcSecond,
    /// Sizes of the log before, oldest first.
    pub(super) sizes: Vec<Size>,
}

/// The log had so many leaves at a time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Size {
    leaves: u64,
    at: UtcSecond,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    policy: LogPolicy,
    checkpoint: String,
    checked: UtcSecond,
    sizes: Vec<Size>,
}

impl Remembered {
    pub(super) fn read(state: &StateFolder) -> Result<Option<Self>, StateError> {
        let Some(bytes) = state.read_sealed(FILE)? else { return Ok(None) };
        let damaged = |why: String| StateError::damaged(&state.path(FILE), why);
        let wire: Wire = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        let checkpoint =
            SignedCheckpoint::parse(wire.checkpoint.as_bytes()).map_err(|error| damaged(error.to_string()))?;
        wire.policy.verify(&checkpoint).map_err(|error| damaged(error.to_string()))?;
        let Wire { policy, checked, sizes, .. } = wire;
        Ok(Some(Self { policy, checkpoint, checked, sizes }))
    }

    pub(super) fn write(&self, state: &StateFolder) -> Result<(), StateError> {
        let wire = Wire {
            policy: self.policy.clone(),
            checkpoint: self.checkpoint.note().to_string(),
            checked: self.checked,
            sizes: self.sizes.clone(),
        };
        let bytes = serde_json::to_vec(&wire).map_err(|error| StateError::damaged(&state.path(FILE), error))?;
        state.write_sealed(FILE, &bytes)
    }

    /// The sizes that the next one remembers, this one's among them.
    pub(super) fn sizes_after(&self) -> Vec<Size> {
        let mut sizes = self.sizes.clone();
        if let [.., before, _] = sizes.as_slice()
            && self.checked < before.at.after(APART)
        {
            sizes.pop();
        }
        sizes.push(Size { leaves: self.checkpoint.claimed().head.size, at: self.checked });
        let surplus = sizes.len().saturating_sub(MAX_SIZES);
        sizes.drain(..surplus);
        sizes
    }

    /// A time at which the log did not have a leaf yet, whatever time the leaf states.
    pub(super) fn not_before(&self, index: u64) -> Option<UtcSecond> {
        self.sizes.iter().filter(|size| size.leaves <= index).map(|size| size.at).max()
    }

    /// That a changed policy is backed by the one before.
    pub(super) fn check_policy(&self, policy: &LogPolicy, shown: &SignedCheckpoint) -> Result<(), LogError> {
        if policy.origin() != self.policy.origin() {
            let (found, expected) = (policy.origin().clone(), self.policy.origin().clone());
            return Err(LogError::OtherLog { found, expected });
        }
        if *policy != self.policy {
            self.policy.verify(shown).map_err(|error| LogError::PolicyChanged { why: error.to_string() })?;
        }
        Ok(())
    }
}

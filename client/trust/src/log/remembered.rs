//! The last checkpoint believed, the policy under which it was, and when the log had how many leaves.

use adx_signing::{
    UtcSecond,
    log::{LogPolicy, SignedCheckpoint},
};
use serde::{Deserialize, Serialize};
use time::Duration;

use super::LogError;
use crate::{
    clock::TOLERANCE,
    state::{StateError, StateFolder},
};

/// The file that keeps both: one, so that they never part.
const FILE: &str = "log.json";

/// How far apart the sizes are that are remembered, by how old they are at most: a bound that is an hour early is good enough for
/// a cooldown of days, and one that is a month early for what was dated back by years. None is forgotten for its age alone, or a
/// leaf that was dated back would be believed once one has waited for long enough: some 700 of them in the first year, and 24 in
/// each year after that.
const APART: [(Duration, Duration); 3] = [
    (Duration::days(14), Duration::hours(1)),
    (Duration::days(365), Duration::days(1)),
    (Duration::MAX, Duration::days(30)),
];

#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) policy: LogPolicy,
    pub(super) checkpoint: SignedCheckpoint,
    /// When the checkpoint was last found to be the present one.
    checked: UtcSecond,
    /// That time as it is on the disk.
    written: UtcSecond,
    /// Sizes of the log before, oldest first.
    sizes: Vec<Size>,
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

/// How much later the last checkpoint must have been seen again to be written down: each writing costs the disk a flush, and what is
/// lost with the process is no more than what sizes are apart.
const WORTH_WRITING: Duration = Duration::hours(1);

impl Remembered {
    pub(super) fn new(policy: LogPolicy, checkpoint: SignedCheckpoint, checked: UtcSecond, sizes: Vec<Size>) -> Self {
        Self { policy, checkpoint, checked, written: checked, sizes }
    }

    pub(super) fn read(state: &StateFolder) -> Result<Option<Self>, StateError> {
        let Some(bytes) = state.read_sealed(FILE)? else { return Ok(None) };
        let damaged = |why: String| StateError::damaged(&state.path(FILE), why);
        let wire: Wire = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        let checkpoint =
            SignedCheckpoint::parse(wire.checkpoint.as_bytes()).map_err(|error| damaged(error.to_string()))?;
        wire.policy.verify(&checkpoint).map_err(|error| damaged(error.to_string()))?;
        let Wire { policy, checked, sizes, .. } = wire;
        Ok(Some(Self::new(policy, checkpoint, checked, sizes)))
    }

    /// Takes note that the checkpoint is the present one still. A log in which nothing happens for a week would else be known, after a
    /// restart, from a week ago only, and what is dated back into that week believed.
    pub(super) fn check_again(&mut self, now: UtcSecond, state: &StateFolder) -> Result<(), StateError> {
        self.checked = self.checked.max(now);
        if self.written.after(WORTH_WRITING) <= self.checked { self.write(state) } else { Ok(()) }
    }

    pub(super) fn write(&mut self, state: &StateFolder) -> Result<(), StateError> {
        let wire = Wire {
            policy: self.policy.clone(),
            checkpoint: self.checkpoint.note().to_string(),
            checked: self.checked,
            sizes: self.sizes.clone(),
        };
        let bytes = serde_json::to_vec(&wire).map_err(|error| StateError::damaged(&state.path(FILE), error))?;
        state.write_sealed(FILE, &bytes)?;
        self.written = self.checked;
        Ok(())
    }

    /// The sizes that the next one remembers, this one's among them.
    pub(super) fn sizes_after(&self) -> Vec<Size> {
        let present = Size { leaves: self.checkpoint.claimed().head.size, at: self.checked };
        thinned(self.sizes.iter().copied().chain([present]))
    }

    /// A time at which the log did not have a leaf yet, whatever time the leaf states; by the registry's clock, should ours be
    /// ahead by no more than [`TOLERANCE`].
    pub(super) fn not_before(&self, index: u64) -> Option<UtcSecond> {
        let seen = self.sizes.iter().filter(|size| size.leaves <= index).map(|size| size.at).max();
        seen.map(|at| at.after(-TOLERANCE))
    }

    /// That a policy is of the same log.
    pub(super) fn check_log(&self, policy: &LogPolicy) -> Result<(), LogError> {
        let (found, expected) = (policy.origin(), self.policy.origin());
        if found == expected {
            return Ok(());
        }
        Err(LogError::OtherLog { found: found.clone(), expected: expected.clone() })
    }
}

/// Leaves out every size but the last of those that are closer to the ones around them than is worth knowing at their age.
fn thinned(sizes: impl Iterator<Item = Size>) -> Vec<Size> {
    let mut sizes: Vec<_> = sizes.collect();
    let Some(last) = sizes.last().map(|size| size.at) else { return sizes };
    let mut next = 1;
    while next + 1 < sizes.len() {
        let age = Duration::seconds(last.unix_seconds() - sizes[next].at.unix_seconds());
        let apart = APART.iter().find(|(oldest, _)| age <= *oldest).map_or(Duration::MAX, |(_, apart)| *apart);
        if sizes[next + 1].at <= sizes[next - 1].at.after(apart) {
            sizes.remove(next);
        } else {
            next += 1;
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A size each hour for three years: what is left bounds every leaf at most as loosely as its age allows.
    #[test]
    fn no_age_is_forgotten() {
        const HOURS: u64 = 3 * 365 * 24;
        let start: UtcSecond = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = |hour: u64| start.after(Duration::hours(i64::try_from(hour).unwrap()));
        let mut sizes = Vec::new();
        for hour in 0..HOURS {
            sizes = thinned(sizes.into_iter().chain([Size { leaves: hour, at: at(hour) }]));
        }
        assert_eq!((sizes[0].leaves, sizes.last().unwrap().leaves), (0, HOURS - 1));
        assert!(sizes.len() < 14 * 24 + 2 * 351 + 2 * 2 * 13, "{}", sizes.len());
        for pair in sizes.windows(2) {
            let (gap, age) = (pair[1].leaves - pair[0].leaves, HOURS - pair[0].leaves);
            let most = if age <= 14 * 24 {
                1
            } else if age <= 365 * 24 {
                24
            } else {
                30 * 24
            };
            assert!(gap <= most, "{gap} hours apart {age} hours ago");
        }
    }
}

//! What a tenant demands of a release beyond its proofs.

use std::collections::BTreeSet;

use time::Duration;

/// How many people must agree that a release is let past the cooldown.
pub const FAST_LANE_APPROVALS: usize = 2;

/// What a tenant demands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demands {
    /// How long a release must have been in the log: time for others to notice what is wrong with it. Zero for none.
    pub cooldown: Duration,
    /// Lets a security fix past it.
    pub fast_lane: Option<FastLane>,
}

/// The consent of two people that a release, a security fix, need not wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FastLane(BTreeSet<String>);

/// Fewer than [`FAST_LANE_APPROVALS`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} of the {FAST_LANE_APPROVALS} people needed approved that this release need not wait")]
pub struct ApprovalsMissing(usize);

impl FastLane {
    /// Of these people, each counted once.
    ///
    /// # Errors
    /// [`ApprovalsMissing`].
    pub fn new(approved_by: impl IntoIterator<Item = String>) -> Result<Self, ApprovalsMissing> {
        let people: BTreeSet<_> = approved_by.into_iter().filter(|name| !name.trim().is_empty()).collect();
        if people.len() < FAST_LANE_APPROVALS { Err(ApprovalsMissing(people.len())) } else { Ok(Self(people)) }
    }

    /// Who approved.
    pub fn approved_by(&self) -> &BTreeSet<String> {
        &self.0
    }
}

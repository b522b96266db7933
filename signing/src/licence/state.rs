//! What a licence allows at an instant.
//!
//! ```text
//!        from            until        + grace      + read_only     + retained / 2   + retained
//! pending │ trial, active  │   grace    │  read-only  │   disabled     │   retained    │ expired
//! ```
//!
//! The steps are known from the beginning, so that each can be announced before it comes. `revoked` may follow any of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Kind, Licence};
use crate::utc::UtcSecond;

/// What somebody wants to do with a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Fetch a package, to install it.
    Download,
    /// Go to another version.
    Update,
    /// Give another person a seat.
    Seat,
    /// A call that may change something.
    Write,
    /// Take up calls.
    Activate,
    /// A call that changes nothing.
    Read,
}

impl Action {
    /// Every action, in the order in which the end of a licence takes them away; those of one step stand together.
    pub const ALL: [Self; 6] = [Self::Download, Self::Update, Self::Seat, Self::Write, Self::Activate, Self::Read];
}

/// Where a licence stands at an instant, in the order in which it gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It has not begun.
    Pending,
    /// In force, as a trial.
    Trial,
    /// In force.
    Active,
    /// Over, and everything works still.
    Grace,
    /// What is there can be read, and nothing changed.
    ReadOnly,
    /// The module stands still; it is installed, and a new licence takes it up where it stood.
    Disabled,
    /// As [`State::Disabled`], the last announced stretch of it: of the module nothing is owed but its data.
    Retained,
    /// Over: the data may be deleted, by whoever has them.
    Expired,
    /// Taken back by the registry.
    Revoked,
}

impl State {
    /// Every state, in order.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Trial,
        Self::Active,
        Self::Grace,
        Self::ReadOnly,
        Self::Disabled,
        Self::Retained,
        Self::Expired,
        Self::Revoked,
    ];

    /// Whether something may be done.
    pub const fn allows(self, action: Action) -> bool {
        match self {
            Self::Trial | Self::Active | Self::Grace => true,
            Self::ReadOnly => matches!(action, Action::Read | Action::Activate),
            Self::Pending | Self::Disabled | Self::Retained | Self::Expired | Self::Revoked => false,
        }
    }

    /// Whether the data are owed to the tenant. A revocation is no reason to delete them at once; who has them decides.
    pub const fn keeps_data(self) -> bool {
        !matches!(self, Self::Expired)
    }

    /// The state as it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Trial => "trial",
            Self::Active => "active",
            Self::Grace => "grace",
            Self::ReadOnly => "read-only",
            Self::Disabled => "disabled",
            Self::Retained => "retained",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A change of state that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: UtcSecond,
    /// To which.
    pub state: State,
}

/// Every change of state by time alone, in order; stretches of no length are left out.
pub fn steps(licence: &Licence) -> Vec<Step> {
    let Licence { kind, from, until, grace, read_only, retained, .. } = licence;
    let in_force = if *kind == Kind::Trial { State::Trial } else { State::Active };
    let mut steps = vec![Step { at: *from, state: in_force }];
    let Some(until) = until else { return steps };
    let end_of = |stretches: &[u64]| licence.end_of(stretches).unwrap_or(*until);
    let half = retained.div_ceil(2);
    let after = [
        (State::Grace, *until),
        (State::ReadOnly, end_of(&[*grace])),
        (State::Disabled, end_of(&[*grace, *read_only])),
        (State::Retained, end_of(&[*grace, *read_only, half])),
        (State::Expired, end_of(&[*grace, *read_only, *retained])),
    ];
    for (state, at) in after {
        // What begins when the next does has no length.
        while steps.last().is_some_and(|last| last.at >= at) {
            steps.pop();
        }
        steps.push(Step { at, state });
    }
    steps
}

/// Where a licence stands. `revoked` is the instant from which on it was taken back, if it was.
pub fn state(licence: &Licence, now: UtcSecond, revoked: Option<UtcSecond>) -> State {
    if revoked.is_some_and(|revoked| revoked <= now) {
        return State::Revoked;
    }
    steps(licence).iter().rev().find(|step| step.at <= now).map_or(State::Pending, |step| step.state)
}

/// What comes next, if anything does.
pub fn next_step(licence: &Licence, now: UtcSecond, revoked: Option<UtcSecond>) -> Option<Step> {
    let revocation = revoked.map(|at| Step { at, state: State::Revoked });
    if revocation.is_some_and(|revocation| revocation.at <= now) {
        return None;
    }
    let by_time = steps(licence).into_iter().find(|step| step.at > now);
    // At the same instant the revocation is what happens.
    revocation.into_iter().chain(by_time).min_by_key(|step| step.at)
}

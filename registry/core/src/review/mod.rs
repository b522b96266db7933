//! What needs a human, and what humans decide.

mod approve;
mod cause;
pub(crate) mod change;
mod compare;
mod confirm;
mod decide;
mod diff;
mod look_over;
mod pipeline;
mod standing;

pub use approve::{ApproveError, Approved, approve, approve_on_the_machine};
pub use cause::{Cause, Facts, Policy, UnknownCause};
pub(crate) use cause::{is_dearer, is_wider};
pub(crate) use change::{Change, is_kept, reopen};
pub use change::{DecideError, MAX_EVENTS};
pub(crate) use compare::release_before;
pub use compare::{CompareError, compare_on_the_machine, compare_with_release, package_of};
pub use confirm::confirm;
pub use decide::{ask, ask_on_the_machine, comment, reject, reject_on_the_machine};
pub use diff::{Diff, FileChange, FileDiff, Listed, compare};
pub(crate) use look_over::{MAX_FINDINGS, MAX_MESSAGE_BYTES, NOT_FINISHED, look_over};
pub use pipeline::{CHECK_DEADLINE, CheckRule, Configured, Pipeline, Refuses};
pub use standing::{
    PublisherStanding, Standing, StandingError, UnknownStanding, set_standing, set_standing_on_the_machine, standing_of,
};

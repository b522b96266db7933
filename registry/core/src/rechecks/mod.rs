//! What is released is looked over again: the rules and advisories that it was held against when it was sent have changed since.
//!
//! A recheck goes from module to module in the order they were made, and in each from the newest version back. How far it has come is in
//! its row, written together with what it found: whoever ends in the midst of it is followed by another, who goes on there.

mod again;
mod begin;
mod hold;
mod letters;
mod walk;
mod watch;
mod write;

use std::fmt;
use std::str::FromStr;

use adx_signing::digest::{Digest, Hasher};
use semver::Version;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::audit::Who;
use crate::checks::CheckBroke;
use crate::ports::{Blocking, Stopped, off_reactor};
use crate::release::Module;
use crate::review::Configured;
use crate::submissions::Submission;
use crate::{Id, Ports};

pub use begin::{Begun, RecheckError, recheck_on_the_machine};
pub(crate) use letters::{of_operators, of_owners};
pub(crate) use walk::walk;
pub use watch::{WATCH_LEASE, Watch};

/// Releases that one letter names.
const MOST_NAMED: usize = 20;

/// A look over what is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recheck {
    /// Its identifier.
    pub id: Id<Recheck>,
    /// The module that alone is meant; `None`: every one.
    pub module: Option<Id<Module>>,
    /// The version of it that alone is meant.
    pub version: Option<Version>,
    /// Whether a version that a check refuses now is put into quarantine.
    pub quarantine: bool,
    /// In whose name.
    pub asked_by: Who,
    /// Whether it goes on.
    pub state: RecheckState,
    /// What packages are held against: [`held_against`]. `None` before it has begun, and where no check needs a file.
    pub against: Option<Digest>,
    /// How far it has come.
    pub place: Place,
    /// Releases that were looked at.
    pub looked_at: u64,
    /// Those in which something was found that was not known.
    pub found_in: u64,
    /// Those that were put into quarantine.
    pub quarantined: u64,
    /// Those that a check could not be finished with.
    pub unfinished: u64,
    /// The first of those in which something new was found: what operators are told.
    pub named: Vec<Id<Submission>>,
    /// What is gathered of the module that it is in, for its owners.
    pub gathered: Gathered,
    /// When it began.
    pub began_at: OffsetDateTime,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
}

/// How far a recheck has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The last module that it came to; `None` before the first.
    pub module: Option<Id<Module>>,
    /// The place in the feed of that one's release that was looked at last: those before it are next. `None` where the module is done.
    pub before: Option<u64>,
}

/// Releases of one module, for one letter to its owners.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// The first ones.
    pub submissions: Vec<Id<Submission>>,
    /// How many besides.
    pub more: u64,
}

impl Gathered {
    fn add(&mut self, submission: Id<Submission>) {
        if self.submissions.len() < MOST_NAMED {
            self.submissions.push(submission);
        } else {
            self.more += 1;
        }
    }
}

/// Whether a recheck goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecheckState {
    /// It does.
    Walking,
    /// It has looked at everything that was meant.
    Ended,
    /// Another one took its place, which began anew.
    Replaced,
}

/// A word that is no state of a recheck.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of a recheck: `walking`, `ended` and `replaced` are")]
pub struct UnknownRecheckState(String);

impl RecheckState {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Walking, Self::Ended, Self::Replaced];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Walking => "walking",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
        }
    }
}

impl fmt::Display for RecheckState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for RecheckState {
    type Err = UnknownRecheckState;

    fn from_str(text: &str) -> Result<Self, UnknownRecheckState> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownRecheckState(text.to_owned()))
    }
}

impl Recheck {
    /// One that has not begun.
    fn new(ports: &Ports, asked_by: Who, quarantine: bool) -> Self {
        let now = ports.now();
        Self {
            id: Id::new(now, &*ports.entropy),
            module: None,
            version: None,
            quarantine,
            asked_by,
            state: RecheckState::Walking,
            against: None,
            place: Place::default(),
            looked_at: 0,
            found_in: 0,
            quarantined: 0,
            unfinished: 0,
            named: Vec::new(),
            gathered: Gathered::default(),
            began_at: now,
            ended_at: None,
        }
    }

    /// Whether it looks at everything.
    pub const fn is_whole(&self) -> bool {
        self.module.is_none()
    }

    /// Whether it goes on.
    pub fn is_walking(&self) -> bool {
        self.state == RecheckState::Walking
    }

    /// Whether there is something that operators should look at.
    fn is_worth_a_letter(&self) -> bool {
        self.found_in > 0 || self.quarantined > 0 || self.unfinished > 0
    }
}

/// The checks that are run again.
fn checks(ports: &Ports) -> Vec<Configured> {
    ports.pipeline.checks.iter().filter(|configured| configured.check.is_run_again()).cloned().collect()
}

/// The digest of all files that packages are held against here and now; `None` where no check needs one.
///
/// # Errors
/// [`CheckBroke`] when one of them cannot be used: then nothing can be called sound.
async fn held_against(ports: &Ports) -> Result<Option<Digest>, CheckBroke> {
    let checks = checks(ports);
    let threads: &dyn Blocking = ports.pipeline.threads.as_deref().unwrap_or(&*ports.blocking);
    let all = move || -> Result<Option<Digest>, CheckBroke> {
        let (mut hasher, mut is_any) = (Hasher::new(), false);
        for configured in &checks {
            if let Some(digest) = configured.check.held_against()? {
                hasher.update(configured.check.name().as_bytes());
                hasher.update(digest.as_bytes());
                is_any = true;
            }
        }
        Ok(is_any.then(|| hasher.finish()))
    };
    let ended = off_reactor(threads, all).await;
    ended.unwrap_or_else(|Stopped| Err(CheckBroke::new("recheck", "whoever read the files stopped before the end")))
}

//! Submissions: versions that were sent, whatever has come of them. A version that passes every check and needs no human is a release
//! in the same request; what needs one waits here, and nobody but its publisher and operators sees it.

mod journey;
mod remark;
mod show;
mod state;
mod sweep;
mod tell;
mod withdraw;

use std::fmt;
use std::str::FromStr;

use adx_signing::digest::Digest;
use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::checks::{Finding, Severity};
use crate::publisher::Publisher;
use crate::release::Release;
use crate::review::{Cause, NOT_FINISHED};
use crate::token::Token;

pub(crate) use journey::{Journey, Sent};
pub use remark::{BadRemark, MAX_REMARK_CHARS, Remark};
pub(crate) use show::seen_by;
pub use show::{
    MAX_SUBMISSIONS, SeeError, Seen, Submissions, show_submission, show_submission_on_the_machine, submissions,
    submissions_of, submissions_on_the_machine,
};
pub use state::{NoSuchStep, SubmissionState, UnknownSubmissionState};
pub use sweep::{
    GRACE, KEPT_BYTES, KEPT_REFUSED, KEPT_REFUSED_OF_A_MODULE, KEPT_REFUSED_OF_A_PUBLISHER, sweep_submissions,
};
pub(crate) use tell::{letter, notify_operator, tell_operators, tell_owners};
pub use withdraw::withdraw;
pub(crate) use withdraw::withdraw_all;

/// A version that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its identifier.
    pub id: Id<Submission>,
    /// Who sent it.
    pub publisher: Id<Publisher>,
    /// Its module, which need not be there yet.
    pub module: ModuleId,
    /// Its version.
    pub version: Version,
    /// sha256 of the package.
    pub sha256: Digest,
    /// Size of the package; 0 for one that was refused before it was read.
    pub size_bytes: u64,
    /// The token that sent it.
    pub token: Id<Token>,
    /// How far it has come.
    pub state: SubmissionState,
    /// Why it needs a human, if it does or did.
    pub causes: Vec<Cause>,
    /// What the checks found, the worst first.
    pub findings: Vec<Found>,
    /// The signed envelope as it was received, as long as it may still be released.
    pub envelope: Option<String>,
    /// Which side ended it, and in which words; nothing while it waits.
    pub verdict: Option<Verdict>,
    /// What people had when it was decided, and what it was compared with then; nothing while it waits, and where it was decided before
    /// that was noted.
    pub compared_with: Option<Compared>,
    /// When it was sent.
    pub created_at: OffsetDateTime,
    /// When it became what it is.
    pub changed_at: OffsetDateTime,
    /// When checks were last run again over the release that it became, if they were.
    pub checked_at: Option<OffsetDateTime>,
}

/// What a submission was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Nothing: people had no release of the module.
    WithNothing,
    /// The release of this version.
    With(Version),
}

/// A word that is neither a version nor `nothing`.
#[derive(Debug, Error)]
#[error("`{0}` is neither a version nor `nothing`")]
pub struct UnknownCompared(String);

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The name of the check.
    pub check: String,
    /// What.
    pub finding: Finding,
    /// When it was found in what was released already; `None` for what was found when it was sent, and was no reason to refuse it.
    pub found_at: Option<OffsetDateTime>,
}

/// How a submission was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// By whom.
    pub by: Side,
    /// Why; an approval needs no words.
    pub reason: Option<String>,
}

/// Something that happened to a submission. What happened is never written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionEvent {
    /// 1, 2, 3, … in the submission.
    pub number: u64,
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: OffsetDateTime,
    /// From which side.
    pub side: Side,
    /// Who: `token:` or `account:` with an id, `machine` or `registry`. No name of a person.
    pub by: String,
    /// Why, or what was said.
    pub text: Option<String>,
}

/// What happened to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It became something.
    Became(SubmissionState),
    /// Somebody said something.
    Comment,
    /// An operator asked something; the publisher is to answer.
    Question,
}

/// A side of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The registry by itself.
    Registry,
    /// Who sent it.
    Publisher,
    /// Who decides.
    Operator,
}

/// A word that is no side.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no side: `registry`, `publisher` and `operator` are")]
pub struct UnknownSide(String);

impl Side {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Registry, Self::Publisher, Self::Operator];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Publisher => "publisher",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Side {
    type Err = UnknownSide;

    fn from_str(text: &str) -> Result<Self, UnknownSide> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownSide(text.to_owned()))
    }
}

impl Compared {
    /// The word in the database for [`Compared::WithNothing`], which is no version.
    const NOTHING: &str = "nothing";

    /// With a release, if there is one.
    pub(crate) fn with(release: Option<&Release>) -> Self {
        release.map_or(Self::WithNothing, |release| Self::With(release.version.clone()))
    }

    /// The version, if there was a release.
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::WithNothing => None,
            Self::With(version) => Some(version),
        }
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithNothing => out.write_str(Self::NOTHING),
            Self::With(version) => version.fmt(out),
        }
    }
}

impl FromStr for Compared {
    type Err = UnknownCompared;

    fn from_str(text: &str) -> Result<Self, UnknownCompared> {
        if text == Self::NOTHING {
            return Ok(Self::WithNothing);
        }
        Version::parse(text).map(Self::With).map_err(|_| UnknownCompared(text.to_owned()))
    }
}

impl Found {
    /// Whether it would have refused the package, had it been found when that was sent. That a check could not be finished says nothing
    /// of the package.
    pub fn refuses(&self) -> bool {
        self.finding.severity >= Severity::Error && self.finding.code != NOT_FINISHED
    }
}

/// Those that a publisher is told: whoever hides something harmful does not learn that it is known. Errors that were found beside it when
/// it was sent are not told either, for without it they would have refused the package at once.
pub fn told_to_publisher(findings: &[Found]) -> impl Iterator<Item = &Found> {
    let was_sent = |found: &&Found| found.found_at.is_none();
    let was_harmful = findings.iter().filter(was_sent).any(|found| found.finding.severity == Severity::Harmful);
    let is_told = move |found: &&Found| match found.finding.severity {
        Severity::Harmful => false,
        Severity::Error => !was_harmful || !was_sent(found),
        Severity::Warning | Severity::Note => true,
    };
    findings.iter().filter(is_told)
}

impl Submission {
    /// Whether an operator refused these very bytes, and why.
    pub fn refused_by_operator(&self, sha256: Digest) -> Option<&str> {
        let verdict = self.verdict.as_ref().filter(|verdict| verdict.by == Side::Operator)?;
        let refused = self.state == SubmissionState::Rejected && self.sha256 == sha256;
        refused.then(|| verdict.reason.as_deref().unwrap_or("no reason was given"))
    }

    /// Why it could not be looked over, or was refused; nothing otherwise.
    pub(crate) fn reason_or_nothing(&self) -> &str {
        self.verdict.as_ref().and_then(|verdict| verdict.reason.as_deref()).unwrap_or("nobody said why")
    }

    /// What the audit log is told of it: neither what checks found nor what was said, which stand with the submission.
    pub(crate) fn deed(&self, act: Act) -> Deed {
        let deed = Deed::new(act).module(self.publisher, &self.module).version(&self.version).id(self.id);
        deed.with(json!({ "sha256": self.sha256 }))
    }

    /// The worst that was found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|found| found.finding.severity).max()
    }
}

/// Who acts, as events say it, where only somebody who is known gets so far.
pub(crate) fn by(actor: &Actor) -> Result<String, Denied> {
    match actor {
        Actor::Operator { token } | Actor::Publisher { token, .. } | Actor::Owner { token, .. } => {
            Ok(format!("token:{}", token.id))
        }
        Actor::Person { account, .. } => Ok(format!("account:{}", account.id)),
        Actor::Anonymous => Err(Denied::Unauthenticated),
    }
}

//! Reports: what people say is wrong with a module, and what an operator made of it. Nobody but operators sees them, and no number of
//! them does anything by itself.

mod category;
mod decide;
mod letters;
mod list;
mod send;

use std::fmt;
use std::str::FromStr;

use adx_signing::name::ModuleId;
use semver::Version;
use serde_json::json;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::account::Account;
use crate::actor::Denied;
use crate::audit::{self, Deed};
use crate::ports::{Address, StoreError};
use crate::quarantine::QuarantineError;
use crate::revoke::RevokeError;

pub use category::{Category, UnknownCategory};
pub use decide::{Act, Outcome, decide_report, decide_report_on_the_machine};
pub(crate) use letters::{letter, tell_reporter};
pub use list::{
    MAX_REPORTS, NotACursor, ReportedAfter, ReportedModule, ReportedModules, Reports, WhichReports, reported_modules,
    reported_modules_on_the_machine, reports, reports_on_the_machine,
};
pub use send::{MAX_ANONYMOUS, MAX_ANONYMOUS_OF_MODULE, NewReport, send_report};

/// What somebody said of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its identifier.
    pub id: Id<Report>,
    /// The module.
    pub module: ModuleId,
    /// The version, if one was named.
    pub version: Option<Version>,
    /// What kind of thing is wrong.
    pub category: Category,
    /// What was said.
    pub text: String,
    /// Who said it.
    pub reporter: Reporter,
    /// What was made of it.
    pub state: ReportState,
    /// When it was sent.
    pub sent_at: OffsetDateTime,
    /// Who decided, when, and in which words.
    pub decided: Option<Decided>,
}

impl Report {
    /// What the audit log is told of it, neither what was said nor by whom. Operators' business: an entry of the publisher's would be
    /// shown to its owners.
    fn deed(&self, act: audit::Act) -> Deed {
        let deed = Deed::new(act).namespace(&self.module.namespace).id(self.id);
        let deed = match &self.version {
            Some(version) => deed.version(version),
            None => deed,
        };
        deed.with(json!({
            "module": self.module.name,
            "category": self.category.as_str(),
            "state": self.state.as_str(),
        }))
    }
}

/// Who sent a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reporter {
    /// Somebody who was signed in, who is told what was made of it.
    Account(Id<Account>),
    /// Somebody who gave an address for questions. Nobody proved that it is theirs, so nothing is sent there by itself. It is personal, and
    /// erased once the report is decided.
    Anonymous(Option<Address>),
}

/// Who decided, when, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Who: `token:` or `account:` with an id, or `machine`. No name of a person.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
    /// Why.
    pub reason: String,
}

/// What was made of a report, or of an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// It waits for an operator.
    Open,
    /// It is so.
    Confirmed,
    /// It is not so, or nothing to act on.
    Dismissed,
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no state of a report: `open`, `confirmed` and `dismissed` are")]
pub struct UnknownReportState(String);

impl ReportState {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Open, Self::Confirmed, Self::Dismissed];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }
}

impl fmt::Display for ReportState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for ReportState {
    type Err = UnknownReportState;

    fn from_str(text: &str) -> Result<Self, UnknownReportState> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownReportState(text.to_owned()))
    }
}

/// Why nothing was reported or decided.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Who is not signed in leaves an address.
    #[error("whoever is not signed in gives an address at which questions can be asked")]
    NoAddress,
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NoModule(ModuleId),
    /// There is no such version.
    #[error("there is no version {version} of `{module}`")]
    NoVersion {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// The same person has a report of this module that waits.
    #[error("a report of `{0}` by the same account waits for an operator already")]
    Again(ModuleId),
    /// So many wait that no more are taken from whoever is not signed in.
    #[error("more reports wait than are taken from whoever is not signed in")]
    Full,
    /// There is no such report.
    #[error("there is no such report")]
    Unknown,
    /// Somebody was first.
    #[error("the report is `{0}` already")]
    NotOpen(ReportState),
    /// The report names none, and a version is to be withheld.
    #[error("the report names no version: say which is meant")]
    WhichVersion,
    /// What was to be done could not be.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// What was to be done could not be.
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

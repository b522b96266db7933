//! Advisories: what is wrong with which versions of a module, filed by its publisher or by an operator, and acted on by agents.

mod document;
mod file;
mod list;

pub use document::{AFFECTED_ECOSYSTEM, BadDocument};
pub use file::{
    AdvisoryError, BadAdvisory, MAX_ADVISORIES, MAX_OF_MODULE, MAX_OF_PUBLISHER, OPERATORS_PLACES, change_advisory,
    change_advisory_on_the_machine, file_advisory, file_advisory_on_the_machine, may_speak, withdraw_advisory,
    withdraw_advisory_on_the_machine,
};
pub(crate) use list::advisories_of;
pub use list::{AdvisoryPage, MAX_PAGE, advisories, advisory};

use adx_index::advisory::{AdvisoryId, Severity, patched};
use adx_index::affected::VersionRange;
use adx_signing::UtcSecond;
use adx_signing::name::ModuleId;
use semver::Version;
use url::Url;

use crate::reason::Reason;

/// A state of an advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Its name.
    pub id: AdvisoryId,
    /// Which state: 1, 2, 3, …
    pub revision: u64,
    /// The module it is about.
    pub module: ModuleId,
    /// What it says.
    pub content: Content,
    /// Whether an operator stands for it; else only the module's publisher does.
    pub confirmed: bool,
    /// When it was filed.
    pub published: UtcSecond,
    /// When it was changed last.
    pub modified: UtcSecond,
    /// Since when it holds no more, if it does not.
    pub withdrawn: Option<UtcSecond>,
}

/// What an advisory says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is, in one line.
    pub title: Reason,
    /// The whole story, Markdown.
    pub details: String,
    /// How much harm is to be feared.
    pub severity: Severity,
    /// A vector of the Common Vulnerability Scoring System, version 3.0, 3.1 or 4.0.
    pub cvss: Option<String>,
    /// Which versions.
    pub affected: Vec<VersionRange>,
    /// Where to read on.
    pub references: Vec<Url>,
    /// Its names elsewhere: `CVE-2026-12345`.
    pub aliases: Vec<String>,
}

impl Advisory {
    /// The versions to go to.
    pub fn patched(&self) -> Vec<&Version> {
        patched(&self.content.affected)
    }
}

//! What a package is looked over for between its signature and its release. Each check is one unit; the configuration says
//! which run, which of them can refuse, and which must be able to run at all.

use std::fmt;
use std::str::FromStr;

use adx_index::package::Package;
use adx_signing::digest::Digest;
use thiserror::Error;

pub mod advisories;
pub mod catalogue;
pub mod complexity;
pub mod exports;
mod finding;
pub mod frontend;
pub mod licence;
pub mod permissions;
pub mod sbom;
pub mod secrets;
#[cfg(test)]
mod subjects;

pub use finding::told;

/// One check. It may take its time: it runs on a thread for such work, never on the reactor.
pub trait Check: Send + Sync {
    /// Its name in the configuration, on the wire and in the database, such as `secrets`.
    fn name(&self) -> &'static str;

    /// Whether it looks at [`Subject::before`], which nobody reads for a check that does not.
    fn needs_before(&self) -> bool {
        false
    }

    /// Whether it is run again over what is released: it looks at nothing but the package and the operator's files, and what it finds
    /// harms people who have the package.
    fn is_run_again(&self) -> bool {
        false
    }

    /// The digest of the operator's files that it holds packages against, as they are now; `None` for a check that needs none.
    ///
    /// # Errors
    /// [`CheckBroke`] when they cannot be used: nothing passes then.
    fn held_against(&self) -> Result<Option<Digest>, CheckBroke> {
        Ok(None)
    }

    /// Looks a package over.
    ///
    /// # Errors
    /// [`CheckBroke`] when it could not be told: a check that cannot end is not passed.
    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke>;
}

/// What is looked over.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The package, read whole.
    pub package: &'a Package,
    /// Its digest.
    pub sha256: Digest,
    /// The package of the release that people have now, if there is one and the check [needs](Check::needs_before) it: what changed
    /// can be looked at.
    pub before: Option<&'a Package>,
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in kebab case, for programs; the same for every finding of the kind.
    pub code: String,
    /// What it is, for people: the thing and the remedy.
    pub message: String,
    /// Where: a path in the package, perhaps with a line (`frontend/main.js:12`), an interface, or nothing.
    pub place: Option<String>,
    /// By which rule of the operator's files, where it is by one: the name of a rule, an advisory with what it is about. However the
    /// words of the message change, a finding of one rule at one place stays the same.
    pub rule: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nobody has to look.
    Note,
    /// Somebody should look: policy may hold the release for review. Refused, where the check is strict.
    Warning,
    /// Refused, where the check is enforced.
    Error,
    /// Known to be harmful: kept from everybody but operators, and refused whatever is enforced.
    Harmful,
}

/// Why a check could not tell.
#[derive(Debug, Error)]
#[error("the check `{check}` could not be finished: {reason}")]
pub struct CheckBroke {
    /// The check's name.
    pub check: &'static str,
    /// What went wrong, for operators.
    pub reason: String,
}

/// A word that is no severity.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no severity: `note`, `warning`, `error` and `harmful` are")]
pub struct UnknownSeverity(String);

impl Severity {
    /// Every one, the mildest first.
    pub const ALL: [Self; 4] = [Self::Note, Self::Warning, Self::Error, Self::Harmful];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Harmful => "harmful",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}

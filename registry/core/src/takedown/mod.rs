//! Takedowns: an operator withholds a version or a whole module because the law, or a court, says so. The log keeps what it says of
//! it; whoever asks for the package is told why there is none. See `docs/decisions/0019-reports.md`.

mod act;
mod erase;
mod list;

use std::fmt;
use std::str::FromStr;

use adx_signing::name::ModuleId;
use semver::Version;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::actor::Denied;
use crate::ports::StoreError;
use crate::reason::{Reason, is_of_one_line};

pub(crate) use act::lift_within;
pub use act::{lift, lift_on_the_machine, take_down, take_down_on_the_machine};
pub(crate) use erase::erase;
pub use list::{MAX_TAKEDOWNS, Takedowns, takedown_of, takedowns, takedowns_on_the_machine};
pub(crate) use list::{of_module, of_release};

/// Longest reference, in characters.
pub const MAX_REFERENCE_CHARS: usize = 200;

/// That a version or a module was taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takedown {
    /// Its identifier.
    pub id: Id<Takedown>,
    /// The module.
    pub module: ModuleId,
    /// The version; without one, the whole module.
    pub version: Option<Version>,
    /// Why, for whoever asks for it.
    pub reason: String,
    /// What it rests on.
    pub reference: String,
    /// Whether the bytes are gone for good.
    pub erased: bool,
    /// Who did it: `token:` or `account:` with an id, or `machine`. No name of a person.
    pub taken_by: String,
    /// When.
    pub taken_at: OffsetDateTime,
    /// Who took it back, and when; nobody as long as it stands.
    pub lifted: Option<Lifted>,
}

/// Who took a takedown back, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// Who: `token:` or `account:` with an id, or `machine`.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

/// What an operator wants to be taken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTakedown {
    /// Why, for whoever asks for it.
    pub reason: Reason,
    /// What it rests on.
    pub reference: Reference,
    /// Whether the bytes shall be erased: nobody can bring them back then.
    pub erase: bool,
}

/// What a takedown rests on: the number of a case, or an address, in one line of 1 to [`MAX_REFERENCE_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(String);

/// The text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a reference has 1 to {MAX_REFERENCE_CHARS} characters, all in one line and none of them `<`, `>` or a control \
     character"
)]
pub struct BadReference;

impl FromStr for Reference {
    type Err = BadReference;

    fn from_str(text: &str) -> Result<Self, BadReference> {
        let text = text.trim();
        if !(1..=MAX_REFERENCE_CHARS).contains(&text.chars().count()) || !is_of_one_line(text) {
            return Err(BadReference);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why nothing was taken down, or given back.
#[derive(Debug, Error)]
pub enum TakedownError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such module.
    #[error("there is no module `{0}`")]
    NoModule(ModuleId),
    /// There is no such version.
    #[error("there is no version {version} of `{module}`")]
    NotFound {
        /// The module.
        module: ModuleId,
        /// The version.
        version: Version,
    },
    /// It was not taken down.
    #[error("{} is not taken down by itself", in_words(module, version.as_ref()))]
    NotTakenDown {
        /// The module.
        module: ModuleId,
        /// The version; without one, the whole module.
        version: Option<Version>,
    },
    /// Its bytes are gone.
    #[error("the bytes of {} were erased: nothing is left to give back", in_words(module, version.as_ref()))]
    Erased {
        /// The module.
        module: ModuleId,
        /// The version; without one, the whole module.
        version: Option<Version>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A module or a version as people write it.
pub(crate) fn in_words(module: &ModuleId, version: Option<&Version>) -> String {
    version.map_or_else(|| format!("`{module}`"), |version| format!("`{module}` {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_one_line_without_markup() {
        assert_eq!(" 7 O 12/26 ".parse::<Reference>().unwrap().to_string(), "7 O 12/26");
        let long = "x".repeat(MAX_REFERENCE_CHARS + 1);
        for text in ["", " ", "a\nb", "<a>", "a\u{202e}b", &long] {
            assert_eq!(text.parse::<Reference>(), Err(BadReference), "{text:?}");
        }
    }
}

//! What kind of thing is wrong with a module.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// It harms whoever runs it.
    Malware,
    /// It pretends to be somebody else's.
    Impersonation,
    /// It is not what a registry of modules is for.
    Spam,
    /// The law forbids it, or it belongs to somebody else.
    Unlawful,
    /// Something else.
    Other,
}

/// A word that is no category.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no category: `malware`, `impersonation`, `spam`, `unlawful` and `other` are")]
pub struct UnknownCategory(String);

impl Category {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Malware, Self::Impersonation, Self::Spam, Self::Unlawful, Self::Other];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malware => "malware",
            Self::Impersonation => "impersonation",
            Self::Spam => "spam",
            Self::Unlawful => "unlawful",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = UnknownCategory;

    fn from_str(text: &str) -> Result<Self, UnknownCategory> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownCategory(text.to_owned()))
    }
}

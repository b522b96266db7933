//! The people who hold a publisher's namespace together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::ports::Address;
use crate::publisher::Publisher;
use crate::reason::is_of_one_line;

/// Longest name of an owner, in characters: it stands in mails.
pub const MAX_OWNER_NAME_CHARS: usize = 80;

/// One of the owners of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its identifier.
    pub id: Id<Owner>,
    /// The publisher whose namespace it is.
    pub publisher: Id<Publisher>,
    /// What the others read.
    pub name: OwnerName,
    /// Where mail goes: personal, and erased when the owner is removed.
    pub email: Option<Address>,
    /// How far it has come.
    pub state: OwnerState,
    /// When it was invited first.
    pub created_at: OffsetDateTime,
    /// When it accepted.
    pub accepted_at: Option<OffsetDateTime>,
}

impl Owner {
    /// Whether it decides with the others.
    pub fn is_accepted(&self) -> bool {
        self.state == OwnerState::Accepted
    }

    /// Whether mail to `address` reaches it. The part before the `@` is compared without case, as nearly every server does.
    pub fn has_address(&self, address: &Address) -> bool {
        self.email.as_ref().is_some_and(|own| own.as_str().eq_ignore_ascii_case(address.as_str()))
    }
}

/// How far an owner has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerState {
    /// A code was sent to its address.
    Invited,
    /// It gave the code back: the address is its own, and it decides.
    Accepted,
    /// It decides no more.
    Removed,
}

impl OwnerState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Accepted, Self::Removed];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Accepted => "accepted",
            Self::Removed => "removed",
        }
    }
}

/// A word that is no state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a state that is known")]
pub struct UnknownState(pub(crate) String);

impl FromStr for OwnerState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// A name of 1 to [`MAX_OWNER_NAME_CHARS`] characters in one line, without what reads as something else: it stands in mails
/// to the other owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerName(String);

/// The text is no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a name has 1 to {MAX_OWNER_NAME_CHARS} characters, all in one line and none of them `<`, `>` or a control \
     character"
)]
pub struct BadOwnerName;

impl FromStr for OwnerName {
    type Err = BadOwnerName;

    fn from_str(text: &str) -> Result<Self, BadOwnerName> {
        let text = text.trim();
        if !(1..=MAX_OWNER_NAME_CHARS).contains(&text.chars().count()) || !is_of_one_line(text) {
            return Err(BadOwnerName);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for OwnerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for OwnerName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for OwnerName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How many of `owners` must approve: the publisher's threshold, or the majority. At least one, and never more than there are.
pub fn needed(threshold: Option<u32>, owners: usize) -> u32 {
    let owners = u32::try_from(owners).unwrap_or(u32::MAX);
    threshold.unwrap_or(owners / 2 + 1).min(owners).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_reads_as_something_else_is_refused() {
        assert_eq!(" Ada Löwe ".parse::<OwnerName>().unwrap().to_string(), "Ada Löwe");
        let long = "x".repeat(MAX_OWNER_NAME_CHARS + 1);
        for text in ["", " ", "Ada\nTo: eve", "Ada\u{202e}", "<Ada>", "A\u{0}da", long.as_str()] {
            assert_eq!(text.parse::<OwnerName>(), Err(BadOwnerName), "{text:?}");
        }
    }

    #[test]
    fn the_majority_decides_unless_something_else_is_said() {
        let majorities: Vec<_> = (0..=5).map(|owners| needed(None, owners)).collect();
        assert_eq!(majorities, [1, 1, 2, 2, 3, 3]);
        assert_eq!((needed(Some(1), 5), needed(Some(5), 5)), (1, 5));
        assert_eq!(needed(Some(5), 3), 3, "nobody could decide otherwise");
    }
}

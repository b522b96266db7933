//! What people are called, and how many owners of a namespace must approve.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::reason::is_of_one_line;

/// Longest name of a person, in characters: it stands in mails.
pub const MAX_OWNER_NAME_CHARS: usize = 80;

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

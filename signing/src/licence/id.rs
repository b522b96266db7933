//! What a licence is called.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::{Builder, Uuid, Version};

use crate::utc::UtcSecond;

/// The id of a licence: a UUID of version 7 (RFC 9562), so that those made later sort later. One spelling: lowercase with
/// hyphens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenceId(Uuid);

/// A text that is not the id of a licence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a licence: copy the 36 characters of its line `Licence:`")]
pub struct LicenceIdError(String);

impl LicenceId {
    /// An id for a licence made at `at`, random past that.
    pub fn new(at: UtcSecond, random: [u8; 10]) -> Self {
        let milliseconds = u64::try_from(at.unix_seconds()).unwrap_or(0).saturating_mul(1000);
        Self(Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }
}

impl FromStr for LicenceId {
    type Err = LicenceIdError;

    fn from_str(text: &str) -> Result<Self, LicenceIdError> {
        let read = Uuid::try_parse(text).ok().filter(|id| id.get_version() == Some(Version::SortRand)).map(Self);
        // The parser reads other spellings as well: one id has one text.
        read.filter(|id| id.to_string() == text)
            .ok_or_else(|| LicenceIdError(text.chars().take(40).flat_map(char::escape_debug).collect()))
    }
}

impl fmt::Display for LicenceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl fmt::Debug for LicenceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LicenceId({self})")
    }
}

impl Serialize for LicenceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LicenceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

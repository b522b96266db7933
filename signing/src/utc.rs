//! Points in time as signed documents write them: UTC, whole seconds, `2026-11-25T07:46:49Z` and no other spelling.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Duration, OffsetDateTime, PrimitiveDateTime, format_description::StaticFormatDescription, macros};

const FORMAT: StaticFormatDescription = macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
/// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the seconds whose year has four digits.
const YEARS: (i64, i64) = (-62_167_219_200, 253_402_300_799);

/// A second in UTC between the years 0 and 9999. Equal times have equal text, so a signature over the text is one over
/// the time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcSecond(i64);

/// A text that is not a time as signed documents write it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time in UTC: write YYYY-MM-DDTHH:MM:SSZ")]
pub struct UtcSecondError {
    text: String,
}

impl UtcSecond {
    /// Seconds since 1970-01-01T00:00:00Z, negative before.
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The time this much later, or earlier for a negative duration, held within the years 0 to 9999.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.whole_seconds()).clamp(YEARS.0, YEARS.1))
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// Drops the fraction of the second.
impl From<OffsetDateTime> for UtcSecond {
    fn from(time: OffsetDateTime) -> Self {
        Self(time.unix_timestamp().clamp(YEARS.0, YEARS.1))
    }
}

impl From<UtcSecond> for OffsetDateTime {
    fn from(time: UtcSecond) -> Self {
        time.date_time()
    }
}

impl FromStr for UtcSecond {
    type Err = UtcSecondError;

    fn from_str(text: &str) -> Result<Self, UtcSecondError> {
        let error = || UtcSecondError { text: text.chars().take(24).flat_map(char::escape_debug).collect() };
        let time = PrimitiveDateTime::parse(text, FORMAT).map_err(|_| error())?.assume_utc();
        let second = Self::from(time);
        // The parser reads some texts that the writer would not write, `+2026-…` among them.
        if second.to_string() == text { Ok(second) } else { Err(error()) }
    }
}

impl fmt::Display for UtcSecond {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.date_time().format(FORMAT).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for UtcSecond {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "UtcSecond({self})")
    }
}

impl Serialize for UtcSecond {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcSecond {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

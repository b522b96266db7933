//! Identifiers made in Rust: time-ordered, so that rows made together lie together, and random past that.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::OffsetDateTime;

use crate::ports::Entropy;

/// The identifier of a `T`: 48 bits of Unix milliseconds, then 80 random bits, written as 32 lowercase hex digits.
///
/// The layout is that of ULID and UUID version 7; the text form sorts as the number does.
pub struct Id<T> {
    bits: u128,
    of: PhantomData<fn() -> T>,
}

/// A text that is not 32 lowercase hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an identifier: 32 lowercase hex digits are expected")]
pub struct IdError(String);

impl<T> Id<T> {
    /// A new identifier for something made at `now`.
    pub fn new(now: OffsetDateTime, entropy: &dyn Entropy) -> Self {
        let milliseconds = u128::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        let mut random = [0_u8; 16];
        entropy.fill(&mut random);
        let random = u128::from_be_bytes(random) >> 48;
        Self::from_bits((milliseconds << 80) | random)
    }

    /// What is random of it.
    pub(crate) fn random(self) -> [u8; 10] {
        let [_, _, _, _, _, _, random @ ..] = self.bits.to_be_bytes();
        random
    }

    const fn from_bits(bits: u128) -> Self {
        Self { bits, of: PhantomData }
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bits.cmp(&other.bits)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.bits)
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<T> FromStr for Id<T> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let lowercase_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 32 || !lowercase_hex {
            return Err(IdError(text.to_owned()));
        }
        u128::from_str_radix(text, 16).map(Self::from_bits).map_err(|_| IdError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones_whatever_the_random_part() {
        let early = Id::<()>::new(OffsetDateTime::UNIX_EPOCH, &Fixed(0xff));
        let late = Id::<()>::new(OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(1), &Fixed(0));
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn text_and_back() {
        let id = Id::<()>::new(OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000), &Fixed(7));
        assert_eq!(id.to_string().parse::<Id<()>>(), Ok(id));
        assert!("0".parse::<Id<()>>().is_err());
        assert!("A".repeat(32).parse::<Id<()>>().is_err());
        assert!("+".repeat(32).parse::<Id<()>>().is_err());
    }
}

//! The version member of our own formats.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The member `"v": 1`. Another number is refused by name: a change that a reader must not miss raises it, and members
/// that a reader may miss are added without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct V1;

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(1)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            other => {
                Err(de::Error::custom(format_args!("it is version {other} of its format, only 1 is read: update")))
            }
        }
    }
}

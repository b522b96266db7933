//! Who owns a namespace, and the keys its releases are signed with.

use std::collections::BTreeSet;
use std::str::FromStr;

use adx_signing::key::{KeyId, KeyPurpose, PublicKey};
use adx_signing::name::Namespace;
use adx_signing::tuf::key_history::Authorization;
use adx_signing::utc::UtcSecond;
use thiserror::Error;
use time::OffsetDateTime;

use crate::Id;
use crate::account::UnknownWord;
use crate::reason::is_of_one_line;

/// Longest display name, in characters: it is shown in lists.
pub const MAX_DISPLAY_NAME_CHARS: usize = 80;

/// The owner of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// Its identifier.
    pub id: Id<Publisher>,
    /// The namespace it owns, unique by canonical form.
    pub namespace: Namespace,
    /// What people read.
    pub display_name: String,
    /// Whose it is.
    pub kind: PublisherKind,
    /// When it was created.
    pub created_at: OffsetDateTime,
}

/// What people read of a publisher: plain text of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no display name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "a display name has 1 to {MAX_DISPLAY_NAME_CHARS} characters, all in one line and none of them `<`, `>` or a control \
     character"
)]
pub struct BadDisplayName;

impl FromStr for DisplayName {
    type Err = BadDisplayName;

    fn from_str(text: &str) -> Result<Self, BadDisplayName> {
        let text = text.trim();
        if !(1..=MAX_DISPLAY_NAME_CHARS).contains(&text.chars().count()) || !is_of_one_line(text) {
            return Err(BadDisplayName);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whose a publisher is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublisherKind {
    /// An organisation's: it may have any members.
    Organisation,
    /// One person's, who is its only member.
    Person,
}

impl PublisherKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Organisation, Self::Person];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Person => "person",
        }
    }
}

impl FromStr for PublisherKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// A key that a publisher signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherKey {
    /// The key's identifier, computed from the key itself.
    pub key_id: KeyId,
    /// Whose key it is.
    pub publisher: Id<Publisher>,
    /// The key.
    pub public_key: PublicKey,
    /// When it was registered.
    pub added_at: OffsetDateTime,
    /// The number of the leaf that added it; none for a key from before the log.
    pub leaf: Option<u64>,
    /// What it may sign; at least one.
    pub purposes: BTreeSet<KeyPurpose>,
    /// The last second at which it counts.
    pub not_after: Option<UtcSecond>,
    /// What gave somebody the right to add it; none for a key that a token alone registered beside others, before that had to
    /// be signed for: it counts for nothing.
    pub added_by: Option<Authorization>,
    /// That it was removed, if it was.
    pub removed: Option<KeyRemoval>,
    /// The first leaf at which it is not believed, if it stands on the kill list.
    pub revoked_from: Option<u64>,
}

/// How a key was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRemoval {
    /// The number of the leaf that removed it.
    pub leaf: u64,
    /// What gave somebody the right to it.
    pub by: Authorization,
}

/// Most bytes that a key takes in the list of all publishers' keys (`publisher-keys.json`) besides what is counted of its row: the names of
/// its members, the numbers of its leaves, the key itself, and its part of what is around it.
pub const KEY_ENTRY_BYTES: u64 = 256;

/// How long the list of all publishers' keys is, in bytes: somewhat more than it is, and never less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyListBytes {
    /// The whole list.
    pub all: u64,
    /// What one publisher's keys take of it.
    pub of_publisher: u64,
}

impl PublisherKey {
    /// Whether its namespace has or had it: agents are told of it, and of its removal.
    pub fn is_listed(&self) -> bool {
        self.added_by.is_some()
    }

    /// Whether it is revoked for what the leaf of this number tells of.
    pub fn is_revoked_at(&self, leaf: u64) -> bool {
        self.revoked_from.is_some_and(|from| from <= leaf)
    }

    /// Whether what it signs for this purpose counts, should the leaf of this number tell of it at `now`.
    pub fn counts(&self, purpose: KeyPurpose, leaf: u64, now: UtcSecond) -> bool {
        self.is_listed()
            && self.removed.is_none()
            && !self.is_revoked_at(leaf)
            && self.purposes.contains(&purpose)
            && self.not_after.is_none_or(|last| now <= last)
    }
}

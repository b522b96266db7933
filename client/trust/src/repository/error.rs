//! Why repository metadata is refused.

use adx_signing::UtcSecond;
use sigstore_tuf::Error as TufError;

use super::to_utc;
use crate::{source::SourceError, state::StateError};

/// Why repository metadata is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// It did not come.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What is remembered of the repository.
    #[error(transparent)]
    State(#[from] StateError),
    /// A file that must be there is not.
    #[error("{file} is not served")]
    Missing {
        /// The file.
        file: String,
    },
    /// A document that is past its time: what it says may be long outdated.
    #[error("{role} expired at {expires}: somebody holds back what came after, or the registry stopped signing")]
    Expired {
        /// The role.
        role: String,
        /// When.
        expires: UtcSecond,
    },
    /// A document that would be fresh for longer than a registry signs it.
    #[error(
        "{role} is signed until {expires}, further ahead than the {longest_hours} hours for which a registry signs it"
    )]
    TooFarAhead {
        /// The role.
        role: String,
        /// Until when it says that it is fresh.
        expires: UtcSecond,
        /// The longest, in hours.
        longest_hours: i64,
    },
    /// A version that is older than one seen before.
    #[error("{role} is version {found}, version {trusted} was seen before: this is a rollback")]
    Rollback {
        /// The role, and what pins it.
        role: String,
        /// The version seen before.
        trusted: u64,
        /// The version found.
        found: u64,
    },
    /// A role that was there and is not any more.
    #[error("the snapshot does not list {file} any more, which it listed before")]
    Removed {
        /// The role's file.
        file: String,
    },
    /// Documents of different rounds, or a file that is not the one pinned.
    #[error("{file} is not the one that the document above it pins ({why})")]
    NotThePinned {
        /// The file.
        file: String,
        /// What differs.
        why: String,
    },
    /// Too few keys signed.
    #[error("{file} is signed by {found} of the {needed} keys it needs")]
    Threshold {
        /// The file.
        file: String,
        /// Distinct keys that signed.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// One key, counted as several.
    #[error("{file} counts one key as several: {why}")]
    KeyCountedTwice {
        /// The file.
        file: String,
        /// How.
        why: String,
    },
    /// A key that is not as every client reads it.
    #[error("{file} lists a key that cannot be used: {why}")]
    Key {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// A root that does not follow the trusted one.
    #[error("root version {found} does not follow version {trusted}")]
    RootVersion {
        /// The trusted version.
        trusted: u64,
        /// The version found.
        found: u64,
    },
    /// A repository that has one more root for ever.
    #[error("more than {most} roots follow the trusted one: this repository does not come to an end", most = super::MAX_ROOT_ROTATIONS)]
    EndlessRoots,
    /// The pinned root is another than the one the state was made with.
    #[error(
        "the pinned root version {version} is not the one that {stored} was made with: pin that one, or remove the folder to trust anew"
    )]
    OtherPinnedRoot {
        /// Its version.
        version: u64,
        /// The stored file.
        stored: String,
    },
    /// No root was pinned and none is stored.
    #[error("no root is pinned: hand over the registry's first `1.root.json` out of band")]
    NoPinnedRoot,
    /// A document that cannot be read.
    #[error("{file} cannot be read: {why}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing was refreshed yet.
    #[error("nothing is known of this registry yet: refresh it first")]
    NotRefreshed,
    /// A target that the offline keys must list, and do not.
    #[error(
        "{name} is listed by `{role}`, whose keys are on the server, and not by the targets document, which people sign"
    )]
    ListedOnline {
        /// The target.
        name: String,
        /// The role that lists it.
        role: String,
    },
    /// A document that keys signed which the registry gave up since.
    #[error(
        "{file} is from before the registry's keys were changed: root version {root} names others than those which signed it"
    )]
    BeforeRotation {
        /// The file.
        file: String,
        /// The version of the present root.
        root: u64,
    },
    /// The whole of a target's search ended without it.
    #[error("no document lists `{name}`")]
    NotListed {
        /// The target.
        name: String,
    },
}

impl RepositoryError {
    /// Whether asking again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Source(error) => error.is_passing(),
            Self::State(StateError::Disk { .. } | StateError::Locked { .. }) | Self::Missing { .. } => true,
            _ => false,
        }
    }

    /// What the state machine says of a file.
    pub(super) fn of(file: &str, error: TufError) -> Self {
        let file = file.to_owned();
        match error {
            TufError::Expired { role, expires } => Self::Expired { role, expires: to_utc(expires) },
            TufError::Rollback { role, trusted, new } => Self::Rollback { role, trusted, found: new },
            TufError::ThresholdNotMet { found, threshold, .. } => Self::Threshold { file, found, needed: threshold },
            TufError::DuplicateSignature { key_id, .. } => {
                Self::KeyCountedTwice { file, why: format!("{key_id} signed twice") }
            }
            TufError::BadRootVersion { trusted, new } => Self::RootVersion { trusted, found: new },
            TufError::IntegrityMismatch(why) => Self::NotThePinned { file, why },
            TufError::NotRefreshed => Self::NotRefreshed,
            other => {
                let mut why = other.to_string();
                let mut source = std::error::Error::source(&other);
                while let Some(cause) = source {
                    why = format!("{why}: {cause}");
                    source = cause.source();
                }
                Self::Malformed { file, why }
            }
        }
    }
}

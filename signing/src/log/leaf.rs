//! Leaves: what the log records, one for each change that somebody must be able to see.
//!
//! A leaf is canonical JSON, `{"at":"2026-11-25T07:46:49Z","event":{"yank":{…}},"v":1}`; its bytes are what the tree
//! hashes. The members of each kind are those of its structure below. It holds no personal data, for nothing can be taken out of the log: no names of people, no addresses, no free
//! text, no account numbers.

use std::collections::BTreeSet;

use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    digest::Digest,
    key::{self, KeyId, KeyPurpose, PublicKey},
    key_change::Change,
    name::{ModuleId, Namespace},
    utc::UtcSecond,
    version::V1,
};

/// Largest leaf, in bytes. The largest of ours has under 2 KiB; the cap keeps a bundle of 256 small.
pub const MAX_LEAF_BYTES: usize = 8 * 1024;

/// A leaf that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// More than [`MAX_LEAF_BYTES`].
    #[error("the leaf has {0} bytes, the cap is {MAX_LEAF_BYTES}")]
    TooLarge(usize),
    /// Not JSON of a leaf, or of a kind that is not known: what a verifier does not understand proves nothing.
    #[error("the leaf cannot be read ({0})")]
    Json(String),
    /// The same content in other bytes, which would be another leaf.
    #[error("the leaf is not in canonical form")]
    NotCanonical,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// When the registry accepted it.
    pub at: UtcSecond,
    /// What happened.
    pub event: Event,
    /// `"v": 1`.
    pub v: V1,
}

/// What happened. Each kind is a member of `event` with the members below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// `publish`: a release was made public.
    Publish(Publication),
    /// `yank`: a release is not chosen any more.
    Yank(ReleaseName),
    /// `unyank`: it is chosen again.
    Unyank(ReleaseName),
    /// `quarantine`: a release cannot be installed.
    Quarantine(ReleaseName),
    /// `release-from-quarantine`: it can be installed again.
    ReleaseFromQuarantine(ReleaseName),
    /// `ownership`: other people own a namespace.
    Ownership(Ownership),
    /// `publisher-key-added`: a key counts for leaves after this one.
    PublisherKeyAdded(KeyAdded),
    /// `publisher-key-removed`: a key counts for leaves before this one only.
    PublisherKeyRemoved(KeyRemoved),
    /// `key-recovery-announced`: the owners of a namespace want to change its keys without one of them.
    KeyRecoveryAnnounced(KeyRecovery),
    /// `key-recovery-cancelled`: one of them objected.
    KeyRecoveryCancelled(KeyRecovery),
    /// `revoked`: a package or a key came onto the kill list, or a key is believed up to another leaf than before.
    Revoked(Revoked),
    /// `unrevoked`: it was taken off.
    Unrevoked(Revoked),
    /// `root-published`: the repository has a new root.
    RootPublished(RootPublished),
    /// `deprecate`: the publisher advises against a module or some of its versions, or does so in other words.
    Deprecate(ModuleName),
    /// `undeprecate`: it does not any more.
    Undeprecate(ModuleName),
    /// `advisory`: an advisory was published, changed or withdrawn.
    Advisory(AdvisoryRevision),
}

/// `publish`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The digest of the publisher's envelope, the bytes that are served with the package.
    pub envelope_sha256: Digest,
    /// The publisher's keys that signed it, sorted.
    pub keyids: BTreeSet<KeyId>,
    /// The module.
    pub module: ModuleId,
    /// The digest of the package.
    pub sha256: Digest,
    /// The version.
    pub version: Version,
}

/// `yank`, `unyank`, `quarantine`, `release-from-quarantine`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseName {
    /// The module.
    pub module: ModuleId,
    /// The version.
    pub version: Version,
}

/// `ownership`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ownership {
    /// The namespace.
    pub namespace: Namespace,
    /// How many own it now.
    pub owners: u32,
    /// The digest of their list, which the registry keeps together with 32 random bytes that are hashed with it. Who is
    /// given the list can check it; without those bytes it cannot be guessed, and once they are erased it is nobody's.
    pub owners_sha256: Digest,
}

/// `publisher-key-added`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAdded {
    /// Whose key.
    pub namespace: Namespace,
    /// The last second at which it counts, by the time in a leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<UtcSecond>,
    /// The key, 64 hexadecimal digits.
    #[serde(with = "key::public_hex")]
    pub public: PublicKey,
    /// What it may sign, sorted.
    pub purposes: BTreeSet<KeyPurpose>,
}

/// `publisher-key-removed`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRemoved {
    /// The key.
    pub keyid: KeyId,
    /// Whose key.
    pub namespace: Namespace,
}

/// `key-recovery-announced`, `key-recovery-cancelled`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecovery {
    /// What is to change.
    pub change: Change,
    /// Whose keys.
    pub namespace: Namespace,
}

/// `revoked`, `unrevoked`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Revoked {
    /// A key.
    Key {
        /// The first leaf at which it is not believed; 0 for all. In `unrevoked`, what stood in the list.
        from_leaf: u64,
        /// The key.
        keyid: KeyId,
    },
    /// A package.
    Package {
        /// Its digest.
        sha256: Digest,
    },
}

/// `root-published`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootPublished {
    /// The digest of the root's file, signatures and all.
    pub sha256: Digest,
    /// Its version.
    pub version: u64,
}

/// `deprecate`, `undeprecate`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleName {
    /// The module.
    pub module: ModuleId,
}

/// `advisory`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvisoryRevision {
    /// The advisory, as `ADX-2026-0001`.
    pub id: String,
    /// The module it is about.
    pub module: ModuleId,
    /// Which state of it: 1, 2, 3, …
    pub revision: u64,
    /// The digest of its document, as served.
    pub sha256: Digest,
}

impl Leaf {
    /// A leaf of the present version.
    pub fn new(at: UtcSecond, event: Event) -> Self {
        Self { at, event, v: V1 }
    }

    /// The bytes that the tree hashes.
    #[expect(clippy::missing_panics_doc, reason = "leaves declare their members in order")]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_vec(self).expect("leaves declare their members in order and hold integers only")
    }

    /// Reads a leaf: of a known kind, no member more, and in the one form that has its hash.
    ///
    /// # Errors
    /// [`LeafError`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        if bytes.len() > MAX_LEAF_BYTES {
            return Err(LeafError::TooLarge(bytes.len()));
        }
        let leaf: Self = serde_json::from_slice(bytes).map_err(|error| LeafError::Json(error.to_string()))?;
        if leaf.to_bytes() == bytes { Ok(leaf) } else { Err(LeafError::NotCanonical) }
    }
}

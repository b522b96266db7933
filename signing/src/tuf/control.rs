//! The control files: four targets that say how everything else is to be judged. Three are listed by a role of their
//! own, so that a round that changes one signs no bin. `log-policy.json` is listed by the top-level targets document: who
//! watches the log is for people to say, whose keys are offline, and not for whoever has the server.
//!
//! Each is JSON with `"v": 1`. Members that a reader does not know are ignored.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use super::reason::MAX_REASON_CHARS;
use super::{key_history::Authorization, name::TargetName, reason};
use crate::{
    digest::Digest,
    key::{self, KeyId, KeyPurpose, PublicKey},
    licence::Authority,
    log::LogPolicy,
    name::{ModuleId, Namespace},
    utc::UtcSecond,
    version::V1,
};

/// The names of the four, sorted.
pub const CONTROL_FILES: [&str; 4] = [IndexRoot::NAME, LogPolicy::NAME, PublisherKeys::NAME, Revocations::NAME];
/// The names of those that change with the rounds, sorted: what the control role is delegated by.
pub const CONTROL_ROLE_FILES: [&str; 3] = [IndexRoot::NAME, PublisherKeys::NAME, Revocations::NAME];
/// Largest control file or index shard read, in bytes. Stops a server from filling an agent's memory.
pub const MAX_CONTROL_BYTES: usize = 16 * 1024 * 1024;

/// A control file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// More than [`MAX_CONTROL_BYTES`].
    #[error("`{name}` has {length} bytes, the cap is {MAX_CONTROL_BYTES}")]
    TooLarge {
        /// The file.
        name: &'static str,
        /// Its length in bytes.
        length: usize,
    },
    /// Not JSON of this file.
    #[error("`{name}` cannot be read ({reason})")]
    Json {
        /// The file.
        name: &'static str,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// One namespace in two spellings, of which readers would take one or the other.
    #[error("`{name}` lists `{one}` and `{other}`, which are one namespace")]
    TwoSpellings {
        /// The file.
        name: &'static str,
        /// The first.
        one: Namespace,
        /// The second.
        other: Namespace,
    },
}

/// What the control files have in common.
pub trait ControlFile: Serialize + DeserializeOwned {
    /// Its target name.
    const NAME: &'static str;

    /// The file's bytes. Equal content has equal bytes.
    fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("maps have text for keys and no value fails to encode")
    }

    /// Reads a file whose hash was checked.
    ///
    /// # Errors
    /// [`ControlError`] for anything beyond the cap, of another version or not of this form, and for what [`ControlFile::check`] finds.
    fn from_json(bytes: &[u8]) -> Result<Self, ControlError> {
        if bytes.len() > MAX_CONTROL_BYTES {
            return Err(ControlError::TooLarge { name: Self::NAME, length: bytes.len() });
        }
        let file: Self = serde_json::from_slice(bytes)
            .map_err(|error| ControlError::Json { name: Self::NAME, reason: error.to_string() })?;
        file.check()?;
        Ok(file)
    }

    /// Checks what its form does not.
    ///
    /// # Errors
    /// [`ControlError`]
    fn check(&self) -> Result<(), ControlError> {
        Ok(())
    }

    /// The name as that of a target.
    fn target_name() -> TargetName {
        Self::NAME.parse().expect("a control file's name is one of a target")
    }
}

impl ControlFile for PublisherKeys {
    const NAME: &'static str = "publisher-keys.json";

    fn check(&self) -> Result<(), ControlError> {
        let mut spelled = BTreeMap::new();
        for namespace in self.namespaces.keys() {
            if let Some(one) = spelled.insert(namespace.canonical(), namespace) {
                let (one, other) = (one.clone(), namespace.clone());
                return Err(ControlError::TwoSpellings { name: Self::NAME, one, other });
            }
        }
        Ok(())
    }
}

impl ControlFile for Revocations {
    const NAME: &'static str = "revocations.json";
}

impl ControlFile for LogPolicy {
    const NAME: &'static str = "log-policy.json";
}

impl ControlFile for IndexRoot {
    const NAME: &'static str = "index-root.json";
}

/// Which keys speak for which namespace, and in which stretch of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublisherKeys {
    /// `"v": 1`.
    pub v: V1,
    /// The keys of each namespace, in the order in which they were added. Removed ones stay: old releases need them.
    pub namespaces: BTreeMap<Namespace, Vec<RegisteredKey>>,
}

/// A publisher's key and when it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredKey {
    /// The key, 64 hexadecimal digits; its id is computed from it.
    #[serde(with = "key::public_hex")]
    pub public: PublicKey,
    /// What it may sign.
    pub purposes: BTreeSet<KeyPurpose>,
    /// What gave somebody the right to add it.
    pub added_by: Authorization,
    /// The index of the leaf that added it: it counts for leaves after that one.
    pub added_at_leaf: u64,
    /// The index of the leaf that removed it: it counts for leaves before that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at_leaf: Option<u64>,
    /// What gave somebody the right to remove it, if it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<Authorization>,
    /// The last second at which it counts, by the time in the leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<UtcSecond>,
}

impl RegisteredKey {
    /// Whether what it signed for this purpose counts at a leaf: by the order of the log, which nobody can change
    /// later, and by the time that the leaf states.
    pub fn counts_at(&self, purpose: KeyPurpose, leaf_index: u64, leaf_time: UtcSecond) -> bool {
        self.purposes.contains(&purpose)
            && self.added_at_leaf < leaf_index
            && self.removed_at_leaf.is_none_or(|removed| leaf_index < removed)
            && self.not_after.is_none_or(|last| leaf_time <= last)
    }
}

impl PublisherKeys {
    /// The keys of a namespace that count at a leaf.
    pub fn at(
        &self,
        namespace: &Namespace,
        purpose: KeyPurpose,
        leaf_index: u64,
        leaf_time: UtcSecond,
    ) -> Vec<PublicKey> {
        let keys = self.namespaces.get(namespace).into_iter().flatten();
        keys.filter(|key| key.counts_at(purpose, leaf_index, leaf_time)).map(|key| key.public).collect()
    }
}

/// The kill list, honoured without a network and for what is installed already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocations {
    /// `"v": 1`.
    pub v: V1,
    /// Packages that must not run, by the digest of their bytes.
    pub packages: BTreeMap<Digest, RevokedPackage>,
    /// Keys that somebody else has.
    pub keys: BTreeMap<KeyId, RevokedKey>,
    /// Whose signature under a licence counts, and which licences were taken back; none from a registry that signs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licences: Option<Authority>,
}

/// A package that must not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedPackage {
    /// The module it is of.
    pub module: ModuleId,
    /// Its version.
    pub version: Version,
    /// Since when.
    pub at: UtcSecond,
    /// Why, for people: one line without markup, [`MAX_REASON_CHARS`] at most, whatever was signed.
    #[serde(deserialize_with = "reason::shown")]
    pub reason: String,
}

/// A key that somebody else has: what it signed from a leaf on proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedKey {
    /// The index of the first leaf that is not believed; 0 for all.
    pub from_leaf: u64,
    /// Since when.
    pub at: UtcSecond,
    /// Why, for people: one line without markup, [`MAX_REASON_CHARS`] at most, whatever was signed.
    #[serde(deserialize_with = "reason::shown")]
    pub reason: String,
}

impl Revocations {
    /// Why a package must not run: itself, or a key among those that signed it at this leaf.
    pub fn reason(&self, package: &Digest, signed_by: &[KeyId], leaf_index: u64) -> Option<&str> {
        let package = self.packages.get(package).map(|revoked| revoked.reason.as_str());
        let of_key = |id| self.of_key(id, leaf_index);
        package.or_else(|| signed_by.iter().find_map(of_key).map(|revoked| revoked.reason.as_str()))
    }

    /// The entry that says that what a key signed at this leaf, a release or a change of keys, proves nothing.
    pub fn of_key(&self, key: &KeyId, leaf_index: u64) -> Option<&RevokedKey> {
        self.keys.get(key).filter(|revoked| revoked.from_leaf <= leaf_index)
    }
}

/// The index as one thing: the digest of every index file, in shards, so that a release changes two small files and not
/// one of many megabytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRoot {
    /// `"v": 1`.
    pub v: V1,
    /// The shards by name, [`shard_of`]; one that is not here holds nothing.
    pub shards: BTreeMap<String, IndexFile>,
    /// The list of advisories, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisories: Option<IndexFile>,
}

/// The index files whose path hashes into one shard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexShard {
    /// `"v": 1`.
    pub v: V1,
    /// The files by path, relative to the index.
    pub files: BTreeMap<String, IndexFile>,
}

/// A file of the index, or a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexFile {
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its length in bytes.
    pub length: u64,
}

impl IndexFile {
    /// The entry of bytes that are in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: Digest::of(bytes), length: bytes.len() as u64 }
    }

    /// Whether these are its bytes.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        *self == Self::of(bytes)
    }
}

/// The shard, one of 256, that lists an index file: the first two hexadecimal digits of the SHA-256 of its path.
pub fn shard_of(path: &str) -> String {
    format!("{:02x}", Digest::of(path.as_bytes()).as_bytes()[0])
}

impl IndexShard {
    /// The shard's bytes. Equal content has equal bytes.
    #[expect(clippy::missing_panics_doc, reason = "strings always encode")]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings always encode")
    }

    /// Reads a shard whose digest was compared with the index root.
    ///
    /// # Errors
    /// [`ControlError`] for anything beyond the cap, of another version or not of this form.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ControlError> {
        const NAME: &str = "index shard";
        if bytes.len() > MAX_CONTROL_BYTES {
            return Err(ControlError::TooLarge { name: NAME, length: bytes.len() });
        }
        serde_json::from_slice(bytes).map_err(|error| ControlError::Json { name: NAME, reason: error.to_string() })
    }
}

//! The documents: root, targets, snapshot, timestamp.
//! Source: <https://theupdateframework.github.io/specification/v1.0.34/#file-formats>
//!
//! Members are declared in the order of their names, as [`crate::canonical`] asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    keys::{self, Authority, Keys, KeysError, RoleKeys},
    name::{RoleName, TargetName},
};
use crate::{digest::Digest, key::KeyId, utc::UtcSecond};

/// The version of the specification that the documents follow, in full: clients compare its first number.
pub const SPEC_VERSION: &str = "1.0.34";

/// What every document has.
pub trait Role: Serialize {
    /// Its `_type`.
    const TYPE: &'static str;

    /// Its version, which only grows.
    fn version(&self) -> u64;

    /// Until when clients take it.
    fn expires(&self) -> UtcSecond;
}

macro_rules! document {
    ($type:ident, $tag:ident, $name:literal) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        enum $tag {
            #[serde(rename = $name)]
            Tag,
        }

        impl Role for $type {
            const TYPE: &'static str = $name;

            fn version(&self) -> u64 {
                self.version
            }

            fn expires(&self) -> UtcSecond {
                self.expires
            }
        }
    };
}

document!(Root, RootTag, "root");
document!(Targets, TargetsTag, "targets");
document!(Snapshot, SnapshotTag, "snapshot");
document!(Timestamp, TimestampTag, "timestamp");

/// The text of [`SPEC_VERSION`]; another version of ours within 1.0 is read too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
struct SpecVersion(String);

impl SpecVersion {
    fn current() -> Self {
        Self(SPEC_VERSION.to_owned())
    }
}

impl<'de> Deserialize<'de> for SpecVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let patch = text.strip_prefix("1.0.").is_some_and(|patch| patch.parse::<u32>().is_ok());
        if patch { Ok(Self(text)) } else { Err(de::Error::custom(format_args!("spec_version `{text}` is not 1.0.x"))) }
    }
}

/// The anchor of trust: which keys sign what. Signed offline, by its own keys and by those of the root before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    #[serde(rename = "_type")]
    tag: RootTag,
    consistent_snapshot: bool,
    expires: UtcSecond,
    keys: Keys,
    roles: RootRoles,
    spec_version: SpecVersion,
    version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RootRoles {
    root: RoleKeys,
    snapshot: RoleKeys,
    targets: RoleKeys,
    timestamp: RoleKeys,
}

/// The four roles that a root gives keys to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopRole {
    /// Offline.
    Root,
    /// Offline: delegates to the control role and the bins.
    Targets,
    /// Online: pins the version of every targets document.
    Snapshot,
    /// Online: pins the snapshot, expires soonest.
    Timestamp,
}

impl TopRole {
    /// Its name, which is that of its file too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => Root::TYPE,
            Self::Targets => Targets::TYPE,
            Self::Snapshot => Snapshot::TYPE,
            Self::Timestamp => Timestamp::TYPE,
        }
    }

    /// Its file under consistent snapshots. The timestamp's has no version: it is where a client begins.
    pub fn versioned_file(self, version: u64) -> String {
        match self {
            Self::Timestamp => "timestamp.json".to_owned(),
            _ => format!("{version}.{}.json", self.as_str()),
        }
    }
}

impl Root {
    pub(super) fn new(version: u64, expires: UtcSecond, authority: impl Fn(TopRole) -> Authority) -> Self {
        let [root, targets, snapshot, timestamp] =
            [TopRole::Root, TopRole::Targets, TopRole::Snapshot, TopRole::Timestamp].map(authority);
        Self {
            tag: RootTag::Tag,
            consistent_snapshot: true,
            expires,
            keys: keys::join([&root, &targets, &snapshot, &timestamp]),
            roles: RootRoles {
                root: root.role().clone(),
                snapshot: snapshot.role().clone(),
                targets: targets.role().clone(),
                timestamp: timestamp.role().clone(),
            },
            spec_version: SpecVersion::current(),
            version,
        }
    }

    /// The keys of all roles.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Who signs for a role.
    pub fn role(&self, role: TopRole) -> &RoleKeys {
        match role {
            TopRole::Root => &self.roles.root,
            TopRole::Targets => &self.roles.targets,
            TopRole::Snapshot => &self.roles.snapshot,
            TopRole::Timestamp => &self.roles.timestamp,
        }
    }

    /// A role's keys with their threshold, to be given to the next root or changed there.
    pub fn authority(&self, role: TopRole) -> Authority {
        Authority::within(&self.keys, self.role(role))
    }

    /// Checks that the document holds the keys its roles name.
    ///
    /// # Errors
    /// [`KeysError::Missing`] names the key.
    pub fn check(&self) -> Result<(), KeysError> {
        let RootRoles { root, snapshot, targets, timestamp } = &self.roles;
        keys::check_held(&self.keys, [root, snapshot, targets, timestamp])
    }
}

/// A list of targets, and to whom other lists are delegated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    #[serde(rename = "_type")]
    tag: TargetsTag,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delegations: Option<Delegations>,
    pub(super) expires: UtcSecond,
    spec_version: SpecVersion,
    pub(super) targets: BTreeMap<TargetName, TargetFile>,
    pub(super) version: u64,
}

impl Targets {
    pub(super) fn new(version: u64, expires: UtcSecond, delegations: Option<Delegations>) -> Self {
        Self {
            tag: TargetsTag::Tag,
            delegations,
            expires,
            spec_version: SpecVersion::current(),
            targets: BTreeMap::new(),
            version,
        }
    }

    /// A list that holds nothing and was never published: what a bin is before its first round.
    pub fn unpublished() -> Self {
        Self::new(0, UtcSecond::from(time::OffsetDateTime::UNIX_EPOCH), None)
    }

    /// The targets by name.
    pub fn targets(&self) -> &BTreeMap<TargetName, TargetFile> {
        &self.targets
    }

    /// To whom lists are delegated, by the top-level document.
    pub fn delegations(&self) -> Option<&Delegations> {
        self.delegations.as_ref()
    }
}

/// The keys and roles that a targets document delegates to, in the order in which clients ask them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegations {
    pub(super) keys: Keys,
    pub(super) roles: Vec<DelegatedRole>,
}

impl Delegations {
    /// The keys of all delegated roles.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The delegated roles, in the order in which clients ask them.
    pub fn roles(&self) -> &[DelegatedRole] {
        &self.roles
    }

    /// The role of this name.
    pub fn role(&self, name: &RoleName) -> Option<&DelegatedRole> {
        self.roles.iter().find(|role| role.name == *name)
    }
}

/// What a delegated role may list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The targets of these names.
    Names(Vec<TargetName>),
    /// The targets the SHA-256 of whose name begins with one of these lowercase hexadecimal digits.
    HashPrefixes(Vec<String>),
}

/// One delegated role. It ends the search: what is in its scope is in no other role's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireDelegatedRole", into = "WireDelegatedRole")]
pub struct DelegatedRole {
    pub(super) name: RoleName,
    pub(super) keys: RoleKeys,
    pub(super) scope: Scope,
}

impl DelegatedRole {
    /// Its name.
    pub fn name(&self) -> &RoleName {
        &self.name
    }

    /// Who signs for it.
    pub fn keys(&self) -> &RoleKeys {
        &self.keys
    }

    /// What it may list.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireDelegatedRole {
    keyids: Vec<KeyId>,
    name: RoleName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_hash_prefixes: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paths: Option<Vec<TargetName>>,
    terminating: bool,
    threshold: u32,
}

impl From<DelegatedRole> for WireDelegatedRole {
    fn from(role: DelegatedRole) -> Self {
        let (path_hash_prefixes, paths) = match role.scope {
            Scope::HashPrefixes(prefixes) => (Some(prefixes), None),
            Scope::Names(names) => (None, Some(names)),
        };
        Self {
            keyids: role.keys.keyids().iter().copied().collect(),
            name: role.name,
            path_hash_prefixes,
            paths,
            terminating: true,
            threshold: role.keys.threshold(),
        }
    }
}

impl TryFrom<WireDelegatedRole> for DelegatedRole {
    type Error = DelegatedRoleError;

    fn try_from(wire: WireDelegatedRole) -> Result<Self, DelegatedRoleError> {
        let scope = match (wire.path_hash_prefixes, wire.paths, wire.terminating) {
            (Some(prefixes), None, true) => Scope::HashPrefixes(prefixes),
            (None, Some(names), true) => Scope::Names(names),
            _ => return Err(DelegatedRoleError::Scope(wire.name)),
        };
        Ok(Self { name: wire.name, keys: RoleKeys::new(wire.keyids, wire.threshold)?, scope })
    }
}

/// Why a delegation is refused.
#[derive(Debug, thiserror::Error)]
pub enum DelegatedRoleError {
    /// Its keys or threshold.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Both scopes, none, or a search that goes on.
    #[error("the delegation to `{0}` must be terminating and have either `paths` or `path_hash_prefixes`")]
    Scope(RoleName),
}

/// One target: how long it is and what it hashes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// The digest of its bytes.
    #[serde(rename = "hashes", with = "hashes")]
    pub sha256: Digest,
    /// Its length in bytes.
    pub length: u64,
}

impl TargetFile {
    /// The entry of bytes that are in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: Digest::of(bytes), length: bytes.len() as u64 }
    }
}

/// One metadata file as the document above it pins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaFile {
    /// The digest of its bytes, signatures and all.
    #[serde(rename = "hashes", with = "hashes")]
    pub sha256: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// The version of the document in it.
    pub version: u64,
}

impl MetaFile {
    pub(super) fn of(bytes: &[u8], version: u64) -> Self {
        Self { sha256: Digest::of(bytes), length: bytes.len() as u64, version }
    }
}

/// Which version of every targets document is current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    #[serde(rename = "_type")]
    tag: SnapshotTag,
    expires: UtcSecond,
    meta: BTreeMap<String, MetaFile>,
    spec_version: SpecVersion,
    version: u64,
}

impl Snapshot {
    pub(super) fn new(version: u64, expires: UtcSecond, meta: BTreeMap<String, MetaFile>) -> Self {
        Self { tag: SnapshotTag::Tag, expires, meta, spec_version: SpecVersion::current(), version }
    }

    /// The pinned files by name, `targets.json`, `control.json`, `bin-0a.json`.
    pub fn meta(&self) -> &BTreeMap<String, MetaFile> {
        &self.meta
    }
}

/// Which snapshot is current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    #[serde(rename = "_type")]
    tag: TimestampTag,
    expires: UtcSecond,
    meta: TimestampMeta,
    spec_version: SpecVersion,
    version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimestampMeta {
    #[serde(rename = "snapshot.json")]
    snapshot: MetaFile,
}

impl Timestamp {
    pub(super) fn new(version: u64, expires: UtcSecond, snapshot: MetaFile) -> Self {
        let meta = TimestampMeta { snapshot };
        Self { tag: TimestampTag::Tag, expires, meta, spec_version: SpecVersion::current(), version }
    }

    /// The pinned snapshot.
    pub fn snapshot(&self) -> &MetaFile {
        &self.meta.snapshot
    }
}

/// `{"sha256": "…"}`: always this hash, and no other.
mod hashes {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::digest::Digest;

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Hashes {
        sha256: Digest,
    }

    pub(super) fn serialize<S: Serializer>(sha256: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        Hashes { sha256: *sha256 }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        Ok(Hashes::deserialize(deserializer)?.sha256)
    }
}

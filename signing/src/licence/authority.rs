//! Whose signature under a licence counts, and what was revoked: what a registry's signed metadata say of its licences.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LicenceId;
use crate::{
    key::{self, KeyId, PublicKey},
    log::KeyName,
    tuf::reason,
    utc::UtcSecond,
};

/// What a registry says of the licences that it signs. Members that a reader does not know are ignored, as in every control
/// file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// What it calls itself in licences: the origin of its log.
    pub registry: KeyName,
    /// The keys whose signature counts. One that signs no more stays for as long as licences of it are around: taking it away
    /// takes away what it signed.
    pub keys: Vec<LicenceKey>,
    /// What counts no more, by the ids.
    #[serde(default)]
    pub revoked: BTreeMap<LicenceId, RevokedLicence>,
}

/// A key that licences are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceKey {
    /// The key, 64 hexadecimal digits; its id is computed from it.
    #[serde(with = "key::public_hex")]
    pub public: PublicKey,
}

/// A licence that counts no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedLicence {
    /// From when on. It may lie ahead: then it is announced.
    pub at: UtcSecond,
    /// Why, for people: one line without markup, whatever was signed.
    #[serde(deserialize_with = "reason::shown")]
    pub reason: String,
}

impl Authority {
    /// One with a single key, and nothing revoked.
    pub fn new(registry: KeyName, key: PublicKey) -> Self {
        Self { registry, keys: vec![LicenceKey { public: key }], revoked: BTreeMap::new() }
    }

    /// The key of an id, if its signature counts.
    pub fn key(&self, id: &KeyId) -> Option<&PublicKey> {
        self.keys.iter().map(|key| &key.public).find(|key| key.id() == *id)
    }

    /// From when on a licence counts no more, if that was said.
    pub fn revoked_at(&self, id: &LicenceId) -> Option<UtcSecond> {
        self.revoked.get(id).map(|revoked| revoked.at)
    }
}

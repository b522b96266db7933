//! Keys inside repository metadata, and who must sign what.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use serde::{Deserialize, Serialize};

use crate::key::{KeyId, PublicKey};

/// Most keys of one document or one role. A threshold is of people who meet: the cap keeps the curve operations that a
/// file can cause few.
pub const MAX_KEYS: usize = 64;

/// Why keys or a role's share in them are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Two keys under one id, or one key named twice: it would count twice.
    #[error("the key {0} is listed twice, a threshold counts each key once: list it once")]
    Duplicate(KeyId),
    /// An id that is not the key's own: one key could be listed under two.
    #[error("the key listed as {listed} is {actual}: list it under its own id")]
    ForeignId {
        /// The id it is listed under.
        listed: KeyId,
        /// The id computed from the key.
        actual: KeyId,
    },
    /// Not an Ed25519 key in the one form that all clients hash alike.
    #[error("a key is of type `{keytype}` and scheme `{scheme}`, only `ed25519` for both is used here")]
    Kind {
        /// Its `keytype`.
        keytype: String,
        /// Its `scheme`.
        scheme: String,
    },
    /// The public key itself.
    #[error("a public key cannot be used: {0}")]
    Public(String),
    /// More than [`MAX_KEYS`].
    #[error("{0} keys are listed, the cap is {MAX_KEYS}")]
    TooMany(usize),
    /// A threshold that none can miss or none can reach.
    #[error("a threshold of {threshold} among {keys} keys: ask for at least 1 and at most as many as there are")]
    Threshold {
        /// The signatures asked for.
        threshold: u32,
        /// The keys that could give them.
        keys: usize,
    },
    /// A role that names a key which the document does not hold.
    #[error("a role names the key {0}, which the document does not hold")]
    Missing(KeyId),
}

/// The keys of a document by their ids. Each stands under its own id, so that one key cannot count as two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireKeys", into = "WireKeys")]
pub struct Keys(BTreeMap<KeyId, PublicKey>);

impl Keys {
    /// The key of this id.
    pub fn get(&self, id: &KeyId) -> Option<&PublicKey> {
        self.0.get(id)
    }

    /// The ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.0.keys()
    }
}

impl FromIterator<PublicKey> for Keys {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.id(), key)).collect())
    }
}

/// Who may sign for a role, and how many of them must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireRoleKeys", into = "WireRoleKeys")]
pub struct RoleKeys {
    keyids: BTreeSet<KeyId>,
    threshold: NonZeroU32,
}

impl RoleKeys {
    /// The keys that may sign, distinct.
    pub fn keyids(&self) -> &BTreeSet<KeyId> {
        &self.keyids
    }

    /// How many of them must.
    pub fn threshold(&self) -> u32 {
        self.threshold.get()
    }

    pub(super) fn new(keyids: Vec<KeyId>, threshold: u32) -> Result<Self, KeysError> {
        let keys = keyids.len();
        if keys > MAX_KEYS {
            return Err(KeysError::TooMany(keys));
        }
        let mut distinct = BTreeSet::new();
        for id in keyids {
            if !distinct.insert(id) {
                return Err(KeysError::Duplicate(id));
            }
        }
        let threshold = NonZeroU32::new(threshold)
            .filter(|threshold| threshold.get() as usize <= keys)
            .ok_or(KeysError::Threshold { threshold, keys })?;
        Ok(Self { keyids: distinct, threshold })
    }
}

/// The keys of a role with their threshold, before they are written into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    keys: Keys,
    role: RoleKeys,
}

impl Authority {
    /// `threshold` of these keys.
    ///
    /// # Errors
    /// [`KeysError`] for a key given twice and for a threshold that none can miss or none can reach.
    pub fn new(keys: &[PublicKey], threshold: u32) -> Result<Self, KeysError> {
        let role = RoleKeys::new(keys.iter().map(PublicKey::id).collect(), threshold)?;
        Ok(Self { keys: keys.iter().copied().collect(), role })
    }

    /// The keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Their ids and the threshold.
    pub fn role(&self) -> &RoleKeys {
        &self.role
    }

    pub(super) fn within(keys: &Keys, role: &RoleKeys) -> Self {
        let keys = role.keyids.iter().filter_map(|id| keys.get(id)).copied().collect();
        Self { keys, role: role.clone() }
    }
}

/// Joins the keys of several roles into those of one document.
pub(super) fn join<'a>(authorities: impl IntoIterator<Item = &'a Authority>) -> Keys {
    authorities.into_iter().flat_map(|authority| authority.keys.0.values().copied()).collect()
}

/// Checks that the document holds each key that a role names.
pub(super) fn check_held<'a>(keys: &Keys, roles: impl IntoIterator<Item = &'a RoleKeys>) -> Result<(), KeysError> {
    let mut named = roles.into_iter().flat_map(|role| &role.keyids);
    named.find(|id| !keys.0.contains_key(id)).map_or(Ok(()), |id| Err(KeysError::Missing(*id)))
}

/// A key as TUF writes it, and no member more: clients that hash all members and clients that hash these three arrive
/// at the same id.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKey {
    keytype: String,
    keyval: WireKeyValue,
    scheme: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKeyValue {
    public: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct WireKeys(BTreeMap<KeyId, WireKey>);

impl From<Keys> for WireKeys {
    fn from(keys: Keys) -> Self {
        const KIND: &str = "ed25519";
        let wire = |key: PublicKey| WireKey {
            keytype: KIND.to_owned(),
            keyval: WireKeyValue { public: hex::encode(key.as_bytes()) },
            scheme: KIND.to_owned(),
        };
        Self(keys.0.into_iter().map(|(id, key)| (id, wire(key))).collect())
    }
}

impl TryFrom<WireKeys> for Keys {
    type Error = KeysError;

    fn try_from(wire: WireKeys) -> Result<Self, KeysError> {
        if wire.0.len() > MAX_KEYS {
            return Err(KeysError::TooMany(wire.0.len()));
        }
        let mut keys = BTreeMap::new();
        for (listed, WireKey { keytype, keyval, scheme }) in wire.0 {
            if keytype != "ed25519" || scheme != "ed25519" {
                return Err(KeysError::Kind { keytype, scheme });
            }
            let bytes = hex::decode(&keyval.public).map_err(|error| KeysError::Public(error.to_string()))?;
            let key = PublicKey::try_from(bytes.as_slice()).map_err(|error| KeysError::Public(error.to_string()))?;
            let actual = key.id();
            if actual != listed {
                return Err(KeysError::ForeignId { listed, actual });
            }
            keys.insert(listed, key);
        }
        Ok(Self(keys))
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRoleKeys {
    keyids: Vec<KeyId>,
    threshold: u32,
}

impl From<RoleKeys> for WireRoleKeys {
    fn from(role: RoleKeys) -> Self {
        Self { keyids: role.keyids.into_iter().collect(), threshold: role.threshold.get() }
    }
}

impl TryFrom<WireRoleKeys> for RoleKeys {
    type Error = KeysError;

    fn try_from(wire: WireRoleKeys) -> Result<Self, KeysError> {
        Self::new(wire.keyids, wire.threshold)
    }
}

//! What is signed to change the keys of a namespace: by a key that it has, so that nobody who holds only the registry can
//! give it another one unseen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    envelope::{Envelope, EnvelopeError},
    key::{self, KeyId, KeyPurpose, PublicKey, SecretKey},
    name::Namespace,
    statement::Verified,
    utc::UtcSecond,
    version::V1,
};

/// The DSSE payload type of a key change.
pub const KEY_CHANGE_TYPE: &str = "application/vnd.adx.key-change+json";

/// A change to the keys of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// What is to change.
    pub change: Change,
    /// The number of the leaf of the namespace's last key change: a change is made once, in one place of the history.
    pub follows: u64,
    /// Whose keys.
    pub namespace: Namespace,
    /// `"v": 1`.
    pub v: V1,
}

/// What is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// A key counts from now on.
    Add(NewKey),
    /// A key counts no more.
    Remove {
        /// The key.
        keyid: KeyId,
    },
}

/// A key to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The last second at which it counts, by the time in a leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<UtcSecond>,
    /// The key, 64 hexadecimal digits.
    #[serde(with = "key::public_hex")]
    pub public: PublicKey,
    /// What it may sign, sorted; at least one.
    pub purposes: BTreeSet<KeyPurpose>,
}

/// Why an envelope is not the proof of a key change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyChangeError {
    /// The envelope itself: unsigned, by a foreign key, malformed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A signed payload of another kind, replayed here.
    #[error("the envelope holds `{found}`, a key change is `{KEY_CHANGE_TYPE}`")]
    PayloadType {
        /// The payload type found.
        found: String,
    },
    /// Not JSON of a key change, or with a member that is not known: what is not understood is not done.
    #[error("the signed key change cannot be read ({reason})")]
    Json {
        /// What the parser said.
        reason: String,
    },
    /// A key that could sign nothing.
    #[error("the key to be added has no purpose: name `release`, `key-change` or both")]
    NoPurpose,
}

impl KeyChange {
    /// Signs it with a key that the namespace has for this purpose.
    #[expect(clippy::missing_panics_doc, reason = "the members are declared in order")]
    pub fn sign(&self, key: &SecretKey) -> Envelope {
        let payload = canonical::to_vec(self).expect("the members are declared in order and hold integers only");
        Envelope::sign(KEY_CHANGE_TYPE, payload, &[key])
    }

    /// Checks that one of the keys signed the envelope and that it holds a key change. The caller compares namespace,
    /// place and change with what is to be done.
    ///
    /// # Errors
    /// [`KeyChangeError`]; nothing of the payload is looked at before the signature holds.
    pub fn verify(envelope: &Envelope, keys: &[PublicKey]) -> Result<Verified<Self>, KeyChangeError> {
        let payload = envelope.verify(keys, 1)?;
        if envelope.payload_type != KEY_CHANGE_TYPE {
            return Err(KeyChangeError::PayloadType { found: envelope.payload_type.clone() });
        }
        let change: Self =
            serde_json::from_slice(payload).map_err(|error| KeyChangeError::Json { reason: error.to_string() })?;
        if matches!(&change.change, Change::Add(key) if key.purposes.is_empty()) {
            return Err(KeyChangeError::NoPurpose);
        }
        Ok(Verified::new(change, envelope.signers(keys).into_iter().map(PublicKey::id).collect()))
    }
}

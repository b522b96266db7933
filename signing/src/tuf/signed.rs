//! A document and its signatures.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    keys::{Keys, MAX_KEYS, RoleKeys},
    role::Role,
};
use crate::{
    canonical,
    key::{KeyId, PublicKey, SecretKey, SignatureError},
};

/// Largest document read, in bytes. A bin of half a million targets over 64 bins has about 1.6 MB; the cap keeps a
/// wrong or endless file from being parsed.
pub const MAX_METADATA_BYTES: usize = 16 * 1024 * 1024;

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// More than [`MAX_METADATA_BYTES`].
    #[error("the {role} document has {length} bytes, the cap is {MAX_METADATA_BYTES}")]
    TooLarge {
        /// The role that was expected.
        role: &'static str,
        /// Its length in bytes.
        length: usize,
    },
    /// Not JSON of this role as this crate writes it.
    #[error("the {role} document cannot be read ({reason})")]
    Json {
        /// The role that was expected.
        role: &'static str,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// Fewer distinct keys of the role signed than it asks for.
    #[error("{signed} of the {needed} keys that `{role}` needs signed version {version}: sign it with {missing} more")]
    Threshold {
        /// The role that must sign.
        role: String,
        /// The document's version.
        version: u64,
        /// Distinct keys of the role with a valid signature.
        signed: u32,
        /// The role's threshold.
        needed: u32,
        /// How many are missing.
        missing: u32,
    },
}

/// A document with the signatures made over its canonical form, one for each key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    signed: T,
    signatures: BTreeMap<KeyId, [u8; 64]>,
}

impl<T: Role> Signed<T> {
    /// A document that nobody signed yet.
    pub fn unsigned(signed: T) -> Self {
        Self { signed, signatures: BTreeMap::new() }
    }

    /// The document. Nothing says yet that it is signed: ask [`Signed::verify`].
    pub fn document(&self) -> &T {
        &self.signed
    }

    /// The document without its signatures.
    pub fn into_document(self) -> T {
        self.signed
    }

    /// The bytes that are signed: what a key in a token or on another machine is given.
    #[expect(clippy::missing_panics_doc, reason = "documents declare their members in order")]
    pub fn signing_bytes(&self) -> Vec<u8> {
        canonical::to_vec(&self.signed).expect("documents declare their members in order and hold integers only")
    }

    /// Signs with a key that is in memory; a signature of the same key is replaced.
    pub fn sign(&mut self, key: &SecretKey) {
        let signature = key.sign(&self.signing_bytes());
        self.signatures.insert(key.public().id(), signature);
    }

    /// Adds a signature made elsewhere over [`Signed::signing_bytes`]; one of the same key is replaced.
    ///
    /// # Errors
    /// [`SignatureError`] when it is not this key's signature over this document.
    pub fn add_signature(&mut self, key: &PublicKey, signature: &[u8; 64]) -> Result<(), SignatureError> {
        key.verify(&self.signing_bytes(), signature)?;
        self.signatures.insert(key.id(), *signature);
        Ok(())
    }

    /// The keys of a role whose signatures hold, distinct.
    pub fn signed_by(&self, role: &RoleKeys, keys: &Keys) -> BTreeSet<KeyId> {
        let message = self.signing_bytes();
        let holds = |id: &&KeyId| {
            let (key, signature) = (keys.get(id), self.signatures.get(id));
            key.zip(signature).is_some_and(|(key, signature)| key.verify(&message, signature).is_ok())
        };
        role.keyids().iter().filter(holds).copied().collect()
    }

    /// Checks that enough keys of a role signed. Keys are counted, never signatures.
    ///
    /// # Errors
    /// [`SignedError::Threshold`] says how many are missing.
    pub fn verify(&self, name: &str, role: &RoleKeys, keys: &Keys) -> Result<(), SignedError> {
        let signed = u32::try_from(self.signed_by(role, keys).len()).unwrap_or(u32::MAX);
        let needed = role.threshold();
        if signed < needed {
            let (role, version) = (name.to_owned(), self.signed.version());
            return Err(SignedError::Threshold { role, version, signed, needed, missing: needed - signed });
        }
        Ok(())
    }

    /// The file: canonical as a whole, so that equal documents have equal bytes.
    pub fn to_json(&self) -> Vec<u8> {
        write(&self.signing_bytes(), &self.signatures)
    }
}

impl<T: Role + DeserializeOwned> Signed<T> {
    /// Reads a file that this crate wrote. It is strict: an unknown member would be lost when the document is written
    /// again, and its signatures with it. Agents read with a general TUF client instead.
    ///
    /// # Errors
    /// [`SignedError`] for anything else, a key that signed twice among it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SignedError> {
        let role = T::TYPE;
        if bytes.len() > MAX_METADATA_BYTES {
            return Err(SignedError::TooLarge { role, length: bytes.len() });
        }
        let json = |reason: String| SignedError::Json { role, reason };
        let wire: Wire<T> = serde_json::from_slice(bytes).map_err(|error| json(error.to_string()))?;
        Ok(Self { signed: wire.signed, signatures: from_wire(wire.signatures).map_err(json)? })
    }
}

/// Signs a document and writes its file in one pass: what the online roles do many times a minute.
pub(super) fn seal<T: Role>(document: &T, key: &SecretKey) -> Vec<u8> {
    let bytes = canonical::to_vec(document).expect("documents declare their members in order and hold integers only");
    let signatures = BTreeMap::from([(key.public().id(), key.sign(&bytes))]);
    write(&bytes, &signatures)
}

fn write(signed: &[u8], signatures: &BTreeMap<KeyId, [u8; 64]>) -> Vec<u8> {
    let signatures = canonical::to_vec(&to_wire(signatures)).expect("hexadecimal always encodes");
    [br#"{"signatures":"#, signatures.as_slice(), br#","signed":"#, signed, b"}"].concat()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<T> {
    signatures: Vec<WireSignature>,
    signed: T,
}

/// A signature as TUF writes it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSignature {
    keyid: KeyId,
    sig: String,
}

fn to_wire(signatures: &BTreeMap<KeyId, [u8; 64]>) -> Vec<WireSignature> {
    let wire = |(keyid, signature): (&KeyId, _)| WireSignature { keyid: *keyid, sig: hex::encode(signature) };
    signatures.iter().map(wire).collect()
}

/// Refuses, with the reason, more than [`MAX_KEYS`] and a key that signed twice.
fn from_wire(wire: Vec<WireSignature>) -> Result<BTreeMap<KeyId, [u8; 64]>, String> {
    if wire.len() > MAX_KEYS {
        return Err(format!("{} signatures, the cap is {MAX_KEYS}", wire.len()));
    }
    let mut signatures = BTreeMap::new();
    for WireSignature { keyid, sig } in wire {
        let mut signature = [0; 64];
        hex::decode_to_slice(&sig, &mut signature)
            .map_err(|error| format!("the signature of {keyid} is not one of Ed25519: {error}"))?;
        if signatures.insert(keyid, signature).is_some() {
            return Err(format!("the key {keyid} signed twice, a threshold counts it once"));
        }
    }
    Ok(signatures)
}

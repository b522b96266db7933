//! Signatures of the offline targets keys over what a ceremony says about the log: its name, its key, its witnesses. They hold
//! for one targets document only, so that an older file about the log cannot be put beside a newer document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ceremony::{Approval, CeremonyError},
    role::{Role as _, Root, Targets, TopRole},
    signed::{self, Signed, WireSignature},
};
use crate::{
    digest::Digest,
    key::{KeyId, PublicKey, SecretKey, SignatureError},
    version::V1,
};

/// How the signed bytes begin. A TUF document, which the same keys sign, begins with `{`: no signature is good for both.
const CONTEXT: &str = "adx-ceremony-log/v1";

/// The signatures, one for each key: the content of `log.sig.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct LogSignatures(BTreeMap<KeyId, [u8; 64]>);

impl LogSignatures {
    /// The bytes that are signed: the context, the version of the targets document and the SHA-256 of its canonical form, each on
    /// a line, then `log`, which is `log.json` in canonical form.
    pub fn signing_bytes(log: &[u8], targets: &Signed<Targets>) -> Vec<u8> {
        let (version, sha256) = (targets.document().version(), Digest::of(&targets.signing_bytes()));
        [format!("{CONTEXT}\n{version}\n{sha256}\n").as_bytes(), log].concat()
    }

    /// Signs [`LogSignatures::signing_bytes`] with a key that is in memory; a signature of the same key is replaced.
    pub fn sign(&mut self, message: &[u8], key: &SecretKey) {
        self.0.insert(key.public().id(), key.sign(message));
    }

    /// Adds a signature made elsewhere over [`LogSignatures::signing_bytes`]; one of the same key is replaced.
    ///
    /// # Errors
    /// [`SignatureError`] when it is not this key's signature over this message.
    pub fn add_signature(
        &mut self,
        message: &[u8],
        key: &PublicKey,
        signature: &[u8; 64],
    ) -> Result<(), SignatureError> {
        key.verify(message, signature)?;
        self.0.insert(key.id(), *signature);
        Ok(())
    }

    /// Who signed, of those who sign the targets document under a root, and who could still.
    pub fn approval(&self, message: &[u8], root: &Root) -> Approval {
        let role = root.role(TopRole::Targets);
        let signed = signed::signed_by(&self.0, message, role, root.keys());
        Approval::of(format!("targets of root version {}", root.version()), signed, role)
    }

    /// Checks that as many keys signed as must sign the targets document. Keys are counted, never signatures.
    ///
    /// # Errors
    /// [`CeremonyError::LogUnsigned`] names those that did not.
    pub fn check(&self, log: &[u8], targets: &Signed<Targets>, root: &Root) -> Result<(), CeremonyError> {
        let Approval { signed, unsigned, missing, .. } = self.approval(&Self::signing_bytes(log, targets), root);
        if missing == 0 {
            return Ok(());
        }
        let needed = root.role(TopRole::Targets).threshold();
        Err(CeremonyError::LogUnsigned {
            version: targets.document().version(),
            signed: signed.len(),
            needed,
            unsigned,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    signatures: Vec<WireSignature>,
    v: V1,
}

impl From<LogSignatures> for Wire {
    fn from(LogSignatures(signatures): LogSignatures) -> Self {
        Self { signatures: signed::to_wire(&signatures), v: V1 }
    }
}

impl TryFrom<Wire> for LogSignatures {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        signed::from_wire(wire.signatures).map(Self)
    }
}

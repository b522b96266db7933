//! Whom to believe about the log: its keys, the witnesses, and how many of those must agree. Agents get it as the
//! control file `log-policy.json`, which the targets document lists: people sign the digest of these bytes with offline keys.

use serde::{Deserialize, Serialize};

use super::{
    checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint},
    cosignature::{Cosignature, cosigned_by},
    note::{KeyName, NoteAlgorithm, NoteError, VerifierKey},
};
use crate::{statement::Verified, version::V1};

/// Most keys of the log, and most witnesses. Each may cost a curve operation for each checkpoint.
pub const MAX_POLICY_KEYS: usize = 16;

/// Whom to believe about the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire")]
pub struct LogPolicy {
    v: V1,
    origin: KeyName,
    log_keys: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

/// Why a policy is refused, or a checkpoint under it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The checkpoint or the log's signature.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A cosignature that is not one.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Fewer witnesses than asked for.
    #[error("{found} of the {needed} needed witnesses cosigned the checkpoint: ask again later, or another mirror")]
    Quorum {
        /// Witnesses that cosigned.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A policy that says nothing or cannot be met.
    #[error("the log policy is not usable: {0}")]
    Policy(&'static str),
}

/// A checkpoint that the log signed and enough witnesses cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessedCheckpoint {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Who cosigned it and when, all known witnesses that did.
    pub cosignatures: Vec<Cosignature>,
}

impl LogPolicy {
    /// Believes a log with this origin, signed by one of these keys, once `quorum` of these witnesses cosigned. A
    /// quorum of 0 asks for none: a registry without witnesses, whose agents see a fork only where two of them compare.
    ///
    /// # Errors
    /// [`PolicyError::Policy`] for no key, a key listed twice, keys of the wrong kind or a quorum that cannot be met.
    pub fn new(
        origin: KeyName,
        log_keys: Vec<VerifierKey>,
        witnesses: Vec<VerifierKey>,
        quorum: usize,
    ) -> Result<Self, PolicyError> {
        let of_kind = |keys: &[VerifierKey], kind| keys.iter().all(|key| key.algorithm == kind);
        let refusal = if log_keys.is_empty() {
            "it names no key of the log"
        } else if log_keys.len().max(witnesses.len()) > MAX_POLICY_KEYS {
            "it names too many keys"
        } else if !of_kind(&log_keys, NoteAlgorithm::Ed25519) || !of_kind(&witnesses, NoteAlgorithm::CosignatureV1) {
            "the log's keys must be of type 1 and those of the witnesses of type 4"
        } else if log_keys.iter().any(|key| key.name != origin) {
            "a key of the log has another name than its origin"
        } else if repeats(log_keys.iter().chain(&witnesses)) {
            "a key is listed twice, it would count twice"
        } else if quorum > witnesses.len() {
            "the quorum is larger than the number of witnesses"
        } else {
            return Ok(Self { v: V1, origin, log_keys, witnesses, quorum });
        };
        Err(PolicyError::Policy(refusal))
    }

    /// The log's name.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The log's keys.
    pub fn log_keys(&self) -> &[VerifierKey] {
        &self.log_keys
    }

    /// The witnesses.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// How many of them must have cosigned.
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// The checkpoint, if it is of the log, signed by it, and cosigned by the quorum.
    ///
    /// # Errors
    /// [`PolicyError`] says what is missing.
    pub fn verify(&self, checkpoint: &SignedCheckpoint) -> Result<Verified<WitnessedCheckpoint>, PolicyError> {
        let verified = checkpoint.verify(&self.origin, &self.log_keys)?;
        let mut cosignatures = Vec::new();
        for witness in &self.witnesses {
            cosignatures.extend(cosigned_by(checkpoint, witness)?);
        }
        if cosignatures.len() < self.quorum {
            return Err(PolicyError::Quorum { found: cosignatures.len(), needed: self.quorum });
        }
        Ok(verified.map(|checkpoint| WitnessedCheckpoint { checkpoint, cosignatures }))
    }
}

/// Whether two entries are the same key: under two names it would be two witnesses.
fn repeats<'a>(keys: impl Iterator<Item = &'a VerifierKey> + Clone) -> bool {
    let keys: Vec<_> = keys.map(|key| key.key.as_bytes()).collect();
    keys.iter().enumerate().any(|(index, key)| keys[..index].contains(key))
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "v")]
    _v: V1,
    origin: KeyName,
    log_keys: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

impl TryFrom<Wire> for LogPolicy {
    type Error = PolicyError;

    fn try_from(wire: Wire) -> Result<Self, PolicyError> {
        Self::new(wire.origin, wire.log_keys, wire.witnesses, wire.quorum)
    }
}

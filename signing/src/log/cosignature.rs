//! Cosignatures: a witness says that it saw the log grow up to a checkpoint, and when.
//! Source: <https://c2sp.org/tlog-cosignature>, the Ed25519 kind (`cosignature/v1`)

use time::OffsetDateTime;

use super::{
    checkpoint::SignedCheckpoint,
    note::{KeyName, NoteAlgorithm, NoteError, NoteSignature, VerifierKey},
};
use crate::{
    key::{PublicKey, SecretKey},
    utc::UtcSecond,
};

/// A witness's key. It is used for nothing else: the signed message does not hold the witness's name.
#[derive(Debug, Clone)]
pub struct Cosigner {
    /// The witness's name, a URL without its scheme.
    pub name: KeyName,
    /// Its key.
    pub key: SecretKey,
}

impl Cosigner {
    /// What clients are given to trust it.
    pub fn verifier(&self) -> VerifierKey {
        let (name, algorithm) = (self.name.clone(), NoteAlgorithm::CosignatureV1);
        VerifierKey { name, algorithm, key: self.key.public() }
    }

    /// Cosigns a checkpoint at this time. One before 1970 is signed as no time, which clients refuse.
    pub(super) fn cosign(&self, checkpoint: &SignedCheckpoint, now: UtcSecond) -> NoteSignature {
        let time = u64::try_from(now.unix_seconds()).unwrap_or(0);
        let signature = self.key.sign(&message(time, checkpoint));
        let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
        NoteSignature { name: self.name.clone(), id: self.verifier().id(), bytes }
    }
}

/// A cosignature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness.
    pub name: KeyName,
    /// Its key.
    pub key: PublicKey,
    /// When it saw the checkpoint as the largest one.
    pub at: UtcSecond,
}

/// The latest cosignature of this witness, none if it did not cosign. A line that claims to be of it and is not makes
/// the whole note bad.
///
/// # Errors
/// [`NoteError::BadSignature`].
pub fn cosigned_by(checkpoint: &SignedCheckpoint, witness: &VerifierKey) -> Result<Option<Cosignature>, NoteError> {
    let mut latest: Option<Cosignature> = None;
    for line in checkpoint.note().signatures().iter().filter(|line| line.is_of(witness)) {
        let cosignature = check(checkpoint, witness, line)?;
        if latest.as_ref().is_none_or(|latest| latest.at < cosignature.at) {
            latest = Some(cosignature);
        }
    }
    Ok(latest)
}

/// Checks one line that claims to be of this witness.
pub(super) fn check(
    checkpoint: &SignedCheckpoint,
    witness: &VerifierKey,
    line: &NoteSignature,
) -> Result<Cosignature, NoteError> {
    let bad = || NoteError::BadSignature(witness.name.clone());
    let (time, signature) = line.bytes.split_first_chunk().ok_or_else(bad)?;
    let time = u64::from_be_bytes(*time);
    witness.key.verify(&message(time, checkpoint), signature).map_err(|_| bad())?;
    // A cosignature without a time says nothing about which tree is the largest.
    let seconds = i64::try_from(time).ok().filter(|seconds| *seconds > 0);
    let at = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()).ok_or_else(bad)?;
    Ok(Cosignature { name: witness.name.clone(), key: witness.key, at: at.into() })
}

fn message(time: u64, checkpoint: &SignedCheckpoint) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.note().text()).into_bytes()
}

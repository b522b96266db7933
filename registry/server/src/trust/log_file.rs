//! `log.json`: what the log is called, by which key it signs and who watches it. The people of the targets document sign it in
//! `log.sig.json`; agents get it as a control file, which the online control key signs.

use adx_registry_core::ceremony::{LogIdentity, Witness};
use adx_signing::{
    canonical::{self, CanonicalError},
    log::{KeyName, LogPolicy, VerifierKey, policy::PolicyError},
    version::V1,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// The content of `log.json`; members in order, for the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// Keys that signed before; what they signed is believed still.
    #[serde(default)]
    pub earlier_keys: Vec<VerifierKey>,
    /// The key that signs its checkpoints.
    pub key: VerifierKey,
    /// The log's origin, its address without the scheme. It never changes.
    pub origin: KeyName,
    /// How many witnesses must have cosigned before a checkpoint is published, and believed.
    #[serde(default)]
    pub quorum: usize,
    /// `"v": 1`.
    pub v: V1,
    /// Who cosigns.
    #[serde(default)]
    pub witnesses: Vec<WitnessEntry>,
}

/// A witness in `log.json`; members in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessEntry {
    /// Where it answers.
    pub url: Url,
    /// Its key, of type 4.
    pub verifier: VerifierKey,
}

impl LogFile {
    /// Checks that agents could use it.
    ///
    /// # Errors
    /// [`PolicyError::Policy`] says what does not fit.
    pub fn check(&self) -> Result<(), PolicyError> {
        let keys = std::iter::once(&self.key).chain(&self.earlier_keys).cloned().collect();
        let witnesses = self.witnesses.iter().map(|witness| witness.verifier.clone()).collect();
        LogPolicy::new(self.origin.clone(), keys, witnesses, self.quorum)?;
        match self.witnesses.iter().find(|witness| !matches!(witness.url.scheme(), "http" | "https")) {
            Some(_) => Err(PolicyError::Policy("the address of a witness is neither http nor https")),
            None => Ok(()),
        }
    }

    /// The canonical form, which people sign.
    ///
    /// # Errors
    /// [`CanonicalError`] for members out of order, which no file can bring about.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_vec(self)
    }

    /// What a round of signing is told.
    pub fn identity(&self) -> LogIdentity {
        let witness = |entry: &WitnessEntry| Witness { verifier: entry.verifier.clone(), url: entry.url.clone() };
        LogIdentity {
            origin: self.origin.clone(),
            earlier_keys: self.earlier_keys.clone(),
            witnesses: self.witnesses.iter().map(witness).collect(),
            quorum: self.quorum,
        }
    }
}

//! `log.json`: what the log is called, by which key it signs and who watches it, with where each witness answers. What agents are
//! told of it, `log-policy.json`, is made of it, and the targets document lists that: whoever signs the one signs the other.

use adx_registry_core::ceremony::{LogIdentity, Witness};
use adx_signing::{
    log::{KeyName, VerifierKey, policy::PolicyError},
    tuf::{TargetFile, control::ControlFile as _},
    version::V1,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// The content of `log.json`.
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

/// A witness in `log.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessEntry {
    /// Where it answers.
    pub url: Url,
    /// Its key, of type 4.
    pub verifier: VerifierKey,
}

impl LogFile {
    /// Checks that agents and the server could use it, and gives the entry of `log-policy.json` in the targets document: what
    /// people sign of it.
    ///
    /// # Errors
    /// [`PolicyError::Policy`] says what does not fit.
    pub fn listing(&self) -> Result<TargetFile, PolicyError> {
        if self.witnesses.iter().any(|witness| !matches!(witness.url.scheme(), "http" | "https")) {
            return Err(PolicyError::Policy("the address of a witness is neither http nor https"));
        }
        let policy = self.identity().policy(&self.key)?;
        Ok(TargetFile::of(&policy.to_json()))
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

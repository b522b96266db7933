//! The first documents of a ceremony.

use adx_signing::{
    UtcSecond,
    log::{KeyName, VerifierKey, note::NoteAlgorithm, policy::PolicyError},
    tuf::{
        Authority, HashBins, Root, Signed, Targets,
        ceremony::{CeremonyError, RootPlan, TargetsPlan},
        keys::KeysError,
    },
    version::V1,
};
use thiserror::Error;

use super::{
    OnlineRole,
    log_file::{LogFile, WitnessEntry},
    online::{KeyFileError, OnlinePublic},
};

/// Why there are no first documents.
#[derive(Debug, Error)]
pub enum FirstError {
    /// The public halves of the online keys.
    #[error(transparent)]
    Online(#[from] KeyFileError),
    /// Keys and thresholds that do not fit.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The documents.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The log.
    #[error(transparent)]
    Log(#[from] PolicyError),
}

/// What people agreed on before the ceremony.
#[derive(Debug, Clone)]
pub struct FirstPlan {
    /// The keys of the root, 3 of 5 for example.
    pub root: Authority,
    /// Until when the root is believed.
    pub root_expires: UtcSecond,
    /// The keys of the targets document, 2 of 3 for example.
    pub targets: Authority,
    /// Until when the targets document is believed.
    pub targets_expires: UtcSecond,
    /// The public halves of the server's keys, all five.
    pub online: OnlinePublic,
    /// How many bins list the packages. It never changes.
    pub bins: HashBins,
    /// What the log is called. It never changes.
    pub origin: KeyName,
    /// Who cosigns.
    pub witnesses: Vec<WitnessEntry>,
    /// How many of them must.
    pub quorum: usize,
}

impl FirstPlan {
    /// Root and targets, which nobody signed yet, and the log's file.
    ///
    /// # Errors
    /// [`FirstError`] says what does not fit.
    pub fn make(self, now: UtcSecond) -> Result<(Signed<Root>, Signed<Targets>, LogFile), FirstError> {
        let of = |role| -> Result<Authority, FirstError> { Ok(Authority::new(&[self.online.key(role)?], 1)?) };
        let root = RootPlan {
            expires: self.root_expires,
            root: self.root.clone(),
            targets: self.targets.clone(),
            snapshot: of(OnlineRole::Snapshot)?,
            timestamp: of(OnlineRole::Timestamp)?,
        };
        let root = root.first(now)?;
        let key = self.online.key(OnlineRole::Log)?;
        let log = LogFile {
            v: V1,
            key: VerifierKey { name: self.origin.clone(), algorithm: NoteAlgorithm::Ed25519, key },
            origin: self.origin,
            earlier_keys: Vec::new(),
            witnesses: self.witnesses,
            quorum: self.quorum,
        };
        let targets = TargetsPlan {
            expires: self.targets_expires,
            bins: self.bins,
            bin_keys: of(OnlineRole::Bins)?,
            control_keys: of(OnlineRole::Control)?,
            log_policy: log.listing()?,
        };
        let targets = targets.first(root.document(), now)?;
        Ok((root, targets, log))
    }
}

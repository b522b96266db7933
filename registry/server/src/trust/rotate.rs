//! The next documents: other keys, other thresholds, a later expiry.

use adx_signing::{
    KeyId, PublicKey, UtcSecond,
    log::{KeyName, VerifierKey, note::NoteAlgorithm, policy::PolicyError},
    tuf::{
        Authority, Role as _, Root, Signed, TopRole,
        ceremony::{CeremonyError, RootPlan, TargetsPlan},
        keys::KeysError,
    },
};
use thiserror::Error;
use time::Duration;

use super::{
    DocumentsError, OnlineRole,
    carried::{Carried, CarriedError},
    log_file::{LogFile, WitnessEntry},
    online::OnlinePublic,
};

/// For how long a document is made unless something else is said.
pub const DEFAULT_LIFETIME: Duration = Duration::days(365);

/// Why nothing was rotated.
#[derive(Debug, Error)]
pub enum RotateError {
    /// What is there is not signed yet.
    #[error("the ceremony before this one is not complete")]
    NotComplete(#[source] DocumentsError),
    /// Nothing was asked for.
    #[error("nothing is to be changed")]
    Nothing,
    /// A key that is not there cannot be removed.
    #[error("the key {key} is none of `{role}`")]
    NotAKey {
        /// The role.
        role: &'static str,
        /// The key.
        key: KeyId,
    },
    /// A witness that is not there cannot be removed.
    #[error("`{0}` is no witness of this log")]
    NotAWitness(KeyName),
    /// Keys and thresholds.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The documents.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The log.
    #[error(transparent)]
    Log(#[from] PolicyError),
    /// The folder.
    #[error(transparent)]
    Carried(#[from] CarriedError),
}

/// A change of the people of a role. To replace somebody, remove one key and add another.
#[derive(Debug, Clone, Default)]
pub struct OfflineChange {
    /// Keys to add.
    pub add: Vec<PublicKey>,
    /// Keys to remove.
    pub remove: Vec<KeyId>,
    /// Another threshold.
    pub threshold: Option<u32>,
    /// Until when the next document is believed [default: 365 days]; given alone it renews the document.
    pub expires: Option<UtcSecond>,
}

impl OfflineChange {
    fn is_of_keys(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty() || self.threshold.is_some()
    }

    fn apply(&self, role: TopRole, before: &Authority) -> Result<Authority, RotateError> {
        if let Some(key) = self.remove.iter().find(|id| before.keys().get(id).is_none()) {
            return Err(RotateError::NotAKey { role: role.as_str(), key: *key });
        }
        let staying = before.keys().ids().filter(|id| !self.remove.contains(id));
        let staying = staying.filter_map(|id| before.keys().get(id));
        let keys: Vec<_> = staying.chain(&self.add).copied().collect();
        Ok(Authority::new(&keys, self.threshold.unwrap_or(before.role().threshold()))?)
    }
}

/// What is to change.
#[derive(Debug, Clone, Default)]
pub struct Rotation {
    /// The people of the root.
    pub root: OfflineChange,
    /// The people of the targets document.
    pub targets: OfflineChange,
    /// New online keys, of some roles or all.
    pub online: Option<OnlinePublic>,
    /// Witnesses to add.
    pub add_witnesses: Vec<WitnessEntry>,
    /// Witnesses to remove.
    pub remove_witnesses: Vec<KeyName>,
    /// How many witnesses must cosign.
    pub quorum: Option<usize>,
}

/// What has a next version now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The version of the new root, if one was made.
    pub root: Option<u64>,
    /// The version of the new targets document, if one was made.
    pub targets: Option<u64>,
    /// Whether the log's file changed.
    pub log: bool,
}

/// Makes the next documents in the folder; nobody signed them yet.
///
/// # Errors
/// [`RotateError`]; nothing is written then, unless it is [`RotateError::Carried`].
pub fn rotate(carried: &mut Carried, rotation: &Rotation, now: UtcSecond) -> Result<Rotated, RotateError> {
    carried.refuse_secrets()?;
    let documents = &carried.documents;
    let online = documents.check().map_err(RotateError::NotComplete)?;
    let trusted = documents.root().map_err(RotateError::NotComplete)?.document();
    let new_key = |role| rotation.online.as_ref().and_then(|public| public.get(role));
    let new_authority = |role, before: Authority| match new_key(role) {
        Some(key) => Authority::new(&[key], 1),
        None => Ok(before),
    };

    let (people, targets_people) = (&rotation.root, &rotation.targets);
    let new_root: Option<Signed<Root>> = if people.is_of_keys()
        || people.expires.is_some()
        || targets_people.is_of_keys()
        || [OnlineRole::Snapshot, OnlineRole::Timestamp].into_iter().any(|role| new_key(role).is_some())
    {
        let plan = RootPlan {
            expires: people.expires.unwrap_or(now.after(DEFAULT_LIFETIME)),
            root: people.apply(TopRole::Root, &trusted.authority(TopRole::Root))?,
            targets: targets_people.apply(TopRole::Targets, &trusted.authority(TopRole::Targets))?,
            snapshot: new_authority(OnlineRole::Snapshot, trusted.authority(TopRole::Snapshot))?,
            timestamp: new_authority(OnlineRole::Timestamp, trusted.authority(TopRole::Timestamp))?,
        };
        Some(plan.next(trusted, now)?)
    } else {
        None
    };

    let log = next_log(&documents.log, rotation, new_key(OnlineRole::Log))?;
    // Other people must sign the targets document again: under a new root the old signatures may not hold.
    let new_targets = if log != documents.log
        || documents.check_log().is_err()
        || targets_people.is_of_keys()
        || targets_people.expires.is_some()
        || [OnlineRole::Bins, OnlineRole::Control].into_iter().any(|role| new_key(role).is_some())
    {
        let plan = TargetsPlan {
            expires: targets_people.expires.unwrap_or(now.after(DEFAULT_LIFETIME)),
            bins: online.bins,
            bin_keys: new_authority(OnlineRole::Bins, online.bin_keys)?,
            control_keys: new_authority(OnlineRole::Control, online.control_keys)?,
            log_policy: log.listing()?,
        };
        let root = new_root.as_ref().map_or(trusted, Signed::document);
        Some(plan.next(documents.targets.document(), root, now)?)
    } else {
        None
    };

    let rotated = Rotated {
        root: new_root.as_ref().map(|root| root.document().version()),
        targets: new_targets.as_ref().map(|targets| targets.document().version()),
        log: log != documents.log,
    };
    if rotated == (Rotated { root: None, targets: None, log: false }) {
        return Err(RotateError::Nothing);
    }
    if rotated.log {
        carried.keep_log_before()?;
        carried.keep_log(log)?;
    }
    new_targets.map(|targets| carried.keep_targets(targets)).transpose()?;
    new_root.map(|root| carried.keep_root(root)).transpose()?;
    Ok(rotated)
}

fn next_log(before: &LogFile, rotation: &Rotation, key: Option<PublicKey>) -> Result<LogFile, RotateError> {
    let mut log = before.clone();
    if let Some(key) = key {
        let key = VerifierKey { name: log.origin.clone(), algorithm: NoteAlgorithm::Ed25519, key };
        log.earlier_keys.insert(0, std::mem::replace(&mut log.key, key));
    }
    for name in &rotation.remove_witnesses {
        let present = log.witnesses.len();
        log.witnesses.retain(|witness| witness.verifier.name != *name);
        if log.witnesses.len() == present {
            return Err(RotateError::NotAWitness(name.clone()));
        }
    }
    log.witnesses.extend(rotation.add_witnesses.iter().cloned());
    log.quorum = rotation.quorum.unwrap_or(log.quorum);
    Ok(log)
}

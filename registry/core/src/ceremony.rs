//! What the offline ceremony installed on this server: documents that people signed elsewhere, and the online keys that
//! those documents trust.

use std::collections::BTreeMap;

use adx_signing::{
    SecretKey,
    log::{KeyName, LogPolicy, VerifierKey, note::NoteAlgorithm, policy::PolicyError},
    tuf::{HashBins, OnlineKeys, Root, Signed, Targets},
};
use url::Url;

/// All that a round of signing needs and did not make itself. Read from files, checked, by whoever makes one: each root
/// follows the one before it, the targets document is signed under the last and lists the log's policy, and every online key is
/// one that they trust.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// Every root by its version, from the first: the bytes of `N.root.json`.
    pub roots: BTreeMap<u64, Vec<u8>>,
    /// The last of them.
    pub root: Root,
    /// The top-level targets document.
    pub targets: Signed<Targets>,
    /// The bins that it delegates to.
    pub bins: HashBins,
    /// The online keys.
    pub keys: SigningKeys,
    /// The log.
    pub log: LogIdentity,
}

/// The keys that stand on the server, one for each online role and one for the log.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    /// For the bins.
    pub bins: SecretKey,
    /// For the control files.
    pub control: SecretKey,
    /// For the snapshot.
    pub snapshot: SecretKey,
    /// For the timestamp.
    pub timestamp: SecretKey,
    /// For the checkpoints of the log.
    pub log: SecretKey,
}

impl SigningKeys {
    /// Those of the roles.
    pub const fn roles(&self) -> OnlineKeys<'_> {
        OnlineKeys { bins: &self.bins, control: &self.control, snapshot: &self.snapshot, timestamp: &self.timestamp }
    }
}

/// What the log is called and who watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIdentity {
    /// Its origin: the address of the log without the scheme.
    pub origin: KeyName,
    /// Keys of the log that stood here before; what they signed is believed still.
    pub earlier_keys: Vec<VerifierKey>,
    /// Who is asked to cosign each checkpoint.
    pub witnesses: Vec<Witness>,
    /// How many must have cosigned before a checkpoint is published, and believed.
    pub quorum: usize,
}

/// A witness of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its key, of type 4.
    pub verifier: VerifierKey,
    /// Where it answers: `add-checkpoint` is asked of this address with that word appended.
    pub url: Url,
}

impl LogIdentity {
    /// What agents are told to believe about the log that signs with `key`.
    ///
    /// # Errors
    /// [`PolicyError::Policy`] for a quorum that cannot be met, or keys that do not fit.
    pub fn policy(&self, key: &VerifierKey) -> Result<LogPolicy, PolicyError> {
        let Self { origin, earlier_keys, witnesses, quorum } = self;
        let keys = std::iter::once(key).chain(earlier_keys).cloned().collect();
        let witnesses = witnesses.iter().map(|witness| witness.verifier.clone()).collect();
        LogPolicy::new(origin.clone(), keys, witnesses, *quorum)
    }
}

impl Ceremony {
    /// What agents are told to believe about the log: what the targets document lists as `log-policy.json`.
    ///
    /// # Errors
    /// As [`LogIdentity::policy`].
    pub fn log_policy(&self) -> Result<LogPolicy, PolicyError> {
        let (name, key) = (self.log.origin.clone(), self.keys.log.public());
        self.log.policy(&VerifierKey { name, algorithm: NoteAlgorithm::Ed25519, key })
    }
}

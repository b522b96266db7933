//! The offline ceremony: root and targets, signed by people with keys that never stand on the server.
//!
//! Every step takes a file and gives one, so that it can be carried from one machine to the next. Keys in files sign by
//! [`Signed::sign`]; a token or another machine signs [`Signed::signing_bytes`] and hands the signature to
//! [`Signed::add_signature`].

use std::collections::BTreeSet;

use super::{
    bins::HashBins,
    control::{CONTROL_ROLE_FILES, ControlFile as _},
    keys::{self, Authority, Keys, KeysError, RoleKeys},
    name::RoleName,
    role::{DelegatedRole, Delegations, Role, Root, Scope, TargetFile, Targets, TopRole},
    signed::{Signed, SignedError},
};
use crate::{key::KeyId, log::LogPolicy, utc::UtcSecond};

/// Why a ceremony cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CeremonyError {
    /// A key that would be on the server and in a drawer.
    #[error(
        "the key {key} would sign for `{offline}`, which is offline, and for `{online}`, which is online: use two keys"
    )]
    OfflineAndOnline {
        /// The key.
        key: KeyId,
        /// The offline role.
        offline: &'static str,
        /// The online role.
        online: String,
    },
    /// Expired before it is used.
    #[error("`{role}` would expire at {expires}, which is not after {now}: choose a later time")]
    Expired {
        /// The role.
        role: &'static str,
        /// The time asked for.
        expires: UtcSecond,
        /// The time of the ceremony.
        now: UtcSecond,
    },
    /// A root that does not follow the one before it.
    #[error("root version {found} does not follow version {trusted}: clients take {trusted} and then exactly the next")]
    RootVersion {
        /// The version that is trusted.
        trusted: u64,
        /// The version found.
        found: u64,
    },
    /// Another number of bins would leave roles in the snapshot that nobody delegates to.
    #[error("the repository has {present} hash bins, {asked} were asked for: the number is fixed when it is made")]
    Bins {
        /// How many there are.
        present: usize,
        /// How many were asked for.
        asked: u32,
    },
    /// Too few signatures.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Keys that do not fit together.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// What goes into a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootPlan {
    /// Until when clients take it, about a year.
    pub expires: UtcSecond,
    /// Offline keys, 3 of 5 for example.
    pub root: Authority,
    /// Offline keys, 2 of 3 for example.
    pub targets: Authority,
    /// Online.
    pub snapshot: Authority,
    /// Online.
    pub timestamp: Authority,
}

impl RootPlan {
    /// The plan of a root, to be changed into that of the next: what a rotation begins with.
    pub fn of(root: &Root) -> Self {
        Self {
            expires: root.expires(),
            root: root.authority(TopRole::Root),
            targets: root.authority(TopRole::Targets),
            snapshot: root.authority(TopRole::Snapshot),
            timestamp: root.authority(TopRole::Timestamp),
        }
    }

    /// The first root, which nobody signed yet.
    ///
    /// # Errors
    /// [`CeremonyError`] for a key that is offline and online, and for an expiry that is past.
    pub fn first(&self, now: UtcSecond) -> Result<Signed<Root>, CeremonyError> {
        self.root(1, now)
    }

    /// The root after `trusted`, which nobody signed yet: the thresholds of both must sign it.
    ///
    /// # Errors
    /// As [`RootPlan::first`].
    pub fn next(&self, trusted: &Root, now: UtcSecond) -> Result<Signed<Root>, CeremonyError> {
        self.root(trusted.version() + 1, now)
    }

    fn root(&self, version: u64, now: UtcSecond) -> Result<Signed<Root>, CeremonyError> {
        check_expiry(TopRole::Root, self.expires, now)?;
        for (offline, keys) in [(TopRole::Root, &self.root), (TopRole::Targets, &self.targets)] {
            for (online, others) in [(TopRole::Snapshot, &self.snapshot), (TopRole::Timestamp, &self.timestamp)] {
                check_apart(offline, keys.keys(), online.as_str(), others)?;
            }
        }
        let root = Root::new(version, self.expires, |role| match role {
            TopRole::Root => self.root.clone(),
            TopRole::Targets => self.targets.clone(),
            TopRole::Snapshot => self.snapshot.clone(),
            TopRole::Timestamp => self.timestamp.clone(),
        });
        Ok(Signed::unsigned(root))
    }
}

/// What goes into the top-level targets document: the log's policy, and who lists all else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetsPlan {
    /// Until when clients take it, about a year.
    pub expires: UtcSecond,
    /// The bins that list the packages.
    pub bins: HashBins,
    /// Online: who signs the bins.
    pub bin_keys: Authority,
    /// Online: who signs the control role.
    pub control_keys: Authority,
    /// Length and digest of `log-policy.json`: whom agents ask to have watched the log.
    pub log_policy: TargetFile,
}

impl TargetsPlan {
    /// The first targets document, which nobody signed yet.
    ///
    /// # Errors
    /// [`CeremonyError`] for a delegated key that is one of the root's offline ones, and for an expiry that is past.
    pub fn first(&self, root: &Root, now: UtcSecond) -> Result<Signed<Targets>, CeremonyError> {
        self.targets(1, root, now)
    }

    /// The targets document after `present`, which nobody signed yet.
    ///
    /// # Errors
    /// As [`TargetsPlan::first`], and [`CeremonyError::Bins`] for another number of bins.
    pub fn next(&self, present: &Targets, root: &Root, now: UtcSecond) -> Result<Signed<Targets>, CeremonyError> {
        let bins = present.delegations().map_or(0, |delegations| delegations.roles.len().saturating_sub(1));
        if bins != self.bins.count() as usize {
            return Err(CeremonyError::Bins { present: bins, asked: self.bins.count() });
        }
        self.targets(present.version() + 1, root, now)
    }

    fn targets(&self, version: u64, root: &Root, now: UtcSecond) -> Result<Signed<Targets>, CeremonyError> {
        check_expiry(TopRole::Targets, self.expires, now)?;
        for offline in [TopRole::Root, TopRole::Targets] {
            let keys = root.authority(offline);
            check_apart(offline, keys.keys(), "bins", &self.bin_keys)?;
            check_apart(offline, keys.keys(), RoleName::control().as_str(), &self.control_keys)?;
        }
        let names = CONTROL_ROLE_FILES.map(|name| name.parse().expect("a control file's name is one of a target"));
        let control = DelegatedRole {
            name: RoleName::control(),
            keys: self.control_keys.role().clone(),
            scope: Scope::Names(names.to_vec()),
        };
        let bins = self.bins.delegations().map(|(name, prefixes)| DelegatedRole {
            name,
            keys: self.bin_keys.role().clone(),
            scope: Scope::HashPrefixes(prefixes),
        });
        let delegations = Delegations {
            keys: keys::join([&self.bin_keys, &self.control_keys]),
            // First the names that are known: the search ends there, before it would end in their bin.
            roles: std::iter::once(control).chain(bins).collect(),
        };
        let mut targets = Targets::new(version, self.expires, Some(delegations));
        targets.targets.insert(LogPolicy::target_name(), self.log_policy);
        Ok(Signed::unsigned(targets))
    }
}

/// Checks a root as a client does that trusts the one before it: exactly the next version, signed by the threshold of
/// both. Without one before it, the root must be signed by its own.
///
/// # Errors
/// [`CeremonyError`] says what is missing.
pub fn check_root(new: &Signed<Root>, trusted: Option<&Root>) -> Result<(), CeremonyError> {
    let root = new.document();
    root.check()?;
    if let Some(trusted) = trusted {
        if trusted.version().checked_add(1) != Some(root.version()) {
            return Err(CeremonyError::RootVersion { trusted: trusted.version(), found: root.version() });
        }
        let name = format!("root version {}", trusted.version());
        new.verify(&name, trusted.role(TopRole::Root), trusted.keys())?;
    }
    Ok(new.verify(&format!("root version {}", root.version()), root.role(TopRole::Root), root.keys())?)
}

/// Checks the top-level targets document as a client does.
///
/// # Errors
/// [`CeremonyError`] says what is missing.
pub fn check_targets(targets: &Signed<Targets>, root: &Root) -> Result<(), CeremonyError> {
    if let Some(delegations) = targets.document().delegations() {
        keys::check_held(delegations.keys(), delegations.roles.iter().map(DelegatedRole::keys))?;
    }
    Ok(targets.verify(TopRole::Targets.as_str(), root.role(TopRole::Targets), root.keys())?)
}

/// How far a document is on its way through the hands that must sign it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The role.
    pub role: &'static str,
    /// The document's version.
    pub version: u64,
    /// Until when clients take it.
    pub expires: UtcSecond,
    /// Whether that is past.
    pub expired: bool,
    /// Those who must sign it: one for targets, two for a root that follows another.
    pub approvals: Vec<Approval>,
}

/// One threshold that a document must reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whose threshold, `root version 3`.
    pub by: String,
    /// The keys that signed.
    pub signed: BTreeSet<KeyId>,
    /// The keys that could sign still.
    pub unsigned: BTreeSet<KeyId>,
    /// How many signatures are missing.
    pub missing: u32,
}

impl Status {
    /// Of a root, beside the one that is trusted until now.
    pub fn of_root(new: &Signed<Root>, trusted: Option<&Root>, now: UtcSecond) -> Self {
        let roots = trusted.into_iter().chain([new.document()]);
        let approval = |root: &Root| {
            let role = root.role(TopRole::Root);
            Approval::of(format!("root version {}", root.version()), new.signed_by(role, root.keys()), role)
        };
        Self::new(new.document(), roots.map(approval).collect(), now)
    }

    /// Of the top-level targets document.
    pub fn of_targets(targets: &Signed<Targets>, root: &Root, now: UtcSecond) -> Self {
        Self::new(targets.document(), vec![Approval::of_targets(targets, root)], now)
    }

    /// Whether nothing is missing.
    pub fn complete(&self) -> bool {
        !self.expired && self.approvals.iter().all(|approval| approval.missing == 0)
    }

    fn new<T: Role>(document: &T, approvals: Vec<Approval>, now: UtcSecond) -> Self {
        let (version, expires) = (document.version(), document.expires());
        Self { role: T::TYPE, version, expires, expired: expires <= now, approvals }
    }
}

impl Approval {
    /// Of a targets document under a root.
    pub fn of_targets(targets: &Signed<Targets>, root: &Root) -> Self {
        let role = root.role(TopRole::Targets);
        let by = format!("targets of root version {}", root.version());
        Self::of(by, targets.signed_by(role, root.keys()), role)
    }

    fn of(by: String, signed: BTreeSet<KeyId>, role: &RoleKeys) -> Self {
        let unsigned = role.keyids().difference(&signed).copied().collect();
        let missing = role.threshold().saturating_sub(u32::try_from(signed.len()).unwrap_or(u32::MAX));
        Self { by, signed, unsigned, missing }
    }
}

fn check_expiry(role: TopRole, expires: UtcSecond, now: UtcSecond) -> Result<(), CeremonyError> {
    if expires > now { Ok(()) } else { Err(CeremonyError::Expired { role: role.as_str(), expires, now }) }
}

fn check_apart(offline: TopRole, keys: &Keys, online: &str, others: &Authority) -> Result<(), CeremonyError> {
    match others.keys().ids().find(|id| keys.get(id).is_some()) {
        Some(key) => {
            let (offline, online) = (offline.as_str(), online.to_owned());
            Err(CeremonyError::OfflineAndOnline { key: *key, offline, online })
        }
        None => Ok(()),
    }
}

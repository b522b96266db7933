//! A round of signing: the changes that arrived together become new bins, one new snapshot and one new timestamp.
//!
//! The files are given in the order in which they must be stored. Until the timestamp is, last, clients see the round
//! before it whole: the other files have versions in their names and nothing points at them yet. A round that broke off
//! is run again and writes other files under the same names, which is harmless for the same reason. Rounds of one
//! repository run one after the other.

use std::collections::{BTreeMap, BTreeSet};

use time::Duration;

use super::{
    bins::HashBins,
    control::CONTROL_ROLE_FILES,
    name::{RoleName, TargetName},
    role::{MetaFile, Role as _, Snapshot, TargetFile, Targets, Timestamp, TopRole},
    signed::{Signed, seal},
};
use crate::{key::SecretKey, utc::UtcSecond};

/// Why a round cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoundError {
    /// A change to a role whose present content was not given.
    #[error("`{target}` is listed by `{role}`, whose present content was not given to the round")]
    RoleMissing {
        /// The target.
        target: TargetName,
        /// The role that lists it.
        role: RoleName,
    },
    /// A target that is not there cannot be taken away.
    #[error("`{target}` cannot be removed: `{role}` does not list it")]
    NotListed {
        /// The target.
        target: TargetName,
        /// The role that would list it.
        role: RoleName,
    },
    /// The content given is not the one that clients know: what is signed over it would be lost or come back.
    #[error("the content given for `{file}` is version {given}, the snapshot has {pinned}: read the present one")]
    NotPresent {
        /// The file.
        file: String,
        /// The version given.
        given: u64,
        /// The version pinned.
        pinned: u64,
    },
    /// A first round without the documents that every client looks for.
    #[error("the first round must carry `{0}`")]
    Incomplete(String),
    /// A role that no bin of this number is: targets would be listed where clients do not look for them.
    #[error("`{file}` is not one of the roles of {bins} hash bins: configure the number the repository was made with")]
    Foreign {
        /// The file.
        file: String,
        /// The number of bins configured.
        bins: u32,
    },
}

/// The keys that stand on the server, each for one role. A role may trust several, during a rotation; one signs.
#[derive(Debug, Clone, Copy)]
pub struct OnlineKeys<'k> {
    /// For the bins.
    pub bins: &'k SecretKey,
    /// For the control files.
    pub control: &'k SecretKey,
    /// For the snapshot.
    pub snapshot: &'k SecretKey,
    /// For the timestamp.
    pub timestamp: &'k SecretKey,
}

/// For how long documents are signed.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Of a bin and of the control role. Each must be signed again within it, changed or not.
    pub roles: Duration,
    /// Of the snapshot.
    pub snapshot: Duration,
    /// Of the timestamp: for how long a client can be held in the past.
    pub timestamp: Duration,
}

impl Lifetimes {
    /// The longest that a registry may sign for, 90 days, 7 days, 24 hours. Clients believe no more, so that who had its keys for
    /// a moment cannot show them the same state for years.
    pub const LONGEST: Self =
        Self { roles: Duration::days(90), snapshot: Duration::days(7), timestamp: Duration::hours(24) };
    /// How much further ahead a client lets an expiry lie: clocks differ.
    pub const SLACK: Duration = Duration::hours(1);
}

impl Default for Lifetimes {
    /// The longest.
    fn default() -> Self {
        Self::LONGEST
    }
}

/// What a round begins with.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// The snapshot that clients know, none before the first round.
    pub snapshot: Option<Snapshot>,
    /// The version of the timestamp that clients know, 0 before the first round.
    pub timestamp_version: u64,
    /// The content of each role that is to be signed again: those that change ([`Signer::roles_of`]) and those that
    /// expire soon. Before the first round all of them, [`Targets::unpublished`].
    pub roles: BTreeMap<RoleName, Targets>,
    /// The top-level targets document, when the ceremony made a new one.
    pub targets: Option<Signed<Targets>>,
}

/// What is to change: a target is added or replaced, or removed by `None`.
pub type Changes = BTreeMap<TargetName, Option<TargetFile>>;

/// A metadata file to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataFile {
    /// Its name under consistent snapshots.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a round made.
#[derive(Debug, Clone)]
pub struct Round {
    /// The files, to be stored in this order, each durable before the next: the timestamp is the last.
    pub files: Vec<MetadataFile>,
    /// The new content of the roles that were signed.
    pub roles: BTreeMap<RoleName, Targets>,
    /// The new snapshot.
    pub snapshot: Snapshot,
    /// The new timestamp.
    pub timestamp: Timestamp,
}

/// Signs the online roles.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'k> {
    /// The keys.
    pub keys: OnlineKeys<'k>,
    /// The bins that the top-level targets document delegates to.
    pub bins: HashBins,
    /// For how long to sign.
    pub lifetimes: Lifetimes,
}

impl Signer<'_> {
    /// The roles whose present content a round with these changes needs.
    pub fn roles_of<'c>(&self, targets: impl IntoIterator<Item = &'c TargetName>) -> BTreeSet<RoleName> {
        targets.into_iter().map(|target| role_of(self.bins, target)).collect()
    }

    /// Signs each role in `present` with its changes, then the snapshot, then the timestamp. The cost is that of the
    /// roles given: the others are neither read nor written.
    ///
    /// # Errors
    /// [`RoundError`] for content that is missing or not the present one; nothing is made then.
    pub fn round(&self, present: Present, changes: &Changes, now: UtcSecond) -> Result<Round, RoundError> {
        let Present { snapshot, timestamp_version, mut roles, targets } = present;
        let (snapshot_version, mut meta) =
            snapshot.map_or((0, BTreeMap::new()), |snapshot| (snapshot.version(), snapshot.meta().clone()));
        for (role, content) in &roles {
            check_present(&meta, &role.file(), content.version, content.version)?;
        }
        for (target, change) in changes {
            let role = role_of(self.bins, target);
            let Some(content) = roles.get_mut(&role) else {
                return Err(RoundError::RoleMissing { target: target.clone(), role });
            };
            match change {
                Some(file) => _ = content.targets.insert(target.clone(), *file),
                None if content.targets.remove(target).is_some() => {}
                None => return Err(RoundError::NotListed { target: target.clone(), role }),
            }
        }

        let mut files = Vec::with_capacity(roles.len() + 3);
        if let Some(targets) = targets {
            let version = targets.document().version();
            // A newer one, of the last of the ceremonies since; the same one again is a round that is repeated.
            let file = format!("{}.json", TopRole::Targets.as_str());
            if let Some(pinned) = meta.get(&file).filter(|pinned| pinned.version > version) {
                return Err(RoundError::NotPresent { file, given: version, pinned: pinned.version });
            }
            let bytes = targets.to_json();
            meta.insert(file, MetaFile::of(&bytes, version));
            files.push(MetadataFile { name: TopRole::Targets.versioned_file(version), bytes });
        }
        for (role, content) in &mut roles {
            if *role == RoleName::control() {
                // A list from before the targets document listed `log-policy.json` still has it.
                content.targets.retain(|target, _| CONTROL_ROLE_FILES.contains(&target.as_str()));
            }
            content.version += 1;
            content.expires = now.after(self.lifetimes.roles);
            let key = if *role == RoleName::control() { self.keys.control } else { self.keys.bins };
            let bytes = seal(content, key);
            meta.insert(role.file(), MetaFile::of(&bytes, content.version));
            files.push(MetadataFile { name: role.versioned_file(content.version), bytes });
        }
        self.check_roles(&meta)?;

        let snapshot = Snapshot::new(snapshot_version + 1, now.after(self.lifetimes.snapshot), meta);
        let bytes = seal(&snapshot, self.keys.snapshot);
        let pin = MetaFile::of(&bytes, snapshot.version());
        files.push(MetadataFile { name: TopRole::Snapshot.versioned_file(snapshot.version()), bytes });
        let (timestamp, file) = self.timestamp(timestamp_version + 1, pin, now);
        files.push(file);
        Ok(Round { files, roles, snapshot, timestamp })
    }

    /// Signs the timestamp again over the same snapshot: what keeps a repository fresh in which nothing happens.
    pub fn resign_timestamp(&self, present: &Timestamp, now: UtcSecond) -> (Timestamp, MetadataFile) {
        self.timestamp(present.version() + 1, *present.snapshot(), now)
    }

    fn timestamp(&self, version: u64, snapshot: MetaFile, now: UtcSecond) -> (Timestamp, MetadataFile) {
        let timestamp = Timestamp::new(version, now.after(self.lifetimes.timestamp), snapshot);
        let file = MetadataFile {
            name: TopRole::Timestamp.versioned_file(version),
            bytes: seal(&timestamp, self.keys.timestamp),
        };
        (timestamp, file)
    }

    /// Clients refuse a snapshot that lacks a role which the targets document delegates to, and ask no other.
    fn check_roles(&self, meta: &BTreeMap<String, MetaFile>) -> Result<(), RoundError> {
        let top = format!("{}.json", TopRole::Targets.as_str());
        let delegated = self.bins.names().chain([RoleName::control()]).map(|role| role.file());
        let expected: BTreeSet<_> = std::iter::once(top).chain(delegated).collect();
        if let Some(file) = expected.iter().find(|file| !meta.contains_key(*file)) {
            return Err(RoundError::Incomplete(file.clone()));
        }
        match meta.keys().find(|file| !expected.contains(*file)) {
            Some(file) => Err(RoundError::Foreign { file: file.clone(), bins: self.bins.count() }),
            None => Ok(()),
        }
    }
}

/// The role that lists a target.
fn role_of(bins: HashBins, target: &TargetName) -> RoleName {
    if CONTROL_ROLE_FILES.contains(&target.as_str()) { RoleName::control() } else { bins.bin_of(target) }
}

/// Checks that `base` is the version the snapshot has, 0 standing for none.
fn check_present(meta: &BTreeMap<String, MetaFile>, file: &str, base: u64, given: u64) -> Result<(), RoundError> {
    let pinned = meta.get(file).map_or(0, |pinned| pinned.version);
    if base == pinned { Ok(()) } else { Err(RoundError::NotPresent { file: file.to_owned(), given, pinned }) }
}

//! The chain of roots, from the pinned one to the present.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sigstore_tuf::{Error as TufError, Metadata, Root, Snapshot, Timestamp, TrustedMetadataSet, metadata::Role};

use super::{
    ANY_TIME, MAX_ROOT_BYTES, MAX_ROOT_ROTATIONS, MAX_TIMESTAMP_BYTES, MetadataFiles, Profile, Repository,
    RepositoryError,
};
use crate::{source::Source, state::StateError};

/// The two files that go when a root rotates the keys of either (5.3.11).
const RECOVERED: [&str; 2] = ["timestamp.json", "snapshot.json"];

/// Follows the stored chain from the pinned root. Gives the roots before the present one as well.
pub(super) fn open(
    files: &MetadataFiles,
    pinned: Option<&[u8]>,
    profile: Profile,
) -> Result<(TrustedMetadataSet, Vec<Root>), RepositoryError> {
    let first = if let Some(bytes) = pinned {
        bytes.to_vec()
    } else {
        let version = files.first_root()?.ok_or(RepositoryError::NoPinnedRoot)?;
        files.read_root(version)?.ok_or(RepositoryError::NoPinnedRoot)?
    };
    let file = "the pinned root";
    let mut set = TrustedMetadataSet::from_root(&first).map_err(|error| RepositoryError::of(file, error))?;
    profile.check_root(set.root(), file)?;
    let version = set.root().version;
    match files.read_root(version)? {
        Some(stored) if stored == first => {}
        Some(_) => {
            let stored = files.root_path(version).display().to_string();
            return Err(RepositoryError::OtherPinnedRoot { version, stored });
        }
        None => files.write_root(version, &first)?,
    }

    // What is stored may be of a root before the pinned one, when that was moved on by hand.
    let mut earlier = Vec::new();
    for version in files.first_root()?.unwrap_or(version)..version {
        let stored = files.read_root(version)?;
        earlier.extend(stored.and_then(|bytes| Metadata::<Root>::from_slice(&bytes).ok()).map(Metadata::into_signed));
    }
    while let Some(bytes) = files.read_root(set.root().version + 1)? {
        let path = files.root_path(set.root().version + 1);
        earlier.push(set.root().clone());
        set.update_root(&bytes).map_err(|error| StateError::damaged(&path, error))?;
        profile.check_root(set.root(), &path.display().to_string())?;
    }
    check_present(files, &set)?;
    Ok((set, earlier))
}

/// `root.json` is one of the chain: its end, or one behind after a crash, which is mended. When it is none of them, either it is
/// damaged or a root is gone, and with it what it revoked.
fn check_present(files: &MetadataFiles, set: &TrustedMetadataSet) -> Result<(), RepositoryError> {
    if let Some(present) = files.read("root.json")? {
        if present == set.root_bytes() {
            return Ok(());
        }
        let path = files.path("root.json");
        let root = Metadata::<Root>::from_slice(&present).map_err(|error| StateError::damaged(&path, error))?;
        if files.read_root(root.signed().version)?.is_none_or(|stored| stored != present) {
            return Err(
                StateError::damaged(&path, "it is none of those in root_history, or one of those is gone").into()
            );
        }
    }
    Ok(files.write("root.json", set.root_bytes())?)
}

impl Repository {
    /// Takes every root that follows, 5.3.3 to 5.3.9, and forgets timestamp and snapshot when one rotates their keys.
    pub(super) async fn refresh_roots(&mut self) -> Result<(), RepositoryError> {
        let start = self.set.root().version;
        for version in start + 1..=start + MAX_ROOT_ROTATIONS {
            let file = format!("{version}.root.json");
            let Some(bytes) = self.metadata.get(&file, MAX_ROOT_BYTES).await? else {
                return Ok(());
            };
            let candidate = Metadata::<Root>::from_slice(&bytes).map_err(|error| RepositoryError::of(&file, error))?;
            self.profile.check_root(candidate.signed(), &file)?;
            let before = self.set.root().clone();
            self.set.update_root(&bytes).map_err(|error| RepositoryError::of(&file, error))?;
            // First the root, then what it makes void: after a crash between the two, opening finds that what is left verifies
            // under the root before.
            self.files.write_root(version, &bytes)?;
            if rotates(&before, self.set.root()) {
                self.floor = None;
                for file in RECOVERED {
                    self.files.remove(file)?;
                }
            }
            self.load(&[before])?;
        }
        Err(RepositoryError::EndlessRoots)
    }

    /// The roots there were before the present one, as far as they are kept.
    fn roots_before(&self) -> Result<Vec<Root>, RepositoryError> {
        let present = self.set.root().version;
        let mut roots = Vec::new();
        for version in self.files.first_root()?.unwrap_or(present)..present {
            let stored = self.files.read_root(version)?;
            roots.extend(stored.and_then(|bytes| Metadata::<Root>::from_slice(&bytes).ok()).map(Metadata::into_signed));
        }
        Ok(roots)
    }

    /// Why a timestamp or snapshot is refused that the keys of the present root did not sign: a copy from before they were changed is
    /// old, and says nothing against who has it.
    pub(super) fn unsigned<T: Role>(&self, bytes: &[u8], role: &str, file: &str, error: TufError) -> RepositoryError {
        let is_old = matches!(error, TufError::ThresholdNotMet { .. })
            && self.roots_before().is_ok_and(|roots| is_signed::<T>(bytes, &roots, role));
        if is_old {
            return RepositoryError::BeforeRotation { file: file.to_owned(), root: self.set.root().version };
        }
        RepositoryError::of(file, error)
    }

    /// Whether what is in `metadata` was signed for this repository, fresh or not: by the keys of a root there was, or of one that
    /// follows there. Nothing of it is taken.
    pub(crate) async fn recognises(&self, metadata: &Source) -> Result<bool, RepositoryError> {
        let Some(timestamp) = metadata.get("timestamp.json", MAX_TIMESTAMP_BYTES).await? else { return Ok(false) };
        let present = self.set.root().version;
        let mut roots = self.roots_before()?;
        let mut set = TrustedMetadataSet::from_root(self.set.root_bytes())
            .map_err(|error| RepositoryError::of("root.json", error))?;
        roots.push(set.root().clone());
        for version in present + 1..=present + MAX_ROOT_ROTATIONS {
            let Some(bytes) = metadata.get(&format!("{version}.root.json"), MAX_ROOT_BYTES).await? else { break };
            if set.update_root(&bytes).is_err() {
                break;
            }
            roots.push(set.root().clone());
        }
        Ok(is_signed::<Timestamp>(&timestamp, &roots, "timestamp"))
    }

    /// The keys that the present root names for what is signed online, as JSON: others once the operators met.
    pub(crate) fn online_keys(&self) -> Vec<u8> {
        serde_json::to_vec(&online(self.set.root())).expect("strings and numbers always encode")
    }

    /// Whose word the present targets document is, none before the first refresh.
    pub(crate) fn targets_word(&self) -> Option<TargetsWord> {
        let version = self.set.targets_role("targets")?.version;
        let (keys, threshold) = authority(self.set.root(), "targets")?;
        Some(TargetsWord { keys, threshold, version })
    }

    /// Takes what is stored as a floor, expired or not. `earlier` are roots that it may have been stored under.
    pub(super) fn load(&mut self, earlier: &[Root]) -> Result<(), RepositoryError> {
        if let Some(bytes) = self.files.read("timestamp.json")? {
            match self.set.update_timestamp(&bytes, ANY_TIME) {
                Ok(()) => {}
                Err(_) if is_signed::<Timestamp>(&bytes, earlier, "timestamp") => return self.forget(),
                Err(error) => return Err(StateError::damaged(&self.files.path("timestamp.json"), error).into()),
            }
        }
        if let Some(bytes) = self.files.read("snapshot.json")? {
            if is_signed::<Snapshot>(&bytes, std::slice::from_ref(self.set.root()), "snapshot") {
                self.floor = Metadata::<Snapshot>::from_slice(&bytes).ok().map(Metadata::into_signed);
            } else if is_signed::<Snapshot>(&bytes, earlier, "snapshot") {
                return self.forget();
            } else {
                let why = "none of the roots there were has keys that signed it";
                return Err(StateError::damaged(&self.files.path("snapshot.json"), why).into());
            }
            // It is not the one pinned where the process ended after the timestamp was stored: then it is a floor only.
            if self.set.timestamp().is_some()
                && self.set.update_snapshot(&bytes, ANY_TIME).is_ok()
                && let Some(bytes) = self.files.read("targets.json")?
            {
                // The same: what does not fit the snapshot is fetched again.
                _ = self.set.update_targets(&bytes, ANY_TIME);
            }
        }
        Ok(())
    }

    fn forget(&mut self) -> Result<(), RepositoryError> {
        self.floor = None;
        RECOVERED.iter().try_for_each(|file| self.files.remove(file))?;
        // A fresh state machine: it may hold the timestamp already.
        let root = self.set.root_bytes().to_vec();
        self.set = TrustedMetadataSet::from_root(&root).map_err(|error| RepositoryError::of("root.json", error))?;
        Ok(())
    }
}

/// Whether other keys sign timestamp or snapshot under the new root.
fn rotates(before: &Root, after: &Root) -> bool {
    online(before) != online(after)
}

/// Whose word a targets document is: who may sign it, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetsWord {
    keys: BTreeSet<String>,
    threshold: usize,
    pub(crate) version: u64,
}

impl TargetsWord {
    /// Whether enough of those who could sign then can sign now: else what they signed does not hold any more, and a version that
    /// thieves of their keys made up is not to be gone past.
    pub(crate) fn counts_under(&self, now: &Self) -> bool {
        self.keys.intersection(&now.keys).count() >= now.threshold
    }
}

/// The keys that sign timestamp and snapshot, and how many of each must.
fn online(root: &Root) -> Vec<Option<(BTreeSet<String>, usize)>> {
    ["timestamp", "snapshot"].iter().map(|name| authority(root, name)).collect()
}

/// The keys that sign a role, and how many of them must.
fn authority(root: &Root, name: &str) -> Option<(BTreeSet<String>, usize)> {
    let role = root.role(name)?;
    Some((role.keyids.iter().map(ToString::to_string).collect(), role.threshold))
}

fn is_signed<T: Role>(bytes: &[u8], roots: &[Root], name: &str) -> bool {
    let Ok(document) = Metadata::<T>::from_slice(bytes) else { return false };
    roots
        .iter()
        .any(|root| root.role(name).is_some_and(|role| document.verify_threshold(&root.keys, role, name).is_ok()))
}

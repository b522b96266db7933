//! All of a repository's metadata, for who serves it again.

use std::collections::BTreeMap;

use adx_signing::{UtcSecond, tuf::TargetFile};

use super::{MetadataFiles, Repository, RepositoryError, moment};

/// Every document that is current, by the name of its file.
pub(crate) struct Everything {
    /// Snapshot, targets, and each delegated role.
    pub(crate) versioned: Vec<(String, Vec<u8>)>,
    /// The chain of roots, from the pinned one on.
    pub(crate) roots: Vec<(String, Vec<u8>)>,
    /// The timestamp.
    pub(crate) timestamp: Vec<u8>,
    /// The targets of all delegated roles.
    pub(crate) targets: BTreeMap<String, TargetFile>,
}

impl Repository {
    /// Loads and verifies every role, and gives all files.
    pub(crate) async fn everything(&mut self, now: UtcSecond) -> Result<Everything, RepositoryError> {
        let delegations = self.set.targets_role("targets").and_then(|targets| targets.delegations.clone());
        let roles: Vec<_> = delegations.into_iter().flat_map(|all| all.roles).map(|role| role.name).collect();
        let mut targets = BTreeMap::new();
        // Each is let go of before all are in memory.
        for role in &roles {
            self.load_role(role, "targets", moment(now)).await?;
            for (name, file) in self.set.targets_role(role).into_iter().flat_map(|list| &list.targets) {
                if let Some(sha256) = file.hashes.get("sha256").and_then(|text| text.parse().ok()) {
                    targets.insert(name.clone(), TargetFile { sha256, length: file.length });
                }
            }
        }
        let snapshot = self.snapshot_version().ok_or(RepositoryError::NotRefreshed)?;
        let mut versioned = vec![(format!("{snapshot}.snapshot.json"), read(&self.files, "snapshot.json")?)];
        for (name, version) in self.pins() {
            versioned.push((format!("{version}.{name}"), read(&self.files, name)?));
        }
        let mut roots = Vec::new();
        let first = self.files.first_root()?.unwrap_or(1);
        for version in first..=self.root_version() {
            let bytes = self.files.read_root(version)?;
            let file = format!("{version}.root.json");
            let bytes = bytes.ok_or_else(|| RepositoryError::Missing { file: file.clone() })?;
            roots.push((file, bytes));
        }
        Ok(Everything { versioned, roots, timestamp: read(&self.files, "timestamp.json")?, targets })
    }
}

fn read(files: &MetadataFiles, name: &str) -> Result<Vec<u8>, RepositoryError> {
    files.read(name)?.ok_or_else(|| RepositoryError::Missing { file: name.to_owned() })
}

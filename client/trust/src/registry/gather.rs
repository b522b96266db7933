//! Gathering what speaks for a release.

use std::sync::Arc;

use adx_signing::{
    ModuleId, UtcSecond,
    tuf::{TargetFile, TargetName},
};
use semver::Version;

use super::trusted::Trusted;
use crate::{
    decide::registered,
    evidence::Evidence,
    log::{Included, LogError},
    refusal::{InclusionRefusal, IndexRefusal, Refusal, TargetRefusal},
    repository::{RepositoryError, expected},
    source::Source,
};

/// Most leaves fetched of the history of a namespace's keys. Of a longer one the last are missing, so that it is refused.
const MAX_HISTORY_LEAVES: usize = 256;

impl Trusted {
    pub(super) async fn gather(&mut self, source: &Source, evidence: &mut Evidence, now: UtcSecond) {
        if let Some(refusal) = self.refused.clone() {
            match refusal {
                Refusal::Checkpoint(_) => evidence.checkpoint = Err(refusal),
                other => evidence.metadata = Err(other),
            }
        }
        let Some(control) = self.control.clone() else {
            if matches!(evidence.metadata, Err(Refusal::NotAsked { .. })) {
                evidence.metadata = Err(Refusal::Metadata(RepositoryError::NotRefreshed));
            }
            return;
        };
        evidence.control = Some(Arc::clone(&control));
        let role;
        (role, evidence.target) = self.target(source, &evidence.module, &evidence.version, now).await;
        if matches!(evidence.metadata, Err(Refusal::NotAsked { .. })) {
            evidence.metadata = Ok(self.repository.expiries(role.as_deref()));
        }
        if !matches!(evidence.checkpoint, Err(Refusal::Checkpoint(_))) {
            evidence.checkpoint = self.log.head().ok_or(Refusal::Checkpoint(LogError::NoCheckpoint));
        }
        evidence.leaf = self.leaf(source, &evidence.module, &evidence.version, now).await;
        if evidence.leaf.is_ok()
            && let Some((namespace, _)) = registered(&control.keys, &evidence.module.namespace)
        {
            for leaf in control.keys.history_leaves(namespace).into_iter().take(MAX_HISTORY_LEAVES) {
                evidence.key_leaves.insert(leaf, self.log.leaf(leaf).await);
            }
        }
    }

    /// What the metadata lists of a package, and the role that does.
    pub(super) async fn target(
        &mut self,
        source: &Source,
        module: &ModuleId,
        version: &Version,
        now: UtcSecond,
    ) -> (Option<String>, Result<TargetFile, Refusal>) {
        let name = match TargetName::of_package(module, version) {
            Ok(name) => name,
            Err(error) => return (None, Err(Refusal::Target(TargetRefusal::Name(error.to_string())))),
        };
        match self.repository.locate(name.as_str(), now).await {
            Ok(Some(found)) => {
                let listed = expected(&name, &found.file).map_err(Refusal::Metadata);
                (Some(found.role), listed)
            }
            Ok(None) => (None, Err(Refusal::Target(TargetRefusal::NotListed { name: name.to_string() }))),
            // The list that has it is whole only where the release is carried.
            Err(RepositoryError::Missing { .. }) => {
                let (what, source_address) = (format!("{module} {version}"), source.to_string());
                (None, Err(Refusal::NotServed { what, source_address }))
            }
            Err(error) => (None, Err(Refusal::Metadata(error))),
        }
    }

    /// The leaf that the index names for a release.
    pub(super) async fn leaf(
        &mut self,
        source: &Source,
        module: &ModuleId,
        version: &Version,
        now: UtcSecond,
    ) -> Result<Included, Refusal> {
        let lines = self.lines(source, module, now).await?;
        let line = lines.into_iter().find(|line| line.version == *version);
        let line = line.ok_or_else(|| {
            let (module, version) = (module.clone(), version.clone());
            Refusal::Index(IndexRefusal::NoRelease { module, version, registry: source.to_string() })
        })?;
        let no_leaf = || InclusionRefusal::NoLeaf { module: module.clone(), version: version.clone() };
        let leaf = line.leaf.ok_or_else(|| Refusal::Inclusion(no_leaf()))?;
        self.log.leaf(leaf).await.map_err(|error| Refusal::Inclusion(InclusionRefusal::Log(error)))
    }
}

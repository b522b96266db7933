//! What is known of a release before anything of it is believed: gathered from one registry, judged by
//! [`decide`](crate::decide()).

use std::{collections::BTreeMap, sync::Arc};

use adx_signing::{ModuleId, UtcSecond, log::TreeHead, tuf::TargetFile};
use semver::Version;

use crate::{
    clock::LatestTime,
    control::ControlFiles,
    log::{Included, LogError},
    refusal::Refusal,
};

/// What a registry has to say for a release. Only [`Registry::evidence`](crate::Registry::evidence) makes one: each piece was
/// verified, or says why not.
#[derive(Debug)]
pub struct Evidence {
    pub(crate) registry: String,
    pub(crate) module: ModuleId,
    pub(crate) version: Version,
    pub(crate) namespace: Result<(), Refusal>,
    pub(crate) latest: Option<UtcSecond>,
    /// Until when each document is fresh.
    pub(crate) metadata: Result<Vec<(String, UtcSecond)>, Refusal>,
    pub(crate) target: Result<TargetFile, Refusal>,
    pub(crate) checkpoint: Result<TreeHead, Refusal>,
    pub(crate) leaf: Result<Included, Refusal>,
    /// The leaves that added the keys named by the release's, by their numbers.
    pub(crate) key_leaves: BTreeMap<u64, Result<Included, LogError>>,
    pub(crate) control: Option<Arc<ControlFiles>>,
}

impl Evidence {
    /// The module.
    pub fn module(&self) -> &ModuleId {
        &self.module
    }

    /// The version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The registry, by its name in the configuration.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// What the metadata lists of the package: where it is found and how long it is.
    ///
    /// # Errors
    /// The [`Refusal`] that [`decide`](crate::decide()) would give.
    pub fn target(&self) -> Result<TargetFile, Refusal> {
        self.namespace.clone().and_then(|()| self.metadata.clone()).and_then(|_| self.target.clone())
    }

    /// Until when the metadata is fresh that it comes from.
    pub(crate) fn fresh_until(&self) -> Option<UtcSecond> {
        self.metadata.as_ref().ok()?.iter().map(|(_, expires)| *expires).min()
    }

    pub(crate) fn clock(&self, now: UtcSecond) -> Result<(), Refusal> {
        LatestTime::of(self.latest).check(now).map_err(Refusal::Clock)
    }
}

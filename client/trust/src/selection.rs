//! Which releases a mirror or a bundle holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use adx_index::line::IndexLine;
use adx_signing::ModuleId;
use semver::{Version, VersionReq};

use crate::refusal::Refusal;

/// The index, from wherever.
pub(crate) trait Lines {
    /// Every module.
    fn modules(&self) -> impl Future<Output = Result<Vec<ModuleId>, Refusal>> + Send;

    /// The lines of a module, none for one that is not there.
    fn lines(&self, module: &ModuleId) -> impl Future<Output = Result<Vec<IndexLine>, Refusal>> + Send;
}

/// Which releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Every one.
    All,
    /// The versions of these modules that match, and what they depend on, as far down as it goes.
    Modules(Vec<(ModuleId, VersionReq)>),
}

impl Selection {
    /// The lines of the selected releases, each once.
    pub(crate) async fn lines(&self, index: &impl Lines) -> Result<Vec<IndexLine>, Refusal> {
        let mut to_visit = match self {
            Self::All => {
                let modules = index.modules().await?;
                modules.into_iter().map(|module| (module, None)).collect()
            }
            Self::Modules(modules) => {
                modules.iter().map(|(module, wanted)| (module.clone(), Some(wanted.clone()))).collect::<Vec<_>>()
            }
        };
        let mut known: BTreeMap<ModuleId, Vec<IndexLine>> = BTreeMap::new();
        let mut visited: BTreeSet<(ModuleId, Version)> = BTreeSet::new();
        let mut selected = Vec::new();
        while let Some((module, wanted)) = to_visit.pop() {
            if !known.contains_key(&module) {
                let lines = index.lines(&module).await?;
                known.insert(module.clone(), lines);
            }
            for line in known.get(&module).into_iter().flatten() {
                let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.matches(&line.version));
                if is_wanted && visited.insert((module.clone(), line.version.clone())) {
                    // Without a requirement everything is visited anyhow.
                    if wanted.is_some() {
                        let needs = line.dependencies.iter();
                        to_visit.extend(needs.map(|(module, wanted)| (module.clone(), Some(wanted.clone()))));
                    }
                    selected.push(line.clone());
                }
            }
        }
        Ok(selected)
    }

    /// The modules named of which none of the selected lines is.
    pub(crate) fn unmatched(&self, lines: &[IndexLine]) -> Vec<ModuleId> {
        let Self::Modules(modules) = self else { return Vec::new() };
        let has_line = |module: &ModuleId, wanted: &VersionReq| {
            let same =
                |line: &IndexLine| line.module.canonical() == module.canonical() && wanted.matches(&line.version);
            lines.iter().any(same)
        };
        let missing = modules.iter().filter(|(module, wanted)| !has_line(module, wanted));
        missing.map(|(module, _)| module.clone()).collect()
    }
}

/// What a long operation is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Repository metadata and control files.
    Metadata,
    /// Tiles of the log.
    Log,
    /// Index files.
    Index,
    /// Packages and envelopes.
    Packages,
    /// The last step, which makes the new state visible.
    Publish,
}

/// How far a long operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// How many files of this phase are done.
    pub done: u64,
    /// How many it has.
    pub total: u64,
}

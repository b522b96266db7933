//! Which version an installation may go to: the index, seen through the tenant's other modules and this platform.

use crate::{
    host::Host,
    registry_client::Fetched,
    step::StepError,
    store::{IndexFile, Installation},
};
use adx_index::{
    line::{IndexLine, parse_file},
    resolve::{Candidates, CandidatesError, resolve},
};
use adx_signing::name::ModuleId;
use semver::{Comparator, Op, Version, VersionReq};
use std::collections::{BTreeMap, BTreeSet};

/// Modules looked up for one resolution: stops an index that depends on ever more of itself.
const MAX_LOOKUPS: usize = 256;

struct Index(BTreeMap<ModuleId, Vec<IndexLine>>);

impl Candidates for Index {
    fn versions(&self, module: &ModuleId) -> Result<Vec<IndexLine>, CandidatesError> {
        Ok(self.0.get(module).cloned().unwrap_or_default())
    }
}

impl Host {
    /// The versions of a module that the index lists; asks the registry only whether its file changed.
    pub(crate) async fn index_lines(&self, module: &ModuleId) -> Result<Vec<IndexLine>, StepError> {
        let registry = self.registry.base();
        let known = self.store.index_file(registry, module).await?;
        let body = match self.registry.index_file(module, known.as_ref().map(|file| file.etag.as_str())).await? {
            Fetched::New { etag, body } => {
                // Kept only if it can be read: a broken file must not shadow the next good one.
                let lines =
                    parse_file(&body, module).map_err(|error| StepError::passing("index", error.to_string()))?;
                let file = IndexFile { etag, body, fetched_at: self.clock.now() };
                self.store.set_index_file(registry, module, &file).await?;
                return Ok(lines);
            }
            Fetched::NotModified => known.map(|file| file.body).unwrap_or_default(),
            Fetched::Absent => String::new(),
        };
        parse_file(&body, module).map_err(|error| StepError::passing("index", error.to_string()))
    }

    /// The newest version that `requirement`, the platform and the tenant's other modules allow together.
    pub(crate) async fn newest(
        &self,
        installation: &Installation,
        requirement: &VersionReq,
    ) -> Result<IndexLine, StepError> {
        let module = &installation.module;
        let mut roots = vec![(module.clone(), requirement.clone())];
        let mut pinned = BTreeMap::new();
        let mut running = Vec::new();
        for other in self.store.installations(&installation.tenant).await? {
            if let (true, Some(pin)) = (other.module != *module, other.current) {
                roots.push((other.module.clone(), exactly(&pin.version)));
                running.push(self.shelf.line(&pin).await?);
                // What runs stays, also when it was yanked since.
                pinned.insert(other.module, pin.version);
            }
        }
        let mut index = self.gather(&roots).await?;
        for line in running {
            // Also when the index forgot it since: what vanished there must not keep the tenant's other modules from moving.
            let lines = index.0.entry(line.module.clone()).or_default();
            if !lines.iter().any(|listed| listed.version == line.version) {
                lines.push(line);
            }
        }
        if index.0.get(module).is_none_or(Vec::is_empty) {
            return Err(StepError::refused("unknown-module", format!("the registry has no module {module}")));
        }
        let chosen = resolve(&roots, self.platform(), &index, &pinned)
            .map_err(|error| StepError::refused("no-version", error.to_string()))?;
        let installed: BTreeSet<&ModuleId> = roots.iter().map(|(module, _)| module).collect();
        let missing: Vec<String> = chosen
            .iter()
            .filter(|(module, _)| !installed.contains(module))
            .map(|(module, version)| format!("{module} {version}"))
            .collect();
        if !missing.is_empty() {
            // Not installed along: each module asks for permissions of its own, which somebody must grant.
            return Err(StepError::refused(
                "dependencies",
                format!("{module} needs {}, not installed for this tenant: install that first", missing.join(" and ")),
            ));
        }
        let version = chosen.get(module);
        let mut lines = index.0.get(module).into_iter().flatten();
        lines
            .find(|line| Some(&line.version) == version)
            .cloned()
            .ok_or_else(|| StepError::refused("no-version", format!("no version of {module} fits {requirement}")))
    }

    async fn gather(&self, roots: &[(ModuleId, VersionReq)]) -> Result<Index, StepError> {
        let mut found = BTreeMap::new();
        let mut wanted: Vec<ModuleId> = roots.iter().map(|(module, _)| module.clone()).collect();
        while let Some(module) = wanted.pop() {
            if found.contains_key(&module) {
                continue;
            }
            if found.len() == MAX_LOOKUPS {
                return Err(StepError::refused(
                    "dependencies",
                    format!("more than {MAX_LOOKUPS} modules depend on one another"),
                ));
            }
            let lines = self.index_lines(&module).await?;
            wanted.extend(lines.iter().flat_map(|line| line.dependencies.keys()).cloned());
            found.insert(module, lines);
        }
        Ok(Index(found))
    }
}

pub(crate) fn exactly(version: &Version) -> VersionReq {
    VersionReq {
        comparators: vec![Comparator {
            op: Op::Exact,
            major: version.major,
            minor: Some(version.minor),
            patch: Some(version.patch),
            pre: version.pre.clone(),
        }],
    }
}

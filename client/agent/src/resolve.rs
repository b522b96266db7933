//! Which version an installation may go to: the index, seen through the tenant's other modules and this platform.

use crate::{
    advisories::Affecting,
    cooldown::Young,
    host::Host,
    step::StepError,
    store::{Channel, Installation, StoreError},
};
use adx_index::{
    line::IndexLine,
    resolve::{Candidates, CandidatesError, ResolveError, resolve, takes_pre_release},
};
use adx_signing::{
    UtcSecond,
    name::{ModuleId, TenantId},
};
use semver::{Comparator, Op, Version, VersionReq};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// Modules looked up for one resolution: stops an index that depends on ever more of itself.
const MAX_LOOKUPS: usize = 256;

/// Pre-releases tried for one choice, newest first: stops a publisher of thousands that fit nothing.
const MAX_PRE_RELEASES: usize = 16;

/// Most reasons that a refusal repeats.
const MAX_REASONS: usize = 3;

type Chosen = BTreeMap<ModuleId, Version>;

struct Index(BTreeMap<ModuleId, Vec<IndexLine>>);

impl Candidates for Index {
    fn versions(&self, module: &ModuleId) -> Result<Vec<IndexLine>, CandidatesError> {
        Ok(self.0.get(module).cloned().unwrap_or_default())
    }
}

impl Host {
    /// The versions of a module that its registry's index lists, of metadata that are up to date.
    pub(crate) async fn index_lines(&self, module: &ModuleId) -> Result<Vec<IndexLine>, StepError> {
        self.index_lines_as_of(module, Instant::now()).await
    }

    /// The same, of metadata that were up to date `then`.
    pub(crate) async fn index_lines_as_of(
        &self,
        module: &ModuleId,
        then: Instant,
    ) -> Result<Vec<IndexLine>, StepError> {
        let registry = self.registries.of(module)?;
        self.refresh_registry(registry.name(), then).await?;
        Ok(registry.lines(module, self.registries.now()).await?)
    }

    /// The newest version that `requirement`, the platform and the tenant's other modules allow together, by metadata that were up
    /// to date `then`.
    pub(crate) async fn newest(
        &self,
        installation: &Installation,
        requirement: &VersionReq,
        then: Instant,
    ) -> Result<IndexLine, StepError> {
        let module = &installation.module;
        let mut roots = vec![(module.clone(), requirement.clone())];
        let mut pinned = BTreeMap::new();
        let mut running = BTreeMap::new();
        for other in self.store.installations(&installation.tenant).await? {
            if let (true, Some(pin)) = (other.module != *module, other.current) {
                roots.push((other.module.clone(), exactly(&pin.version)));
                running.insert(other.module.clone(), self.shelf.line(&pin).await?);
                // What runs stays, also when it was yanked since.
                pinned.insert(other.module, pin.version);
            }
        }
        let mut index = self.gather(module, running, then).await?;
        if index.0.get(module).is_none_or(Vec::is_empty) {
            return Err(self.unknown_module(module).await);
        }
        self.knows_advisories(installation).await?;
        let listed = index.0.get(module).cloned().unwrap_or_default();
        let (mut young, mut blocked) = (None, None);
        if let Some(lines) = index.0.get_mut(module) {
            let beyond =
                |version: &Version| installation.channel == Channel::Beta && takes_pre_release(requirement, version);
            let would_do =
                |line: &IndexLine| !line.yanked && (requirement.matches(&line.version) || beyond(&line.version));
            blocked = self.leave_out_blocked(installation, lines, would_do);
            young = self.leave_out_young(installation, lines, would_do).await?;
        }
        let mut choose = |requirement: &VersionReq| {
            roots[0].1.clone_from(requirement);
            resolve(&roots, self.platform(), &index, &pinned)
        };
        let chosen = match installation.channel {
            Channel::Stable => choose(requirement),
            Channel::Beta => choose_pre_release(module, requirement, &index, choose),
        };
        let chosen = match (chosen, young, blocked) {
            (Ok(chosen), ..) => chosen,
            (Err(_), Some(young), _) => {
                return Err(StepError::refused("cooldown", waits(module, requirement, &young)));
            }
            (Err(_), None, Some((version, advisory))) => {
                return Err(StepError::refused("advisory", held_back(module, requirement, &version, &advisory)));
            }
            (Err(error), None, None) => {
                // Explained by all that there is: none of what was left out would have done.
                index.0.insert(module.clone(), listed);
                let explained = resolve(&roots, self.platform(), &index, &pinned);
                let explained = explained.err().unwrap_or(error).to_string();
                let words = explained + &reasons(index.0.get(module).map_or(&[], Vec::as_slice), requirement);
                return Err(StepError::refused("no-version", words));
            }
        };
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

    /// That the registry has no such module, and which it has that differs in `-` and `_` alone.
    async fn unknown_module(&self, module: &ModuleId) -> StepError {
        let spelled = match self.registries.of(module) {
            // Whoever cannot be asked leaves the refusal as it is.
            Ok(registry) => registry.spelled(module, self.registries.now()).await.ok().flatten(),
            Err(_) => None,
        };
        let words = spelled.map_or_else(
            || format!("the registry has no module {module}"),
            |spelled| format!("the registry has no module {module}, it is written {spelled}"),
        );
        StepError::refused("unknown-module", words)
    }

    /// The tenant's modules that depend on `module`, those being installed or updated included.
    pub(crate) async fn dependents(&self, tenant: &TenantId, module: &ModuleId) -> Result<Vec<ModuleId>, StoreError> {
        let mut pins = Vec::new();
        for other in self.store.installations(tenant).await? {
            pins.extend(other.current.map(|pin| (other.module, pin)));
        }
        for operation in self.store.all_running().await?.into_iter().filter(|operation| operation.tenant == *tenant) {
            pins.extend(operation.to.map(|pin| (operation.module, pin)));
        }
        let mut found = BTreeSet::new();
        for (other, pin) in pins.into_iter().filter(|(other, _)| other != module) {
            match self.shelf.line(&pin).await {
                Ok(line) if line.dependencies.contains_key(module) => drop(found.insert(other)),
                Ok(_) => {}
                // Not fetched yet, or damaged: what nobody can run keeps nothing else here.
                Err(error) => tracing::warn!(%tenant, module = %other, %error, "what it depends on is not known"),
            }
        }
        Ok(found.into_iter().collect())
    }

    /// The versions of a module and of all that they depend on. Of what runs it is the one that does, known from the shelf: what
    /// became of it in its index, or of its registry, must not keep the tenant's other modules from moving.
    async fn gather(
        &self,
        module: &ModuleId,
        mut running: BTreeMap<ModuleId, IndexLine>,
        then: Instant,
    ) -> Result<Index, StepError> {
        let mut found = BTreeMap::new();
        let mut fresh = BTreeSet::new();
        let mut wanted: Vec<ModuleId> = running.keys().cloned().chain([module.clone()]).collect();
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
            if let Some(line) = running.remove(&module) {
                wanted.extend(line.dependencies.keys().cloned());
                found.insert(module, vec![line]);
                continue;
            }
            let registry = self.registries.of(&module)?;
            // One state of each registry for the whole choice.
            if fresh.insert(registry.name()) {
                self.refresh_registry(registry.name(), then).await?;
            }
            let lines = registry.lines(&module, self.registries.now()).await?;
            wanted.extend(lines.iter().flat_map(|line| line.dependencies.keys()).cloned());
            found.insert(module, lines);
        }
        Ok(Index(found))
    }
}

/// Why nothing is chosen where an advisory holds of what would fit.
fn held_back(module: &ModuleId, requirement: &VersionReq, version: &Version, advisory: &Affecting) -> String {
    let words = advisory.words();
    format!(
        "what fits {module} {requirement} is not installed anew, `advisories.block_install` says: of {version} holds {words}"
    )
}

/// Why their publisher yanked the versions that a requirement matches, the newest first, where it said so.
fn reasons(lines: &[IndexLine], requirement: &VersionReq) -> String {
    let yanked = lines.iter().filter(|line| line.yanked && requirement.matches(&line.version));
    let mut yanked: Vec<_> = yanked.filter_map(|line| Some((&line.version, line.yanked_for.as_ref()?))).collect();
    yanked.sort_unstable_by(|one, other| other.0.cmp(one.0));
    yanked.iter().take(MAX_REASONS).map(|(version, reason)| format!("; {version} was yanked: {reason}")).collect()
}

/// Why nothing is chosen where what would fit is too young.
fn waits(module: &ModuleId, requirement: &VersionReq, young: &Young) -> String {
    let (version, until) = (&young.version, UtcSecond::from(young.until));
    format!(
        "what fits {module} {requirement} is younger than the tenant's cooldown allows: {version} waits until {until}"
    )
}

/// The choice that a requirement gives, or the newest pre-release beyond it that fits everything else.
fn choose_pre_release(
    module: &ModuleId,
    requirement: &VersionReq,
    index: &Index,
    mut choose: impl FnMut(&VersionReq) -> Result<Chosen, ResolveError>,
) -> Result<Chosen, ResolveError> {
    let released = choose(requirement);
    let beyond = released.as_ref().ok().and_then(|chosen| chosen.get(module));
    let mut candidates: Vec<&Version> = index
        .0
        .get(module)
        .into_iter()
        .flatten()
        .filter(|line| !line.yanked && takes_pre_release(requirement, &line.version))
        .map(|line| &line.version)
        .filter(|version| beyond.is_none_or(|beyond| *version > beyond))
        .collect();
    candidates.sort_unstable();
    let newest = candidates.into_iter().rev().take(MAX_PRE_RELEASES);
    newest.map(exactly).find_map(|version| choose(&version).ok()).map_or(released, Ok)
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

//! What registries say of versions after they were released: advisories, that they were yanked, that their publishers advise against them.
//!
//! An advisory stops nothing that runs: that is for a registry's kill list to do. It forces nothing either but what a tenant has agreed
//! to: a release that every proof holds of, within the installation's requirement and its grants.

use crate::{config::Block, host::Host, step::StepError, store::Installation};
use adx_index::{
    advisory::{AdvisoryId, AdvisoryList, ListedAdvisory, Severity},
    line::{Deprecated, IndexLine},
};
use adx_signing::name::{ModuleId, TenantId};
use adx_trust::Registry;
use parking_lot::Mutex;
use semver::Version;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// An advisory that holds of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Affecting {
    pub(crate) id: AdvisoryId,
    pub(crate) severity: Severity,
    pub(crate) title: String,
    pub(crate) patched: Vec<Version>,
    pub(crate) confirmed: bool,
}

impl Affecting {
    fn new(id: AdvisoryId, listed: &ListedAdvisory) -> Self {
        Self {
            id,
            severity: listed.severity,
            title: listed.title.clone(),
            patched: listed.patched().into_iter().cloned().collect(),
            confirmed: listed.confirmed,
        }
    }

    /// In one line, for people.
    pub(crate) fn words(&self) -> String {
        format!("{} ({}): {}", self.id, self.severity.as_str(), self.title)
    }
}

/// What its index says of a version beside where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) yanked: bool,
    pub(crate) yanked_for: Option<String>,
    pub(crate) deprecated: Option<Deprecated>,
}

impl Said {
    fn of(line: &IndexLine) -> Self {
        Self { yanked: line.yanked, yanked_for: line.yanked_for.clone(), deprecated: line.deprecated.clone() }
    }
}

/// What registries said last. It follows from what is kept of them, so that nothing is lost with the process.
#[derive(Default)]
pub(crate) struct Sayings {
    /// By registry.
    advisories: Mutex<BTreeMap<String, Arc<AdvisoryList>>>,
    /// Of versions of installed modules.
    said: Mutex<BTreeMap<(ModuleId, Version), Said>>,
    /// Which advisories were told of which installation, so that each is told once.
    told: Mutex<BTreeSet<(TenantId, ModuleId, AdvisoryId)>>,
}

impl Sayings {
    /// What the index says of a version, as far as somebody has looked.
    pub(crate) fn of(&self, module: &ModuleId, version: &Version) -> Option<Said> {
        self.said.lock().get(&(module.clone(), version.clone())).cloned()
    }

    /// Notes what an index line says of its version.
    pub(crate) fn keep(&self, line: &IndexLine) {
        self.said.lock().insert((line.module.clone(), line.version.clone()), Said::of(line));
    }

    /// Notes what an index says of one module; what it said of other versions of it before is forgotten.
    pub(crate) fn note(&self, module: &ModuleId, lines: &[IndexLine], installed: &BTreeSet<Version>) {
        let mut said = self.said.lock();
        said.retain(|(known, _), _| known != module);
        for line in lines.iter().filter(|line| installed.contains(&line.version)) {
            said.insert((module.clone(), line.version.clone()), Said::of(line));
        }
    }
}

impl Host {
    /// Reads the advisories of a registry, as far as they are known here.
    pub(crate) fn read_advisories(&self, registry: &Registry) {
        match registry.advisories() {
            Ok(list) => drop(self.sayings.advisories.lock().insert(registry.name().to_owned(), Arc::new(list))),
            Err(error) => tracing::error!(registry = registry.name(), %error, "the advisories cannot be read"),
        }
    }

    /// The advisories of the registry that a module comes from.
    fn advisories_for(&self, module: &ModuleId) -> Option<Arc<AdvisoryList>> {
        let registry = self.registries.of(module).ok()?;
        self.sayings.advisories.lock().get(registry.name()).cloned()
    }

    /// The advisories that hold of a version, by the registry that the module comes from, the worst first.
    pub(crate) fn affecting(&self, module: &ModuleId, version: &Version) -> Vec<Affecting> {
        let Some(list) = self.advisories_for(module) else { return Vec::new() };
        list.of(module, version).into_iter().map(|(id, listed)| Affecting::new(id, listed)).collect()
    }

    /// Refuses to install what is not there yet while it is not known what advisories say: a mirror that withholds them must not bring
    /// in what they would keep out. What is installed goes on being updated.
    pub(crate) async fn knows_advisories(&self, installation: &Installation) -> Result<(), StepError> {
        if installation.current.is_some() || self.config.advisories.block_install == Block::Never {
            return Ok(());
        }
        match self.registries.of(&installation.module)?.advisories_behind().await {
            None => Ok(()),
            Some(refusal) => {
                let message = format!("the advisories that the registry's metadata name could not be read: {refusal}");
                Err(StepError { message, ..StepError::from(refusal) })
            }
        }
    }

    /// Takes versions out of `lines` that are not to be installed anew for an advisory, but for the one that is there already. Gives
    /// the newest of those that would have done.
    pub(crate) fn leave_out_blocked(
        &self,
        installation: &Installation,
        lines: &mut Vec<IndexLine>,
        would_do: impl Fn(&IndexLine) -> bool,
    ) -> Option<(Version, Affecting)> {
        let Block::From(least) = self.config.advisories.block_install else { return None };
        let list = self.advisories_for(&installation.module)?;
        let about: Vec<_> = list
            .advisories
            .iter()
            .filter(|(_, listed)| listed.module == installation.module && listed.severity >= least)
            .collect();
        let current = installation.current.as_ref().map(|pin| &pin.version);
        let mut newest: Option<(Version, Affecting)> = None;
        lines.retain(|line| {
            if current == Some(&line.version) {
                return true;
            }
            let Some((id, listed)) = about.iter().find(|(_, listed)| listed.affects(&line.module, &line.version))
            else {
                return true;
            };
            if would_do(line) && newest.as_ref().is_none_or(|(version, _)| *version < line.version) {
                newest = Some((line.version.clone(), Affecting::new(**id, listed)));
            }
            false
        });
        newest
    }

    /// Whether an installation is updated although it does not follow new releases by itself: an operator of its registry stands for an
    /// advisory about the version that runs. On its publisher's word alone it is not: whoever has the publisher's token could move
    /// everybody who chose to stay.
    pub(crate) fn is_to_leave(&self, installation: &Installation) -> bool {
        let affected = |pin: &crate::store::Pin| {
            self.affecting(&installation.module, &pin.version).iter().any(|found| found.confirmed)
        };
        self.config.advisories.update
            && installation.rolled_back_from.is_none()
            && installation.current.as_ref().is_some_and(affected)
    }

    /// Whether a release need not wait for a tenant's cooldown: it mends what an operator of its registry calls critical in the version
    /// that runs, and the agent's operator has said that this is enough.
    pub(crate) fn is_urgent(&self, installation: &Installation, version: &Version) -> bool {
        let Some(pin) = installation.current.as_ref().filter(|_| self.config.advisories.past_cooldown) else {
            return false;
        };
        let is_critical = |found: &Affecting| found.confirmed && found.severity == Severity::Critical;
        self.affecting(&installation.module, &pin.version)
            .iter()
            .any(|found| is_critical(found) && found.patched.iter().any(|patched| patched == version))
    }

    /// Holds every installation against the advisories, and tells of those that were not told before.
    pub(crate) async fn tell_advisories(&self) -> Result<(), crate::store::StoreError> {
        let installations = self.store.all_installations().await?;
        let mut counts: BTreeMap<Severity, usize> = Severity::ALL.map(|severity| (severity, 0)).into();
        let mut now = BTreeSet::new();
        for Installation { tenant, module, current, .. } in &installations {
            let Some(pin) = current else { continue };
            let affecting = self.affecting(module, &pin.version);
            if let Some(worst) = affecting.first() {
                *counts.entry(worst.severity).or_default() += 1;
            }
            for found in affecting {
                let key = (tenant.clone(), module.clone(), found.id);
                if !self.sayings.told.lock().contains(&key) {
                    tell(tenant, module, &pin.version, &found);
                }
                now.insert(key);
            }
        }
        *self.sayings.told.lock() = now;
        self.metrics.affected(counts.into_iter().map(|(severity, count)| (severity.as_str(), count)));
        Ok(())
    }

    /// Notes what the index says of the versions that are installed of a registry's modules.
    pub(crate) async fn note_sayings(&self, registry: &Registry) -> Result<(), StepError> {
        let mut installed: BTreeMap<ModuleId, BTreeSet<Version>> = BTreeMap::new();
        for Installation { module, current, .. } in self.store.all_installations().await? {
            if self.registries.is_of(&module, registry.name()) {
                installed.entry(module).or_default().extend(current.map(|pin| pin.version));
            }
        }
        for (module, versions) in installed {
            let lines = registry.lines(&module, self.registries.now()).await?;
            self.sayings.note(&module, &lines, &versions);
        }
        Ok(())
    }
}

fn tell(tenant: &TenantId, module: &ModuleId, version: &Version, found: &Affecting) {
    let Affecting { id, severity, title, patched, confirmed } = found;
    let (severity_word, patched_words) =
        (severity.as_str(), patched.iter().map(ToString::to_string).collect::<Vec<_>>());
    if patched.is_empty() {
        tracing::error!(%tenant, %module, %version, %id, severity = severity_word, title, confirmed,
            "an advisory holds of what is installed, and no release mends it");
    } else {
        tracing::warn!(%tenant, %module, %version, %id, severity = severity_word, title, confirmed, patched = ?patched_words,
            "an advisory holds of what is installed");
    }
}

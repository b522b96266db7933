//! The job that brings a module's search document up to date, and the rebuilding of all of them.

use std::collections::BTreeMap;

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::manifest::Manifest;
use adx_index::quality::{Signals, quality};
use adx_signing::name::ModuleId;
use semver::{Version, VersionReq};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ports::{PublishStep, Reader, SearchError, SearchIndex, SearchRebuild, StoreError};
use crate::release::{Module, Release};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// How often an updater looks again whether what it wrote is still so.
const MAX_PASSES: usize = 8;
/// Modules indexed at once when all are indexed anew.
const REBUILD_PAGE: u32 = 200;

/// What the rows say of modules; `None` of one that has nothing to be found.
type Documents = BTreeMap<ModuleId, Option<SearchDocument>>;

/// Brings the search documents of `modules` up to date.
///
/// # Errors
/// [`JobError`]
#[tracing::instrument(name = "search.update", skip_all, fields(modules = modules.len()))]
pub async fn update_search(ports: &Ports, modules: &[ModuleId]) -> Result<(), JobError> {
    index(ports, Index::Shown(&*ports.search), modules).await?;
    ports.progress.reached(PublishStep::SearchUpdated);
    Ok(())
}

/// Indexes every module, if the index is new, of another schema or was left half-way. Says how many were.
///
/// # Errors
/// [`JobError`]; what was indexed until then stays, and the next call begins again.
#[tracing::instrument(name = "search.rebuild", skip_all)]
pub async fn rebuild_search(ports: &Ports) -> Result<u64, JobError> {
    if ports.search.generation().await?.is_some() {
        return Ok(0);
    }
    // Read before the modules: what is released meanwhile has a job of its own.
    let generation = ports.store.read().await?.last_seq().await?;
    let indexed = index_all(ports, Index::Shown(&*ports.search)).await?;
    // Only now: an end in between must not leave an index that looks whole.
    ports.search.complete(generation).await?;
    Ok(indexed)
}

/// Builds the index anew beside the one that answers queries, and puts it in its place when it is whole. Says how many modules
/// were indexed.
///
/// # Errors
/// [`JobError`]; the index before goes on answering.
#[tracing::instrument(name = "search.rebuild_beside", skip_all)]
pub async fn rebuild_search_beside(ports: &Ports) -> Result<u64, JobError> {
    let beside = ports.search.rebuild().await?;
    let generation = ports.store.read().await?.last_seq().await?;
    let indexed = index_all(ports, Index::Beside(&*beside)).await?;
    beside.finish(generation).await?;
    // Another server may have written to the one before meanwhile.
    check_search(ports).await?;
    Ok(indexed)
}

/// How an index differed from the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drift {
    /// Modules that were looked at.
    pub modules: u64,
    /// Those whose document was missing, or another, or should not have been there; they are put right.
    pub different: u64,
}

/// Holds the document of every module against the rows, and writes those anew that differ. How good a module is counts for
/// nothing here: it grows older every day.
///
/// # Errors
/// [`JobError`]; what was put right until then stays.
#[tracing::instrument(name = "search.check", skip_all)]
pub async fn check_search(ports: &Ports) -> Result<Drift, JobError> {
    let mut drift = Drift::default();
    let mut after: Option<Id<Module>> = None;
    loop {
        let page = ports.store.read().await?.modules_after(after, REBUILD_PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        let modules: Vec<_> = page.into_iter().map(|module| module.module).collect();
        let ageless = |document: SearchDocument| SearchDocument { quality: 0, ..document };
        let mut known: BTreeMap<_, _> = ports
            .search
            .documents(&modules)
            .await?
            .into_iter()
            .map(|known| (known.id.clone(), ageless(known)))
            .collect();
        let wanted = read(ports, modules.iter()).await?;
        let different: Vec<_> = wanted
            .into_iter()
            .filter(|(module, wanted)| wanted.clone().map(ageless) != known.remove(module))
            .map(|(module, _)| module)
            .collect();
        drift.modules += modules.len() as u64;
        drift.different += different.len() as u64;
        index(ports, Index::Shown(&*ports.search), &different).await?;
    }
    if drift.different > 0 {
        tracing::warn!(
            modules = drift.modules,
            different = drift.different,
            "the search index differed from the database"
        );
    }
    Ok(drift)
}

/// Where documents are written.
#[derive(Clone, Copy)]
enum Index<'i> {
    /// The index that answers queries.
    Shown(&'i dyn SearchIndex),
    /// One that is built beside it.
    Beside(&'i dyn SearchRebuild),
}

impl Index<'_> {
    async fn upsert(self, documents: &[SearchDocument]) -> Result<(), SearchError> {
        match self {
            Self::Shown(index) => index.upsert(documents).await,
            Self::Beside(index) => index.upsert(documents).await,
        }
    }

    async fn remove(self, modules: &[ModuleId]) -> Result<(), SearchError> {
        match self {
            Self::Shown(index) => index.remove(modules).await,
            Self::Beside(index) => index.remove(modules).await,
        }
    }
}

/// Indexes every module; how many there are.
async fn index_all(ports: &Ports, to: Index<'_>) -> Result<u64, JobError> {
    let mut indexed = 0;
    let mut after: Option<Id<Module>> = None;
    loop {
        let page = ports.store.read().await?.modules_after(after, REBUILD_PAGE).await?;
        let Some(last) = page.last() else { return Ok(indexed) };
        after = Some(last.id);
        indexed += page.len() as u64;
        let modules: Vec<_> = page.into_iter().map(|module| module.module).collect();
        index(ports, to, &modules).await?;
    }
}

/// Makes the index say of `modules` what the rows say.
///
/// Two at once are harmless: whoever writes reads the rows once more afterwards, and writes again if they have changed.
/// So the last to write is one that found its documents equal to the rows.
async fn index(ports: &Ports, to: Index<'_>, modules: &[ModuleId]) -> Result<(), JobError> {
    let mut documents = read(ports, modules.iter()).await?;
    for _ in 0..MAX_PASSES {
        write(to, &documents).await?;
        let mut changed = read(ports, documents.keys()).await?;
        changed.retain(|module, document| documents.get(module) != Some(document));
        if changed.is_empty() {
            return Ok(());
        }
        documents = changed;
    }
    Err(JobError::Contended)
}

async fn write(to: Index<'_>, documents: &Documents) -> Result<(), JobError> {
    let found: Vec<_> = documents.values().flatten().cloned().collect();
    let gone: Vec<_> = documents.iter().filter(|(_, document)| document.is_none()).map(|(id, _)| id.clone()).collect();
    // A call without work would still cost the engine a commit.
    if !found.is_empty() {
        to.upsert(&found).await?;
    }
    if !gone.is_empty() {
        to.remove(&gone).await?;
    }
    Ok(())
}

async fn read(ports: &Ports, modules: impl Iterator<Item = &ModuleId> + Send) -> Result<Documents, StoreError> {
    let mut reader = ports.store.read().await?;
    let mut documents = Documents::new();
    for id in modules {
        let document = match reader.module(id).await? {
            Some(module) => document(&mut *reader, &module, ports.now()).await?,
            None => None,
        };
        documents.insert(id.clone(), document);
    }
    Ok(documents)
}

async fn document(
    reader: &mut dyn Reader,
    module: &Module,
    now: OffsetDateTime,
) -> Result<Option<SearchDocument>, StoreError> {
    let Some(latest) = module.latest.as_ref().filter(|_| module.deleted_at.is_none()) else {
        return Ok(None);
    };
    // One that is not offered leads only where none is.
    let Some(release) = reader.release(module.id, latest).await?.filter(Release::is_offered) else { return Ok(None) };
    let deprecation = reader.deprecation(module.id).await?;
    let deprecated = deprecation.and_then(|deprecation| deprecation.of(&release.version));
    let verified = reader.domain_of(module.publisher).await?.is_some_and(|claim| claim.verified_at.is_some());
    let texts = reader.release_texts(release.id).await?;
    // One from before a rule of manifests changed is offered, and nobody asked for money then.
    let manifest = texts.and_then(|texts| Manifest::parse(&texts.manifest).ok());
    let price = manifest.map(|manifest| PriceModel::from(&manifest.marketplace.pricing)).unwrap_or_default();
    let signals = Signals {
        days_since_update: days_between(release.released_at, now),
        compatible: runs_here(&release.adx_core_version),
        verified,
        deprecated: deprecated.is_some(),
        ..Signals::default()
    };
    Ok(Some(SearchDocument {
        quality: quality(&signals),
        ratings: signals.ratings,
        installs: signals.installs,
        recent_installs: 0,
        deprecated,
        requires: release.adx_core_version.to_string(),
        price,
        verified,
        created_at: module.created_at.format(&Rfc3339).unwrap_or_default(),
        id: module.module.clone(),
        namespace: module.module.namespace.clone(),
        name: module.module.name.clone(),
        display_name: module.display_name.clone(),
        description: module.description.clone(),
        category: module.category.clone(),
        tags: module.tags.clone(),
        latest: release.version,
        permissions: release.permissions,
        updated_at: release.released_at.format(&Rfc3339).unwrap_or_default(),
    }))
}

/// Whole days, so that a document read twice on one day is the same.
fn days_between(earlier: OffsetDateTime, later: OffsetDateTime) -> u32 {
    u32::try_from((later - earlier).whole_days()).unwrap_or_default()
}

/// Whether the platform of this release is among `versions`.
fn runs_here(versions: &VersionReq) -> bool {
    Version::parse(env!("CARGO_PKG_VERSION")).is_ok_and(|platform| versions.matches(&platform))
}

//! The job that brings a module's search document up to date, and the rebuilding of all of them.

use std::collections::BTreeMap;

use adx_index::document::{PriceModel, SearchDocument};
use adx_index::manifest::Manifest;
use adx_index::quality::{Signals, quality};
use adx_signing::name::ModuleId;
use semver::{Version, VersionReq};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ports::{PublishStep, Reader, StoreError};
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
    index(ports, modules).await?;
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
    let mut indexed = 0;
    let mut after: Option<Id<Module>> = None;
    // Read before the modules: what is released meanwhile has a job of its own.
    let generation = ports.store.read().await?.last_seq().await?;
    loop {
        let page = ports.store.read().await?.modules_after(after, REBUILD_PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.id);
        indexed += page.len() as u64;
        let modules: Vec<_> = page.into_iter().map(|module| module.module).collect();
        index(ports, &modules).await?;
    }
    // Only now: an end in between must not leave an index that looks whole.
    ports.search.complete(generation).await?;
    Ok(indexed)
}

/// Makes the index say of `modules` what the rows say.
///
/// Two at once are harmless: whoever writes reads the rows once more afterwards, and writes again if they have changed.
/// So the last to write is one that found its documents equal to the rows.
async fn index(ports: &Ports, modules: &[ModuleId]) -> Result<(), JobError> {
    let mut documents = read(ports, modules.iter()).await?;
    for _ in 0..MAX_PASSES {
        write(ports, &documents).await?;
        let mut changed = read(ports, documents.keys()).await?;
        changed.retain(|module, document| documents.get(module) != Some(document));
        if changed.is_empty() {
            return Ok(());
        }
        documents = changed;
    }
    Err(JobError::Contended)
}

async fn write(ports: &Ports, documents: &Documents) -> Result<(), JobError> {
    let found: Vec<_> = documents.values().flatten().cloned().collect();
    let gone: Vec<_> = documents.iter().filter(|(_, document)| document.is_none()).map(|(id, _)| id.clone()).collect();
    // A call without work would still cost the engine a commit.
    if !found.is_empty() {
        ports.search.upsert(&found).await?;
    }
    if !gone.is_empty() {
        ports.search.remove(&gone).await?;
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

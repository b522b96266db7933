//! The job that brings a module's search document up to date, and the rebuilding of all of them.

use adx_index::document::SearchDocument;
use adx_signing::name::ModuleId;
use time::format_description::well_known::Rfc3339;

use crate::ports::{PublishStep, Reader, StoreError};
use crate::release::Module;
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// How often an updater looks again whether what it wrote is still so.
const MAX_PASSES: usize = 8;
/// Modules read at once when all are indexed anew.
const REBUILD_PAGE: u32 = 200;

/// Brings the search document of `module` up to date. Two at once are harmless, for the reason that
/// [`write_index`](crate::write_index::write_index) gives.
///
/// # Errors
/// [`JobError`]
#[tracing::instrument(name = "search.update", skip_all, fields(%module))]
pub async fn update_search(ports: &Ports, module: &ModuleId) -> Result<(), JobError> {
    let (mut written, mut generation) = read(ports, module).await?;
    for _ in 0..MAX_PASSES {
        match &written {
            Some(document) => ports.search.upsert(std::slice::from_ref(document), generation).await?,
            None => ports.search.remove(std::slice::from_ref(module)).await?,
        }
        let (now, seq) = read(ports, module).await?;
        if now == written {
            ports.progress.reached(PublishStep::SearchUpdated);
            return Ok(());
        }
        (written, generation) = (now, seq);
    }
    Err(JobError::Contended)
}

/// Indexes every module, if the index is new or of another schema. Says how many were.
///
/// # Errors
/// [`JobError`]
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
        let mut reader = ports.store.read().await?;
        let modules = reader.modules_after(after, REBUILD_PAGE).await?;
        let mut documents = Vec::with_capacity(modules.len());
        for module in &modules {
            documents.extend(document(&mut *reader, module).await?);
        }
        drop(reader);
        ports.search.upsert(&documents, generation).await?;
        indexed += documents.len() as u64;
        let Some(last) = modules.last() else {
            return Ok(indexed);
        };
        after = Some(last.id);
    }
}

async fn read(ports: &Ports, module: &ModuleId) -> Result<(Option<SearchDocument>, u64), StoreError> {
    let mut reader = ports.store.read().await?;
    let seq = reader.last_seq().await?;
    let Some(module) = reader.module(module).await? else {
        return Ok((None, seq));
    };
    Ok((document(&mut *reader, &module).await?, seq))
}

async fn document(reader: &mut dyn Reader, module: &Module) -> Result<Option<SearchDocument>, StoreError> {
    let Some(latest) = &module.latest else {
        return Ok(None);
    };
    let Some(release) = reader.release(module.id, latest).await? else {
        return Ok(None);
    };
    Ok(Some(SearchDocument {
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

//! The job that rewrites a module's index file from its rows.

use adx_index::line::write_file;
use adx_signing::name::ModuleId;
use bytes::Bytes;

use crate::Ports;
use crate::ports::{BlobKey, PublishStep, StoreError};
use crate::release::Release;
use crate::run_jobs::JobError;

/// How often a writer looks again whether what it wrote is still so.
const MAX_PASSES: usize = 8;

/// Rewrites the index file of `module`.
///
/// Two writers at once are harmless: whoever writes reads the rows once more afterwards, and writes again if they have
/// changed. So the last to write is one that found its file equal to the rows.
///
/// # Errors
/// [`JobError`]
#[tracing::instrument(name = "index.write", skip_all, fields(%module))]
pub async fn write_index(ports: &Ports, module: &ModuleId) -> Result<(), JobError> {
    let mut lines = lines(ports, module).await?;
    for _ in 0..MAX_PASSES {
        let file = write_file(lines.iter().map(Release::index_line).collect::<Vec<_>>().iter());
        ports.blobs.put(&BlobKey::Index(module.clone()), Bytes::from(file)).await?;
        let now = self::lines(ports, module).await?;
        if now == lines {
            ports.progress.reached(PublishStep::Indexed);
            return Ok(());
        }
        lines = now;
    }
    Err(JobError::Contended)
}

/// The module's releases in the order they were made public.
async fn lines(ports: &Ports, module: &ModuleId) -> Result<Vec<Release>, StoreError> {
    let mut reader = ports.store.read().await?;
    let Some(module) = reader.module(module).await? else {
        return Ok(Vec::new());
    };
    let mut releases = reader.releases_of(module.id, None, u32::MAX).await?;
    releases.reverse();
    Ok(releases)
}

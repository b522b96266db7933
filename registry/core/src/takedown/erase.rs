//! The job that removes the bytes of what was taken down for good.

use adx_signing::name::ModuleId;
use semver::Version;

use crate::Ports;
use crate::ports::BlobKey;
use crate::run_jobs::JobError;

/// Removes the package of an erased release, and the copy that waited for review, if it is still there. The envelope stays: it holds
/// names and digests, which the log tells as well.
///
/// # Errors
/// [`JobError`]; the job is run again.
#[tracing::instrument(name = "release.erase", skip_all, fields(%module, %version))]
pub(crate) async fn erase(ports: &Ports, module: &ModuleId, version: &Version) -> Result<u64, JobError> {
    let mut reader = ports.store.read().await?;
    let Some(known) = reader.module(module).await? else { return Ok(0) };
    let Some(release) = reader.release(known.id, version).await?.filter(|release| release.erased) else { return Ok(0) };
    let submission = reader.last_submission(module, version).await?;
    drop(reader);
    ports.blobs.delete(&BlobKey::Package(release.sha256)).await?;
    if let Some(submission) = submission.filter(|submission| submission.sha256 == release.sha256) {
        ports.blobs.delete(&BlobKey::Submission(submission.id)).await?;
    }
    Ok(1)
}

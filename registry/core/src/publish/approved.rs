//! A submission that waited becomes a release, as if it were sent now: by the keys that count now, under a name and a version that are
//! free now.

use bytes::Bytes;

use super::record::{Origin, Recorded};
use super::{PublishError, PublishRequest, check, discard, record, store_envelope};
use crate::ports::{BlobKey, ReviewStep, off_reactor};
use crate::publisher::Publisher;
use crate::release::Release;
use crate::review::Change;
use crate::submissions::Submission;
use crate::{Ports, quotas};

/// What is needed for it besides the submission.
pub(crate) struct Approval {
    /// The envelope.
    pub(crate) envelope: String,
    /// The package, whose digest is what was sent.
    pub(crate) bytes: Bytes,
    /// Who approves.
    pub(crate) change: Change,
}

/// Releases a submission.
///
/// # Errors
/// [`PublishError`]; nothing is released then.
pub(crate) async fn release_submission(
    ports: &Ports,
    publisher: Publisher,
    submission: &Submission,
    Approval { envelope, bytes, change }: Approval,
) -> Result<Release, PublishError> {
    let request = PublishRequest {
        module: submission.module.clone(),
        version: submission.version.clone(),
        envelope,
        size_bytes: Some(submission.size_bytes),
    };
    let proof = check::prove(ports, publisher, submission.token, None, &request).await?;
    if proof.sha256() != submission.sha256 {
        return Err(PublishError::OtherBytes { signed: proof.sha256(), computed: submission.sha256 });
    }
    if let Some(release) = record::released(ports, &proof, &request.module, &request.version).await? {
        let Release { module, version, sha256: released, .. } = release;
        return Err(PublishError::VersionTaken { module, version, released });
    }
    let (read, statement) = (bytes.clone(), proof.statement().clone());
    let checked = off_reactor(&*ports.blocking, move || check::package(&read, &statement)).await;
    let checked = checked.map_err(PublishError::CheckBroke)??;

    quotas::check_approved(ports, &proof.publisher, &request.module, checked.size_bytes).await??;
    record::reprieve(ports, proof.sha256()).await?;
    let mut blob = ports.blobs.create_temporary().await?;
    if let Err(failed) = blob.write(bytes).await {
        discard(blob).await;
        return Err(failed.into());
    }
    blob.promote(&BlobKey::Package(proof.sha256())).await?;
    ports.progress.reviewed(ReviewStep::BytesCopied);
    store_envelope(ports, proof.sha256(), request.envelope.clone()).await?;
    ports.progress.reviewed(ReviewStep::EnvelopeStored);
    // The bytes that waited stay for a day: a backup that began before must find them.
    match record::release(ports, request, &proof, checked, Origin::Approved(submission.id, change)).await? {
        Recorded::Released(release) => Ok(release),
        Recorded::Lost(Release { module, version, sha256: released, .. }) => {
            Err(PublishError::VersionTaken { module, version, released })
        }
    }
}

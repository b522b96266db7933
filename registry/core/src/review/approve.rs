//! An operator lets a submission become a release. What may have changed since it was sent is looked at again: its bytes, its signature
//! and its keys, the version, the module, the publisher.

use adx_signing::digest::Digest;
use thiserror::Error;

use super::DecideError;
use super::change::Change;
use crate::actor::{Actor, Denied};
use crate::job::SubmissionStep;
use crate::ports::{BlobError, BlobKey, StoreError, read_whole};
use crate::publish::{Approval, PublishError, release_submission};
use crate::reason::Reason;
use crate::release::Release;
use crate::submissions::{Side, Submission, SubmissionState, by};
use crate::{Id, Ports};

/// Why nothing was approved. The submission waits still, unless somebody decided meanwhile.
#[derive(Debug, Error)]
pub enum ApproveError {
    /// It cannot be decided.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// Its publisher is gone.
    #[error("the publisher of this submission was deleted")]
    NoPublisher,
    /// Its bytes are not there, or not what they were.
    #[error("the package that waits is missing or damaged in the storage (sha256 {0} was sent)")]
    Bytes(Digest),
    /// It cannot be released any more.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<Denied> for ApproveError {
    fn from(denied: Denied) -> Self {
        Self::Decide(denied.into())
    }
}

impl From<StoreError> for ApproveError {
    fn from(error: StoreError) -> Self {
        Self::Decide(error.into())
    }
}

/// Releases a waiting submission, as an operator's request.
///
/// # Errors
/// [`ApproveError`]; nothing is released then.
#[tracing::instrument(name = "submission.approve", skip_all, fields(submission = %id))]
pub async fn approve(
    ports: &Ports,
    actor: &Actor,
    id: Id<Submission>,
    reason: Option<&Reason>,
) -> Result<Release, ApproveError> {
    actor.operator()?;
    release(ports, by(actor)?, id, reason).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`ApproveError`]; nothing is released then.
pub async fn approve_on_the_machine(
    ports: &Ports,
    id: Id<Submission>,
    reason: Option<&Reason>,
) -> Result<Release, ApproveError> {
    release(ports, "machine".to_owned(), id, reason).await
}

async fn release(
    ports: &Ports,
    by: String,
    id: Id<Submission>,
    reason: Option<&Reason>,
) -> Result<Release, ApproveError> {
    let mut reader = ports.store.read().await?;
    let submission = reader.submission(id).await?.ok_or(DecideError::Unknown)?;
    let (state, envelope) = (submission.state, submission.envelope.clone());
    let Some(envelope) = envelope.filter(|_| state.is_waiting()) else {
        return Err(DecideError::NotWaiting { state }.into());
    };
    let publisher = reader.publisher(submission.publisher).await?.ok_or(ApproveError::NoPublisher)?;
    drop(reader);
    let bytes = read_whole(&*ports.blobs, &BlobKey::Submission(id)).await?;
    let bytes = bytes.ok_or(ApproveError::Bytes(submission.sha256))?;
    let hashed = bytes.clone();
    let computed = crate::ports::off_reactor(&*ports.blocking, move || Digest::of(&hashed)).await;
    if computed.map_err(PublishError::CheckBroke)? != submission.sha256 {
        return Err(ApproveError::Bytes(submission.sha256));
    }
    let change = Change {
        to: SubmissionState::Released,
        side: Side::Operator,
        by,
        reason: reason.map(ToString::to_string),
        notice: Some(SubmissionStep::Released),
    };
    Ok(release_submission(ports, publisher, &submission, Approval { envelope, bytes, change }).await?)
}

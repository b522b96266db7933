//! An operator lets a submission pass. What may have changed since it was sent is looked at again: its bytes, its signature
//! and its keys, the version, the module, the publisher.

use adx_signing::digest::Digest;
use bytes::Bytes;
use thiserror::Error;

use super::DecideError;
use super::change::{Change, carry_out};
use super::confirm::{Confirmer, is_of_nobody_known, is_to_be_confirmed};
use crate::actor::{Actor, Denied};
use crate::job::SubmissionStep;
use crate::operator_scope::OperatorScope;
use crate::ports::{BlobError, BlobKey, StoreError, off_reactor, read_whole};
use crate::publish::{Approval, PublishError, release_submission};
use crate::publisher::Publisher;
use crate::reason::Reason;
use crate::refuse_own::{Matter, refuse_own};
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

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approved {
    /// A release.
    Released(Box<Release>),
    /// An owner has to confirm it.
    Staged(Box<Submission>),
}

/// Lets a submission that waits for an operator pass, as an operator's request: it is released, or staged for an owner to confirm. What
/// is staged and no owner may confirm, since nobody is known to have made the token that sent it, is confirmed by this.
///
/// # Errors
/// [`ApproveError`]; nothing has changed then.
#[tracing::instrument(name = "submission.approve", skip_all, fields(submission = %id))]
pub async fn approve(
    ports: &Ports,
    actor: &Actor,
    id: Id<Submission>,
    reason: Option<&Reason>,
) -> Result<Approved, ApproveError> {
    actor.operator(OperatorScope::Review)?;
    refuse_own(ports, actor, Matter::Submission(id)).await??;
    pass(ports, by(actor)?, id, reason).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`ApproveError`]; nothing has changed then.
pub async fn approve_on_the_machine(
    ports: &Ports,
    id: Id<Submission>,
    reason: Option<&Reason>,
) -> Result<Approved, ApproveError> {
    pass(ports, "machine".to_owned(), id, reason).await
}

async fn pass(
    ports: &Ports,
    by: String,
    id: Id<Submission>,
    reason: Option<&Reason>,
) -> Result<Approved, ApproveError> {
    let mut reader = ports.store.read().await?;
    let submission = reader.submission(id).await?.ok_or(DecideError::Unknown)?;
    let for_operator =
        submission.state == SubmissionState::Staged && is_of_nobody_known(&mut *reader, submission.token).await?;
    if !submission.state.is_in_review() && !for_operator {
        return Err(DecideError::NotWaiting { state: submission.state }.into());
    }
    let to_be_confirmed = !for_operator && is_to_be_confirmed(&mut *reader, &submission).await?;
    drop(reader);
    let change = |to, step| Change {
        to,
        side: Side::Operator,
        by,
        reason: reason.map(ToString::to_string),
        notice: Some(step),
        confirmed_by: for_operator.then_some(Confirmer::Operator),
        compared_with: None,
    };
    if to_be_confirmed {
        let staged = carry_out(ports, id, change(SubmissionState::Staged, SubmissionStep::Staged)).await?;
        return Ok(Approved::Staged(Box::new(staged)));
    }
    let waiting = WaitingBytes::read(ports, id, submission.state).await?;
    let release = waiting.release(ports, change(SubmissionState::Released, SubmissionStep::Released)).await?;
    Ok(Approved::Released(Box::new(release)))
}

/// A submission that waits, with all that is needed to release it.
pub(super) struct WaitingBytes {
    submission: Submission,
    publisher: Publisher,
    envelope: String,
    bytes: Bytes,
}

impl WaitingBytes {
    /// Reads it, if it is in that state, and looks whether its bytes are what was sent.
    pub(super) async fn read(ports: &Ports, id: Id<Submission>, state: SubmissionState) -> Result<Self, ApproveError> {
        let mut reader = ports.store.read().await?;
        let submission = reader.submission(id).await?.ok_or(DecideError::Unknown)?;
        let Some(envelope) = submission.envelope.clone().filter(|_| submission.state == state) else {
            return Err(DecideError::NotWaiting { state: submission.state }.into());
        };
        let publisher = reader.publisher(submission.publisher).await?.ok_or(ApproveError::NoPublisher)?;
        drop(reader);
        let bytes = read_whole(&*ports.blobs, &BlobKey::Submission(id)).await?;
        let bytes = bytes.ok_or(ApproveError::Bytes(submission.sha256))?;
        let hashed = bytes.clone();
        let computed = off_reactor(&*ports.blocking, move || Digest::of(&hashed)).await;
        if computed.map_err(PublishError::CheckBroke)? != submission.sha256 {
            return Err(ApproveError::Bytes(submission.sha256));
        }
        Ok(Self { submission, publisher, envelope, bytes })
    }

    /// Releases it.
    pub(super) async fn release(self, ports: &Ports, change: Change) -> Result<Release, ApproveError> {
        let Self { submission, publisher, envelope, bytes } = self;
        Ok(release_submission(ports, publisher, &submission, Approval { envelope, bytes, change }).await?)
    }
}

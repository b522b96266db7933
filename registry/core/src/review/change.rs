//! One change of a submission that waits: the state, its event and the letters about it in one transaction.

use thiserror::Error;

use super::compare::release_before;
use super::confirm::{Confirmer, may_confirm};
use crate::actor::Denied;
use crate::audit::Act;
use crate::job::SubmissionStep;
use crate::ports::{BlobError, BlobKey, StoreError, Transaction, Written};
use crate::reason::Reason;
use crate::submissions::{
    Compared, EventKind, SeeError, Side, Submission, SubmissionEvent, SubmissionState, Verdict, tell_owners,
};
use crate::{Id, Ports};

/// Most events of one submission: stops a conversation from filling the database.
pub const MAX_EVENTS: u64 = 500;

/// Why nothing was decided or said.
#[derive(Debug, Error)]
pub enum DecideError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such submission, or none that who asks may see.
    #[error("there is no such submission")]
    Unknown,
    /// Somebody was first, or it waits for the other side.
    #[error("the submission is `{state}`: {}", who_decides(*state))]
    NotWaiting {
        /// What it is.
        state: SubmissionState,
    },
    /// Its token is of the owner who would confirm.
    #[error("your own token sent this: another owner has to confirm it")]
    OwnToken,
    /// Its token may be that of the owner who would confirm.
    #[error(
        "nobody is known to have made the token that sent this: it may be your own, so an operator has to confirm it"
    )]
    NobodysToken,
    /// Its bytes are gone.
    #[error("the package of that submission is not kept any more")]
    NotKept,
    /// Others were sent since.
    #[error("other bytes of that version wait: decide on those first")]
    OthersWait,
    /// So much was said already.
    #[error("{MAX_EVENTS} things were said and done about this submission: no more is kept")]
    TooMuch,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

fn who_decides(state: SubmissionState) -> &'static str {
    match state {
        SubmissionState::Staged => "an owner has to confirm it, and no operator",
        state if state.is_in_review() => "an operator has to decide, and no owner",
        _ => "nobody has to decide any more",
    }
}

impl From<SeeError> for DecideError {
    fn from(error: SeeError) -> Self {
        match error {
            SeeError::Denied(denied) => Self::Denied(denied),
            SeeError::Unknown | SeeError::NoPublisher(_) => Self::Unknown,
            SeeError::Store(error) => Self::Store(error),
        }
    }
}

/// What a submission becomes by somebody's word.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// What.
    pub(crate) to: SubmissionState,
    /// By which side.
    pub(crate) side: Side,
    /// By whom.
    pub(crate) by: String,
    /// Why.
    pub(crate) reason: Option<String>,
    /// What the owners are told.
    pub(crate) notice: Option<SubmissionStep>,
    /// Who confirms, if somebody does: the leaves are locked then.
    pub(crate) confirmed_by: Option<Confirmer>,
    /// What people had before the transaction, where it gives them something else: a release does. Otherwise it is looked up.
    pub(crate) compared_with: Option<Compared>,
}

/// Changes a submission by itself.
pub(crate) async fn carry_out(ports: &Ports, id: Id<Submission>, change: Change) -> Result<Submission, DecideError> {
    let mut transaction = ports.store.begin().await?;
    match within(ports, &mut *transaction, id, change).await {
        Ok(submission) => {
            transaction.commit(Written::Told).await?;
            let state = submission.state.as_str();
            tracing::info!(submission = %id, state, module = %submission.module, "decided on a submission");
            Ok(submission)
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// Changes a submission in a transaction that does more. Its row is locked: of two at once one wins, and the other finds it decided.
pub(crate) async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    id: Id<Submission>,
    change: Change,
) -> Result<Submission, DecideError> {
    let mut submission = transaction.lock_submission(id).await?.ok_or(DecideError::Unknown)?;
    if let Some(confirmer) = change.confirmed_by {
        may_confirm(transaction, confirmer, &submission).await?;
    }
    let from = submission.state;
    let state = from.step(change.to).map_err(|_| DecideError::NotWaiting { state: from })?;
    let now = ports.now();
    submission.state = state;
    submission.changed_at = now;
    if state == SubmissionState::Released {
        // The release has it.
        submission.envelope = None;
    }
    if state.is_final() {
        submission.compared_with = Some(match change.compared_with {
            Some(compared) => compared,
            None => Compared::with(release_before(transaction, &submission.module).await?.as_ref()),
        });
    }
    submission.verdict = state.is_final().then(|| Verdict { by: change.side, reason: change.reason.clone() });
    transaction.update_submission(&submission).await?;
    let event = SubmissionEvent {
        number: next_number(transaction, id).await?,
        kind: EventKind::Became(state),
        at: now,
        side: change.side,
        by: change.by,
        text: change.reason,
    };
    transaction.append_submission_event(id, &event).await?;
    let act = match (state, change.side) {
        (SubmissionState::Released, Side::Publisher) => Act::SubmissionConfirm,
        (SubmissionState::Released | SubmissionState::Staged, _) => Act::SubmissionApprove,
        (SubmissionState::Withdrawn, _) => Act::SubmissionWithdraw,
        _ => Act::SubmissionReject,
    };
    submission.deed(act).tell(ports, transaction);
    if let Some(step) = change.notice {
        tell_owners(ports, transaction, &submission, step).await?;
    }
    Ok(submission)
}

/// Whether the bytes of a submission are there still. Looked at before the transaction of [`reopen`]: a storage that does not answer must
/// keep nobody from writing. Should they be swept in between, an approval finds that out.
pub(crate) async fn is_kept(ports: &Ports, id: Id<Submission>) -> Result<bool, DecideError> {
    Ok(ports.blobs.head(&BlobKey::Submission(id)).await?.is_some())
}

/// Puts a submission that an operator rejected before an operator again, in a transaction that does more. Nothing of the table of steps
/// leads there: only a granted appeal does.
pub(crate) async fn reopen(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    id: Id<Submission>,
    is_kept: bool,
    reason: &Reason,
) -> Result<(), DecideError> {
    let mut submission = transaction.lock_submission(id).await?.ok_or(DecideError::Unknown)?;
    let by_operator = submission.verdict.as_ref().is_some_and(|verdict| verdict.by == Side::Operator);
    if submission.state != SubmissionState::Rejected || !by_operator {
        return Err(DecideError::NotWaiting { state: submission.state });
    }
    if !is_kept || submission.envelope.is_none() {
        return Err(DecideError::NotKept);
    }
    let last = transaction.last_submission(&submission.module, &submission.version).await?;
    if last.is_some_and(|last| last.state.is_waiting()) {
        return Err(DecideError::OthersWait);
    }
    let now = ports.now();
    submission.state = SubmissionState::InReview;
    submission.changed_at = now;
    submission.verdict = None;
    submission.compared_with = None;
    transaction.update_submission(&submission).await?;
    let event = SubmissionEvent {
        number: next_number(transaction, id).await?,
        kind: EventKind::Became(SubmissionState::InReview),
        at: now,
        side: Side::Operator,
        by: by.to_owned(),
        text: Some(reason.to_string()),
    };
    transaction.append_submission_event(id, &event).await?;
    submission.deed(Act::SubmissionReopen).tell(ports, transaction);
    Ok(())
}

/// The number of the next event of a locked submission.
pub(crate) async fn next_number(transaction: &mut dyn Transaction, id: Id<Submission>) -> Result<u64, StoreError> {
    Ok(transaction.submission_events(id).await?.last().map_or(1, |last| last.number + 1))
}

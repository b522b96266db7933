//! Refusing, asking and commenting.

use super::change::{Change, DecideError, MAX_EVENTS, carry_out, next_number};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::SubmissionStep;
use crate::operator_scope::OperatorScope;
use crate::ports::Written;
use crate::reason::Reason;
use crate::refuse_own::{Matter, refuse_own};
use crate::submissions::{
    EventKind, Remark, Side, Submission, SubmissionEvent, SubmissionState, by, show_submission, tell_operators,
    tell_owners,
};
use crate::token::Action;
use crate::{Id, Ports};

/// Rejects a waiting submission for a reason that its publisher is told, as an operator's request. The very same bytes are refused
/// from then on.
///
/// # Errors
/// [`DecideError`]; nothing has changed then.
#[tracing::instrument(name = "submission.reject", skip_all, fields(submission = %id))]
pub async fn reject(
    ports: &Ports,
    actor: &Actor,
    id: Id<Submission>,
    reason: &Reason,
) -> Result<Submission, DecideError> {
    actor.operator(OperatorScope::Review)?;
    refuse_own(ports, actor, Matter::Submission(id)).await??;
    carry_out(ports, id, rejection(by(actor)?, reason)).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`DecideError`]; nothing has changed then.
pub async fn reject_on_the_machine(
    ports: &Ports,
    id: Id<Submission>,
    reason: &Reason,
) -> Result<Submission, DecideError> {
    carry_out(ports, id, rejection("machine".to_owned(), reason)).await
}

fn rejection(by: String, reason: &Reason) -> Change {
    let (side, notice) = (Side::Operator, Some(SubmissionStep::Rejected));
    Change {
        to: SubmissionState::Rejected,
        side,
        by,
        reason: Some(reason.to_string()),
        notice,
        confirmed_by: None,
        compared_with: None,
    }
}

/// Asks the publisher something about a waiting submission, as an operator's request. It goes on waiting.
///
/// # Errors
/// [`DecideError`]; nothing is asked then.
#[tracing::instrument(name = "submission.ask", skip_all, fields(submission = %id))]
pub async fn ask(ports: &Ports, actor: &Actor, id: Id<Submission>, question: &Remark) -> Result<(), DecideError> {
    actor.operator(OperatorScope::Review)?;
    say(ports, id, EventKind::Question, Side::Operator, by(actor)?, question).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`DecideError`]; nothing is asked then.
pub async fn ask_on_the_machine(ports: &Ports, id: Id<Submission>, question: &Remark) -> Result<(), DecideError> {
    say(ports, id, EventKind::Question, Side::Operator, "machine".to_owned(), question).await
}

/// Says something about a submission: its publisher with a token that may publish the module, an owner or maintainer, or an operator.
/// The other side is told by mail.
///
/// # Errors
/// [`DecideError`]; nothing is said then.
#[tracing::instrument(name = "submission.comment", skip_all, fields(submission = %id))]
pub async fn comment(ports: &Ports, actor: &Actor, id: Id<Submission>, text: &Remark) -> Result<(), DecideError> {
    let seen = show_submission(ports, actor, id).await?;
    let module = &seen.submission.module;
    if seen.side == Side::Operator {
        // Who may only look sees as much.
        actor.operator(OperatorScope::Review)?;
    }
    if seen.side == Side::Publisher && actor.owner_of(&module.namespace).is_err() {
        actor.publisher_of(&module.namespace, Action::Publish, Some(&module.name))?;
    }
    say(ports, id, EventKind::Comment, seen.side, by(actor)?, text).await
}

async fn say(
    ports: &Ports,
    id: Id<Submission>,
    kind: EventKind,
    side: Side,
    by: String,
    text: &Remark,
) -> Result<(), DecideError> {
    let mut transaction = ports.store.begin().await?;
    let said = async {
        let submission = transaction.lock_submission(id).await?.ok_or(DecideError::Unknown)?;
        if kind == EventKind::Question && !submission.state.is_in_review() {
            return Err(DecideError::NotWaiting { state: submission.state });
        }
        let number = next_number(&mut *transaction, id).await?;
        if number > MAX_EVENTS {
            return Err(DecideError::TooMuch);
        }
        let text = Some(text.to_string());
        let event = SubmissionEvent { number, kind, at: ports.now(), side, by, text };
        transaction.append_submission_event(id, &event).await?;
        let act = if kind == EventKind::Question { Act::SubmissionAsk } else { Act::SubmissionComment };
        submission.deed(act).tell(ports, &mut *transaction);
        match (side, kind) {
            (Side::Operator, EventKind::Question) => {
                tell_owners(ports, &mut *transaction, &submission, SubmissionStep::Asked).await?;
            }
            (Side::Operator, _) => {
                tell_owners(ports, &mut *transaction, &submission, SubmissionStep::Commented).await?;
            }
            (Side::Publisher | Side::Registry, _) => {
                tell_operators(ports, &mut *transaction, &submission, SubmissionStep::Commented).await?;
            }
        }
        Ok(())
    }
    .await;
    match said {
        Ok(()) => transaction.commit(Written::Told).await?,
        Err(_) => transaction.rollback().await?,
    }
    said
}

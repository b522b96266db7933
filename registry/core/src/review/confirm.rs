//! An owner confirms a staged release: what a stolen token or a workflow that was taken over sends is nobody's until then.

use super::approve::{ApproveError, WaitingBytes};
use super::change::Change;
use super::{Cause, DecideError};
use crate::actor::{Actor, Denied};
use crate::job::SubmissionStep;
use crate::members::Member;
use crate::ports::{Reader, StoreError};
use crate::release::Release;
use crate::submissions::{Side, Submission, SubmissionState, by, seen_by};
use crate::token::{Token, TokenOwner};
use crate::{Id, Ports};

/// Whether an owner has to confirm what an operator lets pass: it was sent so, or the publisher asks it of every release by now.
pub(super) async fn is_to_be_confirmed<R: Reader + ?Sized>(
    reader: &mut R,
    submission: &Submission,
) -> Result<bool, DecideError> {
    let rules = reader.publishing_rules(submission.publisher).await?;
    Ok(rules.staged || submission.causes.contains(&Cause::Staged))
}

/// Who has the last word on a staged submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmer {
    /// An owner.
    Owner(Id<Member>),
    /// An operator: of what was sent with a token that nobody is known to have made.
    Operator,
}

/// Refuses an owner who is none any more, or whose own token sent it: it takes two. A workflow's token is nobody's. One that nobody is
/// known to have made (an operator handed it out, or it is from before that was noted) may be anybody's, that owner's too: an operator
/// confirms what it sent, and nothing else.
pub(super) async fn may_confirm<R: Reader + ?Sized>(
    reader: &mut R,
    by: Confirmer,
    submission: &Submission,
) -> Result<(), DecideError> {
    let Confirmer::Owner(owner) = by else {
        let may = is_of_nobody_known(reader, submission.token).await?;
        return if may { Ok(()) } else { Err(DecideError::NotWaiting { state: submission.state }) };
    };
    let owner = reader.member(owner).await?.filter(Member::is_owner).ok_or(Denied::OwnerOnly)?;
    let is_theirs =
        |maker: &Member| maker.id == owner.id || (maker.account.is_some() && maker.account == owner.account);
    if reader.token_maker(submission.token).await?.is_some_and(|maker| is_theirs(&maker)) {
        return Err(DecideError::OwnToken);
    }
    if is_of_nobody_known(reader, submission.token).await? { Err(DecideError::NobodysToken) } else { Ok(()) }
}

/// Whether nobody is known to have made a token, which no run of a workflow was given either.
pub(super) async fn is_of_nobody_known<R: Reader + ?Sized>(
    reader: &mut R,
    token: Id<Token>,
) -> Result<bool, StoreError> {
    let of_workflow = |token: &Token| matches!(token.owner, TokenOwner::Workflow(_));
    let of_workflow = reader.token(token).await?.as_ref().is_some_and(of_workflow);
    Ok(!of_workflow && reader.token_maker(token).await?.is_none())
}

/// Releases a staged submission, as the request of an owner of its namespace. A publisher's token is not enough: that is what sent it,
/// nor is the owner who made that token.
///
/// # Errors
/// [`ApproveError`]; nothing is released then.
#[tracing::instrument(name = "submission.confirm", skip_all, fields(submission = %id))]
pub async fn confirm(ports: &Ports, actor: &Actor, id: Id<Submission>) -> Result<Release, ApproveError> {
    let (submission, _) = seen_by(&mut *ports.store.read().await?, actor, id).await.map_err(DecideError::from)?;
    let owner = actor.owner_of(&submission.module.namespace)?.0.id;
    let owner = Confirmer::Owner(owner);
    may_confirm(&mut *ports.store.read().await?, owner, &submission).await?;
    let waiting = WaitingBytes::read(ports, id, SubmissionState::Staged).await?;
    let change = Change {
        to: SubmissionState::Released,
        side: Side::Publisher,
        by: by(actor)?,
        reason: None,
        notice: Some(SubmissionStep::Confirmed),
        confirmed_by: Some(owner),
        compared_with: None,
    };
    waiting.release(ports, change).await
}

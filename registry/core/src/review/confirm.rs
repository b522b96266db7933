//! An owner confirms a staged release: what a stolen token or a workflow that was taken over sends is nobody's until then.

use super::approve::{ApproveError, WaitingBytes};
use super::change::Change;
use super::{Cause, DecideError};
use crate::actor::{Actor, Denied};
use crate::job::SubmissionStep;
use crate::members::Member;
use crate::ports::Reader;
use crate::release::Release;
use crate::submissions::{Side, Submission, SubmissionState, by, seen_by};
use crate::token::Token;
use crate::{Id, Ports};

/// Whether an owner has to confirm what an operator lets pass: it was sent so, or the publisher asks it of every release by now.
pub(super) async fn is_to_be_confirmed<R: Reader + ?Sized>(
    reader: &mut R,
    submission: &Submission,
) -> Result<bool, DecideError> {
    let rules = reader.publishing_rules(submission.publisher).await?;
    Ok(rules.staged || submission.causes.contains(&Cause::Staged))
}

/// Refuses whoever is no owner any more, and whose own token sent it: it takes two. A workflow's token is nobody's.
pub(super) async fn may_confirm<R: Reader + ?Sized>(
    reader: &mut R,
    owner: Id<Member>,
    token: Id<Token>,
) -> Result<(), DecideError> {
    let owner = reader.member(owner).await?.filter(Member::is_owner).ok_or(Denied::OwnerOnly)?;
    let is_theirs = |maker: Member| maker.id == owner.id || (maker.account.is_some() && maker.account == owner.account);
    let is_own = reader.token_maker(token).await?.is_some_and(is_theirs);
    if is_own { Err(DecideError::OwnToken) } else { Ok(()) }
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
    may_confirm(&mut *ports.store.read().await?, owner, submission.token).await?;
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

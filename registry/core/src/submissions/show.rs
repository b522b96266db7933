//! Looking at submissions: operators at all of them, a publisher at its own.

use adx_signing::name::Namespace;
use thiserror::Error;

use super::{Side, Submission, SubmissionEvent, SubmissionState};
use crate::actor::{Actor, Denied};
use crate::members::Right;
use crate::operator_scope::OperatorScope;
use crate::ports::{Reader, StoreError};
use crate::review::Cause;
use crate::{Id, Ports, page};

/// Most submissions of one page.
pub const MAX_SUBMISSIONS: u32 = 100;

/// Some submissions, and where the next begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submissions {
    /// For operators the oldest first, for a publisher the newest.
    pub submissions: Vec<Submission>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Submission>>,
}

/// A submission, and from which side it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// It.
    pub submission: Submission,
    /// What happened to it.
    pub events: Vec<SubmissionEvent>,
    /// Who looks: an operator sees all, its publisher not what is harmful in it.
    pub side: Side,
}

/// Why nothing is told of a submission, or done to it.
#[derive(Debug, Error)]
pub enum SeeError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none of that identifier, or it is not theirs who ask.
    #[error("there is no such submission")]
    Unknown,
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The submissions in one of these states after `after`, those for that cause if one is given, the oldest first, at most
/// [`MAX_SUBMISSIONS`], for operators.
///
/// # Errors
/// [`SeeError`]
pub async fn submissions(
    ports: &Ports,
    actor: &Actor,
    states: &[SubmissionState],
    cause: Option<Cause>,
    after: Option<Id<Submission>>,
) -> Result<Submissions, SeeError> {
    actor.operator_sees(OperatorScope::Review)?;
    Ok(in_states(ports, states, cause, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn submissions_on_the_machine(
    ports: &Ports,
    states: &[SubmissionState],
    after: Option<Id<Submission>>,
) -> Result<Submissions, StoreError> {
    in_states(ports, states, None, after).await
}

async fn in_states(
    ports: &Ports,
    states: &[SubmissionState],
    cause: Option<Cause>,
    after: Option<Id<Submission>>,
) -> Result<Submissions, StoreError> {
    Ok(cut(ports.store.read().await?.submissions_in(states, cause, after, MAX_SUBMISSIONS + 1).await?))
}

/// The submissions of a namespace in one of these states before `before`, the newest first, at most [`MAX_SUBMISSIONS`]: for its publisher, those of its
/// members who see what is not public, and operators.
///
/// # Errors
/// [`SeeError`]
pub async fn submissions_of(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    states: &[SubmissionState],
    before: Option<Id<Submission>>,
) -> Result<Submissions, SeeError> {
    actor.may_see(namespace, Right::SeeSubmissions)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| SeeError::NoPublisher(namespace.clone()))?;
    Ok(cut(reader.submissions_of(publisher.id, states, before, MAX_SUBMISSIONS + 1).await?))
}

/// One submission with its events, for its publisher, those of its members who see what is not public, and operators.
///
/// # Errors
/// [`SeeError`]; [`SeeError::Unknown`] for everybody else.
pub async fn show_submission(ports: &Ports, actor: &Actor, id: Id<Submission>) -> Result<Seen, SeeError> {
    let mut reader = ports.store.read().await?;
    let (submission, side) = seen_by(&mut *reader, actor, id).await?;
    let events = reader.submission_events(id).await?;
    Ok(Seen { submission, events, side })
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`SeeError`]
pub async fn show_submission_on_the_machine(ports: &Ports, id: Id<Submission>) -> Result<Seen, SeeError> {
    let mut reader = ports.store.read().await?;
    let submission = reader.submission(id).await?.ok_or(SeeError::Unknown)?;
    let events = reader.submission_events(id).await?;
    Ok(Seen { submission, events, side: Side::Operator })
}

/// A submission for whoever may see it, and the side that they are on. Others are told what they would be told if it were not there.
pub(crate) async fn seen_by<R: Reader + ?Sized>(
    reader: &mut R,
    actor: &Actor,
    id: Id<Submission>,
) -> Result<(Submission, Side), SeeError> {
    if matches!(actor, Actor::Anonymous) {
        return Err(Denied::Unauthenticated.into());
    }
    let submission = reader.submission(id).await?.ok_or(SeeError::Unknown)?;
    if actor.operator_sees(OperatorScope::Review).is_ok() {
        return Ok((submission, Side::Operator));
    }
    actor.may_see(&submission.module.namespace, Right::SeeSubmissions).map_err(|_| SeeError::Unknown)?;
    Ok((submission, Side::Publisher))
}

fn cut(mut submissions: Vec<Submission>) -> Submissions {
    let next = page::cut(&mut submissions, MAX_SUBMISSIONS, |last| last.id);
    Submissions { submissions, next }
}

//! A publisher takes back what waits.

use super::show::seen_by;
use super::{Side, Submission, SubmissionState, by};
use crate::actor::Actor;
use crate::review::{Change, DecideError, change};
use crate::token::Action;
use crate::{Id, Ports};

/// Takes a waiting submission back, as its publisher's request; another of the version can be sent then.
///
/// # Errors
/// [`DecideError`]; nothing has changed then.
#[tracing::instrument(name = "submission.withdraw", skip_all, fields(submission = %id))]
pub async fn withdraw(ports: &Ports, actor: &Actor, id: Id<Submission>) -> Result<Submission, DecideError> {
    let (submission, _) = seen_by(&mut *ports.store.read().await?, actor, id).await?;
    let module = &submission.module;
    if actor.owner_of(&module.namespace).is_err() {
        actor.publisher_of(&module.namespace, Action::Publish, Some(&module.name))?;
    }
    let change =
        Change { to: SubmissionState::Withdrawn, side: Side::Publisher, by: by(actor)?, reason: None, notice: None };
    change::carry_out(ports, id, change).await
}

//! What waits is taken back: by its publisher, or because there is another one.

use super::show::seen_by;
use super::{Side, Submission, SubmissionState, by};
use crate::actor::Actor;
use crate::ports::{StoreError, Transaction};
use crate::publisher::Publisher;
use crate::review::{Change, DecideError, change};
use crate::token::Action;
use crate::{Id, Ports};

/// Takes a waiting submission back, as the request of its publisher, an owner or a maintainer; another of the version can be sent then.
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
    let change = Change {
        to: SubmissionState::Withdrawn,
        side: Side::Publisher,
        by: by(actor)?,
        reason: None,
        notice: None,
        confirmed_by: None,
        compared_with: None,
    };
    change::carry_out(ports, id, change).await
}

/// Withdraws whatever of a publisher waits, since who sent it is its publisher no more. Nobody is told. The leaves are locked, so that
/// nothing more comes to wait.
pub(crate) async fn withdraw_all(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: Id<Publisher>,
    reason: &str,
) -> Result<(), StoreError> {
    for id in transaction.waiting_submissions_of(publisher).await? {
        let change = Change {
            to: SubmissionState::Withdrawn,
            side: Side::Registry,
            by: "registry".to_owned(),
            reason: Some(reason.to_owned()),
            notice: None,
            confirmed_by: None,
            compared_with: None,
        };
        // Whoever decided first has made it a release of before, or none.
        if let Err(DecideError::Store(error)) = change::within(ports, transaction, id, change).await {
            return Err(error);
        }
    }
    Ok(())
}

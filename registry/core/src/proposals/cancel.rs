//! Objecting to a change of keys or trust, and withdrawing what one opened.

use adx_signing::name::Namespace;

use super::{ProposalError, Proposals, deed, end, meet_about, notice};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::ProposalStep;
use crate::leaf::{append, recovery_cancelled};
use crate::ports::Transaction;
use crate::proposal::{Proposal, ProposalState, ProposedAction};
use crate::{Id, Ports};

/// Ends a proposal before it is done. Any owner may where it is about keys or trust; only who opened it where it is about owners. One
/// that is cancelled already is no error.
///
/// # Errors
/// [`ProposalError`]; nothing has changed then.
#[tracing::instrument(name = "proposal.cancel", skip_all, fields(%namespace, %proposal))]
pub async fn cancel_proposal(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    proposal: Id<Proposal>,
) -> Result<Proposals, ProposalError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let cancelled = cancel(ports, &mut *transaction, actor, namespace, proposal).await;
    end(ports, transaction, actor, namespace, cancelled).await
}

async fn cancel(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Proposal>,
) -> Result<Id<Proposal>, ProposalError> {
    let (owner, council, mut proposal) = meet_about(transaction, actor, namespace, id).await?;
    if proposal.state == ProposalState::Cancelled {
        return Ok(id);
    }
    let now = ports.now();
    if !proposal.is_live(now) {
        let open = proposal.state == ProposalState::Open;
        return Err(ProposalError::Ended(if open { ProposalState::Expired } else { proposal.state }));
    }
    match &proposal.action {
        ProposedAction::Keys(change) if proposal.state == ProposalState::Announced => {
            let objection = recovery_cancelled(&council.publisher.namespace, change);
            proposal.leaf = Some(append(transaction, now, objection).await?);
        }
        action if action.is_stopped_by_any() => {}
        _ if proposal.opened_by == owner => {}
        _ => return Err(ProposalError::NotOpener),
    }
    proposal.cancelled_by = Some(owner);
    proposal.end(ProposalState::Cancelled, now);
    transaction.update_proposal(&proposal).await?;
    deed(Act::ProposalCancel, &council.publisher, &proposal).leaf(proposal.leaf).tell(ports, transaction);
    notice::tell(ports, transaction, &council.publisher, id, ProposalStep::Cancelled).await?;
    Ok(id)
}

//! Approving a proposal.

use adx_signing::name::Namespace;

use super::{ProposalError, Proposals, carry_out, deed, end, meet_about};
use crate::actor::Actor;
use crate::audit::Act;
use crate::ports::Transaction;
use crate::proposal::{Approval, Proposal, ProposalState};
use crate::{Id, Ports};

/// Approves a proposal; once enough owners have, it is decided. Approving twice is no error.
///
/// # Errors
/// [`ProposalError`]; nothing has changed then.
#[tracing::instrument(name = "proposal.approve", skip_all, fields(%namespace, %proposal))]
pub async fn approve_proposal(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    proposal: Id<Proposal>,
) -> Result<Proposals, ProposalError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let approved = approve(ports, &mut *transaction, actor, namespace, proposal).await;
    end(ports, transaction, actor, namespace, approved).await
}

async fn approve(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Proposal>,
) -> Result<Id<Proposal>, ProposalError> {
    let (owner, council, mut proposal) = meet_about(transaction, actor, namespace, id).await?;
    let now = ports.now();
    let before = proposal.approvals.iter().any(|approval| approval.owner == owner);
    match proposal.state {
        ProposalState::Open if now < proposal.expires_at => {}
        ProposalState::Open => return Err(ProposalError::Ended(ProposalState::Expired)),
        // The answer to the first time may have been lost.
        ProposalState::Announced | ProposalState::Done if before => return Ok(id),
        ended => return Err(ProposalError::Ended(ended)),
    }
    if !before {
        transaction.approve_proposal(id, owner, now).await?;
        deed(Act::ProposalApprove, &council.publisher, &proposal).tell(ports, transaction);
        proposal.approvals.push(Approval { owner, at: now });
    }
    carry_out::decide(ports, transaction, &council, &mut proposal).await?;
    Ok(id)
}

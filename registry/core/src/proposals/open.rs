//! Opening a proposal: whoever does has approved it.

use adx_signing::name::Namespace;

use super::{
    Council, MAX_LIVE_PROPOSALS, PROPOSAL_EXPIRES, ProposalError, Proposals, carry_out, deed, end, is_same, notice,
};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::{NewJob, ProposalStep, Task};
use crate::members::Member;
use crate::ports::Transaction;
use crate::proposal::{Approval, Proposal, ProposalState, ProposedAction};
use crate::{Id, Ports};

/// Opens a proposal. Where one approval is enough, it is decided at once.
///
/// # Errors
/// [`ProposalError`]; what could not be done now is refused now.
#[tracing::instrument(name = "proposal.open", skip_all, fields(%namespace))]
pub async fn open_proposal(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    action: ProposedAction,
) -> Result<Proposals, ProposalError> {
    actor.owner_of(namespace)?;
    let mut transaction = ports.store.begin().await?;
    let opened = open(ports, &mut *transaction, actor, namespace, action).await;
    end(ports, transaction, actor, namespace, opened).await
}

async fn open(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    action: ProposedAction,
) -> Result<Id<Proposal>, ProposalError> {
    let (owner, publisher) = actor.owner_of(namespace)?;
    let council = Council::meet(transaction, publisher).await?;
    council.seat(owner.id)?;
    let now = ports.now();
    let mut live = transaction.live_proposals_of(publisher.id).await?;
    live.retain(|proposal| proposal.is_live(now));
    if let Some(first) = live.iter().find(|first| stands_for(first, owner, &action)) {
        return Err(ProposalError::Same(first.id));
    }
    if live.iter().filter(|proposal| proposal.opened_by == owner.id).count() >= MAX_LIVE_PROPOSALS {
        return Err(ProposalError::TooMany);
    }
    carry_out::may(ports, transaction, &council, &action, now).await?;
    let mut proposal = Proposal {
        id: Id::new(now, &*ports.entropy),
        publisher: publisher.id,
        action,
        state: ProposalState::Open,
        opened_by: owner.id,
        opened_at: now,
        expires_at: now + PROPOSAL_EXPIRES,
        approvals: vec![Approval { owner: owner.id, at: now }],
        needed: None,
        effective_at: None,
        announced_leaf: None,
        leaf: None,
        failure: None,
        ended_at: None,
        cancelled_by: None,
    };
    transaction.insert_proposal(&proposal).await?;
    transaction.approve_proposal(proposal.id, owner.id, now).await?;
    deed(Act::ProposalOpen, publisher, &proposal).tell(ports, transaction);
    let task = Task::SettleProposal { proposal: proposal.id };
    transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: proposal.expires_at }).await?;
    carry_out::decide(ports, transaction, &council, &mut proposal).await?;
    if proposal.state == ProposalState::Open {
        notice::tell(ports, transaction, &council.publisher, proposal.id, ProposalStep::Opened).await?;
    }
    Ok(proposal.id)
}

/// Whether `first` stands for the same action of `owner`. What somebody opened about itself stands for nobody else's: it could
/// withdraw its own removal whenever enough are about to approve.
fn stands_for(first: &Proposal, owner: &Member, action: &ProposedAction) -> bool {
    let of_itself = matches!(&first.action, ProposedAction::RemoveOwner { owner } if *owner == first.opened_by);
    is_same(&first.action, action) && (!of_itself || first.opened_by == owner.id)
}

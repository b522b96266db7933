//! Doing what enough owners approved: at once where it is about owners or makes a workflow trusted; where it is about keys or loosens
//! what is asked of releases, it is announced.

use adx_signing::tuf::key_history::{RECOVERY_EXPIRES, RECOVERY_WAIT};
use adx_signing::utc::UtcSecond;
use serde_json::json;
use time::OffsetDateTime;

use super::{Council, ProposalError, deed, notice};
use crate::audit::{Act, Deed};
use crate::change_keys::may_recover;
use crate::job::{NewJob, ProposalStep, Task};
use crate::leaf::{append, recovery_announced};
use crate::members::MemberError;
use crate::owners;
use crate::ports::{StoreError, Transaction};
use crate::proposal::{Proposal, ProposalState, ProposedAction};
use crate::publisher::{Publisher, PublisherKind};
use crate::transfers::TransferError;
use crate::trusted::{self, LOOSEN_EXPIRES, LOOSEN_WAIT, TrustedPublisher};
use crate::{Id, Ports, members, names, transfers};

/// Checks that an action could be done now.
pub(super) async fn may(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    council: &Council,
    action: &ProposedAction,
    now: OffsetDateTime,
) -> Result<(), ProposalError> {
    match action {
        ProposedAction::Keys(change) => may_recover(transaction, &council.publisher, change, now).await?,
        ProposedAction::InviteOwner { email, .. } => {
            let email = email.as_ref().ok_or(ProposalError::NoAddress)?;
            if council.publisher.kind == PublisherKind::Person {
                return Err(MemberError::IsPersons(council.publisher.namespace.clone()).into());
            }
            owners::can_invite(&council.members, email)?;
        }
        ProposedAction::RemoveOwner { owner } => {
            owners::can_remove(&council.members, council.threshold, *owner)?;
        }
        ProposedAction::ChangeRole { member, role } => {
            members::can_change_role(&council.members, council.threshold, *member, *role)?;
        }
        ProposedAction::Transfer { email, .. } => {
            email.as_ref().ok_or(TransferError::NoAddress)?;
            transfers::can_offer(ports, transaction, &council.publisher).await?;
        }
        ProposedAction::SetThreshold { threshold } => owners::can_set_threshold(council.size(), *threshold)?,
        ProposedAction::AddTrustedPublisher(workflow) => {
            trusted::can_add(ports, transaction, &council.publisher, workflow).await?;
        }
        ProposedAction::LoosenPublishing { switch } => {
            trusted::can_turn_off(transaction, &council.publisher, council.size(), *switch).await?;
        }
        ProposedAction::GiveUp => names::can_give_up(transaction, &council.publisher, now).await?,
    }
    Ok(())
}

/// Does what an open proposal wants, if enough of those approved who are owners now. What cannot be done any more fails.
pub(super) async fn decide(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    council: &Council,
    proposal: &mut Proposal,
) -> Result<(), StoreError> {
    let needed = council.needed(&proposal.action);
    if !council.approves(proposal, needed) {
        return Ok(());
    }
    proposal.needed = Some(needed);
    let now = ports.now();
    let step = match act(ports, transaction, council, proposal, now).await {
        Ok(()) if proposal.state == ProposalState::Announced => ProposalStep::Announced,
        Ok(()) => ProposalStep::Done,
        Err(refused) => match refused.store() {
            Ok(error) => return Err(error),
            Err(refused) => {
                proposal.failure = Some(refused.to_string());
                proposal.end(ProposalState::Failed, now);
                ProposalStep::Failed
            }
        },
    };
    transaction.update_proposal(proposal).await?;
    let act = match step {
        ProposalStep::Announced => Act::ProposalAnnounce,
        ProposalStep::Failed => Act::ProposalFail,
        ProposalStep::Done | ProposalStep::Opened | ProposalStep::Cancelled => Act::ProposalDone,
    };
    deed(act, &council.publisher, proposal).leaf(proposal.announced_leaf).tell(ports, transaction);
    tracing::info!(proposal = %proposal.id, state = proposal.state.as_str(), "owners decided");
    notice::tell(ports, transaction, &council.publisher, proposal.id, step).await
}

async fn act(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    council: &Council,
    proposal: &mut Proposal,
    now: OffsetDateTime,
) -> Result<(), ProposalError> {
    // Checked before anything is written: one that fails leaves nothing but that it failed.
    match may(ports, transaction, council, &proposal.action, now).await {
        Err(ProposalError::Keys(crate::change_keys::ChangeKeyError::Store(error))) => return Err(error.into()),
        other => other?,
    }
    let publisher = &council.publisher;
    if proposal.action.waits(council.rules) {
        let effective_at = now + LOOSEN_WAIT;
        proposal.effective_at = Some(effective_at);
        proposal.expires_at = now + LOOSEN_EXPIRES;
        proposal.state = ProposalState::Announced;
        let task = Task::SettleProposal { proposal: proposal.id };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: effective_at }).await?;
        return Ok(());
    }
    match proposal.action.clone() {
        ProposedAction::Keys(change) => {
            let announced = UtcSecond::from(now);
            let leaf = append(transaction, now, recovery_announced(&publisher.namespace, &change)).await?;
            proposal.announced_leaf = Some(leaf);
            let effective_at = announced.after(RECOVERY_WAIT).into();
            proposal.effective_at = Some(effective_at);
            proposal.expires_at = announced.after(RECOVERY_EXPIRES).into();
            proposal.state = ProposalState::Announced;
            // In the same transaction: once announced, it is never forgotten.
            let task = Task::SettleProposal { proposal: proposal.id };
            transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: effective_at }).await?;
            return Ok(());
        }
        ProposedAction::InviteOwner { name, email } => {
            let email = email.ok_or(ProposalError::NoAddress)?;
            owners::invite(ports, transaction, publisher, &council.members, name, email).await?;
        }
        ProposedAction::RemoveOwner { owner } => {
            let owner = owners::can_remove(&council.members, council.threshold, owner)?;
            owners::remove(ports, transaction, publisher, owner).await?;
        }
        ProposedAction::ChangeRole { member, role } => {
            let member = members::can_change_role(&council.members, council.threshold, member, role)?;
            members::set_role(ports, transaction, publisher, member, role).await?;
        }
        action @ (ProposedAction::Transfer { .. }
        | ProposedAction::AddTrustedPublisher(_)
        | ProposedAction::LoosenPublishing { .. }
        | ProposedAction::GiveUp) => let_in(ports, transaction, publisher, action, now).await?,
        ProposedAction::SetThreshold { threshold } => {
            transaction.set_owner_threshold(publisher.id, threshold).await?;
            let deed = Deed::new(Act::OwnerThreshold).of(publisher).with(json!({ "threshold": threshold }));
            deed.tell(ports, transaction);
        }
    }
    proposal.end(ProposalState::Done, now);
    Ok(())
}

/// Does what may have had to wait: asks less of releases, trusts a workflow, offers the publisher to somebody else, gives it up.
pub(super) async fn let_in(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    action: ProposedAction,
    now: OffsetDateTime,
) -> Result<(), ProposalError> {
    match action {
        ProposedAction::Transfer { name, email } => {
            let email = email.ok_or(TransferError::NoAddress)?;
            transfers::offer(ports, transaction, publisher, name, email).await?;
        }
        ProposedAction::AddTrustedPublisher(workflow) => {
            let id = Id::new(now, &*ports.entropy);
            let trusted = TrustedPublisher { id, publisher: publisher.id, workflow, added_at: now };
            transaction.insert_trusted_publisher(&trusted).await?;
            Deed::new(Act::TrustedPublisherAdd).of(publisher).id(id).tell(ports, transaction);
        }
        ProposedAction::LoosenPublishing { switch } => {
            let rules = transaction.publishing_rules(publisher.id).await?;
            transaction.set_publishing_rules(publisher.id, rules.with(switch, false)).await?;
            let deed = Deed::new(Act::PublishingLoosen).of(publisher);
            deed.with(json!({ "switch": switch.as_str() })).tell(ports, transaction);
        }
        ProposedAction::GiveUp => names::give_up(ports, transaction, publisher).await?,
        _ => {}
    }
    Ok(())
}

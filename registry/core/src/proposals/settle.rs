//! The job that ends a proposal when its time has come.

use adx_signing::tuf::key_history::RECOVERY_EXPIRES;
use adx_signing::utc::UtcSecond;
use serde_json::json;
use time::OffsetDateTime;

use super::carry_out::{let_in, may};
use super::{Council, deed, notice};
use crate::audit::Act;
use crate::change_keys::{ChangeKeyError, key_deed, recover};
use crate::job::{NewJob, ProposalStep, Task};
use crate::ports::{StoreError, Transaction, Written};
use crate::proposal::{Proposal, ProposalState, ProposedAction};
use crate::run_jobs::JobError;
use crate::{Id, Ports};

/// Does what was announced, or notes that too few approved, if the time for it has come. It may be run at any
/// time and by several at once.
#[tracing::instrument(name = "proposal.settle", skip_all, fields(%proposal))]
pub(crate) async fn settle(ports: &Ports, proposal: Id<Proposal>) -> Result<(), JobError> {
    let mut transaction = ports.store.begin().await?;
    let settled = under_lock(ports, &mut *transaction, proposal).await?;
    transaction.commit(Written::ToldIfChanged).await?;
    if settled {
        ports.progress.logged();
    }
    Ok(())
}

async fn under_lock(ports: &Ports, transaction: &mut dyn Transaction, id: Id<Proposal>) -> Result<bool, StoreError> {
    transaction.lock_leaves().await?;
    let Some(mut proposal) = transaction.proposal(id).await? else { return Ok(false) };
    let Some(publisher) = transaction.publisher(proposal.publisher).await? else { return Ok(false) };
    let council = Council::meet(transaction, &publisher).await?;
    let now = ports.now();
    let due = match proposal.state {
        ProposalState::Open => proposal.expires_at,
        ProposalState::Announced => proposal.effective_at.unwrap_or(proposal.expires_at),
        _ => return Ok(false),
    };
    if now < due {
        // Announced meanwhile, or the clock of whoever wrote the job goes before this one's.
        let task = Task::SettleProposal { proposal: id };
        transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: due }).await?;
        return Ok(false);
    }
    let step = if proposal.state == ProposalState::Open {
        proposal.end(ProposalState::Expired, now);
        None
    } else {
        Some(make(ports, transaction, &council, &mut proposal, now).await?)
    };
    transaction.update_proposal(&proposal).await?;
    let act = match step {
        None => Act::ProposalExpire,
        Some(ProposalStep::Failed) => Act::ProposalFail,
        Some(_) => Act::ProposalDone,
    };
    deed(act, &publisher, &proposal).leaf(proposal.leaf).tell(ports, transaction);
    tracing::info!(proposal = %id, state = proposal.state.as_str(), "a proposal is settled");
    if let Some(step) = step {
        notice::tell(ports, transaction, &publisher, id, step).await?;
    }
    Ok(true)
}

/// Does what was announced, and says in which leaf that stands, if in one; or why it cannot be done.
async fn act(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    council: &Council,
    proposal: &Proposal,
    now: OffsetDateTime,
) -> Result<Result<Option<u64>, String>, StoreError> {
    let publisher = &council.publisher;
    match (&proposal.action, proposal.announced_leaf) {
        (ProposedAction::Keys(change), Some(announced)) => {
            match recover(transaction, publisher, change, announced, now).await {
                Ok(key) => {
                    let act = if key.removed.is_some() { Act::KeyRemove } else { Act::KeyAdd };
                    key_deed(act, publisher, &key).with(json!({ "recovery": true })).tell(ports, transaction);
                    Ok(Ok(key.removed.map(|removed| removed.leaf).or(key.leaf)))
                }
                Err(ChangeKeyError::Store(error)) => Err(error),
                Err(refused) => Ok(Err(refused.to_string())),
            }
        }
        (
            action @ (ProposedAction::LoosenPublishing { .. }
            | ProposedAction::Transfer { .. }
            | ProposedAction::AddTrustedPublisher(_)
            | ProposedAction::GiveUp),
            _,
        ) => {
            let made = match may(ports, transaction, council, action, now).await {
                Ok(()) => let_in(ports, transaction, publisher, action.clone(), now).await,
                Err(refused) => Err(refused),
            };
            match made {
                Ok(()) => Ok(Ok(None)),
                Err(error) => error.store().map_or_else(|refused| Ok(Err(refused.to_string())), Err),
            }
        }
        _ => Ok(Err("it was never announced".to_owned())),
    }
}

/// Makes the change, unless something speaks against it by now.
async fn make(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    council: &Council,
    proposal: &mut Proposal,
    now: OffsetDateTime,
) -> Result<ProposalStep, StoreError> {
    // As many as announced it, of those who are owners still; fewer only if fewer must approve by now.
    let by_now = council.needed(&proposal.action);
    let needed = proposal.needed.map_or(by_now, |needed| needed.min(by_now));
    let failure = if UtcSecond::from(now) > UtcSecond::from(proposal.expires_at) {
        format!("it was to be made at most {} days after it was announced", RECOVERY_EXPIRES.whole_days())
    } else if !council.approves(proposal, needed) {
        format!("fewer than {needed} of those who approved are owners still")
    } else {
        match act(ports, transaction, council, proposal, now).await? {
            Ok(leaf) => {
                proposal.leaf = leaf;
                proposal.end(ProposalState::Done, now);
                return Ok(ProposalStep::Done);
            }
            Err(refused) => refused,
        }
    };
    proposal.failure = Some(failure);
    proposal.end(ProposalState::Failed, now);
    Ok(ProposalStep::Failed)
}

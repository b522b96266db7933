//! What k of the n owners of a namespace decide: who else is an owner, how many must approve, and, after a delay in which any of
//! them can object, which keys the namespace has.

mod approve;
mod cancel;
mod cancel_all;
mod carry_out;
mod letters;
mod list;
mod notice;
mod open;
mod settle;

use adx_signing::key_change::Change;
use adx_signing::name::Namespace;
use serde_json::json;
use thiserror::Error;
use time::Duration;

use crate::actor::{Actor, Denied};
use crate::audit::{Act, Deed};
use crate::change_keys::ChangeKeyError;
use crate::members::{Member, MemberError};
use crate::names::DeleteNameError;
use crate::owners::OwnerError;
use crate::ports::{StoreError, Transaction, Written};
use crate::proposal::{Proposal, ProposalState, ProposedAction};
use crate::publisher::Publisher;
use crate::transfers::TransferError;
use crate::trusted::{PublishingRules, TrustedError};
use crate::{Id, Ports};

pub use approve::approve_proposal;
pub use cancel::cancel_proposal;
pub(crate) use cancel_all::cancel_all;
pub use list::{MAX_PROPOSALS, Proposals, list_proposals, read_proposal};
pub(crate) use notice::{notify, notify_owners};
pub use open::open_proposal;
pub(crate) use settle::settle;

/// How long a proposal waits for enough owners to approve.
pub const PROPOSAL_EXPIRES: Duration = Duration::days(14);
/// Most proposals of one owner that are open or announced. It is counted for each: whoever stole one owner's token must not leave
/// the others no place to propose that this owner goes.
pub const MAX_LIVE_PROPOSALS: usize = 8;

/// Why a proposal was not opened, approved or cancelled.
#[derive(Debug, Error)]
pub enum ProposalError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody owns the namespace.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The publisher has no such proposal.
    #[error("there is no such proposal")]
    NotFound,
    /// It is not open any more.
    #[error("the proposal is {}", .0.as_str())]
    Ended(ProposalState),
    /// The same is open or announced.
    #[error("the proposal {0} is the same")]
    Same(Id<Proposal>),
    /// The owner has enough.
    #[error("an owner has at most {MAX_LIVE_PROPOSALS} proposals that are open or announced")]
    TooMany,
    /// Only who opened it can withdraw what is about owners: one of them alone could keep all others from removing it otherwise.
    #[error("what is about owners is withdrawn by whoever opened it")]
    NotOpener,
    /// An invitation goes to an address.
    #[error("an invitation needs an address")]
    NoAddress,
    /// What is proposed about owners cannot be done.
    #[error(transparent)]
    Owners(#[from] OwnerError),
    /// What is proposed about a member cannot be done.
    #[error(transparent)]
    Members(#[from] MemberError),
    /// The namespace cannot be offered.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// What is proposed about keys cannot be done.
    #[error(transparent)]
    Keys(#[from] ChangeKeyError),
    /// What is proposed about trust cannot be done.
    #[error(transparent)]
    Trusted(#[from] TrustedError),
    /// The namespace cannot be given up.
    #[error(transparent)]
    Name(#[from] DeleteNameError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProposalError {
    /// The failure of the database that it is, or else itself: why something cannot be done.
    fn store(self) -> Result<StoreError, Self> {
        match self {
            Self::Store(error)
            | Self::Owners(OwnerError::Store(error))
            | Self::Members(MemberError::Store(error))
            | Self::Transfer(TransferError::Store(error))
            | Self::Trusted(TrustedError::Store(error))
            | Self::Name(DeleteNameError::Store(error)) => Ok(error),
            refused => Err(refused),
        }
    }
}

/// The owners who decide, among the members as they are while the leaves are locked.
struct Council {
    publisher: Publisher,
    members: Vec<Member>,
    threshold: Option<u32>,
    rules: PublishingRules,
}

impl Council {
    /// Looks at the owners of a publisher, whose leaves are locked here.
    async fn meet(transaction: &mut dyn Transaction, publisher: &Publisher) -> Result<Self, StoreError> {
        transaction.lock_leaves().await?;
        Ok(Self {
            publisher: publisher.clone(),
            members: transaction.members_of(publisher.id).await?,
            threshold: transaction.owner_threshold(publisher.id).await?,
            rules: transaction.publishing_rules(publisher.id).await?,
        })
    }

    /// How many decide.
    fn size(&self) -> usize {
        self.members.iter().filter(|owner| owner.is_owner()).count()
    }

    /// How many must approve an action.
    fn needed(&self, action: &ProposedAction) -> u32 {
        action.needed(self.threshold, self.size(), self.rules)
    }

    /// Whether as many as `needed` of those who decide now approved.
    fn approves(&self, proposal: &Proposal, needed: u32) -> bool {
        usize::try_from(needed).is_ok_and(|needed| proposal.approved_by(&self.members) >= needed)
    }

    /// Refuses whoever was removed since it showed its token.
    fn seat(&self, owner: Id<Member>) -> Result<(), Denied> {
        let sits = self.members.iter().any(|other| other.id == owner && other.is_owner());
        if sits { Ok(()) } else { Err(Denied::OwnerOnly) }
    }
}

/// The owner who asks, the others and the proposal that is meant, all of them locked.
async fn meet_about(
    transaction: &mut dyn Transaction,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Proposal>,
) -> Result<(Id<Member>, Council, Proposal), ProposalError> {
    let (owner, publisher) = actor.owner_of(namespace)?;
    let council = Council::meet(transaction, publisher).await?;
    council.seat(owner.id)?;
    let proposal = transaction.proposal(id).await?.filter(|proposal| proposal.publisher == publisher.id);
    Ok((owner.id, council, proposal.ok_or(ProposalError::NotFound)?))
}

/// Commits what was decided, and nothing of what was refused; then shows the proposal as it is.
async fn end(
    ports: &Ports,
    transaction: Box<dyn Transaction>,
    actor: &Actor,
    namespace: &Namespace,
    decided: Result<Id<Proposal>, ProposalError>,
) -> Result<Proposals, ProposalError> {
    match decided {
        Ok(proposal) => {
            transaction.commit(Written::ToldIfChanged).await?;
            ports.progress.logged();
            read_proposal(ports, actor, namespace, proposal).await
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

/// What the audit log is told of a proposal: what it is about, but nobody's name and address.
fn deed(act: Act, publisher: &Publisher, proposal: &Proposal) -> Deed {
    let detail = match &proposal.action {
        ProposedAction::Keys(Change::Add(new)) => json!({ "action": "add-key", "key": new.public.id() }),
        ProposedAction::Keys(Change::Remove { keyid }) => json!({ "action": "remove-key", "key": keyid }),
        ProposedAction::InviteOwner { .. } => json!({ "action": "invite-owner" }),
        ProposedAction::RemoveOwner { owner } => json!({ "action": "remove-owner", "owner": owner }),
        ProposedAction::SetThreshold { threshold } => json!({ "action": "set-threshold", "threshold": threshold }),
        ProposedAction::ChangeRole { member, role } => {
            json!({ "action": "change-role", "member": member, "role": role })
        }
        ProposedAction::Transfer { .. } => json!({ "action": "transfer" }),
        ProposedAction::AddTrustedPublisher(_) => json!({ "action": "add-trusted-publisher" }),
        ProposedAction::LoosenPublishing { switch } => {
            json!({ "action": "loosen-publishing", "switch": switch.as_str() })
        }
        ProposedAction::GiveUp => json!({ "action": "give-up" }),
    };
    Deed::new(act).of(publisher).id(proposal.id).with(detail)
}

/// Whether two proposals are about the same thing, in the same way.
fn is_same(one: &ProposedAction, other: &ProposedAction) -> bool {
    match (one, other) {
        (
            ProposedAction::InviteOwner { email: Some(one), .. },
            ProposedAction::InviteOwner { email: Some(other), .. },
        )
        | (ProposedAction::Transfer { email: Some(one), .. }, ProposedAction::Transfer { email: Some(other), .. }) => {
            one.as_str().eq_ignore_ascii_case(other.as_str())
        }
        (one, other) => one == other,
    }
}

//! From owners and proposals to those of the wire, and back.

use actix_web::http::StatusCode;
use adx_registry_core::{Id, members, owners, proposal, proposals::Proposals, trusted::Provider};
use adx_signing::{
    key::PublicKey,
    key_change::{Change, NewKey},
    tuf::key_history::{RECOVERY_EXPIRES, RECOVERY_WAIT},
};

use super::{
    Approval, Owner, OwnerList, OwnerReference, OwnerState, Proposal, ProposalList, ProposalState, ProposedAction,
};
use crate::http::problem::Problem;

impl From<&members::Member> for Owner {
    fn from(owner: &members::Member) -> Self {
        Self {
            id: owner.id.to_string(),
            name: owner.name.to_string(),
            email: owner.email.as_ref().map(|email| email.as_str().to_owned()),
            state: owner.state.into(),
            created_at: owner.created_at,
            accepted_at: owner.accepted_at,
        }
    }
}

impl From<members::MemberState> for OwnerState {
    fn from(state: members::MemberState) -> Self {
        match state {
            members::MemberState::Invited => Self::Invited,
            members::MemberState::Accepted => Self::Accepted,
            members::MemberState::Removed => Self::Removed,
        }
    }
}

impl From<&owners::OwnerList> for OwnerList {
    fn from(list: &owners::OwnerList) -> Self {
        Self {
            namespace: list.publisher.namespace.to_string(),
            threshold: list.threshold,
            recovery_delay_seconds: RECOVERY_WAIT.whole_seconds(),
            recovery_expires_seconds: RECOVERY_EXPIRES.whole_seconds(),
            owners: list.owners.iter().map(Owner::from).collect(),
        }
    }
}

impl From<&Proposals> for ProposalList {
    fn from(proposals: &Proposals) -> Self {
        Self { proposals: proposals.proposals.iter().map(|proposal| Proposal::of(proposals, proposal)).collect() }
    }
}

impl Proposal {
    /// The only one of several.
    ///
    /// # Errors
    /// 404 if there is none.
    pub(in crate::http) fn only(proposals: &Proposals) -> Result<Self, Problem> {
        let only = proposals.proposals.first().map(|proposal| Self::of(proposals, proposal));
        only.ok_or_else(|| Problem::not_found("there is no such proposal"))
    }

    fn of(among: &Proposals, proposal: &proposal::Proposal) -> Self {
        let name = |id| {
            let found = among.members.iter().find(|owner| owner.id == id);
            found.map(|owner| owner.name.to_string()).unwrap_or_default()
        };
        let approval = |approval: &proposal::Approval| Approval {
            owner: approval.owner.to_string(),
            name: name(approval.owner),
            at: approval.at,
            counts: proposal.state == proposal::ProposalState::Done || approval.counts_among(&among.members),
        };
        let reference = |id: Id<members::Member>| OwnerReference { owner: id.to_string(), name: name(id) };
        let removes = match &proposal.action {
            proposal::ProposedAction::RemoveOwner { owner } => Some(reference(*owner)),
            _ => None,
        };
        Self {
            id: proposal.id.to_string(),
            namespace: among.publisher.namespace.to_string(),
            action: (&proposal.action).into(),
            state: proposal.state.into(),
            opened_by: reference(proposal.opened_by),
            opened_at: proposal.opened_at,
            expires_at: proposal.expires_at,
            approvals: proposal.approvals.iter().map(approval).collect(),
            needed: among.needed(proposal),
            effective_at: proposal.effective_at,
            announced_leaf: proposal.announced_leaf,
            leaf: proposal.leaf,
            failure: proposal.failure.clone(),
            ended_at: proposal.ended_at,
            cancelled_by: proposal.cancelled_by.map(reference),
            removes,
        }
    }
}

impl From<proposal::ProposalState> for ProposalState {
    fn from(state: proposal::ProposalState) -> Self {
        match state {
            proposal::ProposalState::Open => Self::Open,
            proposal::ProposalState::Announced => Self::Announced,
            proposal::ProposalState::Done => Self::Done,
            proposal::ProposalState::Failed => Self::Failed,
            proposal::ProposalState::Expired => Self::Expired,
            proposal::ProposalState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<&proposal::ProposedAction> for ProposedAction {
    fn from(action: &proposal::ProposedAction) -> Self {
        match action {
            proposal::ProposedAction::Keys(Change::Add(new)) => Self::AddKey {
                public_key_pem: new.public.to_pem(),
                purposes: new.purposes.iter().map(|purpose| (*purpose).into()).collect(),
                not_after: new.not_after.map(Into::into),
            },
            proposal::ProposedAction::Keys(Change::Remove { keyid }) => Self::RemoveKey { key_id: keyid.to_string() },
            proposal::ProposedAction::InviteOwner { name, email } => Self::InviteOwner {
                name: name.to_string(),
                email: email.as_ref().map(|email| email.as_str().to_owned()),
            },
            proposal::ProposedAction::RemoveOwner { owner } => Self::RemoveOwner { owner: owner.to_string() },
            proposal::ProposedAction::ChangeRole { member, role } => {
                Self::ChangeRole { member: member.to_string(), role: (*role).into() }
            }
            proposal::ProposedAction::Transfer { name, email } => {
                Self::Transfer { name: name.to_string(), email: email.as_ref().map(|email| email.as_str().to_owned()) }
            }
            proposal::ProposedAction::SetThreshold { threshold } => Self::SetThreshold { threshold: *threshold },
            proposal::ProposedAction::AddTrustedPublisher(workflow) => {
                Self::AddTrustedPublisher { trusted: workflow.into() }
            }
            proposal::ProposedAction::LoosenPublishing { switch } => {
                Self::LoosenPublishing { switch: (*switch).into() }
            }
        }
    }
}

impl ProposedAction {
    /// What is proposed; a workflow is of the first of `issuers` that speaks its words, if none is named.
    ///
    /// # Errors
    /// 422 where it is nothing that can be proposed.
    pub(in crate::http) fn into_action(
        self,
        issuers: &[(Provider, String)],
    ) -> Result<proposal::ProposedAction, Problem> {
        use proposal::ProposedAction as Wanted;
        Ok(match self {
            Self::AddKey { public_key_pem, purposes, not_after } => Wanted::Keys(Change::Add(NewKey {
                not_after: not_after.map(Into::into),
                public: public_key(&public_key_pem)?,
                purposes: purposes.into_iter().map(Into::into).collect(),
            })),
            Self::RemoveKey { key_id } => {
                let keyid = key_id.parse().map_err(|_| invalid(format!("`{key_id}` is no key's id")))?;
                Wanted::Keys(Change::Remove { keyid })
            }
            Self::InviteOwner { name, email } => {
                Wanted::InviteOwner { name: name.parse()?, email: email.map(|email| email.parse()).transpose()? }
            }
            Self::RemoveOwner { owner } => Wanted::RemoveOwner {
                owner: owner.parse().map_err(|_| invalid(format!("`{owner}` is no owner's id")))?,
            },
            Self::ChangeRole { member, role } => Wanted::ChangeRole {
                member: member.parse().map_err(|_| invalid(format!("`{member}` is no member's id")))?,
                role: role.into(),
            },
            Self::Transfer { name, email } => {
                Wanted::Transfer { name: name.parse()?, email: email.map(|email| email.parse()).transpose()? }
            }
            Self::SetThreshold { threshold } => Wanted::SetThreshold { threshold },
            Self::AddTrustedPublisher { trusted } => Wanted::AddTrustedPublisher(trusted.into_workflow(issuers)?),
            Self::LoosenPublishing { switch } => Wanted::LoosenPublishing { switch: switch.into() },
        })
    }
}

/// Reads a publisher's key.
pub(in crate::http) fn public_key(pem: &str) -> Result<PublicKey, Problem> {
    PublicKey::from_pem(pem).map_err(|error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "key", "Not a public key", error.to_string())
            .hint("Send an Ed25519 public key in PEM: `adx key export`.")
    })
}

fn invalid(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not valid", detail)
}

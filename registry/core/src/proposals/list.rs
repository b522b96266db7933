//! Showing proposals.

use adx_signing::name::Namespace;

use super::ProposalError;
use crate::actor::Actor;
use crate::members::Member;
use crate::proposal::{Proposal, ProposedAction};
use crate::publisher::Publisher;
use crate::trusted::PublishingRules;
use crate::{Id, Ports, page};

/// Most proposals of one page.
pub const MAX_PROPOSALS: u32 = 100;

/// Proposals with what is needed to show them.
#[derive(Debug)]
pub struct Proposals {
    /// Whose owners decide.
    pub publisher: Publisher,
    /// Its members, those who are owners no more too.
    pub members: Vec<Member>,
    /// How many must approve what is open, if they said so.
    pub threshold: Option<u32>,
    /// What is asked of releases.
    pub rules: PublishingRules,
    /// The last one opened first; without addresses for whoever may not see those.
    pub proposals: Vec<Proposal>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Proposal>>,
}

/// Which proposals.
enum Which {
    /// The last ones opened before another.
    Before(Option<Id<Proposal>>),
    /// One.
    Only(Id<Proposal>),
}

impl Proposals {
    /// How many must approve one of them, or had to.
    pub fn needed(&self, proposal: &Proposal) -> u32 {
        let size = self.members.iter().filter(|owner| owner.is_owner()).count();
        proposal.needed.unwrap_or_else(|| proposal.action.needed(self.threshold, size, self.rules))
    }
}

/// Lists the proposals of a namespace, the last one opened first, those before `before`, at most [`MAX_PROPOSALS`].
///
/// # Errors
/// [`ProposalError`]
pub async fn list_proposals(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    before: Option<Id<Proposal>>,
) -> Result<Proposals, ProposalError> {
    read(ports, actor, namespace, Which::Before(before)).await
}

/// Reads one proposal of a namespace: the only one in the answer.
///
/// # Errors
/// [`ProposalError`]
pub async fn read_proposal(
    ports: &Ports,
    actor: &Actor,
    namespace: &Namespace,
    id: Id<Proposal>,
) -> Result<Proposals, ProposalError> {
    let read = read(ports, actor, namespace, Which::Only(id)).await?;
    if read.proposals.is_empty() { Err(ProposalError::NotFound) } else { Ok(read) }
}

async fn read(ports: &Ports, actor: &Actor, namespace: &Namespace, which: Which) -> Result<Proposals, ProposalError> {
    let with_addresses = actor.sees_owners_of(namespace)?;
    let mut reader = ports.store.read().await?;
    let publisher = reader.publisher_by_namespace(namespace).await?;
    let publisher = publisher.ok_or_else(|| ProposalError::NoPublisher(namespace.clone()))?;
    let members = reader.members_of(publisher.id).await?;
    let threshold = reader.owner_threshold(publisher.id).await?;
    let rules = reader.publishing_rules(publisher.id).await?;
    let mut proposals: Vec<_> = match which {
        Which::Only(id) => {
            reader.proposal(id).await?.into_iter().filter(|found| found.publisher == publisher.id).collect()
        }
        Which::Before(before) => reader.proposals_of(publisher.id, before, MAX_PROPOSALS + 1).await?,
    };
    let next = page::cut(&mut proposals, MAX_PROPOSALS, |last| last.id);
    for proposal in &mut proposals {
        if let (ProposedAction::InviteOwner { email, .. } | ProposedAction::Transfer { email, .. }, false) =
            (&mut proposal.action, with_addresses)
        {
            *email = None;
        }
    }
    Ok(Proposals { publisher, members, threshold, rules, proposals, next })
}

use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::members::Member;
use crate::proposal::Proposal;
use crate::publisher::Publisher;

/// Lookups of owners and of what they decide. What is not there is `None`, never an error.
#[async_trait]
pub trait OwnerReader: Send {
    /// A member, removed ones too.
    async fn member(&mut self, id: Id<Member>) -> Result<Option<Member>, StoreError>;

    /// The publisher's members, its owners among them, in the order they were invited; removed ones too.
    async fn members_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Member>, StoreError>;

    /// The member whose invitation has a code with this sha256, and until when it is good.
    async fn invited_member(&mut self, code: &Digest) -> Result<Option<(Member, OffsetDateTime)>, StoreError>;

    /// How many of the publisher's owners must approve, if they said so.
    async fn owner_threshold(&mut self, publisher: Id<Publisher>) -> Result<Option<u32>, StoreError>;

    /// A proposal.
    async fn proposal(&mut self, id: Id<Proposal>) -> Result<Option<Proposal>, StoreError>;

    /// The publisher's proposals that are open or announced, the last one opened first.
    async fn live_proposals_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Proposal>, StoreError>;

    /// The publisher's proposals, the last one opened first, those before `before`, at most `limit`.
    async fn proposals_of(
        &mut self,
        publisher: Id<Publisher>,
        before: Option<Id<Proposal>>,
        limit: u32,
    ) -> Result<Vec<Proposal>, StoreError>;
}

/// Changes of owners and proposals. The leaves are locked before: one change is made after the other.
#[async_trait]
pub trait OwnerWriter: Send {
    /// A new member, without an invitation yet.
    async fn insert_member(&mut self, owner: &Member) -> Result<(), StoreError>;

    /// Rewrites everything of a member but its publisher and when it was invited.
    async fn update_member(&mut self, owner: &Member) -> Result<(), StoreError>;

    /// The sha256 of the code of a member's invitation and until when it is good, or that there is none. Any before is void.
    async fn set_invitation(
        &mut self,
        owner: Id<Member>,
        invitation: Option<(Digest, OffsetDateTime)>,
    ) -> Result<(), StoreError>;

    /// Revokes every token of an owner: those to decide with, not those that it made for the publisher.
    async fn revoke_owner_tokens(&mut self, owner: Id<Member>, at: OffsetDateTime) -> Result<(), StoreError>;

    /// How many must approve from now on.
    async fn set_owner_threshold(&mut self, publisher: Id<Publisher>, threshold: u32) -> Result<(), StoreError>;

    /// A new proposal, without its approvals.
    async fn insert_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError>;

    /// Rewrites everything but who opened it and when, and the approvals.
    async fn update_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError>;

    /// That an owner approves; once more is no error and changes nothing.
    async fn approve_proposal(
        &mut self,
        proposal: Id<Proposal>,
        owner: Id<Member>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError>;
}

//! The methods of the ports about owners, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::members::Member;
use adx_registry_core::ports::{OwnerReader, OwnerWriter, StoreError};
use adx_registry_core::proposal::Proposal;
use adx_registry_core::publisher::Publisher;
use adx_signing::digest::Digest;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, owners, proposals};

#[async_trait]
impl<S: Session> OwnerReader for SqlSession<S> {
    async fn member(&mut self, id: Id<Member>) -> Result<Option<Member>, StoreError> {
        owners::by_id(self.0.connection(), id).await
    }

    async fn members_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Member>, StoreError> {
        owners::of_publisher(self.0.connection(), publisher).await
    }

    async fn invited_member(&mut self, code: &Digest) -> Result<Option<(Member, OffsetDateTime)>, StoreError> {
        owners::invited(self.0.connection(), code).await
    }

    async fn owner_threshold(&mut self, publisher: Id<Publisher>) -> Result<Option<u32>, StoreError> {
        owners::threshold(self.0.connection(), publisher).await
    }

    async fn proposal(&mut self, id: Id<Proposal>) -> Result<Option<Proposal>, StoreError> {
        proposals::by_id(self.0.connection(), id).await
    }

    async fn live_proposals_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Proposal>, StoreError> {
        proposals::live_of(self.0.connection(), publisher).await
    }

    async fn proposals_of(
        &mut self,
        publisher: Id<Publisher>,
        before: Option<Id<Proposal>>,
        limit: u32,
    ) -> Result<Vec<Proposal>, StoreError> {
        proposals::of_publisher(self.0.connection(), publisher, before, limit).await
    }
}

#[async_trait]
impl OwnerWriter for SqlSession<Writing> {
    async fn insert_member(&mut self, owner: &Member) -> Result<(), StoreError> {
        owners::insert(self.0.connection(), owner).await
    }

    async fn update_member(&mut self, owner: &Member) -> Result<(), StoreError> {
        owners::update(self.0.connection(), owner).await
    }

    async fn set_invitation(
        &mut self,
        owner: Id<Member>,
        invitation: Option<(Digest, OffsetDateTime)>,
    ) -> Result<(), StoreError> {
        owners::set_invitation(self.0.connection(), owner, invitation).await
    }

    async fn revoke_owner_tokens(&mut self, owner: Id<Member>, at: OffsetDateTime) -> Result<(), StoreError> {
        owners::revoke_tokens(self.0.connection(), owner, at).await
    }

    async fn set_owner_threshold(&mut self, publisher: Id<Publisher>, threshold: u32) -> Result<(), StoreError> {
        owners::set_threshold(self.0.connection(), publisher, threshold).await
    }

    async fn insert_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError> {
        proposals::insert(self.0.connection(), proposal).await
    }

    async fn update_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError> {
        proposals::update(self.0.connection(), proposal).await
    }

    async fn approve_proposal(
        &mut self,
        proposal: Id<Proposal>,
        owner: Id<Member>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        proposals::approve(self.0.connection(), proposal, owner, at).await
    }
}

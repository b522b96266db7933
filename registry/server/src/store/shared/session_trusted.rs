//! The methods of the ports about trusted publishing, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::ports::{StoreError, TrustedReader, TrustedWriter};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::token::Token;
use adx_registry_core::trusted::{Loosening, Provenance, PublishingRules, PublishingSwitch, TrustedPublisher};
use async_trait::async_trait;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, loosenings, tokens, trusted};

#[async_trait]
impl<S: Session> TrustedReader for SqlSession<S> {
    async fn token(&mut self, id: Id<Token>) -> Result<Option<Token>, StoreError> {
        tokens::by_id(self.0.connection(), id).await
    }

    async fn trusted_publisher(&mut self, id: Id<TrustedPublisher>) -> Result<Option<TrustedPublisher>, StoreError> {
        trusted::by_id(self.0.connection(), id).await
    }

    async fn trusted_publishers_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<TrustedPublisher>, StoreError> {
        trusted::of_publisher(self.0.connection(), publisher).await
    }

    async fn publishing_rules(&mut self, publisher: Id<Publisher>) -> Result<PublishingRules, StoreError> {
        trusted::rules(self.0.connection(), publisher).await
    }

    async fn loosenings_of(&mut self, publisher: Id<Publisher>) -> Result<Vec<Loosening>, StoreError> {
        loosenings::of_publisher(self.0.connection(), publisher).await
    }

    async fn provenance(&mut self, token: Id<Token>) -> Result<Option<Provenance>, StoreError> {
        trusted::provenance(self.0.connection(), token).await
    }
}

#[async_trait]
impl TrustedWriter for SqlSession<Writing> {
    async fn insert_trusted_publisher(&mut self, trusted: &TrustedPublisher) -> Result<(), StoreError> {
        trusted::insert(self.0.connection(), trusted).await
    }

    async fn remove_trusted_publisher(
        &mut self,
        id: Id<TrustedPublisher>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        trusted::remove(self.0.connection(), id, at).await
    }

    async fn revoke_tokens_of_trusted_publisher(
        &mut self,
        id: Id<TrustedPublisher>,
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        trusted::revoke_tokens(self.0.connection(), id, at).await
    }

    async fn set_publishing_rules(
        &mut self,
        publisher: Id<Publisher>,
        rules: PublishingRules,
    ) -> Result<(), StoreError> {
        trusted::set_rules(self.0.connection(), publisher, rules).await
    }

    async fn insert_loosening(&mut self, loosening: &Loosening) -> Result<(), StoreError> {
        loosenings::insert(self.0.connection(), loosening).await
    }

    async fn remove_loosening(
        &mut self,
        publisher: Id<Publisher>,
        switch: PublishingSwitch,
    ) -> Result<bool, StoreError> {
        loosenings::remove(self.0.connection(), publisher, switch).await
    }

    async fn use_workflow_token(
        &mut self,
        issuer: &str,
        jti: &str,
        good_until: OffsetDateTime,
    ) -> Result<(), StoreError> {
        trusted::use_token(self.0.connection(), issuer, jti, good_until).await
    }

    async fn forget_workflow_tokens(&mut self, before: OffsetDateTime) -> Result<(), StoreError> {
        trusted::forget_tokens(self.0.connection(), before).await
    }

    async fn sweep_workflow_tokens(&mut self, before: OffsetDateTime, most: u32) -> Result<u64, StoreError> {
        tokens::sweep_of_workflows(self.0.connection(), before, most).await
    }

    async fn insert_provenance(&mut self, token: Id<Token>, provenance: &Provenance) -> Result<(), StoreError> {
        trusted::insert_provenance(self.0.connection(), token, provenance).await
    }
}

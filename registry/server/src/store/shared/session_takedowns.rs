//! The methods of the ports about takedowns, each of which is one query or two.

use adx_registry_core::Id;
use adx_registry_core::ports::{StoreError, TakedownReader, TakedownSubject, TakedownWriter};
use adx_registry_core::release::Release;
use adx_registry_core::takedown::Takedown;
use adx_signing::digest::Digest;
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, takedowns};

#[async_trait]
impl<S: Session> TakedownReader for SqlSession<S> {
    async fn takedown(&mut self, subject: TakedownSubject) -> Result<Option<Takedown>, StoreError> {
        takedowns::standing(self.0.connection(), subject).await
    }

    async fn takedowns_after(&mut self, after: Option<Id<Takedown>>, limit: u32) -> Result<Vec<Takedown>, StoreError> {
        takedowns::after(self.0.connection(), after, limit).await
    }

    async fn packages_taken_down(&mut self) -> Result<Vec<Digest>, StoreError> {
        takedowns::packages(self.0.connection()).await
    }
}

#[async_trait]
impl TakedownWriter for SqlSession<Writing> {
    async fn put_takedown(&mut self, subject: TakedownSubject, takedown: &Takedown) -> Result<(), StoreError> {
        takedowns::put(self.0.connection(), subject, takedown).await
    }

    async fn erase_release(&mut self, release: Id<Release>) -> Result<(), StoreError> {
        takedowns::erase(self.0.connection(), release).await
    }
}

//! The methods of the ports about appeals, each of which is one query or two.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::appeals::{Appeal, AppealState, AppealSubject};
use adx_registry_core::ports::{AppealReader, AppealWriter, StoreError};
use adx_registry_core::publisher::Publisher;
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, appeals};

#[async_trait]
impl<S: Session> AppealReader for SqlSession<S> {
    async fn appeal(&mut self, id: Id<Appeal>) -> Result<Option<Appeal>, StoreError> {
        appeals::by_id(self.0.connection(), id).await
    }

    async fn appeals_after(
        &mut self,
        state: AppealState,
        after: Option<Id<Appeal>>,
        limit: u32,
    ) -> Result<Vec<Appeal>, StoreError> {
        appeals::after(self.0.connection(), state, after, limit).await
    }

    async fn appeals_of(&mut self, publisher: Id<Publisher>, limit: u32) -> Result<Vec<Appeal>, StoreError> {
        appeals::of_publisher(self.0.connection(), publisher, limit).await
    }

    async fn appeals_of_account(&mut self, account: Id<Account>, limit: u32) -> Result<Vec<Appeal>, StoreError> {
        appeals::of_account(self.0.connection(), account, limit).await
    }

    async fn appeals_about(&mut self, subject: &AppealSubject) -> Result<Vec<Appeal>, StoreError> {
        appeals::about(self.0.connection(), subject).await
    }
}

#[async_trait]
impl AppealWriter for SqlSession<Writing> {
    async fn insert_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError> {
        appeals::insert(self.0.connection(), appeal).await
    }

    async fn lock_appeal(&mut self, id: Id<Appeal>) -> Result<Option<Appeal>, StoreError> {
        appeals::lock(self.0.connection(), id).await
    }

    async fn update_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError> {
        appeals::update(self.0.connection(), appeal).await
    }
}

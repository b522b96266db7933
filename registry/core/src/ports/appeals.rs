use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::account::Account;
use crate::appeals::{Appeal, AppealState, AppealSubject};
use crate::publisher::Publisher;

/// Lookups of appeals. What is not there is `None`, never an error.
#[async_trait]
pub trait AppealReader: Send {
    /// An appeal.
    async fn appeal(&mut self, id: Id<Appeal>) -> Result<Option<Appeal>, StoreError>;

    /// Appeals of a state in the order they were opened, those after `after`, at most `limit`.
    async fn appeals_after(
        &mut self,
        state: AppealState,
        after: Option<Id<Appeal>>,
        limit: u32,
    ) -> Result<Vec<Appeal>, StoreError>;

    /// The appeals of a publisher, the last one first, at most `limit`.
    async fn appeals_of(&mut self, publisher: Id<Publisher>, limit: u32) -> Result<Vec<Appeal>, StoreError>;

    /// The appeals of a person, the last one first, at most `limit`.
    async fn appeals_of_account(&mut self, account: Id<Account>, limit: u32) -> Result<Vec<Appeal>, StoreError>;

    /// Every appeal about a subject, in the order they were opened.
    async fn appeals_about(&mut self, subject: &AppealSubject) -> Result<Vec<Appeal>, StoreError>;
}

/// Changes of appeals.
#[async_trait]
pub trait AppealWriter: Send {
    /// A new appeal.
    ///
    /// # Errors
    /// [`Constraint::OpenAppeal`](super::Constraint::OpenAppeal) when another about its subject is open.
    async fn insert_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError>;

    /// The appeal, locked until the transaction ends: one decision is made after the other.
    async fn lock_appeal(&mut self, id: Id<Appeal>) -> Result<Option<Appeal>, StoreError>;

    /// Rewrites what was decided.
    async fn update_appeal(&mut self, appeal: &Appeal) -> Result<(), StoreError>;
}

//! The methods of the ports about quotas, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::ports::{QuotaReader, QuotaWriter, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::quotas::{Allowance, Miscounted, Usage};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, quotas};

#[async_trait]
impl<S: Session> QuotaReader for SqlSession<S> {
    async fn publisher_usage(&mut self, publisher: Id<Publisher>, today: u64) -> Result<Usage, StoreError> {
        quotas::usage(self.0.connection(), publisher, today).await
    }

    async fn quota_allowance(&mut self, publisher: Id<Publisher>) -> Result<Option<Allowance>, StoreError> {
        quotas::allowance(self.0.connection(), publisher).await
    }

    async fn rate_factors(&mut self) -> Result<Vec<(Id<Publisher>, u64)>, StoreError> {
        quotas::rate_factors(self.0.connection()).await
    }

    async fn miscounted_modules(&mut self) -> Result<Vec<Miscounted>, StoreError> {
        quotas::miscounted(self.0.connection()).await
    }
}

#[async_trait]
impl QuotaWriter for SqlSession<Writing> {
    async fn count_release(&mut self, publisher: Id<Publisher>, today: u64) -> Result<(), StoreError> {
        quotas::count_release(self.0.connection(), publisher, today).await
    }

    async fn set_quota_allowance(
        &mut self,
        publisher: Id<Publisher>,
        allowance: Option<&Allowance>,
    ) -> Result<(), StoreError> {
        quotas::allow(self.0.connection(), publisher, allowance).await
    }
}

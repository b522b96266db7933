//! The methods of the ports about quotas, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::ports::{QuotaReader, QuotaWriter, StoreError};
use adx_registry_core::publisher::Publisher;
use adx_registry_core::quotas::{Allowance, Miscounted, Usage};
use adx_registry_core::rates::{Action, Caller, RateAllowance};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, quotas, rates};

#[async_trait]
impl<S: Session> QuotaReader for SqlSession<S> {
    async fn publisher_usage(&mut self, publisher: Id<Publisher>, today: u64) -> Result<Usage, StoreError> {
        quotas::usage(self.0.connection(), publisher, today).await
    }

    async fn quota_allowance(&mut self, publisher: Id<Publisher>) -> Result<Option<Allowance>, StoreError> {
        quotas::allowance(self.0.connection(), publisher).await
    }

    async fn rate_allowances(&mut self) -> Result<Vec<RateAllowance>, StoreError> {
        rates::allowances(self.0.connection()).await
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

    async fn set_rate_allowance(&mut self, allowance: &RateAllowance) -> Result<(), StoreError> {
        rates::set(self.0.connection(), allowance).await
    }

    async fn remove_rate_allowances(&mut self, caller: Caller, action: Option<Action>) -> Result<bool, StoreError> {
        rates::remove(self.0.connection(), caller, action).await
    }
}

use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::publisher::Publisher;
use crate::quotas::{Allowance, Miscounted, Usage};
use crate::rates::{Action, Caller, RateAllowance};

/// Lookups of how much publishers have, and may have.
#[async_trait]
pub trait QuotaReader: Send {
    /// How much a publisher has; `today` in days since 1970.
    async fn publisher_usage(&mut self, publisher: Id<Publisher>, today: u64) -> Result<Usage, StoreError>;

    /// What an operator allows a publisher, if one does.
    async fn quota_allowance(&mut self, publisher: Id<Publisher>) -> Result<Option<Allowance>, StoreError>;

    /// The callers who may do more often what all may, the oldest first: [`Limits::rate_factor`](crate::quotas::Limits::rate_factor) of
    /// publishers among it.
    async fn rate_allowances(&mut self) -> Result<Vec<RateAllowance>, StoreError>;

    /// Modules whose kept sum is not that of their releases.
    async fn miscounted_modules(&mut self) -> Result<Vec<Miscounted>, StoreError>;
}

/// Changes of them. What packages take is counted as a release is inserted.
#[async_trait]
pub trait QuotaWriter: Send {
    /// Counts one more release of a publisher on a day, in days since 1970.
    async fn count_release(&mut self, publisher: Id<Publisher>, today: u64) -> Result<(), StoreError>;

    /// Allows a publisher something, or what all are allowed.
    async fn set_quota_allowance(
        &mut self,
        publisher: Id<Publisher>,
        allowance: Option<&Allowance>,
    ) -> Result<(), StoreError>;

    /// Allows a caller something, in the place of what it was allowed of that before.
    async fn set_rate_allowance(&mut self, allowance: &RateAllowance) -> Result<(), StoreError>;

    /// Allows a caller what all are allowed; of everything without an `action`. Says whether it was allowed anything. What
    /// [`set_quota_allowance`](Self::set_quota_allowance) allows stays.
    async fn remove_rate_allowances(&mut self, caller: Caller, action: Option<Action>) -> Result<bool, StoreError>;
}

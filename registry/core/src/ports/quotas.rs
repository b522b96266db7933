use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::publisher::Publisher;
use crate::quotas::{Allowance, Miscounted, Usage};

/// Lookups of how much publishers have, and may have.
#[async_trait]
pub trait QuotaReader: Send {
    /// How much a publisher has; `today` in days since 1970.
    async fn publisher_usage(&mut self, publisher: Id<Publisher>, today: u64) -> Result<Usage, StoreError>;

    /// What an operator allows a publisher, if one does.
    async fn quota_allowance(&mut self, publisher: Id<Publisher>) -> Result<Option<Allowance>, StoreError>;

    /// The publishers whose tokens may do more often what all may, and how many times as often.
    async fn rate_factors(&mut self) -> Result<Vec<(Id<Publisher>, u64)>, StoreError>;

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
}

use async_trait::async_trait;
use semver::Version;
use time::OffsetDateTime;

use super::StoreError;
use crate::Id;
use crate::rechecks::Recheck;
use crate::release::Module;

/// Lookups of rechecks.
#[async_trait]
pub trait RecheckReader: Send {
    /// A recheck.
    async fn recheck(&mut self, id: Id<Recheck>) -> Result<Option<Recheck>, StoreError>;

    /// The last one that goes on and is of just this: of everything, where no module is named.
    async fn walking_recheck(
        &mut self,
        module: Option<Id<Module>>,
        version: Option<&Version>,
    ) -> Result<Option<Recheck>, StoreError>;

    /// The last one of everything that came to its end.
    async fn last_recheck(&mut self) -> Result<Option<Recheck>, StoreError>;
}

/// Changes of rechecks.
#[async_trait]
pub trait RecheckWriter: Send {
    /// A new one.
    async fn insert_recheck(&mut self, recheck: &Recheck) -> Result<(), StoreError>;

    /// The recheck, locked until the transaction ends.
    async fn lock_recheck(&mut self, id: Id<Recheck>) -> Result<Option<Recheck>, StoreError>;

    /// Rewrites how far a locked recheck has come: all but what it is of, who asked for it, and when it began.
    async fn update_recheck(&mut self, recheck: &Recheck) -> Result<(), StoreError>;

    /// Removes those that began before `before`; how many.
    async fn sweep_rechecks(&mut self, before: OffsetDateTime) -> Result<u64, StoreError>;

    /// Keeps whoever begins another one, or watches, waiting until the transaction ends.
    async fn lock_recheck_watch(&mut self) -> Result<(), StoreError>;

    /// Takes the lease of the watch until `until`, unless somebody has it at `now`; its number, larger than any before.
    async fn claim_recheck_watch(
        &mut self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<u64>, StoreError>;

    /// Lengthens the lease; `false` if somebody else took it meanwhile.
    async fn renew_recheck_watch(&mut self, lease: u64, until: OffsetDateTime) -> Result<bool, StoreError>;
}

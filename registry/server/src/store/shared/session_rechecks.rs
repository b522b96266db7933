//! The methods of the ports about rechecks, each of which is one query.

use adx_registry_core::Id;
use adx_registry_core::ports::{RecheckReader, RecheckWriter, StoreError};
use adx_registry_core::rechecks::Recheck;
use adx_registry_core::release::Module;
use async_trait::async_trait;
use semver::Version;
use time::OffsetDateTime;

use super::session::SqlSession;
use super::{Session, Writing, rechecks};

#[async_trait]
impl<S: Session> RecheckReader for SqlSession<S> {
    async fn recheck(&mut self, id: Id<Recheck>) -> Result<Option<Recheck>, StoreError> {
        rechecks::by_id(self.0.connection(), id).await
    }

    async fn walking_recheck(
        &mut self,
        module: Option<Id<Module>>,
        version: Option<&Version>,
    ) -> Result<Option<Recheck>, StoreError> {
        rechecks::walking(self.0.connection(), module, version).await
    }

    async fn last_recheck(&mut self) -> Result<Option<Recheck>, StoreError> {
        rechecks::last(self.0.connection()).await
    }
}

#[async_trait]
impl RecheckWriter for SqlSession<Writing> {
    async fn insert_recheck(&mut self, recheck: &Recheck) -> Result<(), StoreError> {
        rechecks::insert(self.0.connection(), recheck).await
    }

    async fn lock_recheck(&mut self, id: Id<Recheck>) -> Result<Option<Recheck>, StoreError> {
        rechecks::lock(self.0.connection(), id).await
    }

    async fn update_recheck(&mut self, recheck: &Recheck) -> Result<(), StoreError> {
        rechecks::update(self.0.connection(), recheck).await
    }

    async fn sweep_rechecks(&mut self, before: OffsetDateTime) -> Result<u64, StoreError> {
        rechecks::sweep(self.0.connection(), before).await
    }

    async fn lock_recheck_watch(&mut self) -> Result<(), StoreError> {
        rechecks::lock_watch(self.0.connection()).await
    }

    async fn claim_recheck_watch(
        &mut self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<u64>, StoreError> {
        rechecks::claim_watch(self.0.connection(), now, until).await
    }

    async fn renew_recheck_watch(&mut self, lease: u64, until: OffsetDateTime) -> Result<bool, StoreError> {
        rechecks::renew_watch(self.0.connection(), lease, until).await
    }
}

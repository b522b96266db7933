//! The methods of the ports about what is said of releases, each of which is one query.

use adx_index::advisory::AdvisoryId;
use adx_registry_core::Id;
use adx_registry_core::advisories::Advisory;
use adx_registry_core::ports::{AdvisoryCounts, AdvisoryReader, AdvisoryWriter, FiledAdvisory, StoreError};
use adx_registry_core::release::{Deprecation, Module};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, advisories, deprecations};

#[async_trait]
impl<S: Session> AdvisoryReader for SqlSession<S> {
    async fn deprecation(&mut self, module: Id<Module>) -> Result<Option<Deprecation>, StoreError> {
        deprecations::of(self.0.connection(), module).await
    }

    async fn advisory(&mut self, id: &AdvisoryId) -> Result<Option<Advisory>, StoreError> {
        advisories::last(self.0.connection(), id).await
    }

    async fn advisories_after(
        &mut self,
        module: Option<Id<Module>>,
        after: Option<&AdvisoryId>,
        limit: u32,
    ) -> Result<Vec<Advisory>, StoreError> {
        advisories::after(self.0.connection(), module, after, limit).await
    }

    async fn logged_advisories(&mut self, below: u64, limit: u32) -> Result<Vec<FiledAdvisory>, StoreError> {
        advisories::logged(self.0.connection(), below, limit).await
    }

    async fn last_advisory_of(&mut self, year: u16) -> Result<u32, StoreError> {
        advisories::last_number(self.0.connection(), year).await
    }

    async fn advisory_counts(&mut self, module: &Module) -> Result<AdvisoryCounts, StoreError> {
        advisories::counts(self.0.connection(), module).await
    }
}

#[async_trait]
impl AdvisoryWriter for SqlSession<Writing> {
    async fn set_deprecation(
        &mut self,
        module: Id<Module>,
        deprecation: Option<&Deprecation>,
    ) -> Result<(), StoreError> {
        deprecations::set(self.0.connection(), module, deprecation).await
    }

    async fn insert_advisory(
        &mut self,
        module: Id<Module>,
        filed: &FiledAdvisory,
        filed_by: &str,
    ) -> Result<(), StoreError> {
        advisories::insert(self.0.connection(), module, filed, filed_by).await
    }
}

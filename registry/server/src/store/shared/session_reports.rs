//! The methods of the ports about reports, each of which is one query or two.

use adx_registry_core::Id;
use adx_registry_core::ports::{ReportReader, ReportWriter, StoreError};
use adx_registry_core::release::Module;
use adx_registry_core::reports::{Report, ReportState, ReportedAfter, ReportedModule};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, reports};

#[async_trait]
impl<S: Session> ReportReader for SqlSession<S> {
    async fn report(&mut self, id: Id<Report>) -> Result<Option<Report>, StoreError> {
        reports::by_id(self.0.connection(), id).await
    }

    async fn reports_after(
        &mut self,
        state: ReportState,
        module: Option<Id<Module>>,
        after: Option<Id<Report>>,
        limit: u32,
    ) -> Result<Vec<Report>, StoreError> {
        reports::after(self.0.connection(), state, module, after, limit).await
    }

    async fn reported_modules(
        &mut self,
        after: Option<ReportedAfter>,
        limit: u32,
    ) -> Result<Vec<ReportedModule>, StoreError> {
        reports::modules(self.0.connection(), after, limit).await
    }

    async fn open_reports_of(&mut self, module: Id<Module>, limit: u32) -> Result<Vec<Report>, StoreError> {
        reports::after(self.0.connection(), ReportState::Open, Some(module), None, limit).await
    }

    async fn open_anonymous_reports(&mut self, module: Option<Id<Module>>) -> Result<u64, StoreError> {
        reports::count_anonymous(self.0.connection(), module).await
    }
}

#[async_trait]
impl ReportWriter for SqlSession<Writing> {
    async fn insert_report(&mut self, module: Id<Module>, report: &Report) -> Result<(), StoreError> {
        reports::insert(self.0.connection(), module, report).await
    }

    async fn lock_report(&mut self, id: Id<Report>) -> Result<Option<Report>, StoreError> {
        reports::lock(self.0.connection(), id).await
    }

    async fn update_report(&mut self, report: &Report) -> Result<(), StoreError> {
        reports::update(self.0.connection(), report).await
    }
}

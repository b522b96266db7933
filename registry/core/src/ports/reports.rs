use async_trait::async_trait;

use super::StoreError;
use crate::Id;
use crate::release::Module;
use crate::reports::{Report, ReportState, ReportedAfter, ReportedModule};

/// Lookups of reports. What is not there is `None`, never an error.
#[async_trait]
pub trait ReportReader: Send {
    /// A report.
    async fn report(&mut self, id: Id<Report>) -> Result<Option<Report>, StoreError>;

    /// Reports of a state, of one module or of all, in the order they were sent, those after `after`, at most `limit`.
    async fn reports_after(
        &mut self,
        state: ReportState,
        module: Option<Id<Module>>,
        after: Option<Id<Report>>,
        limit: u32,
    ) -> Result<Vec<Report>, StoreError>;

    /// The modules that reports wait about, those with most of them first, those after `after`, at most `limit`.
    async fn reported_modules(
        &mut self,
        after: Option<ReportedAfter>,
        limit: u32,
    ) -> Result<Vec<ReportedModule>, StoreError>;

    /// The open reports of a module in the order they were sent, at most `limit`.
    async fn open_reports_of(&mut self, module: Id<Module>, limit: u32) -> Result<Vec<Report>, StoreError>;

    /// How many reports from people who were not signed in are open, of one module or of all.
    async fn open_anonymous_reports(&mut self, module: Option<Id<Module>>) -> Result<u64, StoreError>;
}

/// Changes of reports.
#[async_trait]
pub trait ReportWriter: Send {
    /// A new report.
    ///
    /// # Errors
    /// [`Constraint::OpenReport`](super::Constraint::OpenReport) when the account has one of the module that is open.
    async fn insert_report(&mut self, module: Id<Module>, report: &Report) -> Result<(), StoreError>;

    /// The report, locked until the transaction ends: one decision is made after the other.
    async fn lock_report(&mut self, id: Id<Report>) -> Result<Option<Report>, StoreError>;

    /// Rewrites what was decided, and whether the reporter's address is known.
    async fn update_report(&mut self, report: &Report) -> Result<(), StoreError>;
}

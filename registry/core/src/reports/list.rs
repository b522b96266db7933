//! Looking at reports, for operators.

use adx_signing::name::ModuleId;
use time::OffsetDateTime;

use super::{Report, ReportError, ReportState};
use crate::actor::Actor;
use crate::ports::StoreError;
use crate::{Id, Ports};

/// Most reports, or modules, of one page.
pub const MAX_REPORTS: u32 = 100;

/// Which reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhichReports {
    /// In which state.
    pub state: ReportState,
    /// Of which module; of all without one.
    pub module: Option<ModuleId>,
    /// After which.
    pub after: Option<Id<Report>>,
}

/// Some reports, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports {
    /// In the order they were sent.
    pub reports: Vec<Report>,
    /// Where to go on, if there are more.
    pub next: Option<Id<Report>>,
}

/// A module that reports wait about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedModule {
    /// The module.
    pub module: ModuleId,
    /// How many wait.
    pub open: u64,
    /// How many of those were sent by different people who were signed in.
    pub accounts: u64,
    /// How many of those say that it does harm.
    pub malware: u64,
    /// When the first of them was sent.
    pub first_at: OffsetDateTime,
}

/// Reports, at most [`MAX_REPORTS`], for operators.
///
/// # Errors
/// [`ReportError`]
pub async fn reports(ports: &Ports, actor: &Actor, which: &WhichReports) -> Result<Reports, ReportError> {
    actor.operator()?;
    reports_on_the_machine(ports, which).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`ReportError`]
pub async fn reports_on_the_machine(ports: &Ports, which: &WhichReports) -> Result<Reports, ReportError> {
    let mut reader = ports.store.read().await?;
    let module = match &which.module {
        Some(module) => Some(reader.module(module).await?.ok_or_else(|| ReportError::NoModule(module.clone()))?.id),
        None => None,
    };
    let mut reports = reader.reports_after(which.state, module, which.after, MAX_REPORTS + 1).await?;
    let more = reports.len() > MAX_REPORTS as usize;
    reports.truncate(MAX_REPORTS as usize);
    let next = reports.last().filter(|_| more).map(|last| last.id);
    Ok(Reports { reports, next })
}

/// The modules that reports wait about, those with most of them first, at most [`MAX_REPORTS`], for operators.
///
/// # Errors
/// [`ReportError`]
pub async fn reported_modules(ports: &Ports, actor: &Actor) -> Result<Vec<ReportedModule>, ReportError> {
    actor.operator()?;
    Ok(reported_modules_on_the_machine(ports).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn reported_modules_on_the_machine(ports: &Ports) -> Result<Vec<ReportedModule>, StoreError> {
    ports.store.read().await?.reported_modules(MAX_REPORTS).await
}

//! Looking at reports, for operators.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use adx_signing::name::ModuleId;
use thiserror::Error;
use time::OffsetDateTime;

use super::{Report, ReportError, ReportState};
use crate::actor::Actor;
use crate::operator_scope::OperatorScope;
use crate::ports::StoreError;
use crate::release::Module;
use crate::{Id, Ports, page};

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

/// Some modules that reports wait about, and after which the next come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedModules {
    /// Those with most of them first.
    pub modules: Vec<ReportedModule>,
    /// Where to go on, if there are more.
    pub next: Option<ReportedAfter>,
}

/// A place in the list of modules that reports wait about. What is decided meanwhile moves a module; none that keeps its reports is
/// left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedAfter {
    /// How many reports wait about the last module of the page before.
    pub open: u32,
    /// That module.
    pub module: Id<Module>,
}

/// `3-01890a5d…`: as it stands in an answer.
impl Display for ReportedAfter {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.open, self.module)
    }
}

impl FromStr for ReportedAfter {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (open, module) = text.split_once('-').ok_or(NotACursor)?;
        Ok(Self { open: open.parse().map_err(|_| NotACursor)?, module: module.parse().map_err(|_| NotACursor)? })
    }
}

/// A text that is not the `next` of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the `next` of a page before")]
pub struct NotACursor;

/// A module that reports wait about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedModule {
    /// As it is stored.
    pub id: Id<Module>,
    /// The module.
    pub module: ModuleId,
    /// How many wait.
    pub open: u32,
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
    actor.operator_sees(OperatorScope::Moderate)?;
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
    let next = page::cut(&mut reports, MAX_REPORTS, |last| last.id);
    Ok(Reports { reports, next })
}

/// The modules that reports wait about after `after`, those with most of them first, at most [`MAX_REPORTS`], for operators.
///
/// # Errors
/// [`ReportError`]
pub async fn reported_modules(
    ports: &Ports,
    actor: &Actor,
    after: Option<ReportedAfter>,
) -> Result<ReportedModules, ReportError> {
    actor.operator_sees(OperatorScope::Moderate)?;
    Ok(reported_modules_on_the_machine(ports, after).await?)
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`StoreError`]
pub async fn reported_modules_on_the_machine(
    ports: &Ports,
    after: Option<ReportedAfter>,
) -> Result<ReportedModules, StoreError> {
    let mut modules = ports.store.read().await?.reported_modules(after, MAX_REPORTS + 1).await?;
    let next = page::cut(&mut modules, MAX_REPORTS, |last| ReportedAfter { open: last.open, module: last.id });
    Ok(ReportedModules { modules, next })
}

//! An operator's word on reports, and what is done about the module in the same act.

use semver::Version;

use super::{Decided, Report, ReportError, ReportState, Reporter};
use crate::actor::Actor;
use crate::audit;
use crate::job::{NewJob, Task};
use crate::operator_scope::OperatorScope;
use crate::ports::{Transaction, Written};
use crate::quarantine::{set_module, set_version};
use crate::reason::Reason;
use crate::revoke::put_package;
use crate::submissions::by;
use crate::{Id, Ports};

/// What an operator makes of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is so.
    Confirm(Act),
    /// It is not so, or nothing to act on.
    Dismiss,
}

/// What is done about it in the same act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Nothing, or it has been done.
    Nothing,
    /// The version is put into quarantine: this one, or the one that the report names.
    Quarantine(Option<Version>),
    /// The whole module is.
    QuarantineModule,
    /// The version is put on the kill list, and into quarantine: this one, or the one that the report names.
    Revoke(Option<Version>),
}

/// Confirms or dismisses a report, as an operator's request; with `all`, every open one of its module. Whoever was signed in is told by
/// mail.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
#[tracing::instrument(name = "report.decide", skip_all, fields(report = %id))]
pub async fn decide_report(
    ports: &Ports,
    actor: &Actor,
    id: Id<Report>,
    outcome: &Outcome,
    reason: &Reason,
    all: bool,
) -> Result<Report, ReportError> {
    actor.operator(OperatorScope::Moderate)?;
    decide(ports, &by(actor)?, id, outcome, reason, all).await
}

/// The same for whoever sits at the machine that holds the database: the `admin` command.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn decide_report_on_the_machine(
    ports: &Ports,
    id: Id<Report>,
    outcome: &Outcome,
    reason: &Reason,
    all: bool,
) -> Result<Report, ReportError> {
    decide(ports, "machine", id, outcome, reason, all).await
}

async fn decide(
    ports: &Ports,
    by: &str,
    id: Id<Report>,
    outcome: &Outcome,
    reason: &Reason,
    all: bool,
) -> Result<Report, ReportError> {
    let mut transaction = ports.store.begin().await?;
    let decided = within(ports, &mut *transaction, by, id, outcome, reason, all).await;
    match &decided {
        Ok(report) => {
            transaction.commit(Written::Told).await?;
            ports.progress.logged();
            tracing::info!(report = %id, module = %report.module, state = report.state.as_str(), all, "decided on a report");
        }
        Err(_) => transaction.rollback().await?,
    }
    decided
}

async fn within(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    by: &str,
    id: Id<Report>,
    outcome: &Outcome,
    reason: &Reason,
    all: bool,
) -> Result<Report, ReportError> {
    let report = transaction.report(id).await?.ok_or(ReportError::Unknown)?;
    // Before the rows of the reports are locked: the locks of modules come first everywhere.
    let state = match outcome {
        Outcome::Dismiss => ReportState::Dismissed,
        Outcome::Confirm(act) => {
            carry_out(ports, transaction, &report, act, reason).await?;
            ReportState::Confirmed
        }
    };
    let report = transaction.lock_report(id).await?.ok_or(ReportError::Unknown)?;
    if report.state != ReportState::Open {
        return Err(ReportError::NotOpen(report.state));
    }
    let module = transaction.module(&report.module).await?;
    let also = match module.filter(|_| all) {
        Some(module) => transaction.open_reports_of(module.id, u32::MAX).await?,
        None => Vec::new(),
    };
    let now = ports.now();
    let decided = Some(Decided { by: by.to_owned(), at: now, reason: reason.to_string() });
    let decide = |report: Report| {
        let reporter = match report.reporter {
            Reporter::Anonymous(_) => Reporter::Anonymous(None),
            account @ Reporter::Account(_) => account,
        };
        Report { state, decided: decided.clone(), reporter, ..report }
    };
    let report = decide(report);
    let also: Vec<_> = also.into_iter().filter(|other| other.id != id).map(decide).collect();
    for report in std::iter::once(&report).chain(&also) {
        transaction.update_report(report).await?;
        report.deed(audit::Act::ReportDecide).tell(ports, transaction);
        if let Reporter::Account(_) = report.reporter {
            let task = Task::TellReporter { report: report.id };
            transaction.enqueue(&NewJob { id: Id::new(now, &*ports.entropy), task, run_at: now }).await?;
        }
    }
    Ok(report)
}

async fn carry_out(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    report: &Report,
    act: &Act,
    reason: &Reason,
) -> Result<(), ReportError> {
    let which = |version: &Option<Version>| version.clone().or_else(|| report.version.clone());
    let module = &report.module;
    match act {
        Act::Nothing => {}
        Act::QuarantineModule => drop(set_module(ports, transaction, module, Some(reason)).await?),
        Act::Quarantine(version) => {
            let version = which(version).ok_or(ReportError::WhichVersion)?;
            set_version(ports, transaction, module, &version, Some(reason)).await?;
        }
        Act::Revoke(version) => {
            let version = which(version).ok_or(ReportError::WhichVersion)?;
            let no_version = || ReportError::NoVersion { module: module.clone(), version: version.clone() };
            let known = transaction.module(module).await?.ok_or_else(no_version)?;
            let release = transaction.release(known.id, &version).await?.ok_or_else(no_version)?;
            put_package(ports, transaction, release.sha256, reason).await?;
        }
    }
    Ok(())
}

//! Saying that something is wrong with a module.

use adx_signing::name::ModuleId;
use semver::Version;

use super::{Category, Report, ReportError, ReportState, Reporter};
use crate::actor::Actor;
use crate::audit::Act;
use crate::job::OperatorMatter;
use crate::matters::tell_operators;
use crate::ports::{Address, Constraint, StoreError, Transaction, Written};
use crate::submissions::Remark;
use crate::{Id, Ports};

/// Most reports of one module that wait from people who were not signed in: those who are, with one each, are always heard.
pub const MAX_ANONYMOUS_OF_MODULE: u64 = 50;
/// Most of those of all modules: stops whoever changes the address all the time from filling the database.
pub const MAX_ANONYMOUS: u64 = 5_000;

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Which version, if it is about one.
    pub version: Option<Version>,
    /// What kind of thing is wrong.
    pub category: Category,
    /// What.
    pub text: Remark,
    /// Where questions can be asked; of no use to whoever is signed in.
    pub address: Option<Address>,
}

/// Takes a report of a module, from somebody who is signed in or gives an address. The operators are told of the first that waits.
///
/// # Errors
/// [`ReportError`]; nothing is kept then.
#[tracing::instrument(name = "report.send", skip_all, fields(%module))]
pub async fn send_report(
    ports: &Ports,
    actor: &Actor,
    module: &ModuleId,
    said: NewReport,
) -> Result<Report, ReportError> {
    let reporter = match (actor, &said.address) {
        (Actor::Person { account, .. }, _) => Reporter::Account(account.id),
        (_, Some(address)) => Reporter::Anonymous(Some(address.clone())),
        (_, None) => return Err(ReportError::NoAddress),
    };
    let mut transaction = ports.store.begin().await?;
    match insert(ports, &mut *transaction, module, said, reporter).await {
        Ok(report) => {
            transaction.commit(Written::Told).await?;
            tracing::info!(report = %report.id, category = report.category.as_str(), "a report");
            Ok(report)
        }
        Err(ReportError::Store(StoreError::Violated(Constraint::OpenReport))) => {
            transaction.rollback().await?;
            Err(ReportError::Again(module.clone()))
        }
        Err(refused) => {
            transaction.rollback().await?;
            Err(refused)
        }
    }
}

async fn insert(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    module: &ModuleId,
    said: NewReport,
    reporter: Reporter,
) -> Result<Report, ReportError> {
    let known = transaction.module(module).await?.filter(|known| known.deleted_at.is_none() && known.latest.is_some());
    let known = known.ok_or_else(|| ReportError::NoModule(module.clone()))?;
    let version = match said.version {
        Some(version) => {
            let release = transaction.release(known.id, &version).await?;
            Some(release.ok_or_else(|| ReportError::NoVersion { module: known.module.clone(), version })?.version)
        }
        None => None,
    };
    if matches!(reporter, Reporter::Anonymous(_)) {
        let of_module = transaction.open_anonymous_reports(Some(known.id)).await?;
        let is_full =
            of_module >= MAX_ANONYMOUS_OF_MODULE || transaction.open_anonymous_reports(None).await? >= MAX_ANONYMOUS;
        if is_full {
            return Err(ReportError::Full);
        }
    }
    let is_first = transaction.open_reports_of(known.id, 1).await?.is_empty();
    let sent_at = ports.now();
    let report = Report {
        id: Id::new(sent_at, &*ports.entropy),
        module: known.module,
        version,
        category: said.category,
        text: said.text.to_string(),
        reporter,
        state: ReportState::Open,
        sent_at,
        decided: None,
    };
    transaction.insert_report(known.id, &report).await?;
    report.deed(Act::ReportSend).tell(ports, transaction);
    if is_first {
        tell_operators(ports, transaction, OperatorMatter::Report { report: report.id }).await?;
    }
    Ok(report)
}

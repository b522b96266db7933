//! `adx-registry admin report`: what people say is wrong with modules.

use std::fmt::Write as _;

use adx_registry_core::{
    Id,
    ports::Address,
    reason::Reason,
    reports::{
        Act, Outcome, Report, ReportState, Reporter, WhichReports, decide_report_on_the_machine,
        reported_modules_on_the_machine, reports_on_the_machine,
    },
};
use adx_signing::{name::ModuleId, utc::UtcSecond};
use anyhow::{Context as _, Result};
use clap::{Subcommand, ValueEnum};
use semver::Version;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum ReportCommand {
    /// List the modules that reports wait about, those with most of them first
    Modules {
        #[command(flatten)]
        common: Common,
    },
    /// List the reports that wait, or were decided
    List {
        /// Only those of this module
        #[arg(long, value_name = "MODULE")]
        module: Option<ModuleId>,
        /// open, confirmed or dismissed
        #[arg(long, value_name = "STATE", default_value = "open")]
        state: ReportState,
        #[command(flatten)]
        common: Common,
    },
    /// Confirm a report, and do something about the module in the same act
    Confirm {
        /// The report's id
        #[arg(value_name = "REPORT-ID")]
        report: Id<Report>,
        /// Why, in one line for publisher, users and reporter
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        /// What is done about it
        #[arg(long, value_name = "ACT", value_enum, default_value_t = ActArgument::Nothing)]
        act: ActArgument,
        /// To which version, if not the one that the report names
        #[arg(long, value_name = "VERSION")]
        of: Option<Version>,
        /// Every open report of the module
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Dismiss a report: it is not so, or nothing to act on
    Dismiss {
        /// The report's id
        #[arg(value_name = "REPORT-ID")]
        report: Id<Report>,
        /// Why, in one line for the reporter
        #[arg(long, value_name = "TEXT")]
        reason: Reason,
        /// Every open report of the module
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        common: Common,
    },
}

/// What is done about a module.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum ActArgument {
    /// Nothing, or it has been done
    Nothing,
    /// The version is put into quarantine
    Quarantine,
    /// The whole module is
    QuarantineModule,
    /// The version is put on the kill list, and into quarantine
    Revoke,
}

pub(super) async fn run(command: ReportCommand) -> Result<()> {
    match command {
        ReportCommand::Modules { common } => modules(&common).await,
        ReportCommand::List { module, state, common } => list(module, state, &common).await,
        ReportCommand::Confirm { report, reason, act, of, all, common } => {
            let act = match act {
                ActArgument::Nothing => Act::Nothing,
                ActArgument::Quarantine => Act::Quarantine(of),
                ActArgument::QuarantineModule => Act::QuarantineModule,
                ActArgument::Revoke => Act::Revoke(of),
            };
            decide(report, &Outcome::Confirm(act), &reason, all, &common).await
        }
        ReportCommand::Dismiss { report, reason, all, common } => {
            decide(report, &Outcome::Dismiss, &reason, all, &common).await
        }
    }
}

async fn modules(common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = reported_modules_on_the_machine(&ports, after).await.context("the reports cannot be read")?;
        found.extend(page.modules);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for reported in &found {
        let (module, open, malware) = (&reported.module, reported.open, reported.malware);
        let _ = writeln!(text, "{module}  {open} open, {malware} of malware, {} by accounts", reported.accounts);
    }
    if found.is_empty() {
        text.push_str("no report waits\n");
    } else {
        text.push_str("\nnext: adx-registry admin report list --module MODULE\n");
    }
    let document = |reported: &adx_registry_core::reports::ReportedModule| {
        json!({
            "module": reported.module,
            "open": reported.open,
            "accounts": reported.accounts,
            "malware": reported.malware,
            "first_at": UtcSecond::from(reported.first_at),
        })
    };
    show(common, &json!({ "modules": found.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn list(module: Option<ModuleId>, state: ReportState, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let mut which = WhichReports { state, module, after: None };
    let mut found = Vec::new();
    loop {
        let page = reports_on_the_machine(&ports, &which).await.context("the reports cannot be read")?;
        found.extend(page.reports);
        which.after = page.next;
        if which.after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for Report { id, module, version, category, text: said, reporter, .. } in &found {
        let version = version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let by = match reporter {
            Reporter::Account(account) => format!("account {account}"),
            Reporter::Anonymous(Some(address)) => address.as_str().to_owned(),
            Reporter::Anonymous(None) => "somebody".to_owned(),
        };
        let _ = writeln!(text, "{id}  {module}{version}  {category}  by {by}\n    {}", said.replace('\n', "\n    "));
    }
    match (found.is_empty(), state) {
        (true, _) => {
            let _ = writeln!(text, "none is {state}");
        }
        (false, ReportState::Open) => {
            text.push_str(
                "\nnext: adx-registry admin report confirm REPORT-ID --reason TEXT, or … dismiss REPORT-ID --reason TEXT\n",
            );
        }
        (false, _) => {}
    }
    show(common, &json!({ "reports": found.iter().map(document).collect::<Vec<_>>() }), &text)
}

async fn decide(report: Id<Report>, outcome: &Outcome, reason: &Reason, all: bool, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let decided = decide_report_on_the_machine(&ports, report, outcome, reason, all).await;
    ports.store.close().await;
    let decided = decided.context("nothing was decided")?;
    show(
        common,
        &document(&decided),
        &format!(
            "the report of {} is {}{}\n",
            decided.module,
            decided.state,
            match decided.reporter {
                Reporter::Account(_) => "; the running server mails that to its sender",
                Reporter::Anonymous(_) => "; its sender was not signed in, and is told nothing",
            }
        ),
    )
}

fn document(report: &Report) -> Value {
    let (account, email) = match &report.reporter {
        Reporter::Account(account) => (Some(account), None),
        Reporter::Anonymous(address) => (None, address.as_ref().map(Address::as_str)),
    };
    json!({
        "id": report.id,
        "module": report.module,
        "version": report.version,
        "category": report.category.as_str(),
        "text": report.text,
        "account": account,
        "email": email,
        "state": report.state.as_str(),
        "sent_at": UtcSecond::from(report.sent_at),
        "decided_at": report.decided.as_ref().map(|decided| UtcSecond::from(decided.at)),
        "decided_by": report.decided.as_ref().map(|decided| &decided.by),
        "reason": report.decided.as_ref().map(|decided| &decided.reason),
    })
}

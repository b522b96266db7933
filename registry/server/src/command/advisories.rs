//! `adx-registry admin advisory`: what is wrong with which versions of a module.

use std::{fmt::Write as _, path::PathBuf};

use adx_index::advisory::AdvisoryId;
use adx_registry_core::advisories::{
    Advisory, Content, advisories, change_advisory_on_the_machine, file_advisory_on_the_machine,
    withdraw_advisory_on_the_machine,
};
use adx_signing::name::ModuleId;
use anyhow::{Context as _, Result};
use clap::Subcommand;
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};
use crate::http::dto::NewAdvisory;

#[derive(Subcommand)]
pub(super) enum AdvisoryCommand {
    /// List the advisories, of one module or of all
    List {
        /// Only those of this module
        #[arg(long, value_name = "MODULE")]
        module: Option<ModuleId>,
        #[command(flatten)]
        common: Common,
    },
    /// File an advisory about a module: agents tell of it, and act on it
    File {
        /// The module: namespace/name
        module: ModuleId,
        /// What it says, JSON as POST /api/v1/modules/{namespace}/{name}/advisories takes it
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Change what an advisory says, and stand for it
    Change {
        /// The advisory, as ADX-2026-0001
        #[arg(value_name = "ADVISORY")]
        id: AdvisoryId,
        /// What it says from now on
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Withdraw an advisory: it holds of nothing any more, and stays to be read
    Withdraw {
        /// The advisory, as ADX-2026-0001
        #[arg(value_name = "ADVISORY")]
        id: AdvisoryId,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: AdvisoryCommand) -> Result<()> {
    match command {
        AdvisoryCommand::List { module, common } => list(module.as_ref(), &common).await,
        AdvisoryCommand::File { module, file, common } => {
            let content = read(&file)?;
            let ports = rows_only(&common).await?;
            let filed = file_advisory_on_the_machine(&ports, &module, content).await;
            ports.store.close().await;
            tell(&filed.context("no advisory was filed")?, "is filed", &common)
        }
        AdvisoryCommand::Change { id, file, common } => {
            let content = read(&file)?;
            let ports = rows_only(&common).await?;
            let changed = change_advisory_on_the_machine(&ports, id, content).await;
            ports.store.close().await;
            tell(&changed.with_context(|| format!("{id} is as it was"))?, "is changed", &common)
        }
        AdvisoryCommand::Withdraw { id, common } => {
            let ports = rows_only(&common).await?;
            let withdrawn = withdraw_advisory_on_the_machine(&ports, id).await;
            ports.store.close().await;
            tell(&withdrawn.with_context(|| format!("{id} is as it was"))?, "is withdrawn", &common)
        }
    }
}

async fn list(module: Option<&ModuleId>, common: &Common) -> Result<()> {
    let ports = rows_only(common).await?;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page =
            advisories(&ports, module, after.as_ref(), u32::MAX).await.context("the advisories cannot be read")?;
        let page = page.context("there is no such module")?;
        found.extend(page.advisories);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ports.store.close().await;
    let mut text = String::new();
    for Advisory { id, module, content, withdrawn, .. } in &found {
        let mark = if withdrawn.is_some() { " (withdrawn)" } else { "" };
        let _ = writeln!(text, "{id}  {module}  {}{mark}  {}", content.severity.as_str(), content.title);
    }
    if found.is_empty() {
        text.push_str("there is none\n");
    }
    show(common, &json!({ "advisories": found.iter().map(document).collect::<Vec<_>>() }), &text)
}

fn read(file: &PathBuf) -> Result<Content> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let told: NewAdvisory =
        serde_json::from_str(&text).with_context(|| format!("{} is no advisory", file.display()))?;
    Content::try_from(told).with_context(|| format!("{} is no advisory", file.display()))
}

fn tell(advisory: &Advisory, done: &str, common: &Common) -> Result<()> {
    let (id, module) = (advisory.id, &advisory.module);
    show(common, &document(advisory), &format!("{id} about {module} {done}; the running server signs it\n"))
}

fn document(advisory: &Advisory) -> Value {
    json!({
        "id": advisory.id,
        "module": advisory.module,
        "revision": advisory.revision,
        "title": advisory.content.title.as_str(),
        "severity": advisory.content.severity,
        "affected": advisory.content.affected,
        "confirmed": advisory.confirmed,
        "withdrawn_at": advisory.withdrawn,
    })
}

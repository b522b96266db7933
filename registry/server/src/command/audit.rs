//! `adx-registry admin audit`: who did what.

use std::fmt::Write as _;

use adx_registry_core::audit::{Act, AuditFilter, Entry, MAX_AUDIT_PAGE, Who, list_audit_on_the_machine, network_hash};
use adx_signing::{UtcSecond, name::Namespace};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::admin::{Common, rows_only, show};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// From then on, such as 2026-11-28T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<UtcSecond>,
    /// What belongs to the publisher of this namespace
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<Namespace>,
    /// What was done, such as release.yank
    #[arg(long, value_name = "ACT")]
    act: Option<Act>,
    /// Who did it: token:ID, account:ID, owner:ID, machine, job
    #[arg(long, value_name = "WHO")]
    who: Option<Who>,
    /// From which address or network it was asked for, as a proxy's log has it; of IPv6 its /64 with zeros behind
    #[arg(long, value_name = "ADDRESS")]
    network: Option<std::net::IpAddr>,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(arguments: &Arguments) -> Result<()> {
    let ports = rows_only(&arguments.common).await?;
    let filter = AuditFilter {
        publisher: None,
        act: arguments.act,
        who: arguments.who.map(|who| who.to_string()),
        network: arguments.network.map(|network| network_hash(&*ports.vault, &network.to_string())),
        since: arguments.since.map(Into::into),
    };
    let (mut entries, mut after) = (Vec::new(), 0);
    loop {
        let page =
            list_audit_on_the_machine(&ports, arguments.namespace.as_ref(), filter.clone(), after, MAX_AUDIT_PAGE)
                .await
                .context("the audit log cannot be read")?;
        entries.extend(page.entries);
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    ports.store.close().await;
    let documents: Vec<Value> = entries.iter().map(document).collect::<Result<_>>()?;
    show(&arguments.common, &json!({ "entries": documents }), &words(&entries))
}

fn document(entry: &Entry) -> Result<Value> {
    Ok(serde_json::from_str(&entry.to_json())?)
}

fn words(entries: &[Entry]) -> String {
    let mut text = String::new();
    for Entry { seq, told, .. } in entries {
        let subject = &told.subject;
        let _ = write!(text, "{seq}  {}  {}  {}", UtcSecond::from(told.at), told.who, told.act);
        if let Some(namespace) = &subject.namespace {
            let _ = write!(text, "  {namespace}");
        }
        if let Some(module) = &subject.module {
            let _ = write!(text, "/{module}");
        }
        if let Some(version) = &subject.version {
            let _ = write!(text, " {version}");
        }
        if let Some(id) = &subject.id {
            let _ = write!(text, "  {id}");
        }
        text.push('\n');
    }
    if entries.is_empty() {
        text.push_str("nothing of that was told\n");
    }
    text
}

//! `adx-registry verify`: whether everything is there and is what it must be. The server may be running.

use std::fmt::Write as _;

use adx_registry_core::verify::{Verification, verify};
use anyhow::{Context as _, Result, anyhow};
use serde_json::json;

use super::{
    admin::{Common, rows_and_blobs, show},
    hint::Hint as _,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Look at so many releases, chosen by chance, and at the end of the log, instead of at all
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(check(arguments))
}

async fn check(arguments: &Arguments) -> Result<()> {
    let ports = rows_and_blobs(arguments.common.places.load()?).await?;
    let found = verify(&ports, arguments.sample).await;
    ports.store.close().await;
    let found = found.context("not everything could be looked at")?;
    let damages = found
        .damages
        .iter()
        .map(|damage| json!({ "kind": damage.kind(), "what": damage.to_string(), "remedy": damage.remedy() }));
    let document = json!({
        "releases": found.releases,
        "checked": found.checked,
        "leaves": found.leaves,
        "audit_entries": found.audit,
        "waiting_modules": found.waiting,
        "damages": damages.collect::<Vec<_>>(),
    });
    show(&arguments.common, &document, &words(&found))?;
    let words = match found.damages.len() {
        0 => return Ok(()),
        1 => "1 thing is not as it must be".to_owned(),
        several => format!("{several} things are not as they must be"),
    };
    Err(anyhow!(words)).hint("\"When something is damaged\" in docs/operations.md")
}

fn words(found: &Verification) -> String {
    let mut words = String::new();
    for damage in &found.damages {
        let _ = writeln!(words, "{damage}\n  {}", damage.remedy());
    }
    let Verification { releases, checked, leaves, audit, waiting, damages } = found;
    let _ = writeln!(
        words,
        "looked at {checked} of {releases} releases, a log of {leaves} leaves, and {audit} entries of the audit log"
    );
    if *waiting > 0 {
        let _ = writeln!(words, "{waiting} modules have changes that the next round of signing tells of");
    }
    if damages.is_empty() {
        words.push_str("everything is there, and is what it must be\n");
    }
    words
}

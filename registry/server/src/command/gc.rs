//! `adx-registry gc`: the sweeps of the server, run now. The server may be running.

use std::fmt::Write as _;

use adx_registry_core::{
    collect_garbage::{Collected, collect_garbage},
    sweep::Sweep,
};
use anyhow::{Context as _, Result};
use serde_json::json;

use super::admin::{Common, rows_and_blobs, show};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(collect(arguments))
}

async fn collect(arguments: &Arguments) -> Result<()> {
    let ports = rows_and_blobs(arguments.common.places.load()?).await?;
    let sweep = if arguments.dry_run { Sweep::Look } else { Sweep::Remove };
    let collected = collect_garbage(&ports, sweep).await;
    ports.store.close().await;
    let collected = collected.context("not everything was swept")?;
    let superseded = collected.superseded.as_ref();
    let superseded = superseded.map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    let document = json!({
        "dry_run": arguments.dry_run,
        "temporaries": collected.temporaries,
        "removed": collected.removed,
        "condemned": collected.condemned,
        "superseded": superseded,
        "ended_rows": collected.ended,
        "submissions": collected.submissions,
    });
    show(&arguments.common, &document, &words(&collected, superseded.as_deref(), arguments.dry_run))
}

fn words(collected: &Collected, superseded: Option<&[String]>, dry_run: bool) -> String {
    let (removed, is_removed) = if dry_run { ("would remove", "would be removed") } else { ("removed", "removed") };
    let mut words = String::new();
    for sha256 in &collected.removed {
        let _ = writeln!(words, "{removed} what is named by {sha256}");
    }
    for path in superseded.unwrap_or_default() {
        let _ = writeln!(words, "{removed} {path}");
    }
    let _ = writeln!(
        words,
        "{is_removed}: {} unfinished uploads, blobs of {} digests without use, {} rows of what ended, {} packages \
         and rows of submissions",
        collected.temporaries,
        collected.removed.len(),
        collected.ended,
        collected.submissions
    );
    match superseded {
        Some(paths) => _ = writeln!(words, "{is_removed}: {} superseded documents and tiles", paths.len()),
        None => words.push_str(
            "superseded documents and tiles were not looked at: a round of signing is under way or broke off; \
             start the server, and run this again\n",
        ),
    }
    let condemned = collected.condemned.len();
    if condemned > 0 {
        let _ = writeln!(words, "{condemned} digests are without use; a sweep removes their blobs in a day");
    }
    words
}

//! `adx-registry admin search`: the index belongs to the running server, which is asked by a job.

use adx_registry_core::{job::Task, run_jobs::enqueue};
use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::admin::{Common, rows_only, show};

#[derive(Subcommand)]
pub(super) enum SearchCommand {
    /// Have the server build the index anew beside the one that answers, and put it in its place when it is whole
    Rebuild {
        #[command(flatten)]
        common: Common,
    },
    /// Have the server hold the index against the database, and put right what differs; it does so by itself with every sweep
    Check {
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: SearchCommand) -> Result<()> {
    let (task, common) = match command {
        SearchCommand::Rebuild { common } => (Task::RebuildSearch, common),
        SearchCommand::Check { common } => (Task::CheckSearch, common),
    };
    let kind = task.kind();
    let ports = rows_only(&common).await?;
    let enqueued = enqueue(&ports, task).await;
    ports.store.close().await;
    enqueued?;
    let text = format!("{kind} is enqueued\n\nnext: the server's log says how it ended\n");
    show(&common, &json!({ "enqueued": kind }), &text)
}

//! `adx-registry migrate`: brings the database's schema up to date without starting the server.

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::{
    admin::{Common, show},
    hint::Hint as _,
};
use crate::{
    parts,
    store::{self, Migrations},
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Change nothing: exit status 1 where something is to be migrated
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(migrate(arguments))
}

async fn migrate(arguments: &Arguments) -> Result<()> {
    let config = arguments.common.places.load()?;
    let Migrations { applied, known } =
        store::migrations(&config.database.url).await.context("the database cannot be asked")?;
    let before = applied.unwrap_or(0);
    if before > known {
        Err(anyhow::anyhow!("the database is migrated to {before}, and this program knows migrations up to {known}"))
            .hint("run the newer adx-registry that migrated it")?;
    }
    if !arguments.check {
        parts::open_store(&config).await?.close().await;
    }
    let after = if arguments.check { before } else { known };
    let words = match (before == known, arguments.check) {
        (true, _) => format!("nothing to do: the database is migrated to {known}\n"),
        (false, true) => format!("{} migrations are to be applied: from {before} to {known}\n", known - before),
        (false, false) => format!("migrated from {before} to {known}\n"),
    };
    show(&arguments.common, &json!({ "before": before, "after": after, "known": known }), &words)?;
    if after < known {
        bail!("the database is not migrated to the end");
    }
    Ok(())
}

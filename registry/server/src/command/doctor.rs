//! `adx-registry doctor`: whether everything that the registry stands on is as it must be.

use std::{fmt::Write as _, path::Path};

use anyhow::{Result, anyhow, bail};
use serde_json::json;
use url::Url;

use super::{
    admin::{Common, show},
    hint::Hint as _,
};
use crate::{
    config::Config,
    doctor::{Finding, Health, examine},
    store,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A mirror, or another place that serves a copy: whether it has seen more than the database knows; may be repeated
    #[arg(long, value_name = "URL")]
    mirror: Vec<Url>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let config = arguments.common.places.load()?;
    refuse_where_nothing_is(arguments.common.places.folder(), &config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(examine(&config, &arguments.mirror));
    let worst = findings.iter().map(|finding| finding.health).max().unwrap_or(Health::Ok);
    show(&arguments.common, &json!({ "health": worst, "findings": findings }), &words(&findings))?;
    let failed = findings.iter().filter(|finding| finding.health == Health::Fail).count();
    if failed > 0 {
        bail!("{failed} of {} checks failed", findings.len());
    }
    Ok(())
}

/// Where the folder of everything is not there, most checks would fail for that one reason.
fn refuse_where_nothing_is(folder: &Path, config: &Config) -> Result<()> {
    let keeps_rows = std::path::absolute(folder)
        .is_ok_and(|folder| store::file(&config.database.url).is_some_and(|file| file.starts_with(folder)));
    if !keeps_rows || folder.is_dir() {
        return Ok(());
    }
    Err(anyhow!("there is no folder `{}`, so there is no registry in it", folder.display())).hint(format!(
        "name the folder that the registry is served from by --data; for a new registry: adx-registry trust trial --data {}",
        folder.display()
    ))
}

fn words(findings: &[Finding]) -> String {
    let mut words = String::new();
    for Finding { check, health, found, remedy } in findings {
        let _ = writeln!(words, "{health:<5} {check}: {found}");
        if let Some(remedy) = remedy {
            let _ = writeln!(words, "        {remedy}");
        }
    }
    words
}

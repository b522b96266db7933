//! The checks of packages: those of the core, and those that need files or engines.

mod advisories;
mod content;
mod readme;
mod screenshots;
mod stamp;
mod trial;

use std::sync::Arc;

use adx_registry_core::checks::Check;
use adx_registry_core::checks::complexity::Complexity;
use adx_registry_core::checks::exports::Exports;
use adx_registry_core::checks::frontend::Frontend;
use adx_registry_core::checks::licence::Licence;
use adx_registry_core::checks::permissions::Permissions;
use adx_registry_core::checks::sbom::Sbom;
use adx_registry_core::checks::secrets::Secrets;
use anyhow::Context as _;

use self::advisories::Advisories;
use self::content::Content;
use self::readme::Readme;
use self::screenshots::Screenshots;
use self::trial::Trial;
use crate::config::Config;

/// The names of all checks, in the order in which they are run. `content` and `advisories` are there only where the configuration
/// says what to look for.
pub const NAMES: [&str; 12] = [
    "permissions",
    "exports",
    "complexity",
    "licence",
    "sbom",
    advisories::NAME,
    "secrets",
    "readme",
    "screenshots",
    "frontend",
    content::NAME,
    trial::NAME,
];

/// Every check that this configuration allows for, in the order of [`NAMES`]: what is cheap comes first. Compiles rules, reads
/// advisories and starts a sandbox, which takes a while.
///
/// # Errors
/// What the configuration names and cannot be used: rules that are wrong (file and line), a database that is not there.
pub fn checks(config: &Config) -> anyhow::Result<Vec<Arc<dyn Check>>> {
    let settings = &config.checks;
    let deadline = settings.deadline.0;
    let mut found: Vec<Arc<dyn Check>> = vec![
        Arc::new(Permissions),
        Arc::new(Exports),
        Arc::new(Complexity),
        Arc::new(Licence),
        Arc::new(Sbom),
        Arc::new(Readme),
        Arc::new(Screenshots),
        Arc::new(Frontend),
        Arc::new(Trial::new(deadline).context("the sandbox for trial runs cannot be started")?),
    ];
    found.extend(run_again(config)?);
    found.sort_by_key(|check| NAMES.iter().position(|name| *name == check.name()));
    Ok(found)
}

/// Those of them that are run again over what is released.
///
/// # Errors
/// As [`checks`].
pub fn run_again(config: &Config) -> anyhow::Result<Vec<Arc<dyn Check>>> {
    let settings = &config.checks;
    let mut found: Vec<Arc<dyn Check>> = vec![Arc::new(Secrets)];
    if let Some(path) = &settings.osv_database {
        let advisories =
            Advisories::open(path).with_context(|| format!("`checks.osv_database` ({})", path.display()))?;
        found.push(Arc::new(advisories));
    }
    if let Some(folder) = &settings.rules_dir {
        let content = Content::open(folder, settings.deadline.0)
            .with_context(|| format!("`checks.rules_dir` ({})", folder.display()))?;
        found.push(Arc::new(content));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;

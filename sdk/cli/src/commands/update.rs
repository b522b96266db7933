//! `adx update` and `adx rollback`: another version of what is installed.

use adx_signing::ModuleId;
use clap::Args;
use serde_json::json;

use crate::App;
use crate::failure::Failure;
use crate::module_ref::ModuleRef;
use crate::operation::act;

/// Update an installed module
///
/// The agent verifies, takes a snapshot, migrates and probes; if anything fails it puts the old version back.
#[derive(Args)]
pub(crate) struct Update {
    /// The module: ns/name, or ns/name@^1.2
    module: ModuleRef,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
}

/// Put an installed module back to the version before
#[derive(Args)]
pub(crate) struct Rollback {
    /// The module: ns/name
    module: ModuleId,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
}

impl Update {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let body = match &self.module.requirement {
            Some(requirement) => json!({ "version": requirement.to_string() }),
            None => json!({}),
        };
        act(app, &self.module.module, "update", Some(&body), self.no_wait).await
    }
}

impl Rollback {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        act(app, &self.module, "rollback", None, self.no_wait).await
    }
}

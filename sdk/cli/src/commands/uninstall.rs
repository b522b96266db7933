//! `adx uninstall`: remove a module and its data.

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;
use crate::operation::{advise, finish};

/// Remove an installed module and its data
#[derive(Args)]
pub(crate) struct Uninstall {
    /// The module: ns/name
    module: ModuleId,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
}

impl Uninstall {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        if !self.yes {
            if !app.output.can_ask() {
                return Err(Failure::usage("uninstalling removes the module's data, so it must be confirmed")
                    .hint(format!("run `adx uninstall {} --yes`", self.module)));
            }
            let question = format!("Remove {} and its data from {tenant}?", self.module);
            if !app.output.confirm(&question)? {
                return Err(Failure::refused("you did not agree, and nothing was removed"));
            }
        }
        let agent = app.agent(Some(tenant))?;
        let [namespace, name] = segments(&self.module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name];
        let started = agent.send(Method::DELETE, &path, None).await.map_err(|failure| advise(failure, &self.module))?;
        finish(app, &agent, tenant, started, self.no_wait).await
    }
}

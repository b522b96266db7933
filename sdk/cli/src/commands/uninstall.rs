//! `adx uninstall`: remove a module; its data is kept for a time, or goes at once.

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;
use serde_json::json;

use crate::App;
use crate::failure::{Exit, Failure};
use crate::http::Server;
use crate::module_ref::segments;
use crate::operation::{advise, finish};

/// Remove an installed module
///
/// Its data is kept for as many days as the module says: installed again within that time, it has it again.
#[derive(Args)]
pub(crate) struct Uninstall {
    /// The module: ns/name
    module: ModuleId,
    /// Remove its data at once, also what is kept of an uninstalled module
    #[arg(long)]
    purge: bool,
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
                let purge = if self.purge { " --purge" } else { "" };
                return Err(Failure::usage("uninstalling must be confirmed")
                    .hint(format!("run `adx uninstall {}{purge} --yes`", self.module)));
            }
            let what = if self.purge { " with its data" } else { "" };
            let question = format!("Remove {}{what} from {tenant}?", self.module);
            if !app.output.confirm(&question)? {
                return Err(Failure::refused("you did not agree, and nothing was removed"));
            }
        }
        let agent = app.agent(Some(tenant))?;
        let [namespace, name] = segments(&self.module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name];
        let query: &[_] = if self.purge { &[("purge", "true")] } else { &[] };
        match agent.send_with(Method::DELETE, &path, query, None).await {
            Ok(started) => {
                finish(app, &agent, tenant, started, self.no_wait).await?;
                if !self.purge && !self.no_wait { self.tell_until(app, &agent, tenant).await } else { Ok(()) }
            }
            Err(failure) if self.purge && failure.exit() == Exit::NotFound => {
                let path = ["api", "v1", "tenants", tenant, "retained", namespace, name];
                agent.send(Method::DELETE, &path, None).await.map_err(|failure| advise(failure, &self.module))?;
                let document = json!({ "module": self.module, "purged": true });
                app.output.result(&document, |out| writeln!(out, "done: purge {}", self.module))
            }
            Err(failure) => Err(advise(failure, &self.module)),
        }
    }

    /// Tells until when the data is kept, if it is.
    async fn tell_until(&self, app: &App, agent: &Server, tenant: &str) -> Result<(), Failure> {
        let kept = agent.get(&["api", "v1", "tenants", tenant, "retained"], &[]).await?;
        let mut all = kept["retained"].as_array().into_iter().flatten();
        let module = &self.module;
        if let Some(until) = all.find(|kept| kept["module"] == module.to_string()).and_then(|one| one["until"].as_str())
        {
            let day = until.split('T').next().unwrap_or(until);
            app.output.tell(&format!("its data is kept until {day}; `adx uninstall {module} --purge` removes it now"));
        }
        Ok(())
    }
}

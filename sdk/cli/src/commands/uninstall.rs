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
/// Its data is kept for as many days as the module says, which may be none: installed again within that time, it has it again.
/// Before you agree you are told for how long.
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
                    .hint(format!("run `adx uninstall {}{purge} --tenant {tenant} --yes`", self.module)));
            }
            let question = self.question(app, tenant).await?;
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
                if self.no_wait { Ok(()) } else { self.tell_until(app, &agent, tenant).await }
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

    /// What somebody agrees to.
    async fn question(&self, app: &App, tenant: &str) -> Result<String, Failure> {
        let module = &self.module;
        let [namespace, name] = segments(module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name];
        let days = if self.purge {
            Some(0)
        } else {
            let found = app.agent(Some(tenant))?.get(&path, &[]).await.map_err(|failure| advise(failure, module))?;
            found["retain_days"].as_u64()
        };
        Ok(match days {
            Some(0) if self.purge => format!("Remove {module} and all its data from {tenant}?"),
            Some(0) => format!("Remove {module} from {tenant}? It says to keep no data: all of it goes now."),
            Some(1) => format!("Remove {module} from {tenant}? Its data is kept for a day."),
            Some(days) => format!("Remove {module} from {tenant}? Its data is kept for {days} days."),
            None => format!(
                "Remove {module} from {tenant}? Its data is kept for as long as the module says, which may be not at all."
            ),
        })
    }

    /// Tells until when the data is kept, or that it is gone.
    async fn tell_until(&self, app: &App, agent: &Server, tenant: &str) -> Result<(), Failure> {
        let kept = agent.get(&["api", "v1", "tenants", tenant, "retained"], &[]).await?;
        let mut all = kept["retained"].as_array().into_iter().flatten();
        let module = &self.module;
        if let Some(until) = all.find(|kept| kept["module"] == module.to_string()).and_then(|one| one["until"].as_str())
        {
            let day = until.split('T').next().unwrap_or(until);
            app.output.tell(&format!(
                "its data is kept until {day}; `adx uninstall {module} --purge --tenant {tenant}` removes it now"
            ));
        } else {
            app.output.tell("its data is removed");
        }
        Ok(())
    }
}

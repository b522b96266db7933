//! `adx operation`: what an agent does or did.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::App;
use crate::failure::Failure;
use crate::operation;

/// Look at what an agent does or did
#[derive(Subcommand)]
pub(crate) enum Operation {
    /// List the operations of a tenant
    List,
    /// Show one operation
    Show(Show),
}

/// Show one operation
#[derive(Args)]
pub(crate) struct Show {
    /// Its id, as `adx operation list` prints it
    id: String,
    /// Wait until it has ended; a failed one is a failure
    #[arg(long)]
    wait: bool,
}

impl Operation {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let agent = app.agent(Some(tenant))?;
        match self {
            Self::List => {
                let path = ["api", "v1", "tenants", tenant, "operations"];
                let found = agent.get(&path, &[]).await?;
                app.output.result(&found, |out| {
                    let operations = found["operations"].as_array();
                    let operations = operations.map_or(&[] as &[Value], Vec::as_slice);
                    if operations.is_empty() {
                        return writeln!(out, "nothing was asked of the agent for {tenant} yet");
                    }
                    for one in operations {
                        let text = |name: &str| one[name].as_str().unwrap_or_default();
                        let line = operation::describe(one);
                        writeln!(out, "{}  {}  {line}", text("id"), text("status"))?;
                    }
                    Ok(())
                })
            }
            Self::Show(show) => {
                let path = ["api", "v1", "tenants", tenant, "operations", &show.id];
                let mut found = agent.get(&path, &[]).await?;
                if show.wait {
                    found = operation::wait(app, &agent, tenant, found).await?;
                }
                app.output.result(&found, |out| {
                    writeln!(out, "{}", operation::describe(&found))?;
                    writeln!(out, "  {}", found["status"].as_str().unwrap_or_default())?;
                    match found["error"].as_str() {
                        Some(reason) => writeln!(out, "  {reason}"),
                        None => Ok(()),
                    }
                })
            }
        }
    }
}

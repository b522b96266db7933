//! `adx update` and `adx rollback`: another version of what is installed.

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::failure::Failure;
use crate::module_ref::{ModuleRef, segments};
use crate::operation::{act, advise};
use crate::policy::{self, Policy};

/// Update an installed module
///
/// The agent verifies, takes a snapshot, migrates and probes; if anything fails it puts the old version back. With
/// --auto-update or --channel and no version it only changes what the agent does by itself.
#[derive(Args)]
pub(crate) struct Update {
    /// The module: ns/name, or ns/name@REQUIREMENT: 1.2 means ^1.2, =1.2.3 means just that
    module: ModuleRef,
    #[command(flatten)]
    policy: Policy,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
}

/// Put an installed module back to the version before
///
/// It stays there: until you update it, or turn its updates on again, the agent installs nothing newer by itself.
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
        if self.policy.is_given() {
            let changed = self.change_policy(app).await?;
            if self.module.requirement.is_none() {
                let module = &self.module.module;
                return app.output.result(&changed, |out| writeln!(out, "{module}: {}", policy::describe(&changed)));
            }
        }
        let body = match &self.module.requirement {
            Some(requirement) => json!({ "version": requirement.to_string() }),
            None => json!({}),
        };
        act(app, &self.module.module, "update", Some(&body), self.no_wait).await
    }

    async fn change_policy(&self, app: &App) -> Result<Value, Failure> {
        let tenant = app.settings.tenant()?;
        let [namespace, name] = segments(&self.module.module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name];
        let mut body = json!({});
        self.policy.put_into(&mut body);
        let changed = app.agent(Some(tenant))?.send(Method::PATCH, &path, Some(&body)).await;
        changed.map_err(|failure| advise(failure, &self.module.module))
    }
}

impl Rollback {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        act(app, &self.module, "rollback", None, self.no_wait).await
    }
}

//! `adx grants`: what a tenant lets a module do.

use adx_signing::ModuleId;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;
use crate::operation;

/// Show or change what a tenant grants to a module
#[derive(Args)]
pub(crate) struct Grants {
    /// The module: ns/name
    module: ModuleId,
    /// Grant this permission; may be given more than once
    #[arg(long, value_name = "PERMISSION")]
    grant: Vec<String>,
    /// Take this permission back; may be given more than once
    #[arg(long, value_name = "PERMISSION")]
    revoke: Vec<String>,
}

impl Grants {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let agent = app.agent(Some(tenant))?;
        let [namespace, name] = segments(&self.module);
        let installation = ["api", "v1", "tenants", tenant, "installations", namespace, name];
        let present =
            agent.get(&installation, &[]).await.map_err(|failure| operation::advise(failure, &self.module))?;
        let mut grants = granted(&present);
        if !self.grant.is_empty() || !self.revoke.is_empty() {
            for permission in &self.revoke {
                if !grants.contains(permission) {
                    let granted = if grants.is_empty() { "nothing".to_owned() } else { grants.join(", ") };
                    return Err(Failure::usage(format!("`{permission}` is not granted"))
                        .hint(format!("{tenant} grants: {granted}")));
                }
            }
            grants.retain(|permission| !self.revoke.contains(permission));
            for permission in &self.grant {
                if !grants.contains(permission) {
                    grants.push(permission.clone());
                }
            }
            let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "grants"];
            let body = json!({ "grants": grants });
            // The agent's word: what the version that runs asks for no longer is gone from it.
            grants = granted(&agent.send(Method::PUT, &path, Some(&body)).await?);
        }
        let document = json!({ "module": self.module, "grants": grants });
        app.output.result(&document, |out| {
            if grants.is_empty() {
                writeln!(out, "{tenant} grants nothing to {}", self.module)
            } else {
                writeln!(out, "{}", grants.join("\n"))
            }
        })
    }
}

/// The grants in an answer of the agent.
fn granted(answer: &Value) -> Vec<String> {
    let grants = answer["grants"].as_array();
    let text = |grant: &Value| grant.as_str().map(str::to_owned);
    grants.into_iter().flatten().filter_map(text).collect()
}

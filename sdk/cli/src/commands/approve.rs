//! `adx approve`: a security fix that need not wait.

use adx_signing::ModuleId;
use adx_signing::token::TokenKind;
use clap::Args;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use semver::Version;
use serde_json::{Value, json};

use crate::App;
use crate::failure::Failure;
use crate::module_ref::segments;

/// Who must approve; the agent's words for them are `admin` and `tenant:NAME`.
const ADMINISTRATOR: &str = "admin";

/// Let a security fix past a tenant's cooldown
///
/// Two must say so: the tenant, and the agent's administrator (--administrator). Then it is installed as if it were old enough; all
/// its proofs are asked for as ever.
#[derive(Args)]
pub(crate) struct Approve {
    /// The module: ns/name
    module: ModuleId,
    /// The version, such as 1.2.3
    version: Version,
    /// Why it need not wait: the advisory it mends
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Speak as the agent's administrator, whose token `adx login agent` keeps
    #[arg(long)]
    administrator: bool,
}

/// The agent would count another one's token for whom it is, and one person would have spoken twice.
fn refuse_other_tokens(app: &App) -> Result<(), Failure> {
    let token = app.settings.agent_token(app.settings.agent()?, None)?;
    match token {
        Some(token) if !token.expose_secret().starts_with(TokenKind::Agent.prefix()) => {
            Err(Failure::refused("this is not the token of the agent's administrator, and nothing was approved")
                .hint("run `adx login agent` with the administrator's token, and give no other by --agent-token or ADX_AGENT_TOKEN"))
        }
        _ => Ok(()),
    }
}

impl Approve {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        if self.administrator {
            refuse_other_tokens(app)?;
        }
        let agent = app.agent(if self.administrator { None } else { Some(tenant) })?;
        let [namespace, name] = segments(&self.module);
        let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "approvals"];
        let body = json!({ "version": self.version.to_string(), "reason": self.reason });
        let approved = agent.send(Method::POST, &path, Some(&body)).await?;
        let approvals = approved["approvals"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let actors: Vec<&str> = approvals.iter().filter_map(|approval| approval["actor"].as_str()).collect();
        let (module, version) = (&self.module, &self.version);
        app.output.result(&approved, |out| {
            writeln!(out, "{module} {version} is approved for {tenant} by {}", actors.join(" and "))?;
            match (actors.contains(&ADMINISTRATOR), actors.len()) {
                (_, 2..) => writeln!(out, "next: adx install {module}@={version}, or adx update where it is installed"),
                (true, _) => writeln!(out, "next: the tenant: adx approve {module} {version} --reason TEXT"),
                (false, _) => {
                    writeln!(
                        out,
                        "next: the administrator: adx approve {module} {version} --reason TEXT --administrator"
                    )
                }
            }
        })
    }
}

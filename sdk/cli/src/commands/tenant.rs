//! `adx tenant`: tenants of an agent, for its administrator.

use adx_signing::TenantId;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::credentials::Credentials;
use crate::failure::Failure;

/// Make and list tenants (administrator of an agent)
#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Make a tenant and keep its token
    Create(Create),
    /// List tenants
    List,
}

/// Make a tenant
#[derive(Args)]
pub(crate) struct Create {
    /// Its name
    name: TenantId,
    /// Its name for people [default: NAME]
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// Print the token, which no one can be shown again (--json always does)
    #[arg(long)]
    show_token: bool,
}

impl Tenant {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(app).await,
            Self::List => list(app).await,
        }
    }
}

impl Create {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let agent = app.agent(None)?;
        // Read before the tenant is made: its token is shown once, and must not be lost to an unreadable file.
        let mut credentials = Credentials::load(app.settings.home())?;
        let display_name = self.display_name.as_deref().unwrap_or(self.name.as_str());
        let body = json!({ "tenant": self.name, "display_name": display_name });
        let made = agent.send(Method::POST, &["api", "v1", "tenants"], Some(&body)).await?;
        let token = made["token"].as_str().ok_or_else(|| {
            Failure::failed("the agent made the tenant and returned no token for it").hint("is it of this version?")
        })?;
        credentials.set_agent(agent.base(), Some(self.name.as_str()), token);
        credentials.save()?;
        app.output.result(&made, |out| {
            writeln!(out, "{} is made; its token is kept in", self.name)?;
            writeln!(out, "  {}", credentials.path().display())?;
            if self.show_token {
                writeln!(out, "  {token}")?;
            }
            writeln!(out, "next: adx install NS/NAME --tenant {}", self.name)
        })
    }
}

async fn list(app: &App) -> Result<(), Failure> {
    let found = app.agent(None)?.get(&["api", "v1", "tenants"], &[]).await?;
    app.output.result(&found, |out| {
        let tenants = found["tenants"].as_array();
        for tenant in tenants.map_or(&[] as &[Value], Vec::as_slice) {
            let text = |name: &str| tenant[name].as_str().unwrap_or_default();
            writeln!(out, "{}  {}", text("tenant"), text("display_name"))?;
        }
        Ok(())
    })
}

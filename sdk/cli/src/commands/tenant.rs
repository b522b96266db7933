//! `adx tenant`: tenants of an agent, for its administrator; and those of a registry, for whom modules are bought.

mod register;

use adx_signing::TenantId;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::order::Organisation;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::http::Server;

/// Tenants of an agent, their tokens and cooldowns; tenants of a registry, for whom modules are bought
#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Make a tenant and keep its token
    Create(Create),
    /// Give a tenant another token in place of the one before
    RenewToken(RenewToken),
    /// List tenants
    List,
    /// Show or change how long a release must have been public before the tenant installs it
    Cooldown(Cooldown),
    /// Make a tenant known to the registry, so that modules can be bought for it
    Register(register::Register),
    /// List the tenants that the registry knows, for whom you may buy or ask
    Registered(Organisation),
}

/// Show or change how long a release must have been public before the tenant installs it
///
/// Time for others to notice what is wrong with it. A security fix is let past by `adx approve`.
#[derive(Args)]
pub(crate) struct Cooldown {
    /// How long: 90s, 30m, 12h or 7d; `off` for not at all [default: only show it]
    #[arg(value_name = "DURATION", value_parser = parse_cooldown)]
    cooldown: Option<i64>,
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

/// Give a tenant another token in place of the one before
///
/// For a token that is lost (ask the agent's administrator) or stolen: the one before counts no more, wherever it is kept.
#[derive(Args)]
pub(crate) struct RenewToken {
    /// The tenant [default: the one of --tenant]
    name: Option<TenantId>,
    /// Print the token, which no one can be shown again (--json always does)
    #[arg(long)]
    show_token: bool,
}

impl Tenant {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(app).await,
            Self::RenewToken(command) => command.run(app).await,
            Self::List => list(app).await,
            Self::Cooldown(command) => command.run(app).await,
            Self::Register(command) => command.run(app).await,
            Self::Registered(organisation) => register::list(app, &organisation).await,
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
        let made = agent.send(Method::POST, &["api", "v1", "tenants"], Some(&body)).await;
        let token_lost = format!("where its token is lost: adx tenant renew-token {}", self.name);
        let made = made.map_err(|failure| failure.hint_for("tenant-exists", token_lost))?;
        let token = keep(&mut credentials, &agent, self.name.as_str(), &made)?;
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

impl RenewToken {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = match &self.name {
            Some(name) => name.as_str(),
            None => app.settings.tenant()?,
        };
        let agent = app.agent(Some(tenant))?;
        // Read before the token is renewed: the new one is shown once, and must not be lost to an unreadable file.
        let mut credentials = Credentials::load(app.settings.home())?;
        let renewed = agent.send(Method::POST, &["api", "v1", "tenants", tenant, "token"], None).await?;
        let token = keep(&mut credentials, &agent, tenant, &renewed)?;
        app.output.result(&renewed, |out| {
            writeln!(out, "{tenant} has another token, and the one before counts no more; it is kept in")?;
            writeln!(out, "  {}", credentials.path().display())?;
            if self.show_token {
                writeln!(out, "  {token}")?;
            }
            Ok(())
        })
    }
}

/// Keeps the token that an agent answered with.
fn keep<'a>(
    credentials: &mut Credentials,
    agent: &Server,
    tenant: &str,
    answer: &'a Value,
) -> Result<&'a str, Failure> {
    let token = answer["token"].as_str().ok_or_else(|| {
        Failure::failed("the agent did it and returned no token for the tenant").hint("is it of this version?")
    })?;
    credentials.set_agent(agent.base(), Some(tenant), token);
    credentials.save()?;
    Ok(token)
}

impl Cooldown {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let (agent, path) = (app.agent(Some(tenant))?, ["api", "v1", "tenants", tenant]);
        let found = match self.cooldown {
            Some(seconds) => {
                let body = json!({ "cooldown_seconds": seconds });
                agent.send(Method::PATCH, &path, Some(&body)).await?
            }
            None => agent.get(&path, &[]).await?,
        };
        app.output.result(&found, |out| {
            let held = &found["held_cooldown"];
            let asked = found["cooldown_seconds"].as_i64().unwrap_or_default();
            match (held["cooldown_seconds"].as_i64(), held["until"].as_str()) {
                (Some(before), Some(until)) => {
                    writeln!(out, "{tenant} lets a release age for {} until {until}", in_words(before))?;
                    writeln!(
                        out,
                        "  then it {}: a shorter cooldown counts once the longer one has passed",
                        aging(asked)
                    )
                }
                _ => writeln!(out, "{tenant} {}", aging(asked)),
            }
        })
    }
}

/// What a tenant does with a cooldown of so many seconds.
fn aging(seconds: i64) -> String {
    match seconds {
        0 => "installs releases as soon as they are public".to_owned(),
        seconds => format!("lets a release age for {}", in_words(seconds)),
    }
}

/// Units of a duration with their seconds, the longest first.
const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

fn parse_cooldown(text: &str) -> Result<i64, String> {
    if text == "off" {
        return Ok(0);
    }
    let read = |(unit, seconds): &(&str, i64)| Some(i64::from(text.strip_suffix(unit)?.parse::<u32>().ok()?) * seconds);
    UNITS.iter().find_map(read).ok_or_else(|| "write for example 90s, 30m, 12h, 7d or off".to_owned())
}

/// The largest unit that it is a whole number of.
fn in_words(seconds: i64) -> String {
    let unit = UNITS.iter().find(|(_, unit)| seconds % unit == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(name, unit)| format!("{}{name}", seconds / unit))
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

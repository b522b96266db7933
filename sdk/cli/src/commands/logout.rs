//! `adx logout`: forget a token.

use adx_signing::Namespace;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::App;
use crate::credentials::{Credentials, Kept};
use crate::failure::Failure;

/// Forget the token of a registry or an agent
///
/// Of a registry it is every publisher's, or that of --publisher, and the operator's; of an agent the tenant's, where one is set and
/// its token is kept, else the administrator's. Owners' tokens, and the other tenants', stay unless --all is said. A token that is
/// forgotten here counts as before for whoever has it.
#[derive(Args)]
pub(crate) struct Logout {
    /// Where to log out
    #[arg(default_value = "registry")]
    at: At,
    /// Every token that is kept for this server, those of owners and of every tenant too
    #[arg(long)]
    all: bool,
    /// Of a registry: only the token of this publisher; with --all, that of an owner of it too
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum At {
    Registry,
    Agent,
}

impl Logout {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let settings = &app.settings;
        if self.at == At::Agent && self.publisher.is_some() {
            return Err(Failure::usage("an agent has no token of a publisher").hint("leave --publisher or `agent` out"));
        }
        let url = match self.at {
            At::Registry => settings.registry()?,
            At::Agent => settings.agent()?,
        };
        let mut credentials = Credentials::load(settings.home())?;
        let kept = match self.at {
            At::Registry => credentials.of_registry(url),
            At::Agent => credentials.of_agent(url),
        };
        let tenant = settings.tenant_if_set().map(|tenant| Kept::Tenant(tenant.to_owned()));
        let of_agent = tenant.filter(|tenant| kept.contains(tenant)).unwrap_or(Kept::Administrator);
        let publisher = self.publisher.as_ref().map(|publisher| publisher.canonical().to_string());
        let is_meant = |token: &Kept| match (self.at, &publisher) {
            (At::Registry, Some(publisher)) => {
                *token == Kept::Publisher(publisher.clone()) || (self.all && *token == Kept::Owner(publisher.clone()))
            }
            (At::Registry, None) => self.all || !matches!(token, Kept::Owner(_)),
            (At::Agent, _) => self.all || *token == of_agent,
        };
        let whose = match (self.at, &publisher) {
            (At::Registry, Some(publisher)) => Kept::Publisher(publisher.clone()).to_string(),
            (At::Registry, None) => "a publisher or the operator".to_owned(),
            (At::Agent, _) => of_agent.to_string(),
        };
        let (removed, left): (Vec<Kept>, Vec<Kept>) = kept.into_iter().partition(is_meant);
        if !removed.is_empty() {
            for token in &removed {
                credentials.forget(url, token);
            }
            credentials.save()?;
        }
        let words = |tokens: &[Kept]| tokens.iter().map(ToString::to_string).collect::<Vec<_>>();
        let document = json!({ "server": url, "removed": words(&removed), "kept": words(&left) });
        app.output.result(&document, |out| {
            match removed.as_slice() {
                [] => writeln!(out, "no token of {whose} is kept for {url}")?,
                removed => writeln!(out, "forgotten for {url}: the token of {}", words(removed).join(", "))?,
            }
            if !left.is_empty() {
                writeln!(out, "kept still, for --all to forget: the token of {}", words(&left).join(", "))?;
            }
            if removed.is_empty() { Ok(()) } else { writeln!(out, "{}", counts_still(&removed)) }
        })
    }
}

/// What makes such a token count no more.
fn counts_still(removed: &[Kept]) -> &'static str {
    if removed.iter().any(|token| matches!(token, Kept::Tenant(_))) {
        "whoever has it can use it until `adx tenant renew-token`"
    } else if removed.contains(&Kept::Administrator) {
        "whoever has it can use it until the agent is given another"
    } else {
        "whoever has it can use it until it is revoked: on the registry's machine, `adx-registry admin token`"
    }
}

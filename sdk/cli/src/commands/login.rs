//! `adx login`: keep a token, so that it need not be typed again.

use std::io::{self, Read as _};

use adx_signing::{Namespace, Token};
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::App;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::http::{Kind, Server};
use crate::keys;

/// Keep the token of a registry or an agent
///
/// The token is taken from --token (or --agent-token), from stdin with --stdin, or asked for. It is tried before it is
/// kept, and the server becomes the one of commands that name none. A publisher's namespace becomes the one that
/// `adx new` and `adx key register` use.
#[derive(Args)]
pub(crate) struct Login {
    /// Where to log in
    #[arg(default_value = "registry")]
    at: At,
    /// Read the token from stdin
    #[arg(long)]
    stdin: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum At {
    Registry,
    Agent,
}

impl Login {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let settings = &app.settings;
        let (url, given) = match self.at {
            At::Registry => (settings.registry()?.clone(), settings.given_token()),
            At::Agent => (settings.agent()?.clone(), settings.given_agent_token()),
        };
        let token = match given {
            Some(token) => token.clone(),
            None => self.ask(app, &url)?,
        };
        Token::parse(token.expose_secret()).map_err(|error| {
            Failure::usage("that is not a token")
                .because(&error)
                .hint("a token is shown once, by the command or page that made it")
        })?;
        let who = self.try_out(app, &url, &token).await?;
        self.keep(app, &url, &token, &who)?;
        let document = json!({ "server": url, "who": who });
        app.output.result(&document, |out| {
            let name = who["namespace"].as_str().or(who["tenant"].as_str()).map(|name| format!(" as {name}"));
            writeln!(out, "logged in at {url}{}; the token is kept for you", name.unwrap_or_default())?;
            if self.at == At::Registry && !keys::path(app, None).exists() {
                writeln!(out, "next: adx key new")?;
            }
            Ok(())
        })
    }

    fn ask(&self, app: &App, url: &Url) -> Result<SecretString, Failure> {
        let unreadable = |error: io::Error| Failure::failed("cannot read the token").because(&error);
        if self.stdin {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
            return Ok(SecretString::from(text.trim()));
        }
        if !app.output.can_ask() {
            return Err(Failure::usage("a token is needed and nobody is here to be asked")
                .hint("pass it by ADX_TOKEN (ADX_AGENT_TOKEN for an agent), or on stdin with --stdin"));
        }
        let text = rpassword::prompt_password(format!("Token for {url}: ")).map_err(unreadable)?;
        Ok(SecretString::from(text.trim()))
    }

    async fn try_out(&self, app: &App, url: &Url, token: &SecretString) -> Result<Value, Failure> {
        let retries = app.settings.retries();
        let token = Some(token.clone());
        match self.at {
            At::Registry => Server::new(Kind::Registry, url, token, retries)?.get(&["api", "v1", "me"], &[]).await,
            At::Agent => {
                let agent = Server::new(Kind::Agent, url, token, retries)?;
                match app.settings.tenant_if_set() {
                    Some(tenant) => agent.get(&["api", "v1", "tenants", tenant], &[]).await,
                    None => agent.get(&["api", "v1", "tenants"], &[]).await.map(|_| json!({ "administrator": true })),
                }
            }
        }
    }

    fn keep(&self, app: &App, url: &Url, token: &SecretString, who: &Value) -> Result<(), Failure> {
        let mut credentials = Credentials::load(app.settings.home())?;
        match self.at {
            At::Registry => match owned(who) {
                Some(namespace) => credentials.set_owner(url, &namespace, token.expose_secret()),
                None => credentials.set_registry(url, token.expose_secret()),
            },
            At::Agent => {
                credentials.set_agent(url, app.settings.tenant_if_set(), token.expose_secret());
            }
        }
        credentials.save()?;
        app.settings.choose(|chosen| match self.at {
            At::Registry => {
                chosen.registry = Some(url.clone());
                if let Some(namespace) = who["namespace"].as_str() {
                    chosen.publisher = Some(namespace.to_owned());
                }
            }
            At::Agent => {
                chosen.agent = Some(url.clone());
                if let Some(tenant) = app.settings.tenant_if_set() {
                    chosen.tenant = Some(tenant.to_owned());
                }
            }
        })
    }
}

/// The namespace of which an owner's token was given: it is kept beside the publisher's, not in its place.
fn owned(who: &Value) -> Option<Namespace> {
    if who["kind"] != "owner" {
        return None;
    }
    who["namespace"].as_str()?.parse().ok()
}

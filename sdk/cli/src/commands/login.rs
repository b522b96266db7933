//! `adx login`: keep a token, so that it need not be typed again.

use std::io::{self, Read as _};

use adx_signing::{Namespace, Token, TokenKind};
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::App;
use crate::credentials::{Credentials, Kept};
use crate::failure::Failure;
use crate::http::{Kind, Server};
use crate::keys;

const WITH_AN_ACCOUNT: &str = "\
An account of a registry's page has no token of its own: sign in at REGISTRY/account/publishers/NAMESPACE, make one for the
publisher there, and do there what its owners decide.";

/// Keep the token of a registry or an agent
///
/// The token is taken from --token (or --agent-token), from stdin with --stdin, or asked for. It is tried before it is
/// kept, and the server becomes the one of commands that name none. A publisher's is kept beside those of others: commands that
/// name a module, or its publisher, use that one's, and the rest use this. Its namespace becomes the one that `adx new` and
/// `adx key register` use. An agent knows two kinds: its administrator's is kept as such whatever tenant is set, a
/// tenant's for the tenant of --tenant.
#[derive(Args)]
#[command(after_help = WITH_AN_ACCOUNT)]
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
        let kind = Token::parse(token.expose_secret()).map(|token| token.kind()).map_err(|error| {
            let failure = Failure::usage("that is not a token");
            let failure = if is_mistyped(token.expose_secret()) {
                failure.cause("it has the form of one, and no token ends so: a character is mistyped")
            } else {
                failure.because(&error)
            };
            failure.hint("copy it whole, from where it was shown; that was once, by the command or page that made it")
        })?;
        let tenant = self.tenant_of(app, kind)?;
        let who = self.try_out(app, &url, &token, tenant).await?;
        let credentials = self.keep(app, &url, &token, tenant, &who).await?;
        let kept = match self.at {
            At::Registry => credentials.of_registry(&url),
            At::Agent => credentials.of_agent(&url),
        };
        let document = json!({ "server": url, "who": who, "kept": words(&kept) });
        app.output.result(&document, |out| {
            let name = who["namespace"].as_str().or(who["tenant"].as_str()).map(|name| format!(" as {name}"));
            writeln!(out, "logged in at {url}{}; the token is kept for you", name.unwrap_or_default())?;
            if kept.len() > 1 {
                writeln!(out, "kept for it now: the token of {}", words(&kept).join(", "))?;
            }
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

    /// The tenant that a token speaks for, none for every other kind.
    fn tenant_of<'a>(&self, app: &'a App, kind: TokenKind) -> Result<Option<&'a str>, Failure> {
        let elsewhere = |server: &str, hint: &str| {
            Err(Failure::usage(format!("that is the token of {}: {server} does not know it", owner_of(kind)))
                .hint(hint))
        };
        match (self.at, kind) {
            (At::Registry, TokenKind::Agent | TokenKind::Tenant) => {
                elsewhere("a registry", "run `adx login agent` with it")
            }
            (At::Agent, TokenKind::Publisher | TokenKind::Operator | TokenKind::Owner | TokenKind::Workflow) => {
                elsewhere("an agent", "run `adx login` with it, or take the agent's: adx_a_… or adx_t_…")
            }
            (At::Agent, TokenKind::Tenant) => app.settings.tenant_if_set().map(Some).ok_or_else(|| {
                Failure::usage("that is the token of a tenant, and which one is not said")
                    .hint("pass --tenant NAME or set ADX_TENANT")
            }),
            (At::Registry, _) | (At::Agent, TokenKind::Agent) => Ok(None),
        }
    }

    async fn try_out(
        &self,
        app: &App,
        url: &Url,
        token: &SecretString,
        tenant: Option<&str>,
    ) -> Result<Value, Failure> {
        let retries = app.settings.retries();
        let token = Some(token.clone());
        match self.at {
            At::Registry => {
                Server::new(Kind::Registry, url, token, retries, app.output)?.get(&["api", "v1", "me"], &[]).await
            }
            At::Agent => {
                let agent = Server::new(Kind::Agent, url, token, retries, app.output)?;
                let Some(tenant) = tenant else {
                    let found = agent.get(&["api", "v1", "tenants"], &[]).await?;
                    warn_of_a_tenant_that_is_not_there(app, &found);
                    return Ok(json!({ "administrator": true }));
                };
                agent.get(&["api", "v1", "tenants", tenant], &[]).await.map_err(|failure| {
                    let hint =
                        format!("this token is another tenant's, or nobody is called {tenant}: pass --tenant NAME");
                    failure.hint_for("not-found", hint)
                })
            }
        }
    }

    async fn keep(
        &self,
        app: &App,
        url: &Url,
        token: &SecretString,
        tenant: Option<&str>,
        who: &Value,
    ) -> Result<Credentials, Failure> {
        let mut credentials = Credentials::load(app.settings.home())?;
        match self.at {
            At::Registry => match (who["kind"].as_str(), namespace_of(who)) {
                (Some("owner"), Some(namespace)) => credentials.set_owner(url, &namespace, token.expose_secret()),
                (_, namespace) => {
                    name_the_one_before(app, url, &mut credentials).await?;
                    credentials.log_in(url, namespace.as_ref(), token.expose_secret());
                }
            },
            At::Agent => credentials.set_agent(url, tenant, token.expose_secret()),
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
                if let Some(tenant) = tenant {
                    chosen.tenant = Some(tenant.to_owned());
                }
            }
        })?;
        Ok(credentials)
    }
}

/// Finds out whose the token is that an earlier version kept without a name: it stays beside the one that comes, unless it counts no more.
async fn name_the_one_before(app: &App, url: &Url, credentials: &mut Credentials) -> Result<(), Failure> {
    let Some((Kept::Nameless, token)) = credentials.nameless(url) else { return Ok(()) };
    let registry = Server::new(Kind::Registry, url, Some(token.clone()), app.settings.retries(), app.output)?;
    match registry.get(&["api", "v1", "me"], &[]).await {
        Ok(who) => {
            if let Some(namespace) = namespace_of(&who) {
                credentials.set_publisher(url, &namespace, token.expose_secret());
                credentials.forget(url, &Kept::Nameless);
            }
        }
        Err(failure) if failure.is("unauthenticated") => credentials.forget(url, &Kept::Nameless),
        // Another time.
        Err(_) => {}
    }
    Ok(())
}

fn words(kept: &[Kept]) -> Vec<String> {
    kept.iter().map(ToString::to_string).collect()
}

/// Whether a text that is no token has the length and the letters of one: 43 of them hold two bits more than a token's 256.
fn is_mistyped(text: &str) -> bool {
    let secret = TokenKind::ALL.into_iter().find_map(|kind| text.strip_prefix(kind.prefix()));
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    secret.is_some_and(|secret| secret.len() == 43 && secret.bytes().all(is_letter))
}

/// Whose a token is, in a sentence.
const fn owner_of(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Publisher => "a publisher",
        TokenKind::Operator => "a registry's operator",
        TokenKind::Owner => "an owner of a namespace",
        TokenKind::Workflow => "one run of a workflow",
        TokenKind::Agent => "an agent's administrator",
        TokenKind::Tenant => "a tenant of an agent",
    }
}

/// The administrator's token is good without it, and the next command would fail.
fn warn_of_a_tenant_that_is_not_there(app: &App, found: &Value) {
    let Some(tenant) = app.settings.tenant_if_set() else { return };
    let mut tenants = found["tenants"].as_array().into_iter().flatten();
    if tenants.all(|known| known["tenant"] != tenant) {
        app.output
            .warn(&format!("the agent has no tenant {tenant}, which is set: `adx tenant create {tenant}` makes it"));
    }
}

/// The namespace of whose publisher or owner a token is.
fn namespace_of(who: &Value) -> Option<Namespace> {
    who["namespace"].as_str()?.parse().ok()
}

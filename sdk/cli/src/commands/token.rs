//! `adx token`: the tokens of a publisher that is logged in.

use adx_signing::{Namespace, UtcSecond};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::http::Server;

const TOKENS: [&str; 3] = ["api", "v1", "tokens"];

/// List, make, renew and revoke the tokens of a publisher
#[derive(Subcommand)]
pub(crate) enum Token {
    /// List the tokens that count; their secrets are not kept
    List(Whose),
    /// Make another token, which can do no more than yours; printed this once
    Create(Create),
    /// Put another token in the place of yours, and revoke that
    Renew(Whose),
    /// Revoke a token, and those that were made with it
    Revoke(Revoke),
}

/// Whose tokens
#[derive(Args)]
pub(crate) struct Whose {
    /// The publisher's namespace [default: the one that was logged in with last]
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
}

/// Make another token, which can do no more than yours; printed this once
#[derive(Args)]
pub(crate) struct Create {
    /// What to know it by, such as the machine that it is for
    label: String,
    /// What it may do: publish, keys or tokens, and to which modules (publish:hello, publish:hel*); may be repeated
    #[arg(long, value_name = "ACTION[:MODULES]", required = true, value_parser = parse_scope)]
    scope: Vec<Value>,
    /// From where it counts: a network (192.0.2.0/24) or an address; may be repeated [default: from where yours does]
    #[arg(long, value_name = "NETWORK")]
    from: Vec<String>,
    /// When it stops counting, such as 2030-01-31T12:00:00Z [default: when yours does]
    #[arg(long, value_name = "TIME")]
    until: Option<UtcSecond>,
    #[command(flatten)]
    whose: Whose,
}

/// Revoke a token, and those that were made with it: whoever had it may have made them
#[derive(Args)]
pub(crate) struct Revoke {
    /// The token's id, as `adx token list` prints it
    #[arg(value_name = "TOKEN-ID")]
    id: String,
    /// Let those that were made with it count as before
    #[arg(long)]
    alone: bool,
    #[command(flatten)]
    whose: Whose,
}

impl Token {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(whose) => whose.list(app).await,
            Self::Create(command) => command.run(app).await,
            Self::Renew(whose) => whose.renew(app).await,
            Self::Revoke(command) => command.run(app).await,
        }
    }
}

impl Whose {
    fn registry(&self, app: &App) -> Result<Server, Failure> {
        match &self.publisher {
            // A token does all this for its own publisher, whoever is named.
            Some(publisher) => app.registry_of(publisher)?.with_no_other_token(),
            None => app.registry(),
        }
    }

    /// What says the same in the next command.
    fn option(&self) -> String {
        self.publisher.as_ref().map(|publisher| format!(" --publisher {publisher}")).unwrap_or_default()
    }

    async fn list(&self, app: &App) -> Result<(), Failure> {
        let found = self.registry(app)?.get(&TOKENS, &[]).await?;
        app.output.result(&found, |out| {
            for token in found["tokens"].as_array().into_iter().flatten() {
                let text = |name: &str| token[name].as_str().unwrap_or_default();
                let dated = |words: &str, name: &str| token[name].as_str().map(|time| format!(", {words} {time}"));
                writeln!(
                    out,
                    "{}  {}  {}{}{}{}{}",
                    text("id"),
                    text("label"),
                    scopes(token),
                    from(token),
                    token["made_with"].as_str().map(|parent| format!(", made with {parent}")).unwrap_or_default(),
                    dated("last used", "last_used_at").unwrap_or_default(),
                    dated("until", "expires_at").unwrap_or_default()
                )?;
            }
            Ok(())
        })
    }

    /// The new one is kept before the one before is revoked: at no time is there none.
    async fn renew(&self, app: &App) -> Result<(), Failure> {
        let registry = self.registry(app)?;
        // Read before the token is made: it is shown once, and must not be lost to an unreadable file.
        let mut credentials = Credentials::load(app.settings.home())?;
        let mut me = registry.get(&["api", "v1", "me"], &[]).await?;
        let before = me["token"].take();
        let body = wanted(&before["label"], &before["scopes"], &before["networks"], &before["expires_at"]);
        let mut made = registry.send(Method::POST, &TOKENS, Some(&body)).await?;
        let (Some(secret), Some(id)) = (made["secret"].as_str(), before["id"].as_str()) else {
            return Err(Failure::failed("the registry made no token").hint("is it of this version?"));
        };
        // One that is kept nowhere was given: the new one is kept as if it was logged in with.
        if !credentials.renew(registry.base(), registry.token().unwrap_or_default(), secret) {
            let namespace = me["namespace"].as_str().and_then(|text| text.parse::<Namespace>().ok());
            credentials.log_in(registry.base(), namespace.as_ref(), secret);
        }
        credentials.save()?;
        // Alone: the new one was made with it, and so were those of robots.
        revoke(&registry, id, true).await.map_err(|failure| {
            failure.hint(format!(
                "the new token is kept, and the one before counts still: run `adx token revoke {id} --alone{}`",
                self.option()
            ))
        })?;
        if let Some(document) = made.as_object_mut() {
            document.remove("secret");
            document.insert("revoked".to_owned(), id.into());
        }
        app.output.result(&made, |out| {
            writeln!(out, "you have another token, and the one before counts no more; it is kept in")?;
            writeln!(out, "  {}", credentials.path().display())
        })
    }
}

impl Create {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let registry = self.whose.registry(app)?;
        let own = if self.until.is_none() || self.from.is_empty() {
            registry.get(&["api", "v1", "me"], &[]).await?["token"].take()
        } else {
            Value::Null
        };
        let until = self.until.map_or_else(|| own["expires_at"].clone(), |until| json!(until));
        let from = if self.from.is_empty() { own["networks"].clone() } else { json!(self.from) };
        let body = wanted(&json!(self.label), &json!(self.scope), &from, &until);
        let made = registry.send(Method::POST, &TOKENS, Some(&body)).await?;
        app.output.result(&made, |out| {
            writeln!(out, "{}  {}", made["token"]["id"].as_str().unwrap_or_default(), scopes(&made["token"]))?;
            writeln!(out, "shown this once: {}", made["secret"].as_str().unwrap_or_default())?;
            writeln!(out, "next, where it is used: adx login")
        })
    }
}

impl Revoke {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let answer = revoke(&self.whose.registry(app)?, &self.id, self.alone).await;
        let answer = answer.map_err(|failure| {
            failure
                .hint_for("not-found", format!("run `adx token list{}` to see those that count", self.whose.option()))
        })?;
        let revoked = answer["revoked"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let descendants: Vec<_> = revoked.filter(|id| *id != self.id).collect();
        let document = json!({ "id": self.id, "descendants": descendants });
        app.output.result(&document, |out| {
            writeln!(out, "{} counts no more", self.id)?;
            descendants.iter().try_for_each(|id| writeln!(out, "nor does {id}, which was made with it"))
        })
    }
}

async fn revoke(registry: &Server, id: &str, alone: bool) -> Result<Value, Failure> {
    let query: &[_] = if alone { &[("alone", "true")] } else { &[] };
    registry.send_with(Method::DELETE, &[&TOKENS[..], &[id]].concat(), query, None).await
}

/// A token to make. Networks are left out where there are none: not every registry knows them.
fn wanted(label: &Value, scopes: &Value, networks: &Value, until: &Value) -> Value {
    let mut body = json!({ "label": label, "scopes": scopes, "expires_at": until });
    if networks.as_array().is_some_and(|networks| !networks.is_empty()) {
        body["networks"] = networks.clone();
    }
    body
}

/// From where a token counts, if not from everywhere.
fn from(token: &Value) -> String {
    let networks = token["networks"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let networks: Vec<_> = networks.collect();
    if networks.is_empty() { String::new() } else { format!(", from {}", networks.join(" ")) }
}

/// `publish:hel*` as the registry takes it; without modules it is for all.
fn parse_scope(text: &str) -> Result<Value, String> {
    let (scope, modules) = text.split_once(':').unwrap_or((text, "*"));
    if ["publish", "keys", "tokens"].contains(&scope) {
        Ok(json!({ "scope": scope, "modules": modules }))
    } else {
        Err("write publish, keys or tokens, and behind a colon for which modules".to_owned())
    }
}

/// What a token may do, as [`parse_scope`] takes it.
fn scopes(token: &Value) -> String {
    let scopes = token["scopes"].as_array().into_iter().flatten();
    let words = scopes.map(|scope| {
        let text = |name: &str| scope[name].as_str().unwrap_or_default();
        format!("{}:{}", text("scope"), text("modules"))
    });
    words.collect::<Vec<_>>().join(" ")
}

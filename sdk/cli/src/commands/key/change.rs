//! `adx key list`, `add` and `remove`: the keys of a namespace, each change signed by one that it has.

use std::collections::BTreeSet;

use adx_signing::key::{KeyId, KeyPurpose};
use adx_signing::key_change::{Change, KeyChange, NewKey};
use adx_signing::version::V1;
use adx_signing::{Namespace, UtcSecond};
use base64::Engine as _;
use clap::{Args, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::chosen_publisher;
use crate::App;
use crate::failure::Failure;
use crate::http::Server;
use crate::keys;

/// List the keys of a publisher
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// Add another key
///
/// A key that the publisher has signs for it, so that a stolen token alone adds none.
#[derive(Args)]
pub(crate) struct Add {
    /// The new key: its name, or a file (the public half is enough)
    #[arg(value_name = "NEW-KEY")]
    key: String,
    #[command(flatten)]
    signed: Signed,
    /// What it may sign; may be repeated [default: both]
    #[arg(long, value_name = "PURPOSE")]
    purpose: Vec<Purpose>,
    /// The last second at which it counts, such as 2030-01-31T12:00:00Z [default: until it is removed]
    #[arg(long, value_name = "TIME")]
    until: Option<UtcSecond>,
}

/// Remove a key
///
/// Another key of the publisher signs for it. What the removed key signed before stays valid.
#[derive(Args)]
pub(crate) struct Remove {
    /// The key's id, as `adx key list` prints it
    key_id: KeyId,
    #[command(flatten)]
    signed: Signed,
}

/// Whose keys, and who signs
#[derive(Args)]
struct Signed {
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
    /// The key of the publisher to sign with: a name, or a file [default: what `adx key use` chose, else `default`]
    #[arg(long, default_value = keys::DEFAULT, hide_default_value = true, value_name = "KEY")]
    sign_with: String,
}

/// What a key may sign
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Purpose {
    /// Releases
    Release,
    /// Changes of the publisher's keys
    KeyChange,
}

impl From<Purpose> for KeyPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Release => Self::Release,
            Purpose::KeyChange => Self::KeyChange,
        }
    }
}

/// Those that were named, else both.
pub(super) fn purposes(named: &[Purpose]) -> BTreeSet<KeyPurpose> {
    if named.is_empty() {
        return [KeyPurpose::Release, KeyPurpose::KeyChange].into();
    }
    named.iter().map(|purpose| (*purpose).into()).collect()
}

impl List {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let publisher = named(app, self.publisher)?;
        let path = ["api", "v1", "publishers", publisher.as_str()];
        let found = app.registry_of(&publisher)?.get(&path, &[]).await?;
        app.output.result(&found, |out| {
            for key in found["keys"].as_array().into_iter().flatten() {
                let purposes = key["purposes"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let purposes = purposes.collect::<Vec<_>>().join(", ");
                let until = key["not_after"].as_str().map(|until| format!(", until {until}")).unwrap_or_default();
                let id = key["key_id"].as_str().unwrap_or_default();
                writeln!(out, "{id}  {purposes}{until}{}", ended(key))?;
            }
            Ok(())
        })
    }
}

/// What ended a key before its time, from where in the log on, and why.
fn ended(key: &Value) -> String {
    let mut text = String::new();
    if let Some(leaf) = key["removed_leaf"].as_u64() {
        let by = match key["removed_by"].as_str() {
            Some("owners") => " by the owners",
            Some("key") => " by another key",
            _ => "",
        };
        text.push_str(&format!("\n  removed{by}: what leaf {leaf} and later ones tell of counts no more"));
    }
    let revoked = &key["revoked"];
    if let Some(leaf) = revoked["from_leaf"].as_u64() {
        let reason = revoked["reason"].as_str().unwrap_or_default();
        let at = revoked["at"].as_str().unwrap_or_default();
        let from =
            if leaf == 0 { "nothing that it signed is".to_owned() } else { format!("nothing from leaf {leaf} on is") };
        text.push_str(&format!("\n  revoked at {at}: {from} believed: {reason}"));
    }
    text
}

impl Add {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let public = keys::open_public(app, &keys::path(app, Some(&self.key)))?;
        let purposes = purposes(&self.purpose);
        let body = json!({ "public_key_pem": public.to_pem(), "purposes": purposes, "not_after": self.until });
        let change = Change::Add(NewKey { not_after: self.until, public, purposes });
        let publisher = named(app, self.signed.publisher.clone())?;
        let added = self.signed.send(app, &publisher, change, Method::POST, &[], Some(&body)).await?;
        app.output.result(&added, |out| {
            writeln!(out, "{} is a key of {publisher} now", public.id())?;
            writeln!(out, "next: adx key list {publisher}")
        })
    }
}

impl Remove {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let change = Change::Remove { keyid: self.key_id };
        let publisher = named(app, self.signed.publisher.clone())?;
        let id = self.key_id.to_string();
        let default = keys::path(app, None);
        // The public half alone: nobody shall be asked for a passphrase of a key that does not sign now.
        let was_default = keys::public_path(&default).exists()
            && keys::open_public(app, &default).is_ok_and(|key| key.id() == self.key_id);
        let mut removed = self.signed.send(app, &publisher, change, Method::DELETE, &[&id], None).await?;
        if let Some(object) = removed.as_object_mut() {
            object.insert("was_default".to_owned(), was_default.into());
        }
        app.output.result(&removed, |out| {
            writeln!(out, "{id} counts for {publisher} no more")?;
            if !was_default {
                return writeln!(out, "next: adx key list {publisher}");
            }
            writeln!(out, "it is the key of commands that name none, and they are refused until another one is")?;
            writeln!(out, "next: adx key use {}", self.signed.sign_with)
        })
    }
}

impl Signed {
    /// Signs a change as the next one and sends it; once more if another came in between.
    async fn send(
        &self,
        app: &App,
        publisher: &Namespace,
        change: Change,
        method: Method,
        rest: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let registry = app.registry_of(publisher)?;
        let (namespace, follows) = last_change(&registry, publisher).await?;
        let key = keys::open(app, &keys::path(app, Some(&self.sign_with)))?;
        let path = [&["api", "v1", "publishers", publisher.as_str(), "keys"], rest].concat();
        let mut change = KeyChange { change, follows, namespace, v: V1 };
        let mut repeated = false;
        loop {
            let envelope = base64::engine::general_purpose::STANDARD.encode(change.sign(&key).to_json());
            app.output.step("Signed", &format!("the change after leaf {} with {}", change.follows, key.public().id()));
            let sent = registry
                .send_repeatable(method.clone(), &path, |request| {
                    let request = request.header("adx-envelope", &envelope);
                    match body {
                        Some(body) => request.json(body),
                        None => request,
                    }
                })
                .await;
            match sent {
                Ok((_, document)) => return Ok(document),
                Err(failure) => match failure.member_for("key-change-outdated", "follows").and_then(Value::as_u64) {
                    Some(follows) if !repeated => {
                        change.follows = follows;
                        repeated = true;
                    }
                    _ => return Err(advise(failure, publisher)),
                },
            }
        }
    }
}

/// The next command where the registry refused.
fn advise(failure: Failure, publisher: &Namespace) -> Failure {
    failure
        .hint_for("signature", "sign with a key of the publisher that may change keys: `--sign-with KEY`")
        .hint_for("key-signs-its-removal", "sign with another key of the publisher: `--sign-with KEY`")
        .hint_for("last-key", format!("run `adx key add NEW-KEY --publisher {publisher}` first, and sign with that"))
        .hint_for("key-change-outdated", format!("run `adx key list {publisher}`: somebody else is changing its keys"))
}

/// The publisher's namespace as the registry writes it, and the leaf that a change must follow.
async fn last_change(registry: &Server, publisher: &Namespace) -> Result<(Namespace, u64), Failure> {
    let found = registry.get(&["api", "v1", "publishers", publisher.as_str()], &[]).await?;
    let namespace = found["namespace"].as_str().and_then(|text| text.parse::<Namespace>().ok());
    // What is signed is for the namespace that was asked for, whatever the registry says.
    let namespace = namespace.filter(|namespace| namespace.canonical() == publisher.canonical()).ok_or_else(|| {
        Failure::refused(format!("the registry did not answer for `{publisher}`"))
            .hint("is this the address of a registry?")
    })?;
    let follows = found["last_key_change"].as_u64().ok_or_else(|| {
        Failure::refused(format!("{publisher} has no key yet that could sign"))
            .hint(format!("run `adx key register {publisher}`: the first key needs a token only"))
    })?;
    Ok((namespace, follows))
}

fn named(app: &App, publisher: Option<Namespace>) -> Result<Namespace, Failure> {
    publisher.map_or_else(|| chosen_publisher(app), Ok)
}

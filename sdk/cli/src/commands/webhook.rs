//! `adx webhook`: where a publisher's events are sent over HTTP, and what became of each.

mod deliveries;

use std::io::{self, Write};

use adx_signing::Namespace;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::proposal::AsOwner;
use crate::App;
use crate::failure::Failure;

/// Have a publisher's events sent to an address, look at what was sent, send it once more
///
/// With the token of an owner. What is sent is signed as Standard Webhooks says: <https://www.standardwebhooks.com>.
#[derive(Subcommand)]
pub(crate) enum Webhook {
    /// List the webhooks of a publisher
    List(List),
    /// Have events sent to an address; the secret that they are signed with is printed this once
    Add(Add),
    /// Send elsewhere, or other events; pause a webhook, or go on
    Change(Change),
    /// Remove a webhook, with what it was sent
    Remove(Which),
    /// Send a test event, at once
    Ping(Which),
    /// List what a webhook was sent, newest first, and what was answered
    Deliveries(deliveries::Deliveries),
    /// Send one delivery once more, or all since a time
    Replay(deliveries::Replay),
    /// Give a webhook another secret, printed this once; the one before signs as well for 24 hours
    Secret(Which),
}

/// Whose webhooks
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// Where to, and of what
#[derive(Args)]
pub(crate) struct Add {
    /// Where it is: https://…, which the public network can reach
    url: String,
    /// What is sent, such as release.published; may be repeated [default: every event]
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// What becomes different
#[derive(Args)]
pub(crate) struct Change {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    what: Changed,
}

/// What is not named stays as it is.
#[derive(Args)]
#[group(required = true, multiple = true)]
struct Changed {
    /// Send to this address
    #[arg(long)]
    url: Option<String>,
    /// Send these events and no others; may be repeated
    #[arg(long, value_name = "EVENT", conflicts_with = "every_event")]
    event: Vec<String>,
    /// Send every event
    #[arg(long)]
    every_event: bool,
    /// Send nothing until it goes on; what happens meanwhile is not sent later
    #[arg(long, conflicts_with = "resume")]
    pause: bool,
    /// Go on, with what waited when it was paused
    #[arg(long)]
    resume: bool,
}

/// Which webhook
#[derive(Args)]
pub(crate) struct Which {
    /// Its id, as `adx webhook list` prints it
    #[arg(value_name = "WEBHOOK")]
    id: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

impl Webhook {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Add(command) => command.run(app).await,
            Self::Change(command) => command.run(app).await,
            Self::Remove(which) => which.remove(app).await,
            Self::Ping(which) => which.ping(app).await,
            Self::Deliveries(command) => command.run(app).await,
            Self::Replay(command) => command.run(app).await,
            Self::Secret(which) => which.secret(app).await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let found = owner.get_elsewhere(&path(&[]), &[("namespace", owner.publisher.as_str())]).await?;
        app.output.result(&found, |out| {
            let webhooks = found["webhooks"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            if webhooks.is_empty() {
                writeln!(out, "{0} has no webhook: adx webhook add URL --publisher {0}", owner.publisher)?;
            }
            webhooks.iter().try_for_each(|webhook| line(out, webhook))
        })
    }
}

impl Add {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let body = json!({ "namespace": owner.publisher, "url": self.url, "events": self.event });
        let made = owner.send_once_elsewhere(&path(&[]), Some(&body)).await;
        let made = made.map_err(|failure| {
            let remove = format!("remove one of `adx webhook list --publisher {}` first", owner.publisher);
            about_events(failure).hint_for("too-many-webhooks", remove)
        })?;
        app.output.result(&made, |out| {
            line(out, &made["webhook"])?;
            secret(out, &made)?;
            writeln!(out, "next: adx webhook ping {} --publisher {}", text(&made["webhook"], "id"), owner.publisher)
        })
    }
}

impl Change {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let (owner, id) = self.which.open(app)?;
        let Changed { url, event, every_event, pause, resume } = self.what;
        let mut body = json!({});
        if let Some(url) = url {
            body["url"] = json!(url);
        }
        if every_event || !event.is_empty() {
            body["events"] = json!(event);
        }
        if pause || resume {
            body["enabled"] = json!(resume);
        }
        let changed = owner.put_elsewhere(&path(&[&id]), &body).await;
        let changed = changed.map_err(|failure| about_events(about(failure, &owner, &id)))?;
        app.output.result(&changed, |out| line(out, &changed))
    }
}

impl Which {
    /// Who asks, and which webhook.
    fn open(self, app: &App) -> Result<(AsOwner, String), Failure> {
        Ok((AsOwner::open(app, self.publisher)?, self.id))
    }

    async fn remove(self, app: &App) -> Result<(), Failure> {
        let (owner, id) = self.open(app)?;
        let removed = owner.send_elsewhere(Method::DELETE, &path(&[&id])).await;
        removed.map_err(|failure| about(failure, &owner, &id))?;
        app.output.result(&json!({ "id": id }), |out| writeln!(out, "{id} is removed: nothing is sent there any more"))
    }

    async fn ping(self, app: &App) -> Result<(), Failure> {
        let (owner, id) = self.open(app)?;
        let sent = owner.send_once_elsewhere(&path(&[&id, "ping"]), None).await;
        let sent = sent.map_err(|failure| about(failure, &owner, &id))?;
        app.output.result(&sent, |out| {
            writeln!(out, "a test event is sent: {}", text(&sent, "id"))?;
            writeln!(out, "next: adx webhook deliveries {id} --publisher {}", owner.publisher)
        })
    }

    async fn secret(self, app: &App) -> Result<(), Failure> {
        let (owner, id) = self.open(app)?;
        let changed = owner.send_once_elsewhere(&path(&[&id, "secret"]), None).await;
        let changed = changed.map_err(|failure| about(failure, &owner, &id))?;
        app.output.result(&changed, |out| {
            secret(out, &changed)?;
            let until = text(&changed["webhook"], "previous_secret_until");
            writeln!(out, "the one before signs as well until {until}")
        })
    }
}

fn path<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["api", "v1", "webhooks"], rest].concat()
}

/// What to type where a webhook is none, or paused.
fn about(failure: Failure, owner: &AsOwner, id: &str) -> Failure {
    failure
        .hint_for(
            "not-found",
            format!("run `adx webhook list --publisher {}` to see those that there are", owner.publisher),
        )
        .hint_for(
            "webhook-off",
            format!("run `adx webhook change {id} --resume --publisher {}` first", owner.publisher),
        )
}

/// What to type where an event is none that can be chosen: the registry names those that can.
fn about_events(failure: Failure) -> Failure {
    let hint = "give one of them with --event, or none to be sent every event";
    failure.hint_for("unknown-event", hint).hint_for("event-for-operators", hint)
}

fn line(out: &mut dyn Write, webhook: &Value) -> io::Result<()> {
    let events: Vec<_> = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let events = if events.is_empty() { "every event".to_owned() } else { events.join(" ") };
    write!(out, "{}  {}  {events}", text(webhook, "id"), text(webhook, "url"))?;
    if webhook["enabled"] == false {
        write!(out, ", paused since {}: {}", text(webhook, "disabled_at"), text(webhook, "disabled_for"))?;
    }
    writeln!(out)
}

fn secret(out: &mut dyn Write, made: &Value) -> io::Result<()> {
    writeln!(out, "shown this once: {}", text(made, "secret"))
}

/// A text of a document; empty where there is none.
fn text<'v>(document: &'v Value, name: &str) -> &'v str {
    document[name].as_str().unwrap_or_default()
}

//! `adx order`: look at orders, and decide on them.

use std::io::{self, Write};

use adx_signing::Namespace;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::failure::Failure;
use crate::http::{Kind, Server};

/// Look at what was ordered for a tenant, approve or refuse what others ask for, cancel it
#[derive(Subcommand)]
pub(crate) enum Order {
    /// List the orders of a tenant, newest first
    List,
    /// Show an order: what happened, and what is to be done to pay it
    Show(Which),
    /// Buy what somebody asks for
    Approve(Which),
    /// Do not buy it
    Refuse(Refuse),
    /// Cancel an order: a subscription ends with what was paid for
    Cancel(Which),
}

/// Which order
#[derive(Args)]
pub(crate) struct Which {
    /// The order's id
    #[arg(value_name = "ORDER-ID")]
    order: String,
}

/// Do not buy what somebody asks for
#[derive(Args)]
pub(crate) struct Refuse {
    /// The order's id
    #[arg(value_name = "ORDER-ID")]
    order: String,
    /// Why, in one line for whoever asks
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Order {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List => list(app).await,
            Self::Show(Which { order }) => {
                let found = as_buyer(app, None)?.get(&["api", "v1", "orders", &order], &[]).await;
                let found = found.map_err(advise)?;
                app.output.result(&found, |out| show(out, &found))
            }
            Self::Approve(Which { order }) => decide(app, &order, "approve", None).await,
            Self::Refuse(Refuse { order, reason }) => {
                decide(app, &order, "refuse", Some(json!({ "reason": reason }))).await
            }
            Self::Cancel(Which { order }) => decide(app, &order, "cancel", None).await,
        }
    }
}

/// The registry, spoken to as whoever buys: by the token that is given, else that of an owner of the organisation, else that of
/// `adx login`. The organisation is the one of `config.toml` where none is named.
pub(super) fn as_buyer(app: &App, organisation: Option<&Namespace>) -> Result<Server, Failure> {
    let url = app.settings.registry()?;
    let is_set = app.settings.chosen().publisher.is_some();
    let organisation = match organisation {
        Some(named) => Some(named.clone()),
        None => is_set.then(|| chosen_publisher(app)).transpose()?,
    };
    let token = match &organisation {
        Some(organisation) => app.settings.owner_token(url, organisation)?,
        None => app.settings.registry_token(url)?,
    };
    Server::new(Kind::Registry, url, token, app.settings.retries(), app.output)
}

fn advise(failure: Failure) -> Failure {
    failure.hint_for("not-found", "run `adx order list --tenant TENANT`")
}

async fn list(app: &App) -> Result<(), Failure> {
    let (tenant, registry) = (app.settings.tenant()?, as_buyer(app, None)?);
    let (mut orders, mut before) = (Vec::new(), None::<String>);
    loop {
        let query: Vec<_> = before.iter().map(|before| ("before", before.as_str())).collect();
        let page = registry.get(&["api", "v1", "tenants", tenant, "orders"], &query).await;
        let page = page.map_err(|failure| failure.hint_for("tenant", "run `adx tenant registered`"))?;
        orders.extend(page["orders"].as_array().cloned().unwrap_or_default());
        before = page["next"].as_str().map(str::to_owned);
        if before.is_none() {
            break;
        }
    }
    app.output.result(&json!({ "orders": orders }), |out| {
        if orders.is_empty() {
            return writeln!(out, "nothing was ordered for {tenant}");
        }
        orders.iter().try_for_each(|order| line(out, order))
    })
}

async fn decide(app: &App, order: &str, verb: &str, body: Option<Value>) -> Result<(), Failure> {
    let path = ["api", "v1", "orders", order, verb];
    let found = as_buyer(app, None)?.send(Method::POST, &path, body.as_ref()).await.map_err(advise)?;
    app.output.result(&found, |out| show(out, &found))
}

fn show(out: &mut dyn Write, found: &Value) -> io::Result<()> {
    line(out, &found["order"])?;
    for event in found["events"].as_array().map_or(&[] as &[Value], Vec::as_slice) {
        write!(out, "  {}  {}  {}", word(event, "at"), word(event, "what"), word(event, "state"))?;
        match word(event, "reason") {
            "" => writeln!(out)?,
            reason => writeln!(out, ": {reason}")?,
        }
    }
    if let Some(instructions) = found["instructions"].as_str() {
        writeln!(out, "\n{instructions}")?;
    }
    match found["page"].as_str() {
        Some(page) => writeln!(out, "  {page}"),
        None => Ok(()),
    }
}

/// An order in one line.
pub(crate) fn line(out: &mut dyn Write, order: &Value) -> io::Result<()> {
    let (id, state) = (word(order, "id"), word(order, "state"));
    write!(out, "{id}  {state}  {} for {}", word(order, "module"), word(order, "tenant"))?;
    if let Some(due) = order["due"]["text"].as_str() {
        write!(out, "  {due} by {}", word(order, "due_at"))?;
    }
    match (state, word(order, "until"), order["ends"] == true) {
        ("active", until, false) if !until.is_empty() => writeln!(out, "  until {until}"),
        ("active", until, true) => writeln!(out, "  ends {until}"),
        _ => writeln!(out),
    }
}

/// A text of a document.
pub(crate) fn word<'a>(document: &'a Value, name: &str) -> &'a str {
    document[name].as_str().unwrap_or_default()
}

//! `adx order`: look at orders, and decide on them.

mod buyer;

use std::io::{self, Write};

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) use buyer::Organisation;

use crate::App;
use crate::failure::Failure;

/// Look at what was ordered for a tenant, approve or refuse what others ask for, cancel it
#[derive(Subcommand)]
pub(crate) enum Order {
    /// List the orders of a tenant, newest first
    List(Organisation),
    /// Show an order: what happened, and what is to be done to pay it
    Show(Which),
    /// Buy what somebody asks for
    Approve(Which),
    /// Do not buy it
    Refuse(Refuse),
    /// Cancel an order: a subscription ends with what was paid for
    Cancel(Which),
    /// Say where the card is changed that an order is paid with
    Card(Which),
}

/// Which order
#[derive(Args)]
pub(crate) struct Which {
    /// The order's id
    #[arg(value_name = "ORDER-ID")]
    order: String,
    #[command(flatten)]
    organisation: Organisation,
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
    #[command(flatten)]
    organisation: Organisation,
}

impl Order {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(organisation) => list(app, &organisation).await,
            Self::Show(which) => which.show(app).await,
            Self::Approve(which) => which.decide(app, "approve", None).await,
            Self::Refuse(Refuse { order, reason, organisation }) => {
                Which { order, organisation }.decide(app, "refuse", Some(json!({ "reason": reason }))).await
            }
            Self::Cancel(which) => which.decide(app, "cancel", None).await,
            Self::Card(which) => which.card(app).await,
        }
    }
}

impl Which {
    async fn show(self, app: &App) -> Result<(), Failure> {
        let buyer = self.organisation.open(app)?;
        let found = buyer.registry.get(&["api", "v1", "orders", &self.order], &[]).await;
        let found = found.map_err(|failure| buyer.advise(advise(failure)))?;
        app.output.result(&found, |out| show(out, &found))
    }

    async fn card(self, app: &App) -> Result<(), Failure> {
        let buyer = self.organisation.open(app)?;
        let found = buyer.registry.send(Method::POST, &["api", "v1", "orders", &self.order, "card"], None).await;
        let show = format!("run `adx order show {}`: it says how it is paid", self.order);
        let found = found.map_err(|failure| buyer.advise(advise(failure).hint_for("order-state", show)))?;
        app.output.result(&found, |out| writeln!(out, "{}", word(&found, "page")))
    }

    async fn decide(self, app: &App, verb: &str, body: Option<Value>) -> Result<(), Failure> {
        let buyer = self.organisation.open(app)?;
        let path = ["api", "v1", "orders", &self.order, verb];
        let found = buyer.registry.send(Method::POST, &path, body.as_ref()).await;
        let found = found.map_err(|failure| buyer.advise(advise(failure)))?;
        app.output.result(&found, |out| show(out, &found))
    }
}

fn advise(failure: Failure) -> Failure {
    failure.hint_for(
        "not-found",
        "run `adx order list --tenant TENANT`; with --publisher NAMESPACE where another organisation buys",
    )
}

/// What to type where the registry knows no such tenant of who asks.
pub(crate) const NO_TENANT: &str =
    "run `adx tenant registered`; with --publisher NAMESPACE where another organisation buys";

async fn list(app: &App, organisation: &Organisation) -> Result<(), Failure> {
    let (tenant, buyer) = (app.settings.tenant_of_registry()?, organisation.open(app)?);
    let orders = buyer.registry.list(&["api", "v1", "tenants", tenant, "orders"], &[], "orders").await;
    let orders = orders.map_err(|failure| buyer.advise(failure.hint_for("tenant", NO_TENANT)))?;
    app.output.result(&json!({ "orders": orders }), |out| {
        if orders.is_empty() {
            return writeln!(out, "nothing was ordered for {tenant}");
        }
        orders.iter().try_for_each(|order| line(out, order))
    })
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
    if let Some(page) = found["page"].as_str() {
        writeln!(out, "  {page}")?;
    }
    if found["by_card"] == true {
        writeln!(out, "\nThe card is changed where this says: adx order card {}", word(&found["order"], "id"))?;
    }
    Ok(())
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

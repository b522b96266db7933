//! `adx owner`: the people who hold a publisher's namespace together.

mod accept;

use adx_signing::Namespace;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::proposal::{AsOwner, report};
use crate::App;
use crate::failure::Failure;

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// List, invite and remove the owners of a publisher, become one, say how many decide
#[derive(Subcommand)]
pub(crate) enum Owner {
    /// List the owners of a publisher
    List(List),
    /// Become an owner, with the code of an invitation, and keep the token
    Accept(accept::Accept),
    /// Propose to invite somebody (an operator invites the first owner)
    Invite(Invite),
    /// Propose that somebody is no owner any more
    Remove(Remove),
    /// Propose how many owners must approve a proposal
    Threshold(Threshold),
    /// Propose to give the namespace to somebody else, who accepts within 14 days and owns it alone then
    Transfer(Invite),
    /// Take the offer of the namespace back
    Keep(List),
}

/// Whose owners
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// Whom to invite, or to give the namespace to
#[derive(Args)]
pub(crate) struct Invite {
    /// The name that the other owners read
    #[arg(long)]
    name: String,
    /// The address that the code is sent to
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// Who goes
#[derive(Args)]
pub(crate) struct Remove {
    /// The owner's id, as `adx owner list` prints it
    owner: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// How many
#[derive(Args)]
pub(crate) struct Threshold {
    /// How many owners must approve a proposal, at least 1
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    threshold: u32,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

impl Owner {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Accept(command) => command.run(app).await,
            Self::Invite(command) => command.run(app).await,
            Self::Remove(Remove { owner, publisher }) => {
                propose(app, publisher, json!({ "kind": "remove-owner", "owner": owner })).await
            }
            Self::Transfer(Invite { name, email, publisher }) => {
                propose(app, publisher, json!({ "kind": "transfer", "name": name, "email": email })).await
            }
            Self::Keep(List { publisher }) => keep(app, publisher).await,
            Self::Threshold(Threshold { threshold, publisher }) => {
                propose(app, publisher, json!({ "kind": "set-threshold", "threshold": threshold })).await
            }
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let found = owner.get(&["owners"]).await?;
        app.output.result(&found, |out| {
            let owners = found["owners"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            let accepted = owners.iter().filter(|owner| owner["state"] == "accepted").count();
            if accepted == 0 {
                writeln!(out, "{} has no owners yet: an operator of the registry invites the first", owner.publisher)?;
            }
            for owner in owners {
                let member = |name: &str| owner[name].as_str().unwrap_or_default();
                let email = owner["email"].as_str().map(|email| format!(" <{email}>")).unwrap_or_default();
                writeln!(out, "{}  {}  {}{email}", member("id"), member("state"), member("name"))?;
            }
            if let (Some(threshold), 1..) = (found["threshold"].as_u64(), accepted) {
                writeln!(out, "{threshold} of {accepted} decide")?;
            }
            if let Some(delay) = found["recovery_delay_seconds"].as_u64() {
                let days = delay / SECONDS_OF_A_DAY;
                writeln!(out, "a change of keys that they decide is announced to all of them {days} days ahead")?;
            }
            writeln!(out, "next: adx proposal list {}", owner.publisher)
        })
    }
}

impl Invite {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher.clone())?;
        if !owner.is_operator() {
            let action = json!({ "kind": "invite-owner", "name": self.name, "email": self.email });
            let proposal = owner.propose(action).await?;
            return app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal));
        }
        let invited = owner.send(&["owners"], &json!({ "name": self.name, "email": self.email })).await?;
        app.output.result(&invited, |out| {
            writeln!(out, "{} is sent a code, with which to type: adx owner accept CODE", self.name)?;
            writeln!(out, "next: adx owner list {}", owner.publisher)
        })
    }
}

async fn propose(app: &App, publisher: Option<Namespace>, action: Value) -> Result<(), Failure> {
    let owner = AsOwner::open(app, publisher)?;
    let proposal = owner.propose(action).await;
    let to_list = format!("run `adx owner list {}`: who is meant is told by the id", owner.publisher);
    let proposal = proposal.map_err(|failure| failure.hint_for("invalid", to_list))?;
    app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
}

async fn keep(app: &App, publisher: Option<Namespace>) -> Result<(), Failure> {
    let owner = AsOwner::open(app, publisher)?;
    owner.send_repeatable(Method::DELETE, &["transfer"]).await?;
    let document = json!({ "publisher": owner.publisher.to_string(), "state": "kept" });
    app.output.result(&document, |out| writeln!(out, "{} is offered to nobody any more", owner.publisher))
}

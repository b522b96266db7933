//! `adx proposal`: what the owners of a publisher decide together.

mod as_owner;
mod words;

use adx_signing::Namespace;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

pub(super) use as_owner::{AsOwner, another_token, owners_only};
pub(super) use words::report;
use words::{approvals, particulars, text, what};

use crate::App;
use crate::failure::Failure;

/// Look at what a publisher's owners decide together, approve it, object to it
#[derive(Subcommand)]
pub(crate) enum Proposal {
    /// List proposals, newest first
    List(List),
    /// Show a proposal
    Show(Which),
    /// Approve a proposal; who opened it has approved it
    Approve(Which),
    /// Object to a change of keys, or take back one's own proposal
    ///
    /// One owner is enough to stop a change of keys or of what publishes until it is made. A proposal about owners is taken back by whoever
    /// opened it.
    Cancel(Which),
}

/// Whose proposals
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// Which proposal
#[derive(Args)]
pub(crate) struct Which {
    /// The publisher's namespace
    publisher: Namespace,
    /// Its id, as `adx proposal list` and the mail about it say
    id: String,
}

impl Proposal {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Show(which) => which.show(app).await,
            Self::Approve(which) => which.change(app, "approve").await,
            Self::Cancel(which) => which.change(app, "cancel").await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let proposals = owner.list("proposals").await?;
        app.output.result(&json!({ "proposals": proposals }), |out| {
            if proposals.is_empty() {
                return writeln!(out, "the owners of {} have proposed nothing", owner.publisher);
            }
            for proposal in &proposals {
                writeln!(out, "{}  {}  {}", text(proposal, "id"), text(proposal, "state"), what(proposal))?;
            }
            writeln!(out, "next: adx proposal show {} ID", owner.publisher)
        })
    }
}

impl Which {
    async fn show(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, Some(self.publisher))?;
        let proposal = owner.get(&["proposals", &self.id]).await?;
        app.output.result(&proposal, |out| {
            writeln!(out, "{}  {}", text(&proposal, "id"), text(&proposal, "state"))?;
            writeln!(out, "what: {}", what(&proposal))?;
            let opener = text(&proposal["opened_by"], "name");
            writeln!(out, "opened: {} by {opener}", text(&proposal, "opened_at"))?;
            writeln!(out, "approved: {}", approvals(&proposal))?;
            for (name, value) in particulars(&proposal) {
                writeln!(out, "{name}: {value}")?;
            }
            let (id, publisher) = (text(&proposal, "id"), &owner.publisher);
            match text(&proposal, "state") {
                "open" => writeln!(out, "next: adx proposal approve {publisher} {id}"),
                "announced" => writeln!(out, "to object: adx proposal cancel {publisher} {id}"),
                _ => Ok(()),
            }
        })
    }

    async fn change(self, app: &App, verb: &str) -> Result<(), Failure> {
        let owner = AsOwner::open(app, Some(self.publisher))?;
        // Said twice it is said once.
        let proposal = owner.send_repeatable(Method::POST, &["proposals", &self.id, verb]).await?;
        app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
    }
}

//! `adx domain`: which domain a publisher holds, shown by a record in the DNS.

use std::io::{self, Write};

use adx_signing::Namespace;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::proposal::AsOwner;
use crate::App;
use crate::failure::Failure;

/// Show by a record in the DNS which domain a publisher holds
#[derive(Subcommand)]
pub(crate) enum Domain {
    /// Ask which record is to be put into a domain's DNS; another domain takes the place of the one before
    Ask(Ask),
    /// Show a publisher's domain, and whether it is verified
    Show(Of),
    /// Have the record looked for, now and every day from then on
    Verify(Of),
    /// Do without a domain
    Remove(Of),
}

/// Which domain
#[derive(Args)]
pub(crate) struct Ask {
    /// The domain, such as example.org
    domain: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// Whose domain
#[derive(Args)]
pub(crate) struct Of {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

impl Domain {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Ask(command) => command.run(app).await,
            Self::Show(Of { publisher }) => show(app, publisher).await,
            Self::Verify(Of { publisher }) => verify(app, publisher).await,
            Self::Remove(Of { publisher }) => remove(app, publisher).await,
        }
    }
}

impl Ask {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let domain = owner.put(&["domain"], &json!({ "domain": self.domain })).await?;
        app.output.result(&domain, |out| report(out, &owner.publisher, &domain))
    }
}

async fn show(app: &App, publisher: Option<Namespace>) -> Result<(), Failure> {
    let owner = AsOwner::open(app, publisher)?;
    let domain = owner.get(&["domain"]).await.map_err(|failure| advise(failure, &owner.publisher))?;
    app.output.result(&domain, |out| report(out, &owner.publisher, &domain))
}

async fn verify(app: &App, publisher: Option<Namespace>) -> Result<(), Failure> {
    let owner = AsOwner::open(app, publisher)?;
    // Said twice it is said once.
    let verified = owner.send_repeatable(Method::POST, &["domain", "verify"]).await;
    let verified = verified.map_err(|failure| advise(failure, &owner.publisher))?;
    app.output.result(&verified, |out| report(out, &owner.publisher, &verified))
}

async fn remove(app: &App, publisher: Option<Namespace>) -> Result<(), Failure> {
    let owner = AsOwner::open(app, publisher)?;
    let removed = owner.send_repeatable(Method::DELETE, &["domain"]).await;
    removed.map_err(|failure| advise(failure, &owner.publisher))?;
    let document = json!({ "publisher": owner.publisher.to_string(), "state": "removed" });
    app.output.result(&document, |out| writeln!(out, "{} has no domain any more", owner.publisher))
}

fn advise(failure: Failure, publisher: &Namespace) -> Failure {
    let ask = format!("run `adx domain ask DOMAIN --publisher {publisher}`");
    let again = format!("put it there, then run `adx domain verify {publisher}`; name servers may take a while");
    failure.hint_for("not-found", ask).hint_for("no-record", again)
}

fn report(out: &mut dyn Write, publisher: &Namespace, domain: &Value) -> io::Result<()> {
    let text = |name: &str| domain[name].as_str().unwrap_or_default();
    match (domain["verified_at"].as_str(), domain["ends_at"].as_str()) {
        (Some(at), None) => writeln!(out, "{publisher} holds {}, verified at {at}", text("domain"))?,
        (Some(_), Some(ends)) => {
            writeln!(out, "{publisher} holds {} until {ends}: its record is missing in the DNS", text("domain"))?;
        }
        (None, _) => writeln!(out, "{} is not verified", text("domain"))?,
    }
    writeln!(out, "record: {}  TXT  \"{}\"", text("record_name"), text("record_text"))?;
    if domain["verified_at"].is_null() {
        writeln!(out, "next, once it is there: adx domain verify {publisher}")?;
    }
    Ok(())
}

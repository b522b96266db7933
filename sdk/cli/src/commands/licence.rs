//! `adx licence`: licences of modules that are not free.

mod bought;
mod tenant;

use std::fs;
use std::path::{Path, PathBuf};

use adx_signing::UtcSecond;
use adx_signing::licence::{Authority, Licence as Terms, LicenceError, State, Verified, armour, verify};
use clap::{Args, Subcommand};
use owo_colors::OwoColorize as _;
use serde_json::json;

use crate::App;
use crate::clock;
use crate::commands::order::Organisation;
use crate::failure::Failure;
use crate::trust::{Trusted, failure};

/// Fetch licences, give them to an agent, look at them, verify them
#[derive(Subcommand)]
pub(crate) enum Licence {
    /// Fetch the licence of a module that was bought
    Save(bought::Save),
    /// List what was bought for a tenant, at the registry
    Bought(Organisation),
    /// Give a licence to the agent that runs the module
    Import(tenant::Import),
    /// List a tenant's licences at its agent: where each stands, and what comes next
    List,
    /// Prove that a licence is what its registry signed, and say where it stands
    Verify(Verify),
}

impl Licence {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Save(command) => command.run(app).await,
            Self::Bought(organisation) => bought::list(app, &organisation).await,
            Self::Import(command) => command.run(app).await,
            Self::List => tenant::list(app).await,
            Self::Verify(command) => command.run(app).await,
        }
    }
}

/// The text of a licence's file.
fn text_of(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::not_found(format!("cannot read {}", file.display())).because(&error))
}

/// Prove that a licence is what its registry signed, and say where it stands
#[derive(Args)]
pub(crate) struct Verify {
    /// The licence: its file, or a file with the token by itself
    #[arg(value_name = "FILE")]
    licence: PathBuf,
    #[command(flatten)]
    trusted: Trusted,
}

impl Verify {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let file = self.licence.display().to_string();
        let text = text_of(&self.licence)?;
        let now = clock::now();
        let authority = self.authority(app, now).await?;
        let read = if armour::is_file(&text) {
            armour::read(&text, &authority).map(|(_, verified)| verified)
        } else {
            verify(text.trim_end(), &authority)
        };
        let verified = read.map_err(|error| refused(&file, &error))?;
        show(app, &file, &verified, &authority, now)
    }

    /// Whose signature counts, by the registry's signed metadata; where nobody answers, by those that were seen last.
    async fn authority(&self, app: &App, now: UtcSecond) -> Result<Authority, Failure> {
        const WHAT: &str = "cannot say whose signature counts";
        let registry = self.trusted.open(app)?.registry(app)?;
        let refreshed = registry.refresh(now).await.err();
        let known = registry.licence_authority().map_err(|refusal| failure(WHAT, &refusal))?;
        match (known, refreshed) {
            (_, Some(refusal)) if !refusal.is_passing() => Err(failure(WHAT, &refusal)),
            (Some(authority), Some(refusal)) => {
                app.output.warn(&format!("by what was seen of the registry last: {refusal}"));
                Ok(authority)
            }
            (Some(authority), None) => Ok(authority),
            (None, Some(refusal)) => Err(failure(WHAT, &refusal)),
            (None, None) => Err(Failure::refused("the registry signs no licences")
                .hint("is --root the root of the registry that sold it? if it is, tell its operator")),
        }
    }
}

fn refused(file: &str, error: &LicenceError) -> Failure {
    Failure::refused(format!("{file} is refused")).because(error).hint(error.hint())
}

fn show(app: &App, file: &str, verified: &Verified, authority: &Authority, now: UtcSecond) -> Result<(), Failure> {
    let Terms { id, registry, tenant, module, versions, features, seats, kind, from, until, .. } = verified.licence();
    let revoked = authority.revoked.get(id);
    let revoked_at = revoked.map(|revoked| revoked.at);
    let state = verified.state(now, revoked_at);
    let next = verified.next_step(now, revoked_at);
    let document = json!({
        "file": file,
        "id": id,
        "registry": registry,
        "tenant": tenant,
        "module": module,
        "versions": versions.to_string(),
        "features": features,
        "seats": seats,
        "kind": kind,
        "from": from,
        "until": until,
        "lease_until": verified.lease_until(),
        "key": verified.key(),
        "state": state,
        "next": next.map(|next| json!({ "state": next.state, "at": next.at })),
        "revoked_for": revoked.map(|revoked| &revoked.reason),
    });
    app.output.result(&document, |out| {
        writeln!(out, "{} {versions} for {tenant}: {}", module.bold(), in_colour(state))?;
        writeln!(out, "  licence   {id}, {kind}, signed by {registry}")?;
        let features: Vec<&str> = features.iter().map(String::as_str).collect();
        if !features.is_empty() {
            writeln!(out, "  features  {}", features.join(", "))?;
        }
        if let Some(seats) = seats {
            writeln!(out, "  seats     {seats}")?;
        }
        writeln!(out, "  from      {from}")?;
        if let Some(until) = until {
            writeln!(out, "  until     {until}")?;
        }
        if let Some(lease_until) = verified.lease_until() {
            writeln!(out, "  leased    until {lease_until}")?;
        }
        if let Some(revoked) = revoked {
            writeln!(out, "  taken back from {} on: {}", revoked.at, revoked.reason)?;
        }
        match next {
            Some(next) => writeln!(out, "  next      {} at {}", next.state, next.at),
            None => Ok(()),
        }
    })
}

fn in_colour(state: State) -> String {
    match state {
        State::Trial | State::Active => state.green().to_string(),
        State::Pending | State::Grace | State::ReadOnly => state.yellow().to_string(),
        State::Disabled | State::Retained | State::Expired | State::Revoked => state.red().to_string(),
    }
}

//! `adx trusted-publisher`: workflows of CI systems that publish without a token of their own, and what is asked of releases.

use std::io::{self, Write};

use adx_signing::Namespace;
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::proposal::{AsOwner, report};
use crate::App;
use crate::failure::Failure;

/// List, add and remove workflows whose runs may publish; say whether only those may
#[derive(Subcommand)]
pub(crate) enum TrustedPublisher {
    /// List the workflows that a publisher trusts, and what it asks of releases
    List(List),
    /// Propose to trust a workflow
    Add(Add),
    /// Trust a workflow no more, at once
    Remove(Remove),
    /// Turn on what is asked of releases, at once; or propose to turn it off, after three days
    Rule(Rule),
}

/// Whose
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// Which workflow
#[derive(Args)]
pub(crate) struct Add {
    /// The CI system
    #[arg(value_enum)]
    provider: Provider,
    /// The repository's name, OWNER/NAME: for people
    #[arg(long, value_name = "OWNER/NAME")]
    repository: String,
    /// The repository's number (GitHub: `gh api repos/OWNER/NAME --jq .id`; GitLab: the project's ID)
    #[arg(long, value_name = "NUMBER")]
    repository_id: String,
    /// The workflow's file: its name below .github/workflows, or the path of GitLab's configuration
    #[arg(long, value_name = "FILE")]
    workflow: String,
    /// Which modules its runs may publish: a name, a prefix with `*`, or `*`
    #[arg(long, value_name = "MODULES")]
    modules: String,
    /// The environment that a run must be in [default: any]
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The branch or tag that a run must be of, such as refs/tags/v* [default: any]
    #[arg(long = "ref", value_name = "REF")]
    git_ref: Option<String>,
    /// The CI system's issuer [default: the one that the registry believes]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Have an owner confirm what its runs publish
    #[arg(long)]
    staged: bool,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Provider {
    Github,
    Gitlab,
}

/// Which one goes
#[derive(Args)]
pub(crate) struct Remove {
    /// Its id, as `adx trusted-publisher list` prints it
    id: String,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

/// What is asked
#[derive(Args)]
pub(crate) struct Rule {
    /// trusted-only: only runs of trusted workflows publish; staged: an owner confirms each release
    #[arg(value_enum)]
    rule: Switch,
    /// Whether it is asked
    #[arg(value_enum)]
    state: State,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long)]
    publisher: Option<Namespace>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Switch {
    TrustedOnly,
    Staged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    On,
    Off,
}

impl TrustedPublisher {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Add(command) => command.run(app).await,
            Self::Remove(command) => command.run(app).await,
            Self::Rule(command) => command.run(app).await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let mut found = owner.get(&["trusted-publishers"]).await?;
        found["publishing"] = owner.get(&["publishing"]).await?;
        app.output.result(&found, |out| {
            let trusted = found["trusted_publishers"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            if trusted.is_empty() {
                writeln!(out, "{} trusts no workflow: adx trusted-publisher add --help", owner.publisher)?;
            }
            for trusted in trusted {
                let text = |name: &str| trusted[name].as_str().unwrap_or_default();
                let more = |words: &str, name: &str| trusted[name].as_str().map(|value| format!(", {words} {value}"));
                writeln!(
                    out,
                    "{}  {} of {} ({} {}){}{}, publishes {}",
                    text("id"),
                    text("workflow"),
                    text("repository"),
                    text("provider"),
                    text("repository_id"),
                    more("environment", "environment").unwrap_or_default(),
                    more("of", "ref").unwrap_or_default(),
                    text("modules")
                )?;
            }
            for (name, words) in [
                ("trusted_only", "only runs of these workflows publish (trusted-only)"),
                ("staged", "an owner confirms each release (staged)"),
            ] {
                if found["publishing"][name] == true {
                    writeln!(out, "{words}")?;
                }
            }
            for off in found["publishing"]["turning_off"].as_array().into_iter().flatten() {
                let text = |name: &str| off[name].as_str().unwrap_or_default();
                let (rule, when, reason) = (text("switch"), text("effective_at"), text("reason"));
                writeln!(out, "an operator turns {rule} off at {when}: {reason}; to object, turn it on again")?;
            }
            note(out, &found["publishing"])
        })
    }
}

impl Add {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let body = json!({
            "provider": match self.provider { Provider::Github => "github", Provider::Gitlab => "gitlab" },
            "issuer": self.issuer,
            "repository_id": self.repository_id,
            "repository": self.repository,
            "workflow": self.workflow,
            "environment": self.environment,
            "ref": self.git_ref,
            "modules": self.modules,
            "staged": self.staged,
        });
        let proposal = owner.send(&["trusted-publishers"], &body).await?;
        app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
    }
}

impl Remove {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let removed = owner.send_repeatable(Method::DELETE, &["trusted-publishers", &self.id]).await;
        let hint = format!("run `adx trusted-publisher list {}` to see those that count", owner.publisher);
        removed.map_err(|failure| failure.hint_for("not-found", hint))?;
        let document = json!({ "id": self.id });
        app.output.result(&document, |out| writeln!(out, "{} is trusted no more", self.id))
    }
}

impl Rule {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let rule = match self.rule {
            Switch::TrustedOnly => "trusted-only",
            Switch::Staged => "staged",
        };
        if self.state == State::On {
            let rules = owner.send_repeatable(Method::POST, &["publishing", rule]).await?;
            return app.output.result(&rules, |out| {
                writeln!(out, "{rule} is on for {}; every owner gets a letter", owner.publisher)?;
                note(out, &rules)
            });
        }
        let proposal = owner.send_repeatable(Method::DELETE, &["publishing", rule]).await?;
        app.output.result(&proposal, |out| report(out, &owner.publisher, &proposal))
    }
}

/// What the registry says besides of the rules.
fn note(out: &mut dyn Write, rules: &Value) -> io::Result<()> {
    rules["note"].as_str().map_or(Ok(()), |note| writeln!(out, "note: {note}"))
}

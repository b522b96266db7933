//! `adx submissions`: versions that were sent, what checks found in them, and what operators say.

mod findings;
mod wait;

use std::io::{self, Write};

use adx_signing::Namespace;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

pub(super) use findings::show as show_findings;
pub(super) use wait::until_decided;

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::commands::proposal::AsOwner;
use crate::failure::Failure;

/// Look at versions that were sent: what checks found, what waits for an operator or an owner
#[derive(Subcommand)]
pub(crate) enum Submissions {
    /// List what a publisher sent, newest first
    List(List),
    /// Show a submission: what was found, what was said
    Show(Which),
    /// Answer an operator, or say something by oneself
    Comment(Comment),
    /// Release what waits for an owner of the publisher, as one of them
    Confirm(Confirm),
    /// Take back what waits, so that other bytes of the version can be sent
    Withdraw(Which),
}

/// Whose submissions
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// Which submission
#[derive(Args)]
pub(crate) struct Which {
    /// Its id, as `adx publish` and `adx submissions list` print it
    id: String,
}

/// What to confirm
#[derive(Args)]
pub(crate) struct Confirm {
    #[command(flatten)]
    which: Which,
    /// The publisher's namespace [default: the one of config.toml]
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
}

/// Something to say
#[derive(Args)]
pub(crate) struct Comment {
    #[command(flatten)]
    which: Which,
    /// What: plain text, 4,000 characters at most
    text: String,
}

impl Submissions {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Show(which) => which.show(app).await,
            Self::Comment(command) => command.run(app).await,
            Self::Confirm(command) => command.run(app).await,
            Self::Withdraw(which) => which.withdraw(app).await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let publisher = self.publisher.map_or_else(|| chosen_publisher(app), Ok)?;
        let path = ["api", "v1", "publishers", publisher.as_str(), "submissions"];
        let found = app.registry()?.get(&path, &[]).await?;
        app.output.result(&found, |out| {
            let submissions = found["submissions"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            if submissions.is_empty() {
                return writeln!(out, "{publisher} has sent nothing that is kept");
            }
            for submission in submissions {
                line(out, submission)?;
            }
            if found["next"].is_string() {
                writeln!(out, "there are older ones")?;
            }
            writeln!(out, "next: adx submissions show ID")
        })
    }
}

impl Which {
    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        [&["api", "v1", "submissions", self.id.as_str()], rest].concat()
    }

    async fn show(self, app: &App) -> Result<(), Failure> {
        let found = app.registry()?.get(&self.path(&[]), &[]).await?;
        app.output.result(&found, |out| told(out, &found))
    }

    async fn withdraw(self, app: &App) -> Result<(), Failure> {
        let withdrawn = app.registry()?.send(Method::POST, &self.path(&["withdraw"]), None).await?;
        app.output.result(&withdrawn, |out| {
            writeln!(out, "{} {} is withdrawn", text(&withdrawn, "module"), text(&withdrawn, "version"))?;
            writeln!(out, "next: adx publish")
        })
    }
}

impl Comment {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let body = json!({ "text": self.text });
        let found = app.registry()?.send(Method::POST, &self.which.path(&["comments"]), Some(&body)).await?;
        app.output.result(&found, |out| told(out, &found))
    }
}

impl Confirm {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher)?;
        let released = owner.send_elsewhere(Method::POST, &self.which.path(&["confirm"])).await?;
        app.output.result(&released, |out| {
            let (module, version) = (text(&released, "module"), text(&released, "version"));
            writeln!(out, "{module} {version} is released")?;
            writeln!(out, "next: adx info {module}")
        })
    }
}

fn line(out: &mut dyn Write, submission: &Value) -> io::Result<()> {
    let word = |name| text(submission, name);
    write!(out, "{}  {} {}  {}", word("id"), word("module"), word("version"), word("state"))?;
    match word("reason") {
        "" => writeln!(out),
        reason => writeln!(out, ": {reason}"),
    }
}

fn told(out: &mut dyn Write, found: &Value) -> io::Result<()> {
    let submission = &found["submission"];
    line(out, submission)?;
    writeln!(out, "  sha256 {}", text(submission, "sha256"))?;
    findings::write(out, &submission["findings"])?;
    for event in found["events"].as_array().into_iter().flatten() {
        let what = match event["state"].as_str() {
            Some(state) => state.to_owned(),
            None => text(event, "kind").to_owned(),
        };
        write!(out, "{}  {}  {what}", text(event, "at"), text(event, "side"))?;
        match text(event, "text") {
            "" => writeln!(out)?,
            said => writeln!(out, ": {}", said.replace('\n', "\n    "))?,
        }
    }
    match text(submission, "state") {
        "staged" => writeln!(out, "next, as an owner: adx submissions confirm {}", text(submission, "id")),
        "in-review" => writeln!(out, "next: adx submissions comment {} TEXT", text(submission, "id")),
        "rejected" if text(submission, "decided_by") == "operator" => writeln!(
            out,
            "next: adx publish with other bytes, or adx appeal open submission {}",
            text(submission, "id")
        ),
        "rejected" | "errored" | "withdrawn" => writeln!(out, "next: adx publish"),
        _ => writeln!(out, "next: adx info {}", text(submission, "module")),
    }
}

/// A text of a document; empty where there is none.
fn text<'v>(document: &'v Value, name: &str) -> &'v str {
    document[name].as_str().unwrap_or_default()
}

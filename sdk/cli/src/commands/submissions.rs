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
use crate::http::Server;

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
    Confirm(Which),
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
    /// The publisher's namespace [default: the one of the last `adx login`]
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
            Self::Confirm(which) => which.confirm(app).await,
            Self::Withdraw(which) => which.withdraw(app).await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let option = option(self.publisher.as_ref());
        let publisher = self.publisher.map_or_else(|| chosen_publisher(app), Ok)?;
        let path = ["api", "v1", "publishers", publisher.as_str(), "submissions"];
        let submissions = app.registry_of(&publisher)?.list(&path, &[], "submissions").await?;
        app.output.result(&json!({ "submissions": submissions }), |out| {
            if submissions.is_empty() {
                return writeln!(out, "{publisher} has sent nothing that is kept");
            }
            for submission in &submissions {
                line(out, submission)?;
            }
            writeln!(out, "next: adx submissions show ID{option}")
        })
    }
}

impl Which {
    fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        [&["api", "v1", "submissions", self.id.as_str()], rest].concat()
    }

    fn registry(&self, app: &App) -> Result<Server, Failure> {
        match &self.publisher {
            Some(publisher) => app.registry_of(publisher),
            None => app.registry(),
        }
    }

    async fn show(self, app: &App) -> Result<(), Failure> {
        let found = self.registry(app)?.get(&self.path(&[]), &[]).await.map_err(advise)?;
        app.output.result(&found, |out| told(out, &found, self.publisher.as_ref()))
    }

    async fn withdraw(self, app: &App) -> Result<(), Failure> {
        let withdrawn = self.registry(app)?.send(Method::POST, &self.path(&["withdraw"]), None).await;
        let withdrawn = withdrawn.map_err(advise)?;
        app.output.result(&withdrawn, |out| {
            writeln!(out, "{} {} is withdrawn", text(&withdrawn, "module"), text(&withdrawn, "version"))?;
            writeln!(out, "next: adx publish")
        })
    }

    async fn confirm(self, app: &App) -> Result<(), Failure> {
        let owner = AsOwner::open(app, self.publisher.clone())?;
        let released = owner.send_elsewhere(Method::POST, &self.path(&["confirm"])).await.map_err(advise)?;
        app.output.result(&released, |out| {
            let (module, version) = (text(&released, "module"), text(&released, "version"));
            writeln!(out, "{module} {version} is released")?;
            writeln!(out, "next: adx info {module}")
        })
    }
}

impl Comment {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let body = json!({ "text": self.text });
        let registry = self.which.registry(app)?;
        let found = registry.send(Method::POST, &self.which.path(&["comments"]), Some(&body)).await.map_err(advise)?;
        app.output.result(&found, |out| told(out, &found, self.which.publisher.as_ref()))
    }
}

/// Another publisher's is as none.
fn advise(failure: Failure) -> Failure {
    failure.hint_for("not-found", "run `adx submissions list NAMESPACE`, and this with --publisher NAMESPACE")
}

fn line(out: &mut dyn Write, submission: &Value) -> io::Result<()> {
    let word = |name| text(submission, name);
    write!(out, "{}  {} {}  {}", word("id"), word("module"), word("version"), word("state"))?;
    match word("reason") {
        "" => writeln!(out),
        reason => writeln!(out, ": {reason}"),
    }
}

/// What names the publisher in the next command, where it was named in this one.
fn option(publisher: Option<&Namespace>) -> String {
    publisher.map(|publisher| format!(" --publisher {publisher}")).unwrap_or_default()
}

fn told(out: &mut dyn Write, found: &Value, publisher: Option<&Namespace>) -> io::Result<()> {
    let submission = &found["submission"];
    line(out, submission)?;
    writeln!(out, "  sha256 {}", text(submission, "sha256"))?;
    if let Some(at) = submission["checked_at"].as_str() {
        writeln!(out, "  checked again {at}")?;
    }
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
    let id = text(submission, "id");
    let option = option(publisher);
    match text(submission, "state") {
        "staged" => writeln!(out, "next, as an owner: adx submissions confirm {id}{option}"),
        "in-review" => writeln!(out, "next: adx submissions comment {id} TEXT{option}"),
        "rejected" if text(submission, "decided_by") == "operator" => {
            writeln!(out, "next: adx publish with other bytes, or adx appeal open submission {id} --text TEXT{option}")
        }
        "rejected" | "errored" | "withdrawn" => writeln!(out, "next: adx publish"),
        _ => writeln!(out, "next: adx info {}", text(submission, "module")),
    }
}

/// A text of a document; empty where there is none.
fn text<'v>(document: &'v Value, name: &str) -> &'v str {
    document[name].as_str().unwrap_or_default()
}

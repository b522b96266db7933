//! `adx appeal`: say something against what a registry's operators decided.

mod subject;

use std::io::{self, Write};

use adx_signing::Namespace;
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::key::chosen_publisher;
use crate::failure::Failure;

/// Say something against what the operators of the registry decided, and see what they answered
#[derive(Subcommand)]
pub(crate) enum Appeal {
    /// Ask the operators to look at a decision once more
    Open(Open),
    /// List the appeals of a publisher, newest first
    List(List),
}

/// Against what
///
/// With a token of the publisher that may publish, or an owner's. While it is looked at, what was decided stays as it is.
#[derive(Args)]
pub(crate) struct Open {
    /// What kind of thing was decided about
    #[arg(value_enum)]
    kind: Kind,
    /// ns/name; of a version ns/name@1.2.3; of a submission ns/name@1.2.3 or its id
    subject: String,
    /// What is said against it: plain text, 4,000 characters at most
    #[arg(long, value_name = "TEXT")]
    text: String,
    /// The publisher's namespace [default: that of the module, else the one of config.toml]
    #[arg(long, value_name = "NAMESPACE")]
    publisher: Option<Namespace>,
}

/// Whose appeals
#[derive(Args)]
pub(crate) struct List {
    /// The publisher's namespace [default: the one of config.toml]
    publisher: Option<Namespace>,
}

/// What was decided about.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// A module that is in quarantine or taken down as a whole
    Module,
    /// A version that is in quarantine or taken down by itself
    Version,
    /// A module's name that was refused; a namespace is appealed for on the registry's page
    Name,
    /// A submission that was rejected
    Submission,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Version => "version",
            Self::Name => "name",
            Self::Submission => "submission",
        }
    }
}

impl Appeal {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::Open(command) => command.run(app).await,
            Self::List(command) => command.run(app).await,
        }
    }
}

impl Open {
    async fn run(self, app: &App) -> Result<(), Failure> {
        if matches!(self.kind, Kind::Name) && subject::is_namespace(&self.subject) {
            let page = app.registry()?.page(&["account", "appeals"])?;
            return Err(Failure::usage(format!(
                "`{}` is a namespace, and no publisher's: it was refused to whoever asked for it",
                self.subject
            ))
            .hint(format!(
                "who asked for it signs in and appeals at {page}; the name of a module is written ns/name"
            )));
        }
        let of_module = self.subject.split_once('/').and_then(|(namespace, _)| namespace.parse().ok());
        let publisher = self.publisher.or(of_module).map_or_else(|| chosen_publisher(app), Ok)?;
        let registry = app.registry_of(&publisher)?;
        let subject = match self.kind {
            Kind::Name => subject::name(&registry, &publisher, &self.subject).await?,
            Kind::Submission => subject::submission(&registry, &publisher, &self.subject).await?,
            Kind::Module | Kind::Version => self.subject.clone(),
        };
        let body = json!({ "kind": self.kind.as_str(), "subject": subject, "text": self.text });
        let path = ["api", "v1", "publishers", publisher.as_str(), "appeals"];
        let opened = registry.send(Method::POST, &path, Some(&body)).await?;
        app.output.result(&opened, |out| {
            writeln!(out, "an operator looks at {} once more, and the owners of {publisher} are told", self.subject)?;
            writeln!(out, "next: adx appeal list {publisher}")
        })
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let publisher = self.publisher.map_or_else(|| chosen_publisher(app), Ok)?;
        let path = ["api", "v1", "publishers", publisher.as_str(), "appeals"];
        let appeals = app.registry_of(&publisher)?.list(&path, &[], "appeals").await?;
        app.output.result(&json!({ "appeals": appeals }), |out| {
            if appeals.is_empty() {
                return writeln!(out, "{publisher} has appealed against nothing");
            }
            appeals.iter().try_for_each(|appeal| line(out, appeal))
        })
    }
}

fn line(out: &mut dyn Write, appeal: &Value) -> io::Result<()> {
    let word = |name: &str| appeal[name].as_str().unwrap_or_default();
    write!(out, "{}  {}  ", word("opened_at"), word("state"))?;
    match word("about") {
        // A registry of an older version names it by its id.
        "" => write!(out, "{} {}", word("kind"), word("subject"))?,
        about => write!(out, "{about}")?,
    }
    match word("reason") {
        "" => writeln!(out),
        reason => writeln!(out, ": {reason}"),
    }
}

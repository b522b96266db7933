//! `adx advisory`: what is wrong with which versions of a module.

use std::io::{self, Write};

use adx_index::advisory::AdvisoryId;
use adx_signing::ModuleId;
use clap::{Args, Subcommand, ValueEnum};
use owo_colors::OwoColorize as _;
use reqwest::{Method, header};
use semver::VersionReq;
use serde_json::{Value, json};

use crate::App;
use crate::failure::Failure;
use crate::http::Server;
use crate::module_ref::segments;

/// List and show advisories; publish one about a module of yours, change it, withdraw it
#[derive(Subcommand)]
pub(crate) enum Advisory {
    /// List advisories in the order they were filed, those that were withdrawn too
    List(List),
    /// Show an advisory
    Show(Which),
    /// Publish an advisory about a module of yours: agents tell of it, and act on it
    Publish(Publish),
    /// Change what an advisory says; what is not given stays as it is
    Change(Change),
    /// Withdraw an advisory: it holds of nothing any more, and stays to be read
    Withdraw(Which),
}

/// Which advisories
#[derive(Args)]
pub(crate) struct List {
    /// Only those of this module: ns/name
    module: Option<ModuleId>,
    /// Where the page before ended (its `next_cursor`)
    #[arg(long)]
    cursor: Option<String>,
}

/// Which advisory
#[derive(Args)]
pub(crate) struct Which {
    /// Its id, as ADX-2026-0001
    id: AdvisoryId,
}

/// What it says
#[derive(Args)]
pub(crate) struct Publish {
    /// The module: ns/name
    module: ModuleId,
    /// What it is: one line
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// How much harm is to be feared
    #[arg(long, value_enum)]
    severity: Severity,
    /// Which versions, such as `<1.4.2`; may be repeated
    #[arg(long, value_name = "REQUIREMENT", required = true)]
    affected: Vec<VersionReq>,
    #[command(flatten)]
    more: More,
}

/// What it says from now on
#[derive(Args)]
pub(crate) struct Change {
    #[command(flatten)]
    which: Which,
    /// What it is: one line
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// How much harm is to be feared
    #[arg(long, value_enum)]
    severity: Option<Severity>,
    /// Which versions, such as `<1.4.2`, in place of those before; may be repeated
    #[arg(long, value_name = "REQUIREMENT")]
    affected: Vec<VersionReq>,
    #[command(flatten)]
    more: More,
}

/// What may be left out.
#[derive(Args)]
struct More {
    /// The whole story, in Markdown
    #[arg(long, value_name = "TEXT")]
    details: Option<String>,
    /// A CVSS vector of version 3.0, 3.1 or 4.0
    #[arg(long, value_name = "VECTOR")]
    cvss: Option<String>,
    /// A web address where to read on; may be repeated
    #[arg(long = "reference", value_name = "URL")]
    references: Vec<String>,
    /// Its name elsewhere, as CVE-2026-12345; may be repeated
    #[arg(long = "alias", value_name = "ID")]
    aliases: Vec<String>,
}

/// How much harm is to be feared.
#[derive(Clone, Copy, ValueEnum)]
enum Severity {
    /// Little
    Low,
    /// Some
    Medium,
    /// Much
    High,
    /// The utmost
    Critical,
}

impl Severity {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Advisory {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(app).await,
            Self::Show(which) => which.show(app).await,
            Self::Publish(command) => command.run(app).await,
            Self::Change(command) => command.run(app).await,
            Self::Withdraw(which) => which.withdraw(app).await,
        }
    }
}

impl List {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let module = self.module.as_ref().map(ToString::to_string);
        let query = [("module", module.as_deref()), ("cursor", self.cursor.as_deref())];
        let query: Vec<_> = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let found = app.registry()?.get(&["api", "v1", "advisories"], &query).await;
        let found = found.map_err(|failure| match &self.module {
            Some(module) => failure.hint_for("not-found", format!("run `adx search {}`", module.name)),
            None => failure,
        })?;
        app.output.result(&found, |out| {
            let advisories = found["advisories"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            match (advisories.is_empty(), &module) {
                (true, Some(module)) => writeln!(out, "there is no advisory about {module}")?,
                (true, None) => writeln!(out, "there is no advisory")?,
                (false, _) => advisories.iter().try_for_each(|advisory| line(out, advisory))?,
            }
            match found["next_cursor"].as_str() {
                Some(cursor) => writeln!(out, "more with --cursor {cursor}"),
                None => Ok(()),
            }
        })
    }
}

impl Which {
    async fn show(self, app: &App) -> Result<(), Failure> {
        let found = self.read(app).await?;
        app.output.result(&found, |out| told(out, &found))
    }

    async fn withdraw(self, app: &App) -> Result<(), Failure> {
        let id = self.id.to_string();
        let registry = registry_about(app, &self.read(app).await?)?;
        let path = ["api", "v1", "advisories", &id, "withdraw"];
        // Said twice it is said once.
        let withdrawn = registry.send_repeatable(Method::POST, &path, |request| request).await;
        let (_, withdrawn) = withdrawn.map_err(unknown)?;
        app.output.result(&withdrawn, |out| {
            writeln!(out, "{id} is withdrawn: it holds of nothing any more, and stays to be read")?;
            writeln!(out, "next: adx info {}", text(&withdrawn, "module"))
        })
    }

    async fn read(&self, app: &App) -> Result<Value, Failure> {
        app.registry()?.get(&["api", "v1", "advisories", &self.id.to_string()], &[]).await.map_err(unknown)
    }
}

impl Publish {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let mut body = json!({ "title": self.title, "severity": self.severity.as_str() });
        body["affected"] = affected(&self.affected);
        self.more.put(&mut body);
        let [namespace, name] = segments(&self.module);
        let path = ["api", "v1", "modules", namespace, name, "advisories"];
        let filed = app.registry_of(&self.module.namespace)?.send(Method::POST, &path, Some(&body)).await;
        let filed = filed.map_err(|failure| failure.hint_for("not-found", format!("run `adx search {name}`")))?;
        app.output.result(&filed, |out| {
            writeln!(out, "{} about {} is published", text(&filed, "id"), self.module)?;
            writeln!(out, "next: adx advisory show {}", text(&filed, "id"))
        })
    }
}

impl Change {
    async fn run(self, app: &App) -> Result<(), Failure> {
        let known = self.which.read(app).await?;
        let members = ["title", "details", "severity", "cvss", "affected", "references", "aliases"];
        let mut body: Value = members.into_iter().map(|member| (member.to_owned(), known[member].clone())).collect();
        if let Some(title) = self.title {
            body["title"] = title.into();
        }
        if let Some(severity) = self.severity {
            body["severity"] = severity.as_str().into();
        }
        if !self.affected.is_empty() {
            body["affected"] = affected(&self.affected);
        }
        self.more.put(&mut body);
        let id = self.which.id.to_string();
        let read = format!("\"{}\"", known["revision"]);
        let path = ["api", "v1", "advisories", &id];
        let put = |request: reqwest::RequestBuilder| request.header(header::IF_MATCH, &read).json(&body);
        let registry = registry_about(app, &known)?;
        let (_, changed) = registry.send_repeatable(Method::PUT, &path, put).await.map_err(unknown)?;
        app.output.result(&changed, |out| {
            writeln!(out, "{id} is changed")?;
            writeln!(out, "next: adx advisory show {id}")
        })
    }
}

impl More {
    /// What was given, in the place of what is there.
    fn put(self, body: &mut Value) {
        let texts = [("details", self.details), ("cvss", self.cvss)];
        for (member, text) in texts.into_iter().filter_map(|(member, text)| Some((member, text?))) {
            body[member] = text.into();
        }
        for (member, list) in [("references", self.references), ("aliases", self.aliases)] {
            if !list.is_empty() {
                body[member] = list.into();
            }
        }
    }
}

/// The registry, with the token of whose module an advisory is about.
fn registry_about(app: &App, advisory: &Value) -> Result<Server, Failure> {
    match text(advisory, "module").parse::<ModuleId>() {
        Ok(module) => app.registry_of(&module.namespace),
        Err(_) => app.registry(),
    }
}

fn unknown(failure: Failure) -> Failure {
    failure.hint_for("not-found", "run `adx advisory list`")
}

fn affected(requirements: &[VersionReq]) -> Value {
    requirements.iter().map(|requirement| json!({ "requirement": requirement.to_string() })).collect()
}

fn line(out: &mut dyn Write, advisory: &Value) -> io::Result<()> {
    let word = |name| text(advisory, name);
    let withdrawn = if advisory["withdrawn_at"].is_string() { " (withdrawn)" } else { "" };
    let (id, module, severity, title) = (word("id"), word("module"), word("severity"), word("title"));
    writeln!(out, "{}  {module}  {severity}{withdrawn}  {title}", id.red())
}

fn told(out: &mut dyn Write, advisory: &Value) -> io::Result<()> {
    line(out, advisory)?;
    let ranges: Vec<_> = advisory["affected"].as_array().into_iter().flatten().map(range).collect();
    writeln!(out, "  affected: {}", ranges.join("; "))?;
    match listed(advisory, "patched").as_str() {
        "" => writeln!(out, "  no release mends it")?,
        patched => writeln!(out, "  mended in: {patched}")?,
    }
    for (name, value) in [
        ("cvss", text(advisory, "cvss").to_owned()),
        ("elsewhere", listed(advisory, "aliases")),
        ("read on", listed(advisory, "references")),
        ("published", text(advisory, "published_at").to_owned()),
        ("withdrawn", text(advisory, "withdrawn_at").to_owned()),
    ] {
        if !value.is_empty() {
            writeln!(out, "  {name}: {value}")?;
        }
    }
    if advisory["confirmed"] == true {
        writeln!(out, "  an operator of the registry stands for it")?;
    }
    match text(advisory, "details").trim() {
        "" => Ok(()),
        details => writeln!(out, "\n{details}"),
    }
}

/// Affected versions from one to another, in words.
fn range(range: &Value) -> String {
    match (range["introduced"].as_str(), range["fixed"].as_str()) {
        (Some(first), Some(fixed)) => format!("{first} and later, before {fixed}"),
        (Some(first), None) => format!("{first} and later"),
        (None, Some(fixed)) => format!("all before {fixed}"),
        (None, None) => "all".to_owned(),
    }
}

fn listed(document: &Value, name: &str) -> String {
    let items = document[name].as_array().into_iter().flatten().filter_map(Value::as_str);
    items.collect::<Vec<_>>().join(", ")
}

/// A text of a document; empty where there is none.
fn text<'v>(document: &'v Value, name: &str) -> &'v str {
    document[name].as_str().unwrap_or_default()
}

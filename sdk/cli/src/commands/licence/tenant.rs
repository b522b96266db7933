//! `adx licence import` and `adx licence list`: the licences of a tenant, at its agent.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use owo_colors::OwoColorize as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::text_of;
use crate::App;
use crate::failure::Failure;

/// Give a licence to the agent that runs the module
///
/// The agent verifies it by what it knows of the registry, without a network too.
#[derive(Args)]
pub(crate) struct Import {
    /// The licence: its file, or a file with the token by itself
    #[arg(value_name = "FILE")]
    licence: PathBuf,
}

impl Import {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let body = json!({ "licence": text_of(&self.licence)? });
        let path = ["api", "v1", "tenants", tenant, "licences"];
        let taken = app.agent(Some(tenant))?.send(Method::POST, &path, Some(&body)).await.map_err(|failure| {
            failure
                .hint_for("other-tenant", "run it again with --tenant and the tenant that the licence names")
                .hint_for("no-authority", "without a network run `adx bundle load FILE.adxb` first")
                .hint_for("older-licence", "run `adx licence list` to see the one that is there")
        })?;
        app.output.result(&taken, |out| {
            let text = |name: &str| taken[name].as_str().unwrap_or_default();
            writeln!(out, "{tenant} has the licence {} of {}", text("id"), text("module").bold())?;
            writeln!(out, "next: adx licence list")
        })
    }
}

pub(super) async fn list(app: &App) -> Result<(), Failure> {
    let tenant = app.settings.tenant()?;
    let found = app.agent(Some(tenant))?.get(&["api", "v1", "tenants", tenant, "licences"], &[]).await?;
    if let Some(latest) = found["clock_set_back_from"].as_str() {
        app.output.warn(&format!(
            "the agent's clock was set back: licences are judged as of {latest}, the latest time it saw"
        ));
    }
    app.output.result(&found, |out| {
        let licences = found["licences"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        if licences.is_empty() {
            writeln!(out, "{tenant} has no licences")?;
            return writeln!(out, "next: adx licence save NS/NAME, then adx licence import FILE");
        }
        licences.iter().try_for_each(|licence| show(out, licence))
    })
}

fn show(out: &mut dyn Write, licence: &Value) -> io::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let terms = &licence["terms"];
    let (module, state) = (text(&licence["module"]), text(&licence["state"]));
    let versions = terms["versions"].as_str().map(|versions| format!(" {versions}")).unwrap_or_default();
    writeln!(out, "{}{versions}  {state}", module.bold())?;
    let kind = terms["kind"].as_str().map(|kind| format!(", {kind}")).unwrap_or_default();
    let until = terms["until"].as_str().map(|until| format!(", until {until}")).unwrap_or_default();
    writeln!(out, "  {}{kind}{until}", text(&licence["id"]))?;
    if let Some(until) = licence["lease_until"].as_str() {
        writeln!(out, "  leased until {until}")?;
    }
    let features: Vec<&str> = terms["features"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !features.is_empty() {
        writeln!(out, "  features: {}", features.join(", "))?;
    }
    let people = licence["people"].as_array().map_or(0, Vec::len);
    if let Some(seats) = terms["seats"].as_u64() {
        writeln!(out, "  seats: {people} of {seats} are taken")?;
    }
    if let Some(problem) = licence["problem"].as_str() {
        writeln!(out, "  {problem}")?;
    }
    let next = &licence["next"];
    match (next["state"].as_str(), next["takes_effect"].as_str()) {
        (Some(state), Some(at)) => writeln!(out, "  {state} from {at} on"),
        (Some(state), None) => {
            writeln!(out, "  {state} once that was announced, not before {}", text(&next["due"]))
        }
        (None, _) => Ok(()),
    }
}

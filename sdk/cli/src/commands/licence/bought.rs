//! `adx licence bought` and `adx licence save`: the licences of a tenant at the registry, for those who buy for it.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use adx_signing::ModuleId;
use clap::Args;
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use crate::App;
use crate::commands::order::{NO_TENANT, Organisation, word};
use crate::failure::Failure;

/// Fetch the licence of a module that was bought
///
/// The file for `adx licence import`. An agent that reaches the registry gets the next one by itself.
#[derive(Args)]
pub(crate) struct Save {
    /// The module: ns/name
    module: ModuleId,
    /// Where to write it [default: NS-NAME.licence]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// A lease: the same for some days only, which the agent renews
    #[arg(long)]
    lease: bool,
    #[command(flatten)]
    organisation: Organisation,
}

impl Save {
    pub(super) async fn run(self, app: &App) -> Result<(), Failure> {
        let Self { module, out, lease, organisation } = self;
        let tenant = app.settings.tenant_of_registry()?;
        let (namespace, name) = (module.namespace.as_str(), module.name.as_str());
        let mut path = vec!["api", "v1", "tenants", tenant, "licences", namespace, name];
        let query: &[_] = if lease { &[] } else { &[("format", "file")] };
        if lease {
            path.push("lease");
        }
        let (buyer, option) = (organisation.open(app)?, organisation.option());
        let licence = buyer.registry.text(&path, query).await.map_err(|failure| {
            let buy = format!("run `adx licence bought{option}`, or buy it: adx buy {module}{option}");
            buyer.advise(failure.hint_for("tenant", NO_TENANT).hint_for("not-found", buy))
        })?;
        let file = out.unwrap_or_else(|| PathBuf::from(format!("{namespace}-{name}.licence")));
        let shown = file.display().to_string();
        fs::write(&file, &licence)
            .map_err(|error| Failure::failed(format!("{shown} cannot be written")).because(&error))?;
        let document = json!({ "module": module, "tenant": tenant, "file": shown });
        app.output.result(&document, |out| {
            writeln!(out, "the licence of {} for {tenant} is in {shown}", module.bold())?;
            writeln!(out, "next: adx licence import {shown}")
        })
    }
}

pub(super) async fn list(app: &App, organisation: &Organisation) -> Result<(), Failure> {
    let tenant = app.settings.tenant_of_registry()?;
    let buyer = organisation.open(app)?;
    let found = buyer.registry.get(&["api", "v1", "tenants", tenant, "licences"], &[]).await;
    let found = found.map_err(|failure| buyer.advise(failure.hint_for("tenant", NO_TENANT)))?;
    app.output.result(&found, |out| {
        let licences = found["licences"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        if licences.is_empty() {
            writeln!(out, "nothing was bought for {tenant}")?;
            return writeln!(out, "next: adx buy NS/NAME{}", organisation.option());
        }
        licences.iter().try_for_each(|licence| show(out, licence))
    })
}

fn show(out: &mut dyn Write, licence: &Value) -> io::Result<()> {
    write!(out, "{}  {}  {}", word(licence, "module").bold(), word(licence, "state"), word(licence, "model"))?;
    if let Some(seats) = licence["seats"].as_u64() {
        write!(out, ", {seats} seats")?;
    }
    match word(licence, "until") {
        "" => writeln!(out),
        until => writeln!(out, ", until {until}"),
    }
}

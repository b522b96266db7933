//! `adx list`: what a tenant has installed.

use std::io::{self, Write};

use clap::Args;
use owo_colors::OwoColorize as _;
use serde_json::Value;

use crate::App;
use crate::commands::info;
use crate::failure::Failure;
use crate::policy;

/// List what a tenant has installed
#[derive(Args)]
pub(crate) struct List {}

impl List {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let path = ["api", "v1", "tenants", tenant, "installations"];
        let found = app.agent(Some(tenant))?.get(&path, &[]).await?;
        app.output.result(&found, |out| {
            let installations = found["installations"].as_array();
            let installations = installations.map_or(&[] as &[Value], Vec::as_slice);
            if installations.is_empty() {
                return writeln!(out, "{tenant} has nothing installed");
            }
            for installation in installations {
                let text = |name: &str| installation[name].as_str().unwrap_or_default();
                let policy = policy::describe(installation);
                let (module, version) = (text("module"), text("version"));
                let stopped = installation["quarantined"].as_str();
                let state = if stopped.is_some() { "stopped" } else { text("state") };
                writeln!(out, "{} {}  {state}  {}", module.bold(), version.green(), policy.dimmed())?;
                if let Some(reason) = stopped {
                    writeln!(out, "  takes no calls: {reason}")?;
                    let others = away_from_stopped(installation);
                    writeln!(out, "  next, one of: adx update {module} (to a newer release), {others}")?;
                }
                info::said(out, installation)?;
                if let Some(waits) = waiting(installation) {
                    writeln!(out, "  {waits}")?;
                }
                show_update(out, installation)?;
            }
            Ok(())
        })
    }
}

/// What leads away from a version that was called back.
pub(crate) fn away_from_stopped(installation: &Value) -> String {
    let module = installation["module"].as_str().unwrap_or_default();
    let back = installation["previous_version"].as_str();
    let back = back.map(|version| format!("adx rollback {module} (to {version}), ")).unwrap_or_default();
    format!("{back}adx uninstall {module}")
}

/// The release that is too young for the tenant's cooldown, if one is, with the command that lets it past.
pub(crate) fn waiting(installation: &Value) -> Option<String> {
    let waits = &installation["update_waits"];
    let (version, until) = (waits["version"].as_str()?, waits["until"].as_str()?);
    let module = installation["module"].as_str().unwrap_or_default();
    Some(format!(
        "{version} waits for the cooldown until {until}; for a security fix: adx approve {module} {version} --reason TEXT"
    ))
}

/// What became of the newest version, where it is not the one that runs.
fn show_update(out: &mut dyn Write, installation: &Value) -> io::Result<()> {
    if let Some(reason) = installation["load_error"].as_str() {
        writeln!(out, "  cannot be loaded: {reason}")?;
    }
    let module = installation["module"].as_str().unwrap_or_default();
    if let Some(version) = installation["rolled_back_from"].as_str() {
        writeln!(out, "  rolled back from {version}, and held here until `adx update {module}`")?;
    }
    let failed = &installation["update_failed"];
    if let (Some(version), Some(reason)) = (failed["version"].as_str(), failed["reason"].as_str()) {
        let again = failed["again_at"].as_str().map(|at| format!("; it is tried again at {at}")).unwrap_or_default();
        writeln!(out, "  the update to {version} failed: {reason}{again}")?;
    }
    let held = &installation["update_held"];
    if let Some(version) = held["version"].as_str() {
        let wanted: Vec<&str> =
            held["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        writeln!(out, "  the update to {version} waits for consent to: {}", wanted.join(", "))?;
        writeln!(out, "  next: adx grants {module} --grant {}", wanted.join(" --grant "))?;
    }
    Ok(())
}

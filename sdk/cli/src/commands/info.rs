//! `adx info`: what the registry knows of a module.

mod price;

use std::cmp::Reverse;
use std::io::{self, Write};

use adx_index::resolve::takes_pre_release;
use adx_signing::ModuleId;
use clap::Args;
use owo_colors::OwoColorize as _;
use semver::{Version, VersionReq};
use serde_json::Value;

use crate::App;
use crate::failure::Failure;
use crate::http::Server;
use crate::module_ref::{ModuleRef, segments};
use crate::seen;

/// Show a module
#[derive(Args)]
pub(crate) struct Info {
    /// The module: ns/name, or ns/name@=1.2.3 for one version
    module: ModuleRef,
}

impl Info {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let registry = app.registry()?;
        let module = &self.module.module;
        let mut summary = summary(&registry, module).await?;
        let Some(requirement) = &self.module.requirement else {
            if let Some(words) = price::in_words(&summary["listing"]) {
                summary["price"] = words.into();
            }
            if let Some(activities) = activities(app, module).await {
                summary["activities"] = activities;
            }
            let latest = summary["latest"].as_str().and_then(|text| text.parse::<Version>().ok());
            // What is withheld waits for no round of signing.
            let latest = latest.filter(|latest| is_offered(&summary, latest));
            if let Some(latest) = latest
                && let Some(seen) = seen::by_agents(&registry, module, &latest).await
            {
                summary["latest_seen_by_agents"] = seen.into();
            }
            return app.output.result(&summary, |out| show(out, &summary));
        };
        // A version that is withheld is not chosen any more, but may be looked at.
        let version = newest(&summary, requirement, false)
            .or_else(|| best(&summary, requirement, true, false))
            .ok_or_else(|| {
                Failure::not_found(format!("no version of {module} matches {requirement}"))
                    .hint(format!("run `adx info {module}` to see the versions"))
            })?;
        let [namespace, name] = segments(module);
        let path = ["api", "v1", "modules", namespace, name, "versions", &version];
        let mut detail = registry.get(&path, &[]).await?;
        // What is withheld is for nobody to install, signed or not.
        let parsed = version.parse::<Version>().ok().filter(|_| withheld(&detail).is_empty());
        if let Some(version) = parsed
            && let Some(seen) = seen::by_agents(&registry, module, &version).await
        {
            detail["seen_by_agents"] = seen.into();
        }
        app.output.result(&detail, |out| {
            writeln!(out, "{} {}{}", module.bold(), version.green(), withheld(&detail))?;
            said(out, &detail)?;
            if let Some(reason) = detail["quarantined_for"].as_str() {
                writeln!(out, "  in quarantine: {reason}")?;
            }
            writeln!(out, "  sha256 {}", detail["sha256"].as_str().unwrap_or_default())?;
            match detail["seen_by_agents"].as_bool() {
                Some(true) => writeln!(out, "  signed: agents see it")?,
                Some(false) => {
                    writeln!(
                        out,
                        "  not signed yet: agents do not see it before the registry's next round of signing"
                    )?;
                }
                None => {}
            }
            permissions(out, &detail)
        })
    }
}

/// What the module can be asked to do, where an agent runs it for the tenant: nobody else knows. Whether one does is not what was
/// asked, so an agent that does not answer is no failure.
async fn activities(app: &App, module: &ModuleId) -> Option<Value> {
    let tenant = app.settings.tenant().ok()?;
    let [namespace, name] = segments(module);
    let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "activities"];
    let mut found = app.agent(Some(tenant)).ok()?.get(&path, &[]).await.ok()?;
    Some(found["activities"].take())
}

/// A module's page.
pub(crate) async fn summary(registry: &Server, module: &ModuleId) -> Result<Value, Failure> {
    let [namespace, name] = segments(module);
    let found = registry.get(&["api", "v1", "modules", namespace, name], &[]).await;
    found.map_err(|failure| failure.hint_for("not-found", format!("run `adx search {name}`")))
}

/// The newest version that matches and is not withheld; with `pre_releases`, as on the beta channel, those too.
pub(crate) fn newest(summary: &Value, requirement: &VersionReq, pre_releases: bool) -> Option<String> {
    best(summary, requirement, false, pre_releases)
}

/// What is said behind a version that is yanked or in quarantine.
fn withheld(version: &Value) -> &'static str {
    match () {
        () if version["taken_down_for"].is_string() => " (taken down)",
        () if version["quarantined_for"].is_string() => " (in quarantine)",
        () if version["yanked"] == true => " (yanked)",
        () => "",
    }
}

/// Whether a version of a module's page is one that is not withheld.
fn is_offered(summary: &Value, version: &Version) -> bool {
    let text = version.to_string();
    let versions = summary["versions"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    versions.iter().any(|version| version["version"] == text.as_str() && withheld(version).is_empty())
}

fn best(summary: &Value, requirement: &VersionReq, is_withheld: bool, pre_releases: bool) -> Option<String> {
    summary["versions"]
        .as_array()?
        .iter()
        .filter(|version| withheld(version).is_empty() != is_withheld)
        .filter_map(|version| version["version"].as_str()?.parse::<Version>().ok())
        .filter(|version| requirement.matches(version) || (pre_releases && takes_pre_release(requirement, version)))
        .max()
        .map(|version| version.to_string())
}

fn show(out: &mut dyn Write, module: &Value) -> io::Result<()> {
    let text = |name: &str| module[name].as_str().unwrap_or_default();
    writeln!(out, "{} {}", text("module").bold(), text("latest").green())?;
    for name in ["display_name", "description"] {
        if !text(name).is_empty() {
            writeln!(out, "  {}", text(name))?;
        }
    }
    facts(out, module)?;
    if !text("quarantined_for").is_empty() {
        writeln!(out, "  in quarantine: {}", text("quarantined_for"))?;
    }
    said(out, module)?;
    permissions(out, module)?;
    let activities: Vec<&str> =
        module["activities"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !activities.is_empty() {
        writeln!(out, "activities (as installed): {}", activities.join(", "))?;
    }
    if let Some(versions) = module["versions"].as_array() {
        writeln!(out, "versions")?;
        // The registry lists them in the order of their release; a fix of an older line is not the newest version.
        let mut versions: Vec<&Value> = versions.iter().collect();
        versions
            .sort_by_key(|version| Reverse(version["version"].as_str().and_then(|text| text.parse::<Version>().ok())));
        for version in versions {
            let withheld = withheld(version);
            let text = |name: &str| version[name].as_str().unwrap_or_default();
            let reason = version["yanked_for"].as_str().map(|reason| format!(": {reason}"));
            let again = || version["unyanked_for"].as_str().map(|reason| format!(" (offered again: {reason})"));
            let reason = reason.or_else(again).unwrap_or_default();
            writeln!(out, "  {}  {}{withheld}{reason}", text("version"), text("released_at").dimmed())?;
        }
    }
    if module["latest_seen_by_agents"] == false {
        writeln!(out, "{} waits to be signed: agents do not see it before the registry's next round", text("latest"))?;
    }
    if text("latest").parse().is_ok_and(|latest| is_offered(module, &latest)) {
        writeln!(out, "next: adx install {} --activate", text("module"))
    } else {
        writeln!(out, "no version of it can be installed now")
    }
}

/// What one asks before one installs it: whose it is, under what terms, and of what kind; what the registry does not say is left out.
fn facts(out: &mut dyn Write, module: &Value) -> io::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let publisher = &module["publisher"];
    let verified = publisher["verified_domain"].as_str().map(|domain| format!(", verified as {domain}"));
    let tags: Vec<_> = module["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, value) in [
        ("publisher", text(&publisher["display_name"]) + &verified.unwrap_or_default()),
        ("licence", text(&module["license"])),
        ("price", text(&module["price"])),
        ("category", text(&module["category"])),
        ("tags", tags.join(", ")),
    ] {
        if !value.is_empty() {
            writeln!(out, "  {name}: {value}")?;
        }
    }
    Ok(())
}

/// What is said against a module or version: that it is yanked, deprecated, affected by advisories; and why it is not yanked any more.
pub(crate) fn said(out: &mut dyn Write, document: &Value) -> io::Result<()> {
    if let Some(reason) = document["yanked_for"].as_str() {
        writeln!(out, "  yanked: {reason}")?;
    }
    if let Some(reason) = document["unyanked_for"].as_str() {
        writeln!(out, "  offered again: {reason}")?;
    }
    for against in ["deprecation", "deprecated"] {
        let Some(message) = document[against]["message"].as_str() else { continue };
        let versions =
            document[against]["versions"].as_str().map(|versions| format!(" {versions}")).unwrap_or_default();
        writeln!(out, "  {}{versions}: {message}", "deprecated".yellow())?;
        if let Some(replacement) = document[against]["replacement"].as_str() {
            writeln!(out, "  use instead: {replacement}")?;
        }
    }
    advisories(out, document)
}

/// The advisories that hold of a module or version.
pub(crate) fn advisories(out: &mut dyn Write, document: &Value) -> io::Result<()> {
    for advisory in document["advisories"].as_array().into_iter().flatten() {
        let text = |name: &str| advisory[name].as_str().unwrap_or_default();
        let patched: Vec<_> = advisory["patched"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mended = if patched.is_empty() {
            "no release mends it".to_owned()
        } else {
            format!("mended in {}", patched.join(", "))
        };
        writeln!(out, "  {} ({}): {}; {mended}", text("id").red(), text("severity"), text("title"))?;
    }
    Ok(())
}

/// The permissions of a module or version, in words.
pub(crate) fn permissions(out: &mut dyn Write, document: &Value) -> io::Result<()> {
    let asked = document["permissions"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if asked.is_empty() {
        return writeln!(out, "asks for no permission");
    }
    writeln!(out, "permissions")?;
    for permission in asked {
        let text = |name: &str| permission[name].as_str().unwrap_or_default();
        let optional = if permission["required"] == false { " (optional)" } else { "" };
        writeln!(out, "  {}{optional}: {}", text("permission").bold(), text("words"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_is_by_version_and_not_withheld() {
        let summary = json!({"versions": [
            {"version": "1.9.0"}, {"version": "1.10.0"}, {"version": "1.11.0", "yanked": true},
            {"version": "1.11.1", "quarantined_for": "it steals"},
            {"version": "1.12.0-beta.1"}, {"version": "2.0.0"}]});
        let requirement = VersionReq::parse("^1").expect("requirement");
        assert_eq!(newest(&summary, &requirement, false).as_deref(), Some("1.10.0"));
        assert_eq!(newest(&summary, &requirement, true).as_deref(), Some("1.12.0-beta.1"));
        let none = VersionReq::parse("^3").expect("requirement");
        assert_eq!(newest(&summary, &none, true), None);
    }
}

//! `adx audit`: which advisories hold of what somebody depends on, or has installed.

use std::path::Path;

use adx_index::affected::VersionRange;
use adx_signing::ModuleId;
use clap::Args;
use owo_colors::OwoColorize as _;
use semver::{Comparator, Op, Version, VersionReq};
use serde_json::{Value, json};

use crate::App;
use crate::commands::info;
use crate::failure::Failure;
use crate::http::Server;
use crate::module_ref::ModuleRef;
use crate::project::Project;

/// Check modules against the advisories of their registry
///
/// What is installed is judged by the agent, from what its registry signed; everything else by what the registry answers. Exits with 1
/// when an advisory holds of something.
#[derive(Args)]
pub(crate) struct Audit {
    /// A project, whose module.toml says what it depends on; a list that `adx list --json` wrote; or a module, as ns/name@1.2
    #[arg(default_value = ".", conflicts_with = "installed")]
    what: String,
    /// What the tenant has installed
    #[arg(long)]
    installed: bool,
}

/// What is to be looked at of a module.
enum Wanted {
    /// This version, withheld or not.
    Exactly(Version),
    /// The newest version that matches.
    Matching(VersionReq),
}

impl Wanted {
    /// A requirement of one version is that version, be it withheld: advisories hold of it all the more.
    fn of(requirement: VersionReq) -> Self {
        if let [Comparator { op: Op::Exact, major, minor: Some(minor), patch: Some(patch), pre }] =
            &requirement.comparators[..]
        {
            return Self::Exactly(Version { pre: pre.clone(), ..Version::new(*major, *minor, *patch) });
        }
        Self::Matching(requirement)
    }
}

/// Something that was looked at.
struct Checked {
    module: ModuleId,
    version: Option<Version>,
    advisories: Vec<Value>,
}

impl Audit {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let checked = if self.installed { installed(app).await? } else { self.named(app).await? };
        let affected = checked.iter().filter(|checked| !checked.advisories.is_empty()).count();
        let unknown = checked.iter().filter(|checked| checked.version.is_none()).count();
        let document = json!({
            "affected": affected,
            "checked": checked.iter().map(|checked| json!({
                "module": checked.module,
                "version": checked.version,
                "advisories": checked.advisories,
            })).collect::<Vec<_>>(),
        });
        app.output.result(&document, |out| {
            for Checked { module, version, advisories } in &checked {
                let Some(version) = version else {
                    writeln!(out, "{module}  no version matches that is offered: nothing is known of it")?;
                    continue;
                };
                if advisories.is_empty() {
                    writeln!(out, "{module} {version}  no advisory")?;
                    continue;
                }
                writeln!(out, "{} {version}", module.bold())?;
                info::advisories(out, &json!({ "advisories": advisories }))?;
            }
            writeln!(out, "{} checked, {affected} affected", checked.len() - unknown)
        })?;
        if affected == 0 && unknown > 0 {
            return Err(Failure::not_found(format!("of {unknown} of {} modules no version matches", checked.len()))
                .hint("name the version that you have: `adx audit ns/name@=1.2.3`"));
        }
        if affected == 0 {
            return Ok(());
        }
        Err(Failure::failed(format!("advisories hold of {affected} of {} modules", checked.len()))
            .hint("update to a version that mends it: `adx info ns/name` lists the versions"))
    }

    /// What a project depends on, a list holds, or a reference names.
    async fn named(&self, app: &App) -> Result<Vec<Checked>, Failure> {
        let path = Path::new(&self.what);
        let wanted = if path.is_dir() {
            let project = Project::open(path)?;
            let matching =
                |(module, requirement): (&ModuleId, &VersionReq)| (module.clone(), Wanted::of(requirement.clone()));
            project.manifest().dependencies.iter().map(matching).collect()
        } else if path.is_file() {
            listed(path)?
        } else {
            let ModuleRef { module, requirement } = self.what.parse().map_err(|error| {
                Failure::usage(format!("`{}` is neither a project, nor a list, nor a module: {error}", self.what))
            })?;
            vec![(module, Wanted::of(requirement.unwrap_or(VersionReq::STAR)))]
        };
        let registry = app.registry()?;
        let mut checked = Vec::new();
        for (module, wanted) in wanted {
            let version = match wanted {
                Wanted::Exactly(version) => Some(version),
                Wanted::Matching(requirement) => {
                    let summary = info::summary(&registry, &module).await?;
                    info::newest(&summary, &requirement, false).and_then(|version| version.parse().ok())
                }
            };
            let advisories = match &version {
                Some(version) => affecting(&registry, &module, version).await?,
                None => Vec::new(),
            };
            checked.push(Checked { module, version, advisories });
        }
        Ok(checked)
    }
}

/// What the agent says of what is installed.
async fn installed(app: &App) -> Result<Vec<Checked>, Failure> {
    let tenant = app.settings.tenant()?;
    let found = app.agent(Some(tenant))?.get(&["api", "v1", "tenants", tenant, "installations"], &[]).await?;
    let installations = found["installations"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let checked = |installation: &Value| {
        Some(Checked {
            module: installation["module"].as_str()?.parse().ok()?,
            version: installation["version"].as_str().and_then(|version| version.parse().ok()),
            advisories: installation["advisories"].as_array().cloned().unwrap_or_default(),
        })
    };
    Ok(installations.iter().filter_map(checked).collect())
}

/// The advisories that hold of a version, by the registry's word.
async fn affecting(registry: &Server, module: &ModuleId, version: &Version) -> Result<Vec<Value>, Failure> {
    let name = module.to_string();
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("module", name.as_str())];
        query.extend(cursor.as_ref().map(|cursor| ("cursor", cursor.as_str())));
        let page = registry.get(&["api", "v1", "advisories"], &query).await?;
        let advisories = page["advisories"].as_array().cloned().unwrap_or_default();
        found.extend(advisories.into_iter().filter(|advisory| holds(advisory, version)));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(found),
        }
    }
}

fn holds(advisory: &Value, version: &Version) -> bool {
    let ranges = serde_json::from_value::<Vec<VersionRange>>(advisory["affected"].clone()).unwrap_or_default();
    advisory["withdrawn_at"].is_null() && ranges.iter().any(|range| range.holds(version))
}

/// The versions of a list that `adx list --json` wrote.
fn listed(file: &Path) -> Result<Vec<(ModuleId, Wanted)>, Failure> {
    let no_list = || {
        Failure::refused(format!("{} is no list of what is installed", file.display()))
            .hint("write one with `adx list --json`")
    };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::not_found(format!("cannot read {}", file.display())).because(&error))?;
    let list: Value = serde_json::from_str(&text).map_err(|_| no_list())?;
    let installations = list["installations"].as_array().ok_or_else(no_list)?;
    let entry = |installation: &Value| {
        let version = installation["version"].as_str()?.parse().ok()?;
        Some((installation["module"].as_str()?.parse().ok()?, Wanted::Exactly(version)))
    };
    installations.iter().map(|installation| entry(installation).ok_or_else(no_list)).collect()
}

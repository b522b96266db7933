//! `adx install`: consent, then installation.

use clap::Args;
use owo_colors::OwoColorize as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::App;
use crate::commands::info;
use crate::failure::Failure;
use crate::http::Server;
use crate::module_ref::{ModuleRef, segments};
use crate::operation;
use crate::policy::Policy;

/// Install a module for a tenant
///
/// Shows in plain words what the module asks for. Nothing is granted that you did not agree to: at the terminal, or by
/// --grant, --grant-required or --yes.
#[derive(Args)]
pub(crate) struct Install {
    /// The module: ns/name, or ns/name@REQUIREMENT: 1.2 means ^1.2, =1.2.3 means just that
    module: ModuleRef,
    /// Grant this permission; may be given more than once
    #[arg(long, value_name = "PERMISSION")]
    grant: Vec<String>,
    /// Grant what the module cannot do without
    #[arg(long)]
    grant_required: bool,
    /// Agree to everything it asks for, optional permissions too
    #[arg(long, short)]
    yes: bool,
    /// Activate it right after
    #[arg(long)]
    activate: bool,
    /// Do not wait until it is done
    #[arg(long, conflicts_with = "activate")]
    no_wait: bool,
    #[command(flatten)]
    policy: Policy,
}

/// Tells what is said against a version, before anybody consents to it.
fn warn(app: &App, offer: &Value) {
    let mut said = Vec::new();
    // Writing to memory does not fail.
    if info::said(&mut said, offer).is_ok() {
        for line in String::from_utf8_lossy(&said).lines() {
            app.output.step("Warning", line.trim());
        }
    }
}

/// What a module asks for.
struct Asked {
    permission: String,
    required: bool,
    words: String,
}

impl Install {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let tenant = app.settings.tenant()?;
        let agent = app.agent(Some(tenant))?;
        let asked = self.asked(app, &agent, tenant).await?;
        let grants = self.consent(app, &asked)?;

        let mut body = json!({ "module": self.module.module, "grants": grants });
        if let Some(requirement) = &self.module.requirement {
            body["version"] = json!(requirement.to_string());
        }
        self.policy.put_into(&mut body);
        let path = ["api", "v1", "tenants", tenant, "installations"];
        let module = &self.module.module;
        let started =
            agent.send(Method::POST, &path, Some(&body)).await.map_err(|failure| operation::advise(failure, module))?;
        if self.no_wait {
            return operation::begun(app, &started);
        }
        let mut done = operation::wait(app, &agent, tenant, started).await?;
        app.output.step("Installed", &format!("{module} {}", operation::word(&done, "to_version")));
        if self.activate {
            let [namespace, name] = segments(module);
            let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, "activate"];
            let activating = agent.send(Method::POST, &path, None).await?;
            let activated = operation::wait(app, &agent, tenant, activating).await?;
            done = json!({ "install": done, "activate": activated });
        }
        app.output.result(&done, |out| {
            if self.activate {
                writeln!(out, "{module} is active for {tenant}")?;
                writeln!(out, "next: adx call {module} ACTIVITY JSON")
            } else {
                writeln!(out, "{module} is installed for {tenant}, and not active")?;
                writeln!(out, "next: adx activate {module}")
            }
        })
    }

    /// What the version asks for that the agent would install: by its package, which the agent verified, not by the registry's word.
    async fn asked(&self, app: &App, agent: &Server, tenant: &str) -> Result<Vec<Asked>, Failure> {
        let module = &self.module.module;
        let [namespace, name] = segments(module);
        let requirement = self.module.requirement.as_ref().map(ToString::to_string);
        let mut query = Vec::new();
        query.extend(requirement.as_ref().map(|requirement| ("version", requirement.as_str())));
        query.extend(self.policy.channel().map(|channel| ("channel", channel)));
        let path = ["api", "v1", "tenants", tenant, "releases", namespace, name];
        let offer = agent.get(&path, &query).await.map_err(|failure| operation::advise(failure, module))?;
        app.output.step("Found", &format!("{module} {}", operation::word(&offer, "version")));
        warn(app, &offer);
        Ok(read_asked(&offer))
    }

    /// What the tenant grants: by flags, else by asking.
    fn consent(&self, app: &App, asked: &[Asked]) -> Result<Vec<String>, Failure> {
        let by_flag = |one: &&Asked| self.yes || (self.grant_required && one.required);
        let mut grants: Vec<String> = asked.iter().filter(by_flag).map(|one| one.permission.clone()).collect();
        for permission in &self.grant {
            if !asked.iter().any(|one| one.permission == *permission) {
                return Err(Failure::usage(format!("{} does not ask for `{permission}`", self.module.module))
                    .hint(format!("it asks for: {}", list(asked))));
            }
            if !grants.contains(permission) {
                grants.push(permission.clone());
            }
        }
        let missing: Vec<&Asked> =
            asked.iter().filter(|one| one.required && !grants.contains(&one.permission)).collect();
        if missing.is_empty() {
            return Ok(grants);
        }
        if !app.output.can_ask() || !self.grant.is_empty() {
            let names: Vec<&str> = missing.iter().map(|one| one.permission.as_str()).collect();
            return Err(Failure::refused(format!(
                "{} cannot do without permissions that were not granted: {}",
                self.module.module,
                names.join(", ")
            ))
            .hint("grant them with --grant PERMISSION, or all required ones with --grant-required"));
        }
        self.ask(app, asked)
    }

    fn ask(&self, app: &App, asked: &[Asked]) -> Result<Vec<String>, Failure> {
        app.output.tell(&format!("{} asks to:", self.module.module.bold()));
        for one in asked.iter().filter(|one| one.required) {
            app.output.tell(&format!("  {} {}", one.words, format!("({})", one.permission).dimmed()));
        }
        if !app.output.confirm("Do you grant this?")? {
            return Err(Failure::refused("you did not agree, and nothing was installed"));
        }
        let mut grants = Vec::new();
        for one in asked {
            let granted =
                one.required || app.output.confirm(&format!("Also (optional): {} ({})?", one.words, one.permission))?;
            if granted {
                grants.push(one.permission.clone());
            }
        }
        Ok(grants)
    }
}

fn read_asked(document: &Value) -> Vec<Asked> {
    let permissions = document["permissions"].as_array();
    let read = |one: &Value| {
        let permission = one["permission"].as_str()?.to_owned();
        Some(Asked {
            words: one["words"].as_str().unwrap_or(&permission).to_owned(),
            required: one["required"] != false,
            permission,
        })
    };
    permissions.into_iter().flatten().filter_map(read).collect()
}

fn list(asked: &[Asked]) -> String {
    if asked.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<&str> = asked.iter().map(|one| one.permission.as_str()).collect();
    names.join(", ")
}

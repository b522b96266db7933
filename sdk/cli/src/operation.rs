//! What an agent does after the request was answered: install, update and the like.

use adx_signing::ModuleId;
use reqwest::Method;
use serde_json::Value;

use crate::App;
use crate::commands::{away_from_stopped, waiting};
use crate::failure::Failure;
use crate::http::Server;
use crate::module_ref::segments;
use crate::{progress, shown};

/// How long one request waits for news, in seconds.
const POLL_SECONDS: &str = "20";

/// Kinds of errors with which an agent refuses before it changes anything.
const REFUSALS: [&str; 10] = [
    "advisory",
    "consent",
    "cooldown",
    "dependencies",
    "licence",
    "no-version",
    "not-asked-for",
    "older-version",
    "refused",
    "unknown-module",
];
/// Steps that change nothing.
const BEFORE_CHANGES: [&str; 3] = ["resolve", "fetch", "warm"];

/// Asks the agent to do `verb` to an installed module, and goes on as [`finish`].
pub(crate) async fn act(
    app: &App,
    module: &ModuleId,
    verb: &str,
    body: Option<&Value>,
    no_wait: bool,
) -> Result<(), Failure> {
    let tenant = app.settings.tenant()?;
    let agent = app.agent(Some(tenant))?;
    let [namespace, name] = segments(module);
    let path = ["api", "v1", "tenants", tenant, "installations", namespace, name, verb];
    let started = agent.send(Method::POST, &path, body).await.map_err(|failure| advise(failure, module))?;
    finish(app, &agent, tenant, started, no_wait).await
}

/// The next command where an operation was not begun.
pub(crate) fn advise(failure: Failure, module: &ModuleId) -> Failure {
    failure
        .hint_for("not-found", "run `adx list` to see what is installed")
        .hint_for("already-installed", format!("run `adx update {module}` to change its version"))
        .hint_for("operation-running", "run `adx operation list`, and try again when it has ended")
        .hint_for("wrong-state", "run `adx list` to see its state")
        .hint_for(
            "unknown-module",
            format!("run `adx search {}`; without a network `adx bundle load FILE.adxb`", module.name),
        )
        .hint_for("no-version", format!("run `adx info {module}` to see the versions"))
        .hint_for("dependencies", "run `adx install` for what it needs first")
        .hint_for("cooldown", too_young(&module.to_string(), None))
        .hint_for("advisory", ADVISORY_HINT)
        .hint_for("licence", LICENCE_HINT)
        .hint_for("needed", "run `adx uninstall` for what needs it first")
        .hint_for("no-previous-version", "only an update leaves a version to go back to")
}

/// Waits for an operation if asked to, and shows how it ended.
pub(crate) async fn finish(
    app: &App,
    agent: &Server,
    tenant: &str,
    started: Value,
    no_wait: bool,
) -> Result<(), Failure> {
    if no_wait {
        return begun(app, &started);
    }
    let done = wait(app, agent, tenant, started).await?;
    match (&done["kind"], done["to_version"].as_str(), done["from_version"].as_str()) {
        (kind, None, Some(version)) if kind == "update" => stays(app, agent, tenant, &done, version).await,
        _ => app.output.result(&done, |out| writeln!(out, "done: {}", describe(&done))),
    }
}

/// Tells of an update that found nothing newer: whether what is there runs at all, and what is to come.
async fn stays(app: &App, agent: &Server, tenant: &str, done: &Value, version: &str) -> Result<(), Failure> {
    let module = word(done, "module");
    let [namespace, name] = module.split_once('/').map_or([module, ""], |(namespace, name)| [namespace, name]);
    let path = ["api", "v1", "tenants", tenant, "installations", namespace, name];
    // The update is done; that nothing more can be told of it is no failure.
    let installation = agent.get(&path, &[]).await.unwrap_or_default();
    let waits = waiting(&installation);
    if let Some(reason) = installation["quarantined"].as_str() {
        let failure = Failure::refused(format!(
            "{module} stays at {version}, which takes no calls, and there is none newer that fits"
        ))
        .cause(reason)
        .problem(done.clone());
        let next = format!("run one of: {}", away_from_stopped(&installation));
        return Err(match waits {
            Some(waits) => failure.cause(waits).hint(next),
            None => failure.hint(next),
        });
    }
    let mut document = done.clone();
    if !installation["update_waits"].is_null() {
        document["update_waits"] = installation["update_waits"].clone();
    }
    app.output.result(&document, |out| match waits {
        Some(waits) => {
            writeln!(out, "{module} stays at {version}, the newest that fits and is old enough")?;
            writeln!(out, "  {waits}")
        }
        None => writeln!(out, "{module} is already at {version}, the newest that fits"),
    })
}

/// Shows an operation that nobody waits for.
pub(crate) fn begun(app: &App, started: &Value) -> Result<(), Failure> {
    app.output.result(started, |out| {
        writeln!(out, "begun: {}", describe(started))?;
        writeln!(out, "next: adx operation show {} --wait", word(started, "id"))
    })
}

/// Waits until the operation has ended. A failed one is a failure with the agent's reason.
pub(crate) async fn wait(app: &App, agent: &Server, tenant: &str, operation: Value) -> Result<Value, Failure> {
    let spinner = progress::spinner(app.output, &describe(&operation));
    let mut operation = operation;
    while operation["status"] == "running" {
        let id = word(&operation, "id").to_owned();
        let path = ["api", "v1", "tenants", tenant, "operations", id.as_str()];
        operation = agent.get(&path, &[("wait", POLL_SECONDS)]).await?;
        spinner.set_message(shown::words(&describe(&operation)));
    }
    spinner.finish_and_clear();
    match operation["status"].as_str() {
        Some("succeeded") => Ok(operation),
        Some("held") => Err(held(&operation)),
        _ => Err(failed(&operation)),
    }
}

/// Nothing went wrong, and nothing goes on before the tenant agrees.
fn held(operation: &Value) -> Failure {
    let module = word(operation, "module");
    let failure = Failure::refused(format!("{} waits for consent", describe(operation)));
    because(failure, operation)
        .hint(format!("run `adx list` to see what {module} asks for, then `adx grants {module} --grant PERMISSION`"))
        .problem(operation.clone())
}

fn failed(operation: &Value) -> Failure {
    let (kind, step) = (word(operation, "error_kind"), word(operation, "step"));
    let line = describe(operation);
    let failure = if REFUSALS.contains(&kind) {
        Failure::refused(format!("{line} was refused, and nothing was changed"))
    } else if BEFORE_CHANGES.contains(&step) {
        Failure::failed(format!("{line} failed at the step `{step}`, and nothing was changed"))
    } else {
        Failure::failed(format!("{line} failed at the step `{step}`, and everything was put back"))
    };
    let (module, id) = (word(operation, "module"), word(operation, "id"));
    let hint = match kind {
        "older-version" => format!("run `adx rollback {module}` to go back to the version before"),
        "cooldown" => too_young(module, operation["to_version"].as_str()),
        "advisory" => ADVISORY_HINT.to_owned(),
        "licence" => LICENCE_HINT.to_owned(),
        "consent" => "grant them with --grant PERMISSION, or all required ones with --grant-required".to_owned(),
        _ => format!("run `adx operation show {id}` to see all of it"),
    };
    because(failure, operation).hint(hint).problem(operation.clone())
}

/// What to do about a version that an advisory holds of.
const ADVISORY_HINT: &str = "wait for a release that mends it, or choose another version; the agent's `advisories.block_install` says what is kept out";

/// What to do about a module that is not free.
pub(crate) const LICENCE_HINT: &str =
    "run `adx licence list` to see what the tenant has, and `adx licence import FILE` to give it another";

/// What to do about a release that is younger than the tenant's cooldown.
fn too_young(module: &str, version: Option<&str>) -> String {
    let version = version.unwrap_or("VERSION");
    format!(
        "wait until then; a security fix need not, once the tenant and the administrator both said so: \
         `adx approve {module} {version} --reason TEXT`"
    )
}

fn because(failure: Failure, operation: &Value) -> Failure {
    match operation["error"].as_str() {
        Some(reason) => failure.cause(reason),
        None => failure,
    }
}

pub(crate) fn word<'a>(operation: &'a Value, name: &str) -> &'a str {
    operation[name].as_str().unwrap_or_default()
}

/// One line about an operation, with its step while it is under way.
pub(crate) fn describe(operation: &Value) -> String {
    let mut line = format!("{} {}", operation["kind"].as_str().unwrap_or("operation"), word(operation, "module"));
    match (operation["from_version"].as_str(), operation["to_version"].as_str()) {
        (Some(from), Some(to)) => line.push_str(&format!(" {from} → {to}")),
        (None, Some(to)) => line.push_str(&format!(" {to}")),
        _ => {}
    }
    if operation["status"] == "running"
        && let Some(step) = operation["step"].as_str()
    {
        line.push_str(&format!(": {step}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_what_moves_where() {
        let mut update = json!({"kind": "update", "module": "adx/hello", "from_version": "1.0.0",
            "to_version": "1.1.0", "step": "migrate", "status": "running"});
        assert_eq!(describe(&update), "update adx/hello 1.0.0 → 1.1.0: migrate");
        update["status"] = json!("succeeded");
        assert_eq!(describe(&update), "update adx/hello 1.0.0 → 1.1.0");
    }
}

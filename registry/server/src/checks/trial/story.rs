//! The life of a module at a tenant who had nothing of it, in short: from its installation to its end.

use adx_index::Package;
use adx_registry_core::checks::Finding;
use adx_sandbox::{CallError, Invocation, Module};
use serde_json::{Value, json};

use super::run::{End, Ground, Run, migrations, place_of, said};

/// An activity that no module has.
const NO_SUCH_ACTIVITY: &str = "no-such-activity-7c1f";
/// The kind of error that the world wants for it.
pub(super) const UNKNOWN_ACTIVITY: &str = "unknown-activity";
/// What a tenant has at first.
const AT_FIRST: &str = "with what a tenant has at first, the settings of the schema and no data";

/// Lives it. What is found is in `findings` even when this is cut off.
///
/// # Errors
/// [`End::Host`]; [`End::Seen`] where its tables cannot be made, without which nothing else is worth trying.
pub(super) async fn tell(
    ground: &Ground<'_>,
    module: &Module,
    package: &Package,
    findings: &mut Vec<Finding>,
) -> Result<(), End> {
    let data = ground.data(package, "first.sqlite").await?;
    let mut run = ground.run(module, package, data, findings);
    let (migrations, latest) = migrations(package);
    let step = async |run: &mut Run<'_>, target: u32| match run.migrate(&migrations, target).await? {
        Ok(()) => Ok(()),
        Err(words) => {
            let way = if target == 0 { "down" } else { "up" };
            let message = format!("on the way {way}: {words}: run it on an empty database first");
            run.tell(Finding::error("migration-fails", message).at("migrations/"));
            Err(End::Seen)
        }
    };
    for target in [latest, 0, latest] {
        step(&mut run, target).await?;
    }
    for invocation in [Invocation::Install, Invocation::Activate, Invocation::Health] {
        run.hook(invocation, AT_FIRST).await?;
    }
    activities(&mut run, package).await?;
    for invocation in [Invocation::Deactivate, Invocation::Uninstall] {
        run.hook(invocation, AT_FIRST).await?;
    }
    step(&mut run, 0).await
}

/// Every activity, with what a careless caller sends: an empty object, nothing, a list.
async fn activities(run: &mut Run<'_>, package: &Package) -> Result<(), End> {
    let Some(names) = run.activities().await? else { return Ok(()) };
    let promised = package.manifest.workflows.iter().flat_map(|workflows| &workflows.activities);
    for activity in promised.filter(|activity| !names.iter().any(|name| *name == activity.name.as_str())) {
        let message = format!(
            "the manifest names the activity `{}` and the component does not have it: write it, or remove it from \
             `module.workflows.activities`",
            activity.name
        );
        run.findings.push(Finding::error("activity-missing", message).at("activities.names"));
    }
    for name in &names {
        for input in [json!({}), Value::Null, json!([])] {
            match run.activity(name, input).await? {
                Err(CallError::Module { kind, .. }) if kind == UNKNOWN_ACTIVITY => {
                    let message =
                        "`activities.names` has it and `activities.call` does not know it: keep the two alike";
                    run.tell(Finding::error("activity-unknown", message).at(place_of(name)));
                    break;
                }
                Err(CallError::Module { kind, .. }) if !is_kind(&kind) => {
                    let message = format!("its error has the kind {:?}: kinds are in kebab case", said(&kind));
                    run.tell(Finding::warning("error-kind", message).at(place_of(name)));
                    break;
                }
                // One trap of an activity is enough to be told.
                Err(error) if error.blames_module() => break,
                _ => {}
            }
        }
    }
    let place = "activities.call";
    let unknown = Invocation::Activity { name: NO_SUCH_ACTIVITY.to_owned(), input: json!({}) };
    if let Ok(_) | Err(CallError::Module { .. }) = run.call(unknown, place).await? {
        let message = format!("an activity that is not there must be an error of the kind `{UNKNOWN_ACTIVITY}`");
        run.tell(Finding::error("activity-unknown", message).at(place));
    }
    Ok(())
}

/// Kebab case, as the world says.
fn is_kind(kind: &str) -> bool {
    !kind.is_empty()
        && kind
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

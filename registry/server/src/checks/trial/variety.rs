//! The module once more, with settings that its schema allows and input that was made up: it may refuse any of it, and may not trap.

use std::time::Duration;

use adx_registry_core::checks::{Finding, Subject};
use adx_sandbox::{Invocation, Module};
use serde_json::{Value, json};

use super::input::{others, shapes, shown};
use super::learn::learn;
use super::run::{End, Ground, Run, migrations, place_of};
use super::settings::settings;

/// Activities that are tried, and calls of one with one set of settings.
const MAX_ACTIVITIES: usize = 64;
const MAX_CALLS: usize = 64;

/// An activity, and an input that it accepts, if one is known.
struct Known {
    name: String,
    input: Option<Value>,
}

/// Tries, as long as there is time. What is found is in `findings` even when this is cut off.
///
/// # Errors
/// [`End::Host`]
pub(super) async fn tell(
    ground: &Ground<'_>,
    module: &Module,
    subject: &Subject<'_>,
    time: Duration,
    findings: &mut Vec<Finding>,
) -> Result<(), End> {
    let package = subject.package;
    let data = ground.data(package, "variety.sqlite").await?;
    let mut run = ground.run(module, package, data, findings);
    let (migrations, latest) = migrations(package);
    if run.migrate(&migrations, latest).await?.is_err() {
        return Ok(());
    }
    let made = package.config_schema().map(|schema| settings(&schema, seed(subject)));
    let made = made.unwrap_or(Ok(Vec::new())).unwrap_or_else(|why| {
        let message = format!(
            "no settings could be made up that it allows, so that the module was tried with its defaults alone ({why}): use \
             plainer keywords, or give `default` and `examples`"
        );
        run.tell(Finding::note("settings-not-made", message).at("config.schema.json"));
        Vec::new()
    });
    match tokio::time::timeout(time, tried(&mut run, &made)).await {
        Ok(ended) => ended,
        Err(_) => {
            let message = format!("what was made up for it could not all be tried within {time:?}");
            run.tell(Finding::note("trial-shortened", message));
            Ok(())
        }
    }
}

async fn tried(run: &mut Run<'_>, made: &[Value]) -> Result<(), End> {
    for invocation in [Invocation::Install, Invocation::Activate] {
        attempt(run, invocation).await?;
    }
    let mut activities = Vec::new();
    for name in run.activities().await?.unwrap_or_default().into_iter().take(MAX_ACTIVITIES) {
        let input = learn(run, &name).await?;
        activities.push(Known { name, input });
    }
    for activity in &activities {
        for input in inputs(activity.input.as_ref()).into_iter().take(MAX_CALLS) {
            if run.is_blamed(&place_of(&activity.name)) {
                break;
            }
            let _: Result<_, _> = run.activity(&activity.name, input).await?;
        }
    }
    for settings in made {
        run.circumstances = format!(" with the settings `{}`", shown(settings));
        run.configure(settings.clone());
        attempt(run, Invocation::Activate).await?;
        attempt(run, Invocation::Health).await?;
        for Known { name, input } in &activities {
            if !run.is_blamed(&place_of(name)) {
                let _: Result<_, _> = run.activity(name, input.clone().unwrap_or_else(|| json!({}))).await?;
            }
        }
        attempt(run, Invocation::Deactivate).await?;
    }
    Ok(())
}

/// A hook, whose errors are its right.
async fn attempt(run: &mut Run<'_>, invocation: Invocation) -> Result<(), End> {
    let place = format!("lifecycle.{invocation}");
    if !run.is_blamed(&place) {
        let _: Result<_, _> = run.call(invocation, &place).await?;
    }
    Ok(())
}

/// Every shape, and what is accepted with one member after the other changed.
fn inputs(accepted: Option<&Value>) -> Vec<Value> {
    let mut inputs = Vec::new();
    if let Some(Value::Object(members)) = accepted {
        for (name, member) in members {
            for other in others(member) {
                let mut changed = members.clone();
                changed.insert(name.clone(), other);
                inputs.push(Value::Object(changed));
            }
        }
    }
    // Of an input of many members not the last ones have all the room.
    inputs.truncate(MAX_CALLS - shapes().len());
    inputs.extend(shapes());
    inputs
}

/// What decides, where there is a choice: the same package is tried with the same.
fn seed(subject: &Subject<'_>) -> u64 {
    let first: [u8; 8] = std::array::from_fn(|at| subject.sha256.as_bytes()[at]);
    u64::from_be_bytes(first)
}

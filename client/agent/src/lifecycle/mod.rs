//! Lifecycle operations as sagas on the journal: which steps each kind has, and how they are begun, carried out and ended.
//!
//! The operation's row says that it was asked for, the journal how far it is. The row is written first; a restart starts the
//! run of every row that has none, under the operation's id, so neither can be without the other for long.

mod begin;
mod end;

pub use begin::RequestError;
pub(crate) use begin::{Request, start_run};

use crate::{
    host::Host,
    progress,
    step::StepError,
    store::{Installation, Kind, Operation, Status},
};
use adx_signing::name::TenantId;
use adx_workflow::{ActivityContext, Ctx, Failure, Policy, Registry, SagaScope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// One step: an activity, and the activity that undoes it.
struct Plan {
    name: &'static str,
    undo: Option<&'static str>,
}

const fn step(name: &'static str) -> Plan {
    Plan { name, undo: None }
}

const fn undone(name: &'static str, undo: &'static str) -> Plan {
    Plan { name, undo: Some(undo) }
}

const INSTALL: &[Plan] = &[step("resolve"), step("fetch"), step("warm"), undone("data", "remove"), step("record")];
const ACTIVATE: &[Plan] = &[step("warm"), undone("hook", "unhook"), step("probe"), step("switch")];
const DEACTIVATE: &[Plan] = &[step("drain"), step("hook"), step("record")];
const UPDATE: &[Plan] = &[
    step("resolve"),
    step("fetch"),
    step("warm"),
    undone("close", "open"),
    step("snapshot"),
    undone("data", "restore"),
    step("probe"),
    step("switch"),
    step("retire"),
];
const ROLLBACK: &[Plan] = &[
    step("warm"),
    undone("close", "open"),
    step("snapshot"),
    undone("data", "restore"),
    step("probe"),
    step("switch"),
    step("retire"),
];
/// It only goes forward: its steps are tried without end.
const UNINSTALL: &[Plan] = &[step("drain"), step("hook"), step("data"), step("record"), step("sweep")];

fn plan(kind: Kind) -> &'static [Plan] {
    match kind {
        Kind::Install => INSTALL,
        Kind::Activate => ACTIVATE,
        Kind::Deactivate => DEACTIVATE,
        Kind::Update => UPDATE,
        Kind::Rollback => ROLLBACK,
        Kind::Uninstall => UNINSTALL,
    }
}

/// What a run is started with. The policy is kept with the run: changing the settings does not change a run under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ticket {
    tenant: TenantId,
    operation: String,
    attempts: u32,
    step_seconds: u64,
}

/// What a step has at hand.
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) installation: Option<Installation>,
    /// Counted from 1; more than 1 when an earlier try may have had part of its effect.
    pub(crate) attempt: u32,
}

impl Step {
    /// The installation, which is there from the first step to the last.
    pub(crate) fn installation(&self) -> Result<&Installation, StepError> {
        self.installation.as_ref().ok_or_else(|| StepError::refused("gone", "the installation is gone"))
    }
}

/// Whether the saga goes on after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next step.
    Step,
    /// No further: the operation has ended well.
    Stop,
}

/// Every workflow and activity of the agent.
pub(crate) fn registry(host: &Arc<Host>) -> Registry {
    let mut registry = Registry::new();
    for kind in Kind::ALL {
        registry = registry.workflow(kind.as_str(), move |ctx, input| run(ctx, kind, input));
        let undos = plan(kind).iter().filter_map(|step| step.undo);
        for name in plan(kind).iter().map(|step| step.name).chain(undos).chain(["fail"]) {
            let host = Arc::clone(host);
            registry = registry.activity(activity(kind, name), move |context, input| {
                perform(Arc::clone(&host), kind, name, context, input)
            });
        }
    }
    registry
}

fn activity(kind: Kind, name: &str) -> String {
    format!("{}.{name}", kind.as_str())
}

async fn run(ctx: Ctx, kind: Kind, input: Value) -> adx_workflow::Outcome {
    let ticket: Ticket =
        serde_json::from_value(input.clone()).map_err(|error| Failure::permanent("ticket", error.to_string()))?;
    // Uninstalling half-way and stopping there would keep a module on record whose data is gone.
    let attempts = if kind == Kind::Uninstall { 0 } else { ticket.attempts };
    let policy = Policy::default().attempts(attempts).timeout(Duration::from_secs(ticket.step_seconds));
    let saga_policy = policy.clone();
    let saga_input = input.clone();
    let outcome = SagaScope::run(ctx.clone(), move |saga| async move {
        for step in plan(kind) {
            let mut call = saga.step(step.name).policy(saga_policy.clone());
            if let Some(undo) = step.undo {
                call = call.compensate(&activity(kind, undo), saga_input.clone());
            }
            let answer = call.run(&activity(kind, step.name), saga_input.clone()).await?;
            if answer["stop"] == true {
                break;
            }
        }
        Ok(Value::Null)
    })
    .await;
    if let Err(failure) = &outcome {
        let failed = json!({ "ticket": input, "failure": failure });
        ctx.activity(&activity(kind, "fail"), failed, &policy.for_compensation()).await?;
    }
    outcome
}

async fn perform(
    host: Arc<Host>,
    kind: Kind,
    name: &'static str,
    context: ActivityContext,
    input: Value,
) -> adx_workflow::Outcome {
    let (ticket, failure) = if name == "fail" {
        (input["ticket"].clone(), serde_json::from_value(input["failure"].clone()).ok())
    } else {
        (input, None)
    };
    let ticket: Ticket =
        serde_json::from_value(ticket).map_err(|error| Failure::permanent("ticket", error.to_string()))?;
    let next = host.perform(kind, name, &ticket, context.attempt, failure).await.map_err(|error| {
        tracing::warn!(operation = ticket.operation, kind = kind.as_str(), step = name, error = %error, "step failed");
        Failure::from(error)
    })?;
    Ok(json!({ "stop": next == Next::Stop }))
}

impl Host {
    #[tracing::instrument(name = "lifecycle.step", skip_all, fields(operation = ticket.operation, kind = kind.as_str(), step = name))]
    async fn perform(
        &self,
        kind: Kind,
        name: &'static str,
        ticket: &Ticket,
        attempt: u32,
        failure: Option<Failure>,
    ) -> Result<Next, StepError> {
        let Some(mut operation) = self.store.operation(&ticket.tenant, &ticket.operation).await? else {
            return Ok(Next::Stop);
        };
        // On its way back it stays at the step that failed: that is what people ask about.
        let is_forward = plan(kind).iter().any(|step| step.name == name);
        if is_forward && operation.status == Status::Running && operation.step != name {
            name.clone_into(&mut operation.step);
            operation.updated_at = self.clock.now();
            self.store.save_operation(&operation).await?;
        }
        progress::reached(kind.as_str(), name);
        let installation = self.store.installation(&operation.tenant, &operation.module).await?;
        let step = Step { operation, installation, attempt };
        let next = if let Some(failure) = failure {
            self.fail(step, &failure).await.map(|()| Next::Stop)
        } else {
            match kind {
                Kind::Install => self.install_step(name, step).await,
                Kind::Activate => self.activate_step(name, step).await,
                Kind::Deactivate => self.deactivate_step(name, step).await,
                Kind::Update | Kind::Rollback => self.update_step(name, step).await,
                Kind::Uninstall => self.uninstall_step(name, step).await,
            }
        }?;
        progress::reached(kind.as_str(), &format!("{name}.done"));
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{STEPS, UNDO_STEPS};
    use std::collections::BTreeSet;

    /// Fail points between the beginning and the end of a step.
    const WITHIN: &[&str] = &["fetch.downloaded", "data.migrated", "switch.recorded"];

    fn points(names: impl Iterator<Item = (Kind, &'static str)>) -> BTreeSet<String> {
        names.flat_map(|(kind, name)| [activity(kind, name), activity(kind, &format!("{name}.done"))]).collect()
    }

    fn listed(points: &[&str]) -> BTreeSet<String> {
        let within = |point: &&&str| WITHIN.iter().any(|within| point.ends_with(within));
        points.iter().filter(|point| !within(point)).map(|point| (*point).to_owned()).collect()
    }

    #[test]
    fn every_step_of_every_plan_is_a_fail_point() {
        let all = || Kind::ALL.into_iter().flat_map(|kind| plan(kind).iter().map(move |step| (kind, step)));
        assert_eq!(points(all().map(|(kind, step)| (kind, step.name))), listed(STEPS));
        let undos = all().filter_map(|(kind, step)| Some((kind, step.undo?)));
        // Uninstalling never fails: its steps are tried without end.
        let fails = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Uninstall).map(|kind| (kind, "fail"));
        assert_eq!(points(undos.chain(fails)), listed(UNDO_STEPS));
    }
}

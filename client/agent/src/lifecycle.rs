//! Lifecycle operations as sagas on the journal: which steps each kind has, and how they are begun, carried out and ended.
//!
//! The operation's row says that it was asked for, the journal how far it is. The row is written first; a restart starts the
//! run of every row that has none, under the operation's id, so neither can be without the other for long.

use crate::{
    agent::Agent,
    audit, entropy,
    host::Host,
    progress,
    step::StepError,
    store::{Begun, Installation, Kind, Operation, Outcome, Status, StoreError},
};
use adx_signing::name::{ModuleId, TenantId};
use adx_workflow::{ActivityContext, Ctx, Failure, Journal, Policy, Registry, SagaScope, StartOptions};
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

/// Why an operation was not begun.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Another one has the installation.
    #[error("operation {} ({}) is running on {}", .0.id, .0.kind.as_str(), .0.module)]
    Busy(Box<Operation>),
    /// It is there.
    #[error("{0} is installed already")]
    AlreadyInstalled(ModuleId),
    /// It is not there.
    #[error("{0} is not installed")]
    NotInstalled(ModuleId),
    /// It is not in a state for it.
    #[error("{module} is {state}: it cannot be {wanted}")]
    WrongState {
        /// The module.
        module: ModuleId,
        /// Its state.
        state: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// There is nothing to roll back to.
    #[error("{0} has no version before this one")]
    NothingBefore(ModuleId),
    /// The agent is shutting down.
    #[error("the agent is stopping and begins nothing new")]
    Stopping,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal failed.
    #[error("the journal failed")]
    Journal(#[from] adx_workflow::JournalError),
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
        if operation.status == Status::Running && operation.step != name {
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

    /// Ends an operation well, together with what it made of the installation (`None`: removed).
    pub(crate) async fn succeed(
        &self,
        mut operation: Operation,
        installation: Option<Installation>,
    ) -> Result<(), StepError> {
        operation.status = Status::Succeeded;
        operation.error = None;
        self.end(operation, installation, Outcome::Done).await
    }

    /// Ends an operation that did not succeed, and puts what is on record behind the gate, open: a restart may have shut it
    /// after it was opened, and a drain may have taken it away. Repeating it is nothing.
    async fn fail(&self, step: Step, failure: &Failure) -> Result<(), StepError> {
        let (tenant, module) = (step.operation.tenant.clone(), step.operation.module.clone());
        if step.operation.status == Status::Running {
            self.end_badly(step, failure).await?;
        }
        self.open_again(&tenant, &module).await
    }

    async fn end_badly(&self, step: Step, failure: &Failure) -> Result<(), StepError> {
        let Step { mut operation, installation, .. } = step;
        let (message, permissions) = words(failure);
        let held = failure.kind() == "held";
        operation.status = if held { Status::Held } else { Status::Failed };
        let installation = match operation.kind {
            // A failed first installation leaves nothing: no row, as before.
            Kind::Install => None,
            Kind::Update => {
                installation.map(|found| crate::update::remember(found, &operation, failure, &message, permissions))
            }
            _ => installation,
        };
        operation.error = Some(match (operation.kind, &installation) {
            (Kind::Update | Kind::Rollback, Some(Installation { current: Some(pin), .. })) if !held => {
                format!("{message}; {} was kept", pin.version)
            }
            _ => message,
        });
        self.end(operation, installation, if held { Outcome::Refused } else { Outcome::Failed }).await
    }

    async fn end(
        &self,
        mut operation: Operation,
        mut installation: Option<Installation>,
        outcome: Outcome,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        operation.updated_at = now;
        if let Some(installation) = &mut installation {
            installation.updated_at = now;
        }
        let detail = json!({
            "operation": operation.id,
            "from": operation.from_version,
            "to": operation.to.as_ref().map(|to| &to.version),
            "error": operation.error,
        });
        let mut row = audit::row(
            self,
            &operation.tenant,
            &operation.actor,
            operation.kind.as_str(),
            Some(&operation.module),
            outcome,
            detail,
        );
        // One row an operation, also when this step is repeated.
        row.id = operation.id.replacen("op_", "au_", 1);
        self.store.finish(&operation, installation.as_ref(), &row).await?;
        self.announce_end(operation.kind, operation.status);
        Ok(())
    }
}

fn words(failure: &Failure) -> (String, Vec<String>) {
    match failure {
        Failure::Application { message, details, .. } => {
            let permissions = serde_json::from_value(details["permissions"].clone()).unwrap_or_default();
            (message.clone(), permissions)
        }
        Failure::Uncompensated { cause, .. } => {
            let (message, permissions) = words(cause);
            (format!("{message} (and not everything could be put back: {failure})"), permissions)
        }
        other => (other.to_string(), Vec::new()),
    }
}

/// What is asked for when an operation is begun.
pub(crate) struct Request<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) module: &'a ModuleId,
    pub(crate) kind: Kind,
    pub(crate) actor: &'a str,
    pub(crate) particulars: Value,
    pub(crate) installing: Option<Installation>,
}

impl Agent {
    /// Begins activating, deactivating, rolling back or uninstalling.
    pub async fn request(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        kind: Kind,
        actor: &str,
    ) -> Result<Operation, RequestError> {
        self.begin(Request { tenant, module, kind, actor, particulars: Value::Null, installing: None }).await
    }

    pub(crate) async fn begin(&self, request: Request<'_>) -> Result<Operation, RequestError> {
        let Request { tenant, module, kind, actor, particulars, installing } = request;
        if self.is_stopping() {
            return Err(RequestError::Stopping);
        }
        let present = self.store().installation(tenant, module).await?;
        if installing.is_none() {
            if let Some(running) = self.store().running(tenant, module).await? {
                return Err(RequestError::Busy(Box::new(running)));
            }
            let present = present.as_ref().ok_or_else(|| RequestError::NotInstalled(module.clone()))?;
            suits(present, kind)?;
        }
        let now = self.clock().now();
        let operation = Operation {
            id: entropy::id("op"),
            tenant: tenant.clone(),
            module: module.clone(),
            kind,
            status: Status::Running,
            step: "begin".to_owned(),
            actor: actor.to_owned(),
            request: particulars,
            error: None,
            from_version: present.and_then(|found| found.current).map(|pin| pin.version),
            to: None,
            created_at: now,
            updated_at: now,
        };
        let (host, journal) = (Arc::clone(self.host()), self.journal().clone());
        // Row and run together: a row without its run would keep the installation busy until the next start.
        self.to_the_end(async move {
            match host.store.begin(&operation, installing.as_ref()).await? {
                Begun::Started => {}
                Begun::Busy(other) => return Err(RequestError::Busy(other)),
                Begun::AlreadyInstalled => return Err(RequestError::AlreadyInstalled(operation.module)),
                Begun::NotInstalled => return Err(RequestError::NotInstalled(operation.module)),
            }
            start_run(&host, &journal, &operation).await?;
            Ok(operation)
        })
        .await
    }

    /// An operation; when it is running, waits for its end no longer than `patience`.
    pub async fn wait_for(
        &self,
        tenant: &TenantId,
        id: &str,
        patience: Duration,
    ) -> Result<Option<Operation>, StoreError> {
        let mut ended = self.host().ended.subscribe();
        let patiently = tokio::time::timeout(patience, async {
            loop {
                ended.mark_unchanged();
                let operation = self.store().operation(tenant, id).await?;
                let running = operation.as_ref().is_some_and(|operation| operation.status == Status::Running);
                if !running || ended.changed().await.is_err() {
                    return Ok(operation);
                }
            }
        });
        // Who waits must not hold up a shutdown.
        match self.stop_token().run_until_cancelled(patiently).await {
            Some(Ok(answer)) => answer,
            _ => self.store().operation(tenant, id).await,
        }
    }
}

/// Starts the run of an operation; one that has started already goes on.
pub(crate) async fn start_run(host: &Host, journal: &Journal, operation: &Operation) -> Result<(), RequestError> {
    let section = &host.config.operations;
    let ticket = json!(Ticket {
        tenant: operation.tenant.clone(),
        operation: operation.id.clone(),
        attempts: section.attempts,
        step_seconds: section.step.0.as_secs(),
    });
    journal.start(StartOptions::new(operation.id.clone(), operation.kind.as_str(), ticket)).await?;
    Ok(())
}

fn suits(installation: &Installation, kind: Kind) -> Result<(), RequestError> {
    use crate::store::Resting::{Active, Installed, Installing};
    let wrong = |wanted| {
        Err(RequestError::WrongState {
            module: installation.module.clone(),
            state: installation.state.as_str(),
            wanted,
        })
    };
    match (kind, installation.state) {
        (Kind::Activate, Active | Installing) => wrong("activated"),
        (Kind::Deactivate, Installed | Installing) => wrong("deactivated"),
        (Kind::Update, Installing) => wrong("updated"),
        (Kind::Rollback, _) if installation.previous.is_none() => {
            Err(RequestError::NothingBefore(installation.module.clone()))
        }
        _ => Ok(()),
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

//! Updating and rolling back: from one version to another, while calls come in, none of them failing.
//!
//! Everything slow happens beside the running version: fetch, verify, compile. Then the gate is shut: running calls end, new
//! ones queue; nothing touches the data but the steps snapshot, data, probe. The switch records the new pointer and opens the
//! gate onto it. Whatever fails before the switch puts the snapshot back and opens the gate onto the old version. After the
//! switch nothing can fail. See `docs/decisions/0003-update-without-failing-calls.md`.

use crate::{
    agent::Agent,
    calls::{Live, Turn},
    data,
    grants::granted_to,
    host::Host,
    install::consented,
    lifecycle::{Next, Request, RequestError, Step},
    progress,
    step::StepError,
    store::{FailedUpdate, HeldUpdate, Installation, Kind, Operation, Pin, Resting, Status},
    verify::VerifiedPackage,
};
use adx_sandbox::Invocation;
use adx_signing::{
    licence::Action,
    name::{ModuleId, TenantId},
};
use adx_workflow::Failure;
use semver::VersionReq;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::time::Instant;

/// How many times `sync.backoff_max` passes before an update is tried again that its source spoiled: each try is an operation that
/// somebody reads of. Twice as many with each further try, up to [`MOST_DOUBLINGS`]: a mirror of a selection may never have it.
pub(crate) const AGAIN_AFTER: u32 = 15;
/// How often that doubles.
const MOST_DOUBLINGS: u32 = 6;

/// What an update is for.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Somebody asked for it.
    Asked {
        /// Which versions; the installation's own requirement when there is none.
        requirement: Option<VersionReq>,
    },
    /// The feed told of a new version.
    Feed,
}

impl Agent {
    /// Begins updating a module.
    pub async fn update(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        trigger: &Trigger,
    ) -> Result<Operation, RequestError> {
        let particulars = match trigger {
            Trigger::Asked { requirement } => json!({ "requirement": requirement }),
            Trigger::Feed => json!({}),
        };
        self.begin(Request { tenant, module, kind: Kind::Update, actor, particulars, installing: None }).await
    }
}

/// Which versions an update was asked to choose from, if somebody asked.
fn asked(operation: &Operation) -> Option<VersionReq> {
    serde_json::from_value(operation.request["requirement"].clone()).unwrap_or_default()
}

fn is_asked_for(operation: &Operation) -> bool {
    operation.request.get("requirement").is_some()
}

/// What a failed update leaves on the installation: what to consent to, or what not to try again.
pub(crate) fn remember(
    mut installation: Installation,
    operation: &Operation,
    failure: &Failure,
    message: &str,
    permissions: Vec<String>,
    now: OffsetDateTime,
    first_wait: Duration,
) -> Installation {
    if let Some(to) = &operation.to {
        let version = to.version.clone();
        if failure.kind() == "held" {
            installation.held = Some(HeldUpdate { version, permissions });
        } else if !is_no_fault_of_the_version(&operation.step, failure) {
            let before = installation.failed.take();
            let before = before.filter(|failed| failed.version == version && failed.again_at.is_some());
            let tries = before.map_or(0, |failed| failed.tries.saturating_add(1));
            let again_at =
                is_of_the_source(failure).then(|| now + first_wait.saturating_mul(1 << tries.min(MOST_DOUBLINGS)));
            installation.failed = Some(FailedUpdate { version, reason: message.to_owned(), again_at, tries });
        }
    }
    installation
}

/// What a source served did not hold, or it served nothing: a mirror that was spoiled or lacks a package once must not keep a
/// version out for good.
fn is_of_the_source(failure: &Failure) -> bool {
    match failure {
        Failure::Application { details, .. } => details["again"] == true,
        Failure::Uncompensated { cause, .. } => is_of_the_source(cause),
        _ => false,
    }
}

/// The registry was down or slow, the disk full, or the agent stopped: the feed's follower tries that version again. A step
/// that takes too long is the version's fault only where its own code runs.
fn is_no_fault_of_the_version(step: &str, failure: &Failure) -> bool {
    match failure {
        Failure::Application { retryable, .. } => *retryable,
        Failure::Timeout { .. } => !matches!(step, "data" | "probe"),
        Failure::Cancelled | Failure::Stopped { .. } => true,
        Failure::Uncompensated { cause, .. } => is_no_fault_of_the_version(step, cause),
        Failure::Panicked { .. } | Failure::ContinueAsNew { .. } | Failure::Blocked { .. } => false,
    }
}

impl Host {
    pub(crate) async fn update_step(&self, name: &str, step: Step) -> Result<Next, StepError> {
        let (tenant, module) = (step.operation.tenant.clone(), step.operation.module.clone());
        let kind = step.operation.kind;
        if step.operation.status != Status::Running {
            return self.after_switch(name, &step.operation).await;
        }
        match name {
            "resolve" => return self.aim_update(step).await,
            "fetch" => {
                let package = self.fetch(&step.operation).await?;
                let installation = step.installation()?;
                consented(&package, &installation.grants).map_err(|refusal| {
                    // Consent that was given in part to a version that waits is no less needed by this one.
                    let waits: Vec<_> = installation.held.iter().flat_map(|held| &held.permissions).collect();
                    let mut permissions = package.missing_consent(&[]);
                    permissions.retain(|wanted| refusal.permissions.contains(wanted) || waits.contains(&wanted));
                    StepError::held(refusal.message, permissions)
                })?;
                self.licensed(&tenant, &package, Action::Update)?;
            }
            "warm" => {
                let mut step = step;
                if kind == Kind::Rollback && step.operation.to.is_none() {
                    let previous = step.installation()?.previous.clone();
                    step.operation.to = previous;
                    self.store.save_operation(&step.operation).await?;
                }
                let package = self.candidate(&step).await?.1;
                consented(&package, &granted_to(step.installation()?, &package))?;
            }
            "close" => self.routes.turn(&tenant, &module).await.close().await,
            "open" => self.open_again(&tenant, &module).await?,
            "snapshot" => {
                let candidate = self.candidate(&step).await?.0;
                let to = self.rooms.snapshot(&tenant, &module, &step.operation.id);
                self.rooms.take_snapshot(&candidate.data, to).await?;
            }
            "data" => self.bring_data(&step).await?,
            "restore" => {
                // Not by way of a package: whatever is wrong with those, the data comes back.
                let data = match self.routes.behind(&tenant, &module) {
                    Some(live) => live.data.clone(),
                    None => self.rooms.open(&tenant, &module, self.config.calls.storage.0).await?,
                };
                self.rooms.restore(&data, self.rooms.snapshot(&tenant, &module, &step.operation.id)).await?;
                self.rooms.drop_snapshots(&tenant, &module, None).await?;
            }
            "probe" => {
                let candidate = self.candidate(&step).await?.0;
                if step.installation()?.state == Resting::Active {
                    self.hook(&tenant, &module, &candidate, Invocation::Health).await?;
                }
            }
            "switch" => self.switch(step).await?,
            other => return Err(StepError::refused("step", format!("{} has no step {other}", kind.as_str()))),
        }
        Ok(Next::Step)
    }

    /// Chooses the version to go to, or ends the operation because there is none newer.
    async fn aim_update(&self, step: Step) -> Result<Next, StepError> {
        let installation = step.installation()?.clone();
        let asked = asked(&step.operation);
        let requirement = asked.as_ref().unwrap_or(&installation.requirement);
        let current = installation.current.as_ref().map(|pin| pin.version.clone());
        let line = self.newest(&installation, requirement, Instant::now()).await?;
        if current.as_ref() == Some(&line.version) || (asked.is_none() && current.as_ref() > Some(&line.version)) {
            // Asking for an update is what a rollback's hold waits for, also when there is none.
            let rolled_back_from = installation.rolled_back_from.clone().filter(|_| !is_asked_for(&step.operation));
            let installation = Installation { held: None, rolled_back_from, ..installation };
            self.succeed(step.operation, Some(installation)).await?;
            return Ok(Next::Stop);
        }
        if current.as_ref() > Some(&line.version) {
            return Err(StepError::refused(
                "older-version",
                format!(
                    "{} is older than {}, which is installed: an update goes forward only, a rollback goes back",
                    line.version,
                    current.map(|version| version.to_string()).unwrap_or_default()
                ),
            ));
        }
        self.aim(step.operation, Pin { version: line.version, sha256: line.sha256 }).await?;
        Ok(Next::Step)
    }

    /// Migrates, and lets the new version convert what it finds. A repeated try begins from the snapshot, so that neither
    /// happens twice to the same data.
    async fn bring_data(&self, step: &Step) -> Result<(), StepError> {
        let (tenant, module) = (&step.operation.tenant, &step.operation.module);
        let (candidate, to) = self.candidate(step).await?;
        if step.attempt > 1 {
            let from = self.rooms.snapshot(tenant, module, &step.operation.id);
            self.rooms.restore(&candidate.data, from).await?;
        }
        if step.operation.kind == Kind::Rollback {
            // The older version knows nothing of the newer one's data: down by its migrations, and no hook.
            return data::migrate(&candidate.data, &to).await;
        }
        data::migrate(&candidate.data, &to).await?;
        progress::reached("update", "data.migrated");
        let from = step.installation()?.current.as_ref().map(|pin| pin.version.to_string()).unwrap_or_default();
        self.hook(tenant, module, &candidate, Invocation::Upgrade { from }).await
    }

    /// Records the new pointer and opens the gate onto it.
    async fn switch(&self, step: Step) -> Result<(), StepError> {
        let (tenant, module) = (step.operation.tenant.clone(), step.operation.module.clone());
        // Nobody uses the data now: opened anew, it takes the storage quota of the new version.
        self.rooms.close(&tenant, &module).await;
        let candidate = self.candidate(&step).await?.0;
        let mut installation = step.installation()?.clone();
        if step.operation.kind == Kind::Rollback {
            // Whoever went back has a reason that the next release need not have mended: the feed waits for their word.
            installation.rolled_back_from = installation.current.take().map(|pin| pin.version);
            installation.previous = None;
        } else {
            installation.previous = installation.current.take();
            // Else the feed would undo at once what somebody chose.
            if let Some(asked) = asked(&step.operation) {
                installation.requirement = asked;
            }
            installation.failed = None;
            installation.held = None;
            installation.rolled_back_from = None;
        }
        installation.current = Some(candidate.pin.clone());
        installation.load_error = None;
        let active = installation.state == Resting::Active;
        let kind = step.operation.kind.as_str();
        let turn = self.routes.turn(&tenant, &module).await;
        self.succeed(step.operation, Some(installation)).await?;
        progress::reached(kind, "switch.recorded");
        // Only once it is on record: a kill list that comes later finds it there, one that came before is asked here.
        if self.settle(&turn, &tenant, &module).await? || !active {
            turn.remove().await;
            return Ok(());
        }
        turn.open(Some(candidate)).await;
        Ok(self.refresh(&tenant, &module).await?)
    }

    /// Steps after the switch, and the switch repeated: all they do is tidy up.
    async fn after_switch(&self, name: &str, operation: &Operation) -> Result<Next, StepError> {
        match name {
            "switch" | "open" => self.open_again(&operation.tenant, &operation.module).await?,
            "retire" => {
                let kept = (operation.kind == Kind::Update).then_some(operation.id.as_str());
                self.rooms.drop_snapshots(&operation.tenant, &operation.module, kept).await?;
                self.shelf.sweep().await?;
            }
            _ => return Ok(Next::Stop),
        }
        Ok(Next::Step)
    }

    /// Opens the gate onto the version on record. One that cannot be loaded is reported: the gate must not stay shut.
    pub(crate) async fn open_again(&self, tenant: &TenantId, module: &ModuleId) -> Result<(), StepError> {
        let turn = self.routes.turn(tenant, module).await;
        self.reopen_or_report(&turn, tenant, module).await
    }

    pub(crate) async fn reopen_or_report(
        &self,
        turn: &Turn<'_>,
        tenant: &TenantId,
        module: &ModuleId,
    ) -> Result<(), StepError> {
        match self.reopen(turn, tenant, module).await {
            Err(error) if !error.passing => {
                tracing::error!(%tenant, %module, %error, "the version on record cannot be loaded");
                turn.remove().await;
                if let Some(mut installation) = self.store.installation(tenant, module).await? {
                    installation.load_error = Some(error.message);
                    self.store.save_installation(&installation).await?;
                }
                Ok(())
            }
            other => other,
        }
    }

    /// The version an operation goes to, loaded; compiled once, then from the sandbox's cache.
    async fn candidate(&self, step: &Step) -> Result<(Arc<Live>, VerifiedPackage), StepError> {
        let package = self.target(&step.operation).await?;
        let installation = step.installation()?;
        let installation = Installation { grants: granted_to(installation, &package), ..installation.clone() };
        let live = self.load(&installation, &package).await?;
        Ok((Arc::new(live), package))
    }
}

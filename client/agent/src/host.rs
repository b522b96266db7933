//! Everything the agent works with, but for the journal: what the steps of operations see.

use crate::{
    advisories::Sayings,
    audit::Ledger,
    calls::{Live, Rate, Routes, Turn},
    clock::Clock,
    config::Config,
    cooldown::Waiting,
    data::DataRooms,
    licences::{self, Licences},
    metrics::Metrics,
    registries::Registries,
    retained::RetainedData,
    settings::{self, Applied},
    shelf::Shelf,
    step::StepError,
    store::{Installation, Kind, Operation, Resting, Status, Store},
    verify::VerifiedPackage,
};
use adx_sandbox::{Environment, Invocation, Limits, Sandbox};
use adx_signing::name::{ModuleId, TenantId};
use futures::StreamExt;
use semver::Version;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

/// How many modules are loaded at a time when the agent starts.
const LOADING_AT_ONCE: usize = 4;

/// What the steps of operations, calls and the feed have in common.
pub(crate) struct Host {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registries: Arc<Registries>,
    pub(crate) shelf: Shelf,
    pub(crate) sandbox: Sandbox,
    pub(crate) routes: Routes,
    pub(crate) rooms: DataRooms,
    pub(crate) retained: RetainedData,
    pub(crate) ledger: Arc<Ledger>,
    /// Held while grants are replaced and while an update ends: either decides by what is on record, and then writes.
    pub(crate) granting: tokio::sync::Mutex<()>,
    pub(crate) metrics: Metrics,
    /// Releases that are too young.
    pub(crate) waiting: Waiting,
    /// What registries say of versions that were released.
    pub(crate) sayings: Sayings,
    /// Which licences the tenants have.
    pub(crate) licences: Licences,
    /// Counts ended operations: who waits for one looks again when it changes.
    pub(crate) ended: watch::Sender<u64>,
}

impl Host {
    /// Loads a version for a tenant: compiled, its data open, grants and settings applied. Nothing of it has run then.
    pub(crate) async fn load(&self, installation: &Installation, package: &VerifiedPackage) -> Result<Live, StepError> {
        let schema = settings::schema_of(package).map_err(|problem| StepError::refused("config-schema", problem))?;
        settings::check(schema.as_ref(), &installation.config).map_err(|problems| {
            StepError::refused(
                "config",
                format!("the tenant's settings are not what {} allows: {problems}", package.pin().version),
            )
        })?;
        let module = self
            .sandbox
            .load(&package.package().component)
            .await
            .map_err(|error| StepError::refused("load", crate::step::with_causes(&error)))?;
        let limits = self.limits(package);
        let data = self.rooms.open(&installation.tenant, &installation.module, limits.storage_bytes).await?;
        let slots = package.manifest().resources.concurrent_calls.clamp(1, self.config.calls.concurrent.max(1));
        Ok(Live {
            pin: package.pin().clone(),
            module,
            limits,
            data,
            applied: parking_lot::RwLock::new(Applied::new(
                schema.as_ref(),
                &installation.config,
                &installation.grants,
            )),
            config_schema: schema,
            slots: Arc::new(Semaphore::new(slots as usize)),
            rate: Rate::per_minute(package.manifest().resources.calls_per_minute),
            licensed: !licences::is_free(package),
        })
    }

    /// What a call may use: the manifest's word, capped by the agent's.
    fn limits(&self, package: &VerifiedPackage) -> Limits {
        let asked = &package.manifest().resources;
        let most = &self.config.calls;
        Limits {
            memory_bytes: asked.memory_bytes().min(most.memory.0),
            cpu_time: Duration::from_millis(asked.cpu_time_ms.into()).min(most.cpu.0),
            wall_time: Duration::from_millis(asked.wall_time_ms.into()).min(most.wall.0),
            output_bytes: most.output.0,
            storage_bytes: asked.storage_bytes().min(most.storage.0),
            ..Limits::default()
        }
    }

    /// What a call of this version sees.
    pub(crate) fn environment(&self, tenant: &TenantId, module: &ModuleId, live: &Live) -> Environment {
        let applied = live.applied.read().clone();
        Environment {
            tenant: tenant.to_string(),
            module: module.to_string(),
            version: live.pin.version.to_string(),
            grants: applied.grants,
            limits: live.limits.clone(),
            config: applied.config,
            read_only: None,
            data: Some(live.data.clone()),
            audit: Arc::clone(&self.ledger) as _,
            log: Arc::clone(&self.ledger) as _,
        }
    }

    /// Calls a lifecycle function of the module.
    pub(crate) async fn hook(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        live: &Live,
        invocation: Invocation,
    ) -> Result<(), StepError> {
        let what = match &invocation {
            Invocation::Install => "its install function".to_owned(),
            Invocation::Activate => "its activate function".to_owned(),
            Invocation::Deactivate => "its deactivate function".to_owned(),
            Invocation::Upgrade { from } => format!("its upgrade function (from {from})"),
            Invocation::Uninstall => "its uninstall function".to_owned(),
            Invocation::Health => "the health probe".to_owned(),
            Invocation::Activities => "the list of its activities".to_owned(),
            Invocation::Activity { name, .. } => format!("activity {name}"),
        };
        let environment = self.environment(tenant, module, live);
        let _place = self.routes.place(tenant).await.map_err(|error| StepError::passing("place", error.to_string()))?;
        match live.module.call(&environment, invocation).await {
            Ok(_) => Ok(()),
            Err(error) => Err(StepError::module(format!("{what} of {}", live.pin.version), &error)),
        }
    }

    /// Puts the version on record behind the gate and opens it: after an update was put back, or a restart.
    pub(crate) async fn reopen(&self, turn: &Turn<'_>, tenant: &TenantId, module: &ModuleId) -> Result<(), StepError> {
        let installation = self.store.installation(tenant, module).await?;
        let Some((installation, pin)) = installation.and_then(|found| found.current.clone().map(|pin| (found, pin)))
        else {
            turn.remove().await;
            return Ok(());
        };
        if installation.state != Resting::Active || installation.quarantined.is_some() {
            turn.remove().await;
            return Ok(());
        }
        let live = match self.routes.behind(tenant, module) {
            Some(live) if live.pin == pin => {
                if !self.routes.is_shut(tenant, module) {
                    return Ok(self.refresh(tenant, module).await?);
                }
                // The version that was to take over may have opened the data for itself.
                self.rooms.keep(tenant, module, live.data.clone()).await;
                live
            }
            _ => {
                // Opened anew, the data takes this version's quota.
                self.rooms.close(tenant, module).await;
                let package = self.shelf.take(module, &pin).await?;
                Arc::new(self.load(&installation, &package).await?)
            }
        };
        turn.open(Some(live)).await;
        self.refresh(tenant, module).await?;
        Ok(())
    }

    /// Loads every active module of every tenant. One that fails is reported on its installation and skipped.
    pub(crate) async fn load_all(&self) -> Result<(), StepError> {
        let mut running: BTreeMap<(TenantId, ModuleId), Operation> = BTreeMap::new();
        for operation in self.store.all_running().await? {
            running.insert((operation.tenant.clone(), operation.module.clone()), operation);
        }
        let installations = self.store.all_installations().await?;
        futures::stream::iter(installations)
            .for_each_concurrent(LOADING_AT_ONCE, |installation| {
                let operation = running.get(&(installation.tenant.clone(), installation.module.clone()));
                self.load_one(installation, operation)
            })
            .await;
        Ok(())
    }

    async fn load_one(&self, mut installation: Installation, operation: Option<&Operation>) {
        let (tenant, module) = (installation.tenant.clone(), installation.module.clone());
        let turn = self.routes.turn(&tenant, &module).await;
        if let Some(operation) = operation.filter(|operation| has_gate(operation)) {
            // Its data may be between two versions: calls queue until the operation has ended one way or the other. What is on
            // its way out takes none any more.
            if matches!(operation.kind, Kind::Update | Kind::Rollback) {
                turn.close().await;
            }
            return;
        }
        if installation.state != Resting::Active {
            return;
        }
        let problem = self.reopen(&turn, &tenant, &module).await.err().map(|error| error.message);
        if let Some(problem) = &problem {
            tracing::error!(%tenant, %module, error = problem, "a module could not be loaded and is skipped");
        }
        if installation.load_error != problem {
            installation.load_error = problem;
            installation.updated_at = self.clock.now();
            if let Err(error) = self.store.save_installation(&installation).await {
                tracing::error!(%tenant, %module, %error, "a load failure could not be recorded");
            }
        }
    }

    /// The version of this platform, which modules are held against.
    pub(crate) fn platform(&self) -> &Version {
        &self.config.platform.version
    }

    /// Tells who waits that an operation has ended.
    pub(crate) fn announce_end(&self, kind: Kind, status: Status) {
        self.metrics.operation_ended(kind, status);
        self.ended.send_modify(|count| *count += 1);
    }
}

/// Whether the gate is the operation's, to open or to remove: from `close` on an update's or rollback's, and from the beginning
/// that of what makes a module go.
pub(crate) fn has_gate(operation: &Operation) -> bool {
    match operation.kind {
        Kind::Update | Kind::Rollback => {
            !matches!(operation.step.as_str(), "" | "begin" | "resolve" | "fetch" | "warm")
        }
        Kind::Uninstall | Kind::Deactivate => true,
        Kind::Install | Kind::Activate => false,
    }
}

//! Uninstalling: → absent, with configuration and packages nobody else needs. The data is kept for as many days as the manifest
//! says, unless it is purged. It only goes forward: from the first step on the module takes no calls, and nothing it does can
//! keep it installed.

use crate::{
    agent::Agent,
    host::Host,
    lifecycle::{Next, Request, RequestError, Step},
    retained::Retained,
    step::StepError,
    store::{Installation, Kind, Operation, Resting, Status},
    verify::VerifiedPackage,
};
use adx_index::manifest::Database;
use adx_sandbox::Invocation;
use adx_signing::name::{ModuleId, TenantId};
use serde_json::json;

impl Agent {
    /// Begins uninstalling a module. With `purge` its data goes at once.
    pub async fn uninstall(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        purge: bool,
    ) -> Result<Operation, RequestError> {
        let particulars = json!({ "purge": purge });
        self.begin(Request { tenant, module, kind: Kind::Uninstall, actor, particulars, installing: None }).await
    }
}

impl Host {
    pub(crate) async fn uninstall_step(&self, name: &str, step: Step) -> Result<Next, StepError> {
        let (tenant, module) = (step.operation.tenant.clone(), step.operation.module.clone());
        if step.operation.status != Status::Running {
            if name == "sweep" {
                self.shelf.sweep().await?;
            }
            return Ok(Next::Step);
        }
        match name {
            "drain" => self.routes.turn(&tenant, &module).await.remove().await,
            "hook" => {
                if step.installation()?.state == Resting::Active {
                    self.farewell(&step, Invocation::Deactivate).await;
                }
                self.farewell(&step, Invocation::Uninstall).await;
            }
            "data" => {
                if let Some(mark) = self.retention(&step).await? {
                    self.rooms.close(&tenant, &module).await;
                    self.retained.keep(&tenant, self.rooms.folder(&tenant, &module), mark).await?;
                } else {
                    self.rooms.remove(&tenant, &module).await?;
                    self.retained.forget(&tenant, &module).await?;
                }
            }
            "record" => self.succeed(step.operation, None).await?,
            other => return Err(StepError::refused("step", format!("uninstall has no step {other}"))),
        }
        Ok(Next::Step)
    }

    /// For how many days the data of an installation would be kept; `None` when nobody can tell.
    pub(crate) async fn retain_days(&self, installation: &Installation) -> Option<u32> {
        let package = self.shelf.take(&installation.module, installation.current.as_ref()?).await.ok()?;
        Some(kept_days(&package))
    }

    /// Until when the data is kept, if it is.
    async fn retention(&self, step: &Step) -> Result<Option<Retained>, StepError> {
        let installation = step.installation()?;
        let Some(pin) = installation.current.as_ref().filter(|_| step.operation.request["purge"] != true) else {
            return Ok(None);
        };
        let days = match self.shelf.take(&installation.module, pin).await.map_err(StepError::from) {
            Ok(package) => kept_days(&package),
            Err(error) if error.passing => return Err(error),
            // Its own word cannot be read any more; what is gone does not come back.
            Err(_) => Database::DEFAULT_RETAIN_DAYS,
        };
        let until = self.clock.now() + time::Duration::days(days.into());
        let mark = Retained { module: installation.module.clone(), version: pin.version.clone(), until };
        Ok((days > 0).then_some(mark))
    }
}

/// What the manifest says; without a word about its database nothing is kept.
fn kept_days(package: &VerifiedPackage) -> u32 {
    package.manifest().database.as_ref().map_or(0, |database| database.retain_days)
}

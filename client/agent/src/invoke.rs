//! Calling an activity of a module.

use crate::{
    agent::Agent,
    calls::NotRouted,
    host::Host,
    licences::NotLicensed,
    store::{Installation, StoreError},
};
use adx_sandbox::{CallError, Invocation};
use adx_signing::name::{ModuleId, TenantId};
use semver::Version;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tracing::Instrument as _;

/// Why a call gave no output.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// There is no such module for this tenant.
    #[error("{0} is not installed")]
    NotInstalled(ModuleId),
    /// It takes no calls.
    #[error("{module} is not active{}", why.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    NotActive {
        /// The module.
        module: ModuleId,
        /// Why it could not be loaded, if that is the reason.
        why: Option<String>,
    },
    /// Its version was called back, or nobody can say whether it was.
    #[error("{module} {version} takes no calls: {reason}")]
    Quarantined {
        /// The module.
        module: ModuleId,
        /// The version that is installed.
        version: Version,
        /// Why.
        reason: String,
    },
    /// No licence allows it.
    #[error(transparent)]
    NotLicensed(#[from] NotLicensed),
    /// It waited too long for its turn.
    #[error("the call to {0} waited too long for its turn")]
    QueuedTooLong(ModuleId),
    /// The calls of this minute are used up.
    #[error("{module} takes {per_minute} calls a minute (`calls_per_minute` in its manifest), and they are used up")]
    TooMany {
        /// The module.
        module: ModuleId,
        /// How many it takes.
        per_minute: u32,
        /// Until it takes the next one.
        wait: Duration,
    },
    /// The agent is shutting down.
    #[error("the agent is stopping and takes no new calls")]
    Stopping,
    /// The module or its limits ended it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Agent {
    /// Calls an activity and returns its output with the version that gave it.
    #[tracing::instrument(name = "activity.call", skip_all, fields(%tenant, %module, activity))]
    pub async fn call(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        activity: &str,
        input: Value,
    ) -> Result<(Version, Value), InvokeError> {
        self.invoke(tenant, module, Invocation::Activity { name: activity.to_owned(), input }).await
    }

    /// The names of a module's activities, as the running version tells them.
    #[tracing::instrument(name = "activity.list", skip_all, fields(%tenant, %module))]
    pub async fn activities(&self, tenant: &TenantId, module: &ModuleId) -> Result<Vec<String>, InvokeError> {
        let (_, names) = self.invoke(tenant, module, Invocation::Activities).await?;
        serde_json::from_value(names).map_err(|error| {
            CallError::Host(format!("the names of {module}'s activities cannot be read: {error}")).into()
        })
    }

    /// To its end, also when the caller hangs up: what a call used is metered when it ends.
    async fn invoke(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        invocation: Invocation,
    ) -> Result<(Version, Value), InvokeError> {
        if self.is_stopping() {
            return Err(InvokeError::Stopping);
        }
        let began = tokio::time::Instant::now();
        let host = Arc::clone(self.host());
        let (tenant, module) = (tenant.clone(), module.clone());
        let call = async move { host.invoke(&tenant, &module, invocation).await };
        let result = self.to_the_end(call.in_current_span()).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(InvokeError::Call(error)) => error.slug(),
            Err(InvokeError::QueuedTooLong(_)) => "queued-too-long",
            Err(InvokeError::TooMany { .. }) => "too-many",
            Err(InvokeError::NotLicensed(_)) => "not-licensed",
            Err(_) => "not-routed",
        };
        self.host().metrics.called(outcome, began.elapsed());
        result
    }
}

impl Host {
    async fn invoke(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        invocation: Invocation,
    ) -> Result<(Version, Value), InvokeError> {
        let call = match self.routes.enter(tenant, module, self.config.calls.queue.0).await {
            Ok(call) => call,
            Err(NotRouted::QueuedTooLong) => return Err(InvokeError::QueuedTooLong(module.clone())),
            Err(NotRouted::TooMany { per_minute, wait }) => {
                return Err(InvokeError::TooMany { module: module.clone(), per_minute, wait });
            }
            Err(NotRouted::NotActive) => {
                // Who stops it takes the gate away first, and then says why.
                let _turn = self.routes.turn(tenant, module).await;
                let installation = self.store.installation(tenant, module).await?;
                return Err(match installation {
                    Some(Installation { quarantined: Some(reason), current: Some(pin), .. }) => {
                        InvokeError::Quarantined { module: module.clone(), version: pin.version, reason }
                    }
                    Some(found) => InvokeError::NotActive { module: module.clone(), why: found.load_error },
                    None => InvokeError::NotInstalled(module.clone()),
                });
            }
        };
        let mut environment = self.environment(tenant, module, &call.live);
        if call.live.licensed {
            let key = (tenant.clone(), module.clone());
            environment.read_only = self.only_reading(&key, &call.live.pin.version)?;
        }
        let output = call.live.module.call(&environment, invocation).await?;
        Ok((call.live.pin.version.clone(), output))
    }
}

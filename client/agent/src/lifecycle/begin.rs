//! How operations are begun, and waited for.

use super::Ticket;
use crate::{
    agent::Agent,
    entropy,
    host::Host,
    store::{Begun, Installation, Kind, Operation, Status, StoreError},
};
use adx_signing::name::{ModuleId, TenantId};
use adx_workflow::{Journal, StartOptions};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

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
    /// Other modules of the tenant cannot do without it.
    #[error("{module} is needed by {}", needed_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Needed {
        /// The module.
        module: ModuleId,
        /// Those that depend on it.
        needed_by: Vec<ModuleId>,
    },
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
    /// Begins activating, deactivating or rolling back.
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
            if kind == Kind::Uninstall {
                let needed_by = self.host().dependents(tenant, module).await?;
                if !needed_by.is_empty() {
                    return Err(RequestError::Needed { module: module.clone(), needed_by });
                }
            }
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
            error_kind: None,
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

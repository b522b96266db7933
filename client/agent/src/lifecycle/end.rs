//! How operations end, and what that makes of the installation.

use super::Step;
use crate::{
    audit,
    grants::Regranted,
    host::Host,
    step::StepError,
    store::{Installation, Kind, Operation, Outcome, Status},
    update::{AGAIN_AFTER, remember},
};
use adx_workflow::Failure;
use serde_json::json;

impl Host {
    /// Ends an operation well, together with what it made of the installation (`None`: removed).
    pub(crate) async fn succeed(
        &self,
        mut operation: Operation,
        installation: Option<Installation>,
    ) -> Result<(), StepError> {
        operation.status = Status::Succeeded;
        operation.error = None;
        operation.error_kind = None;
        self.end(operation, installation, Outcome::Done).await
    }

    /// Ends an operation that did not succeed, and puts what is on record behind the gate, open: a restart may have shut it
    /// after it was opened, and a drain may have taken it away. Repeating it is nothing.
    pub(super) async fn fail(&self, step: Step, failure: &Failure) -> Result<(), StepError> {
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
                let (now, first) = (self.clock.now(), self.config.sync.backoff_max.0.saturating_mul(AGAIN_AFTER));
                installation.map(|found| remember(found, &operation, failure, &message, permissions, now, first))
            }
            _ => installation,
        };
        operation.error_kind = Some(kind_of(failure).to_owned());
        operation.error = Some(match (operation.kind, &installation) {
            // Nothing was kept that was not in question: before a version is chosen there is none to keep out.
            (Kind::Update | Kind::Rollback, Some(Installation { current: Some(pin), .. }))
                if !held && operation.to.is_some() =>
            {
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
        let mut detail = json!({
            "operation": operation.id,
            "from": operation.from_version,
            "to": operation.to.as_ref().map(|to| &to.version),
            "error": operation.error,
        });
        let _alone = self.granting.lock().await;
        let regranted = match &mut installation {
            Some(installation) if matches!(operation.kind, Kind::Update | Kind::Rollback) => {
                self.regrant(installation).await?
            }
            _ => None,
        };
        if let Some(Regranted { before, after }) = &regranted {
            detail["grants"] = json!({ "before": before, "after": after });
        }
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
        match (&installation, regranted) {
            (Some(installation), Some(_)) => self.store.finish_with_grants(&operation, installation, &row).await?,
            _ => self.store.finish(&operation, installation.as_ref(), &row).await?,
        }
        self.announce_end(operation.kind, operation.status);
        Ok(())
    }
}

fn kind_of(failure: &Failure) -> &str {
    match failure {
        Failure::Uncompensated { cause, .. } => kind_of(cause),
        other => other.kind(),
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

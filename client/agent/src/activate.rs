//! Activating: installed → active.

use crate::{
    host::Host,
    lifecycle::{Next, Step},
    progress,
    step::StepError,
    store::{Resting, Status},
};
use adx_sandbox::Invocation;
use adx_signing::licence::Action;
use std::sync::Arc;

impl Host {
    pub(crate) async fn activate_step(&self, name: &str, step: Step) -> Result<Next, StepError> {
        let (tenant, module) = (step.operation.tenant.clone(), step.operation.module.clone());
        if step.operation.status != Status::Running {
            // Recorded, and perhaps cut off before the gate was opened.
            let turn = self.routes.turn(&tenant, &module).await;
            self.reopen(&turn, &tenant, &module).await?;
            return Ok(Next::Stop);
        }
        let mut installation = step.installation()?.clone();
        let pin = installation.current.clone().ok_or_else(|| StepError::refused("step", "nothing is installed yet"))?;
        let package = self.shelf.take(&module, &pin).await?;
        let live = Arc::new(self.load(&installation, &package).await?);
        match name {
            "warm" => {
                crate::install::consented(&package, &installation.grants)?;
                self.licensed(&tenant, &package, Action::Activate)?;
            }
            "hook" => self.hook(&tenant, &module, &live, Invocation::Activate).await?,
            "unhook" => {
                // Undoing: its word does not matter any more.
                if let Err(error) = self.hook(&tenant, &module, &live, Invocation::Deactivate).await {
                    tracing::warn!(%tenant, %module, %error, "after a failed activation");
                }
            }
            "probe" => self.hook(&tenant, &module, &live, Invocation::Health).await?,
            "switch" => {
                let turn = self.routes.turn(&tenant, &module).await;
                if let Some(reason) =
                    self.store.installation(&tenant, &module).await?.and_then(|found| found.quarantined)
                {
                    return Err(StepError::refused("quarantined", format!("it was stopped meanwhile: {reason}")));
                }
                installation.state = Resting::Active;
                installation.load_error = None;
                // First: whoever sees that the operation has ended may call at once.
                turn.open(Some(live)).await;
                if let Err(error) = self.succeed(step.operation, Some(installation)).await {
                    turn.remove().await;
                    return Err(error);
                }
                progress::reached("activate", "switch.recorded");
                self.refresh(&tenant, &module).await?;
            }
            other => return Err(StepError::refused("step", format!("activate has no step {other}"))),
        }
        Ok(Next::Step)
    }
}

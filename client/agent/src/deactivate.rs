//! Deactivating: active → installed. Running calls end, no new ones are taken.

use crate::{
    host::Host,
    lifecycle::{Next, Step},
    step::StepError,
    store::{Resting, Status},
};
use adx_sandbox::Invocation;

impl Host {
    pub(crate) async fn deactivate_step(&self, name: &str, step: Step) -> Result<Next, StepError> {
        if step.operation.status != Status::Running {
            return Ok(Next::Stop);
        }
        match name {
            "drain" => {
                let turn = self.routes.turn(&step.operation.tenant, &step.operation.module).await;
                turn.remove().await;
            }
            "hook" => self.farewell(&step, Invocation::Deactivate).await,
            "record" => {
                let mut installation = step.installation()?.clone();
                installation.state = Resting::Installed;
                installation.load_error = None;
                self.succeed(step.operation, Some(installation)).await?;
            }
            other => return Err(StepError::refused("step", format!("deactivate has no step {other}"))),
        }
        Ok(Next::Step)
    }

    /// Tells the module that it goes. It has no say: what it answers is logged.
    pub(crate) async fn farewell(&self, step: &Step, invocation: Invocation) {
        let told = async {
            let installation = step.installation()?;
            let Some(pin) = &installation.current else { return Ok(()) };
            let package = self.shelf.take(&installation.module, pin).await?;
            let live = self.load(installation, &package).await?;
            self.hook(&installation.tenant, &installation.module, &live, invocation).await
        };
        if let Err(error) = told.await {
            let error: StepError = error;
            tracing::warn!(operation = step.operation.id, %error, "the module failed on its way out; it goes all the same");
        }
    }
}

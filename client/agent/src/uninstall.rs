//! Uninstalling: → absent, with data, configuration and packages nobody else needs. It only goes forward: from the first step on
//! the module takes no calls, and nothing it does can keep it installed.

use crate::{
    host::Host,
    lifecycle::{Next, Step},
    step::StepError,
    store::{Resting, Status},
};
use adx_sandbox::Invocation;

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
            "drain" => self.routes.remove(&tenant, &module).await,
            "hook" => {
                if step.installation()?.state == Resting::Active {
                    self.farewell(&step, Invocation::Deactivate).await;
                }
                self.farewell(&step, Invocation::Uninstall).await;
            }
            "data" => self.rooms.remove(&tenant, &module).await?,
            "record" => self.succeed(step.operation, None).await?,
            other => return Err(StepError::refused("step", format!("uninstall has no step {other}"))),
        }
        Ok(Next::Step)
    }
}

//! Whether an installation is updated by itself, and along which channel.

use crate::{
    agent::Agent,
    audit,
    lifecycle::RequestError,
    store::{Channel, Installation, Outcome},
};
use adx_signing::name::{ModuleId, TenantId};
use serde_json::json;
use std::sync::Arc;

impl Agent {
    /// Changes what is given of it and looks for news. Turning updates on ends the hold that a rollback left.
    pub async fn set_updates(
        self: &Arc<Self>,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        auto_update: Option<bool>,
        channel: Option<Channel>,
    ) -> Result<Installation, RequestError> {
        let agent = Arc::clone(self);
        let (tenant, module, actor) = (tenant.clone(), module.clone(), actor.to_owned());
        self.to_the_end(async move { agent.replace_updates(&tenant, &module, &actor, auto_update, channel).await })
            .await
    }

    async fn replace_updates(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        auto_update: Option<bool>,
        channel: Option<Channel>,
    ) -> Result<Installation, RequestError> {
        let not_installed = || RequestError::NotInstalled(module.clone());
        let before = self.store().installation(tenant, module).await?.ok_or_else(not_installed)?;
        if auto_update == Some(true)
            && before.rolled_back_from.is_some()
            && let Some(running) = self.store().running(tenant, module).await?
        {
            // Its end writes the hold as it was when it began.
            return Err(RequestError::Busy(Box::new(running)));
        }
        if !self.store().set_updates(tenant, module, auto_update, channel, self.clock().now()).await? {
            return Err(not_installed());
        }
        let detail = json!({ "auto_update": auto_update, "channel": channel.map(Channel::as_str) });
        let row = audit::row(self.host(), tenant, actor, "updates", Some(module), Outcome::Done, detail);
        self.store().add_audit(&[row]).await?;
        self.look_again(tenant, module);
        self.store().installation(tenant, module).await?.ok_or_else(not_installed)
    }
}

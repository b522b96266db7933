//! Granting and revoking permissions, per tenant.

use crate::{
    agent::Agent,
    audit,
    lifecycle::RequestError,
    shelf::ShelfError,
    store::{Outcome, StoreError},
    update::Trigger,
};
use adx_signing::name::{ModuleId, TenantId};
use serde_json::json;
use std::sync::Arc;

/// Why permissions were not granted.
#[derive(Debug, thiserror::Error)]
pub enum GrantsError {
    /// There is nothing to grant them to.
    #[error("{0} is not installed")]
    NotInstalled(ModuleId),
    /// The module never asked for it: granting it would be a mistake.
    #[error("{module} asks for no permission {}", permissions.join(", "))]
    NotAskedFor {
        /// The module.
        module: ModuleId,
        /// What it did not ask for.
        permissions: Vec<String>,
        /// What it does ask for.
        asks_for: Vec<String>,
    },
    /// The package with the manifest cannot be read.
    #[error("the module's manifest cannot be read")]
    Package(#[from] ShelfError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Agent {
    /// Replaces the permissions of an installation. Calls that begin afterwards have them; an update that waited for consent
    /// and has it now goes on.
    pub async fn set_grants(
        self: &Arc<Self>,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        grants: Vec<String>,
    ) -> Result<Vec<String>, GrantsError> {
        let agent = Arc::clone(self);
        let (tenant, module, actor) = (tenant.clone(), module.clone(), actor.to_owned());
        // To its end: a permission that was revoked on record only would still be used.
        self.to_the_end(async move { agent.replace_grants(&tenant, &module, &actor, grants).await }).await
    }

    async fn replace_grants(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        actor: &str,
        grants: Vec<String>,
    ) -> Result<Vec<String>, GrantsError> {
        let not_installed = || GrantsError::NotInstalled(module.clone());
        let installation = self.store().installation(tenant, module).await?.ok_or_else(not_installed)?;
        let pin = installation.current.as_ref().ok_or_else(not_installed)?;
        // What the held update asks for may be granted before it is installed: that is the consent it waits for.
        let mut asks_for = self.host().shelf.take(module, pin).await?.asks_for();
        asks_for.extend(installation.held.iter().flat_map(|held| held.permissions.clone()));
        let permissions: Vec<String> = grants.iter().filter(|grant| !asks_for.contains(grant)).cloned().collect();
        if !permissions.is_empty() {
            let detail = json!({ "not_asked_for": permissions });
            let row = audit::row(self.host(), tenant, actor, "grants", Some(module), Outcome::Refused, detail);
            self.store().add_audit(&[row]).await?;
            return Err(GrantsError::NotAskedFor { module: module.clone(), permissions, asks_for });
        }
        if !self.store().set_grants(tenant, module, &grants, self.clock().now()).await? {
            return Err(not_installed());
        }
        let detail = json!({ "before": installation.grants, "after": grants });
        let row = audit::row(self.host(), tenant, actor, "grants", Some(module), Outcome::Done, detail);
        self.store().add_audit(&[row]).await?;
        self.host().refresh(tenant, module).await?;
        let consented =
            installation.held.is_some_and(|held| held.permissions.iter().all(|wanted| grants.contains(wanted)));
        if consented && let Err(error) = self.update(tenant, module, actor, &Trigger::Feed).await {
            match error {
                // Whatever runs now ends with a look at the feed.
                RequestError::Busy(_) | RequestError::Stopping => self.look_again(tenant, module),
                error => tracing::error!(%tenant, %module, %error, "the consented update could not be begun"),
            }
        }
        Ok(grants)
    }
}

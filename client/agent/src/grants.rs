//! Granting and revoking permissions, per tenant.

use crate::{
    agent::Agent,
    audit,
    host::Host,
    lifecycle::RequestError,
    shelf::ShelfError,
    step::StepError,
    store::{Installation, Outcome, StoreError},
    update::Trigger,
    verify::VerifiedPackage,
};
use adx_signing::name::{ModuleId, TenantId};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

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
        mut grants: Vec<String>,
    ) -> Result<Vec<String>, GrantsError> {
        let not_installed = || GrantsError::NotInstalled(module.clone());
        let alone = self.host().granting.lock().await;
        let installation = self.store().installation(tenant, module).await?.ok_or_else(not_installed)?;
        let pin = installation.current.as_ref().ok_or_else(not_installed)?;
        // What the held update asks for may be granted before it is installed: that is the consent it waits for.
        let mut asks_for = self.host().shelf.take(module, pin).await?.asks_for();
        asks_for.extend(installation.held.iter().flat_map(|held| held.permissions.clone()));
        // Who sends back what they were shown, with one more, asks for nothing new: what is stale goes without a word.
        let is_stale = |grant: &String| !asks_for.contains(grant) && installation.grants.contains(grant);
        grants.retain(|grant| !is_stale(grant));
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
        drop(alone);
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

/// What an operation's end made of the grants.
pub(crate) struct Regranted {
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

/// What an installation grants to a version that it goes to: what that asks for, and going back also what was withdrawn on the
/// way here, which nobody could take back meanwhile.
pub(crate) fn granted_to(installation: &Installation, package: &VerifiedPackage) -> Vec<String> {
    let asks_for = package.asks_for();
    let is_previous = installation.previous.as_ref() == Some(package.pin());
    let withdrawn = installation.withdrawn.iter().filter(|_| is_previous);
    installation.grants.iter().chain(withdrawn).filter(|grant| asks_for.contains(grant)).cloned().collect()
}

impl Host {
    /// Withdraws what neither the version that `ended` is at nor the one that waits for consent asks for: kept, it would be a
    /// consent in advance to whatever version asks for it next. `None` when the grants stay as they are on record. Who calls
    /// this holds [`Host::granting`] until `ended` is on record.
    pub(crate) async fn regrant(&self, ended: &mut Installation) -> Result<Option<Regranted>, StepError> {
        let Some(pin) = &ended.current else { return Ok(None) };
        // Not what the step began with: the grants may have been replaced since.
        let Some(stored) = self.store.installation(&ended.tenant, &ended.module).await? else { return Ok(None) };
        let asks_for = match self.shelf.line(pin).await {
            Ok(line) => line.permissions,
            Err(error) if stored.current == ended.current => {
                // What is damaged cannot run, and must not keep the operation from ending.
                tracing::error!(tenant = %ended.tenant, module = %ended.module, %error, "the grants stay as they are");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let mut after = stored.grants.clone();
        if stored.previous.as_ref() == Some(pin) {
            let back = |grant: &String| asks_for.contains(grant) && !stored.grants.contains(grant);
            after.extend(stored.withdrawn.into_iter().filter(back));
        }
        let waits = ended.held.iter().flat_map(|held| &held.permissions);
        let wanted: BTreeSet<&String> = asks_for.iter().chain(waits).collect();
        let (after, stale): (Vec<_>, Vec<_>) = after.into_iter().partition(|grant| wanted.contains(grant));
        if stored.current != ended.current {
            ended.withdrawn = if ended.previous.is_some() { stale } else { Vec::new() };
        }
        ended.grants.clone_from(&after);
        let before = stored.grants;
        Ok((before != after).then_some(Regranted { before, after }))
    }
}

//! What a registry called back stops here as well: it takes no calls, whoever installed it, until the registry takes its word
//! back or another version is in its place.

use crate::{
    agent::Agent,
    audit,
    calls::Turn,
    host::{Host, has_gate},
    step::StepError,
    store::{Installation, Outcome, StoreError},
};
use adx_signing::name::{ModuleId, TenantId};
use serde_json::json;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What a reason begins with where nobody called the version back.
const UNKNOWN: &str = "whether it was revoked cannot be known";

/// Whether something stands still because nothing is known of it, and not because its registry called it back.
pub(crate) fn is_unknown(reason: &str) -> bool {
    reason.starts_with(UNKNOWN)
}

impl Host {
    /// Holds every installation against the kill lists as last known, without a network.
    pub(crate) async fn honour_revocations(&self) -> Result<(), StoreError> {
        let installations = self.store.all_installations().await?;
        // Side by side: one that waits for its running calls to end keeps no other running.
        let settled = installations.iter().map(async |Installation { tenant, module, .. }| {
            let turn = self.routes.turn(tenant, module).await;
            self.settle(&turn, tenant, module).await
        });
        let settled = futures::future::join_all(settled).await;
        self.metrics.quarantined(settled.iter().filter(|settled| matches!(settled, Ok(true))).count());
        settled.into_iter().collect::<Result<Vec<_>, _>>().map(drop)
    }

    /// Holds an installation against the kill list as last known, and makes record and gate follow it. Gives whether it is
    /// stopped.
    pub(crate) async fn settle(
        &self,
        turn: &Turn<'_>,
        tenant: &TenantId,
        module: &ModuleId,
    ) -> Result<bool, StoreError> {
        let Some(installation) = self.store.installation(tenant, module).await? else { return Ok(false) };
        let reason = match self.shelf.called_back(&installation).await {
            Ok(reason) => reason,
            // Unknown means no, also for what runs already.
            Err(error) => Some(format!("{UNKNOWN}: {error}")),
        };
        if reason != installation.quarantined {
            self.quarantine(turn, &installation, reason.as_deref()).await?;
        }
        Ok(reason.is_some())
    }

    async fn quarantine(
        &self,
        turn: &Turn<'_>,
        installation: &Installation,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let Installation { tenant, module, current, .. } = installation;
        let Some(pin) = current else { return Ok(()) };
        // First: what is on record as stopped takes no calls.
        if reason.is_some() {
            turn.halt().await;
        }
        if !self.store.set_quarantined(tenant, module, &pin.sha256, reason, self.clock.now()).await? {
            return Ok(());
        }
        let detail = json!({ "version": pin.version, "reason": reason });
        let (action, outcome) = if let Some(reason) = reason {
            tracing::error!(%tenant, %module, version = %pin.version, reason, "it takes no calls any more");
            ("quarantine", Outcome::Refused)
        } else {
            tracing::warn!(%tenant, %module, version = %pin.version, "nothing is against it any more: it takes calls again");
            ("release-from-quarantine", Outcome::Done)
        };
        let row = audit::row(self, tenant, "registry", action, Some(module), outcome, detail);
        self.store.add_audit(&[row]).await?;
        let running = self.store.running(tenant, module).await?;
        if reason.is_none() && !running.as_ref().is_some_and(has_gate) {
            self.reopen_or_report(turn, tenant, module).await.unwrap_or_else(|error| {
                tracing::error!(%tenant, %module, %error, "it could not be taken up again");
            });
        }
        Ok(())
    }
}

/// Asks a registry for news at a steady pace, whatever its feed says, until it is told to stop.
pub(crate) async fn keep_fresh(agent: Arc<Agent>, registry: String, stop: CancellationToken) {
    let mut last = None;
    let keep = async {
        loop {
            match agent.host().refresh_registry(&registry, Instant::now()).await {
                Ok(Some(version)) => {
                    // What is signed tells of releases, with a feed or without: nobody vouches for what a feed says, or withholds.
                    if last != Some(version) {
                        agent.note_sayings(&registry).await;
                        agent.look_at_all_of(&registry).await;
                    }
                    last = Some(version);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(registry, %error, "the registry's metadata could not be brought up to date");
                }
            }
            tokio::time::sleep(agent.config().sync.refresh.0.mul_f64(0.75 + crate::entropy::fraction() / 2.0)).await;
        }
    };
    let _: Option<()> = stop.run_until_cancelled(keep).await;
}

impl Agent {
    /// Notes what a registry's index says of what is installed; what cannot be read now is read when the metadata change next.
    async fn note_sayings(&self, name: &str) {
        let Some(registry) = self.host().registries.named(name) else { return };
        if let Err(error) = self.host().note_sayings(registry).await {
            tracing::warn!(
                registry = name,
                error = error.message,
                "what the index says of what is installed could not be read"
            );
        }
        let behind = registry.advisories_behind().await;
        if let Some(refusal) = &behind {
            tracing::error!(registry = name, %refusal, "its advisories are older than its metadata: a mirror may not have them");
        }
        self.host().metrics.advisories_behind(name, behind.is_some());
    }
}

impl Host {
    /// Tries to bring a registry up to date, as of `then` at least, and honours what it called back as far as that went.
    pub(crate) async fn refresh_registry(&self, name: &str, then: Instant) -> Result<Option<u64>, StepError> {
        let Some(registry) = self.registries.named(name) else { return Ok(None) };
        let refreshed = self.registries.refresh(registry, then).await;
        self.metrics.refreshed(name, refreshed.is_ok(), self.clock.now());
        // Also after one that failed: it may have come as far as a newer kill list.
        if !matches!(refreshed, Ok(None)) {
            self.honour_revocations().await?;
            self.read_licences().await?;
            self.read_advisories(registry);
            self.tell_advisories().await?;
        }
        Ok(refreshed?)
    }
}

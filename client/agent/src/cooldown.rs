//! How long a tenant lets a release age before it is installed, and who may let a security fix past that.

use crate::{
    agent::Agent,
    audit,
    host::Host,
    step::StepError,
    store::{Approval, Channel, HeldCooldown, Installation, Outcome, Pin, StoreError, Tenant},
};
use adx_index::{line::IndexLine, resolve::takes_pre_release};
use adx_signing::name::{ModuleId, TenantId};
use adx_trust::{Demands, FastLane};
use parking_lot::Mutex;
use semver::Version;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// Longest cooldown: a year.
pub const MAX_COOLDOWN: Duration = Duration::days(365);

impl Agent {
    /// Changes how long releases wait for a tenant; `None` when there is no such tenant. One that is shortened holds until it
    /// has passed once more: one person alone cannot let in what it takes two to approve.
    pub async fn set_cooldown(
        self: &Arc<Self>,
        tenant: &TenantId,
        actor: &str,
        cooldown: Duration,
    ) -> Result<Option<Tenant>, StoreError> {
        let (agent, tenant, actor) = (Arc::clone(self), tenant.clone(), actor.to_owned());
        self.to_the_end(async move { agent.replace_cooldown(&tenant, &actor, cooldown).await }).await
    }

    async fn replace_cooldown(
        &self,
        tenant: &TenantId,
        actor: &str,
        cooldown: Duration,
    ) -> Result<Option<Tenant>, StoreError> {
        let Some(before) = self.store().tenant(tenant).await? else { return Ok(None) };
        let now = self.clock().now();
        let until = now + before.cooldown;
        let held = match before.held_cooldown_at(now) {
            // Shortened again meanwhile: neither ends before it has passed.
            Some(held) if cooldown < before.cooldown => HeldCooldown { until: held.until.max(until), ..held },
            Some(held) => held,
            None => HeldCooldown { cooldown: before.cooldown, until },
        };
        let held = (held.cooldown > cooldown).then_some(held);
        if !self.store().set_cooldown(tenant, cooldown, held).await? {
            return Ok(None);
        }
        let detail = json!({ "seconds": cooldown.whole_seconds() });
        let row = audit::row(self.host(), tenant, actor, "tenant.cooldown", None, Outcome::Done, detail);
        self.store().add_audit(&[row]).await?;
        for installation in self.store().installations(tenant).await? {
            self.look_again(tenant, &installation.module);
        }
        Ok(Some(Tenant { cooldown, held_cooldown: held, ..before }))
    }

    /// Notes somebody's word that a release, as the registry lists it now, is a security fix that need not wait. Two people's lets
    /// it past the cooldown.
    pub(crate) async fn approve(
        self: &Arc<Self>,
        tenant: &TenantId,
        module: &ModuleId,
        version: &Version,
        actor: &str,
        reason: String,
    ) -> Result<Vec<Approval>, StepError> {
        let (agent, tenant, module) = (Arc::clone(self), tenant.clone(), module.clone());
        let (version, actor) = (version.clone(), actor.to_owned());
        self.to_the_end(async move { agent.add_approval(&tenant, &module, &version, &actor, reason).await }).await
    }

    async fn add_approval(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        version: &Version,
        actor: &str,
        reason: String,
    ) -> Result<Vec<Approval>, StepError> {
        let lines = self.host().index_lines(module).await?;
        let listed = lines.into_iter().find(|line| line.version == *version).ok_or_else(|| StepError {
            hint: Some("approve it once it is released: what nobody has seen nobody can approve"),
            ..StepError::refused("no-version", format!("the registry lists no {module} {version}"))
        })?;
        let package = Pin { version: listed.version, sha256: listed.sha256 };
        let detail = json!({ "version": package.version, "sha256": package.sha256, "reason": reason });
        let approval = Approval {
            tenant: tenant.clone(),
            module: module.clone(),
            package: package.clone(),
            actor: actor.to_owned(),
            reason,
            at: self.clock().now(),
        };
        self.store().add_approval(&approval).await?;
        let row = audit::row(self.host(), tenant, actor, "approve", Some(module), Outcome::Done, detail);
        self.store().add_audit(&[row]).await?;
        self.look_again(tenant, module);
        Ok(self.store().approvals(tenant, module, &package).await?)
    }
}

/// A release that is too young for a tenant.
#[derive(Debug, Clone)]
pub(crate) struct Young {
    pub(crate) version: Version,
    pub(crate) until: OffsetDateTime,
}

/// The newest release that waits for each installation, as the last look at the index showed it: told to whoever asks. Which one
/// waits follows from index and cooldown, so that nothing is lost with the process.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<BTreeMap<(TenantId, ModuleId), Young>>);

impl Waiting {
    fn note(&self, installation: &Installation, young: Option<Young>) {
        let key = (installation.tenant.clone(), installation.module.clone());
        let mut waiting = self.0.lock();
        match young {
            Some(young) => drop(waiting.insert(key, young)),
            None => drop(waiting.remove(&key)),
        }
    }

    /// What waits for an installation at `now`, if anything does.
    pub(crate) fn of(&self, installation: &Installation, now: OffsetDateTime) -> Option<Young> {
        let key = (installation.tenant.clone(), installation.module.clone());
        let young = self.0.lock().get(&key).cloned()?;
        let is_newer = installation.current.as_ref().is_some_and(|pin| young.version > pin.version);
        (is_newer && young.until > now).then_some(young)
    }
}

/// Whether an installation would be updated to a version, were it old enough.
fn would_update(installation: &Installation, line: &IndexLine) -> bool {
    let Installation { requirement, channel, current, .. } = installation;
    let fits = requirement.matches(&line.version)
        || (*channel == Channel::Beta && takes_pre_release(requirement, &line.version));
    fits && !line.yanked && current.as_ref().is_some_and(|pin| line.version > pin.version)
}

impl Host {
    /// What a tenant demands of a release beyond its proofs.
    pub(crate) async fn demands(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        package: &Pin,
    ) -> Result<Demands, StoreError> {
        let installation = self.store.installation(tenant, module).await?;
        let is_urgent = installation.is_some_and(|found| self.is_urgent(&found, &package.version));
        let cooldown = if is_urgent { Duration::ZERO } else { self.cooldown_of(tenant).await? };
        let approvals = self.store.approvals(tenant, module, package).await?;
        let people = approvals.into_iter().map(|approval| approval.actor);
        Ok(Demands { cooldown, fast_lane: FastLane::new(people).ok() })
    }

    /// Takes the releases out of `lines` that are too young for a tenant, by what the index says of them, and gives the one of them
    /// that is old enough first of those that would do. What is installed stays, and what was approved does not wait.
    pub(crate) async fn leave_out_young(
        &self,
        installation: &Installation,
        lines: &mut Vec<IndexLine>,
        would_do: impl Fn(&IndexLine) -> bool,
    ) -> Result<Option<Young>, StoreError> {
        let Installation { tenant, module, current, .. } = installation;
        let cooldown = self.cooldown_of(tenant).await?;
        if cooldown.is_zero() {
            self.waiting.note(installation, None);
            return Ok(None);
        }
        let now = self.clock.now();
        let mut first: Option<Young> = None;
        let mut newest: Option<Young> = None;
        let mut old_enough = Vec::with_capacity(lines.len());
        for line in std::mem::take(lines) {
            let is_current = current.as_ref().is_some_and(|pin| pin.version == line.version);
            // A line without a time that can be read is judged by its leaf.
            let until = OffsetDateTime::parse(&line.released_at, &Rfc3339).ok().map(|at| at + cooldown);
            match until {
                Some(until) if until > now && !is_current => {
                    let package = Pin { version: line.version.clone(), sha256: line.sha256 };
                    if self.demands(tenant, module, &package).await?.fast_lane.is_some()
                        || self.is_urgent(installation, &line.version)
                    {
                        old_enough.push(line);
                    } else {
                        let young = Young { version: line.version.clone(), until };
                        if would_update(installation, &line)
                            && newest.as_ref().is_none_or(|newest| newest.version < young.version)
                        {
                            newest = Some(young.clone());
                        }
                        if would_do(&line) && first.as_ref().is_none_or(|first| until < first.until) {
                            first = Some(young);
                        }
                    }
                }
                _ => old_enough.push(line),
            }
        }
        *lines = old_enough;
        self.waiting.note(installation, newest);
        Ok(first)
    }

    /// A tenant that is not there lets nothing in.
    async fn cooldown_of(&self, tenant: &TenantId) -> Result<Duration, StoreError> {
        let now = self.clock.now();
        Ok(self.store.tenant(tenant).await?.map_or(MAX_COOLDOWN, |tenant| tenant.cooldown_at(now)))
    }
}

//! Looking at installations that may have news, and beginning their updates.

use crate::{
    agent::Agent,
    lifecycle::RequestError,
    store::{Installation, Resting, StoreError},
    sync::backoff,
    update::Trigger,
};
use adx_signing::name::{ModuleId, TenantId};
use parking_lot::Mutex;
use semver::Version;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

type Key = (TenantId, ModuleId);

/// Looks at the installations of a registry that may have news, and begins their updates, until it is told to stop. Each registry
/// has its own, so that one that is silent holds up no update from another.
pub(crate) async fn begin_updates(agent: Arc<Agent>, registry: String, stop: CancellationToken) {
    let Some(wanted) = agent.wanted(&registry) else { return };
    let _: Option<()> = stop.run_until_cancelled(Looks::default().run(&agent, &registry, wanted)).await;
}

/// The installations of a registry that somebody wants looked at.
#[derive(Default)]
pub(crate) struct Wanted {
    keys: Mutex<BTreeSet<Key>>,
    told: Notify,
}

impl Wanted {
    pub(crate) fn add(&self, tenant: &TenantId, module: &ModuleId) {
        self.keys.lock().insert((tenant.clone(), module.clone()));
        self.told.notify_one();
    }

    fn take(&self) -> BTreeSet<Key> {
        std::mem::take(&mut *self.keys.lock())
    }
}

/// Which installations to look at, and when.
#[derive(Default)]
struct Looks {
    due: BTreeSet<Key>,
    /// An operation has them. With `true` it is an update that was begun here: if there is still news when it has ended, it
    /// failed for a reason that may pass.
    busy: BTreeMap<Key, bool>,
    /// Those that failed for a reason that may pass: when to look again.
    later: BTreeMap<Key, Instant>,
    failures: BTreeMap<Key, u32>,
}

/// What a look at an installation showed.
enum Look {
    NoNews,
    Busy,
    Begun,
    /// There may be news once the tenant's cooldown is over.
    Waits(Duration),
}

/// Longest wait for a release to be old enough before it is looked at again: others may come meanwhile, or be approved.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

impl Looks {
    async fn run(mut self, agent: &Agent, registry: &str, wanted: &Wanted) {
        let mut ended = agent.host().ended.subscribe();
        // What was released while the agent was down, or before an update was cut off, shows in the index, not in the feed.
        while let Err(error) = self.everything(agent, registry).await {
            tracing::error!(%error, "the installations could not be listed");
            tokio::time::sleep(backoff(agent, 1)).await;
        }
        loop {
            self.due.append(&mut wanted.take());
            // One answer of a registry is enough for all of them.
            let then = Instant::now();
            for key in std::mem::take(&mut self.due) {
                self.look(agent, key, then).await;
            }
            let next = self.later.values().min().copied();
            tokio::select! {
                _ = ended.changed(), if !self.busy.is_empty() => {
                    self.due.extend(self.busy.keys().cloned());
                }
                () = wanted.told.notified() => {}
                () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    let now = Instant::now();
                    self.due.extend(self.later.extract_if(.., |_, at| *at <= now).map(|(key, _)| key));
                }
            }
        }
    }

    async fn everything(&mut self, agent: &Agent, registry: &str) -> Result<(), StoreError> {
        let all = agent.store().all_installations().await?;
        let of_it = all.into_iter().filter(|found| agent.host().registries.is_of(&found.module, registry));
        self.due.extend(of_it.map(|installation| (installation.tenant, installation.module)));
        Ok(())
    }

    async fn look(&mut self, agent: &Agent, key: Key, then: Instant) {
        let begun_here = self.busy.remove(&key).unwrap_or(false);
        self.later.remove(&key);
        let (tenant, module) = &key;
        match look_at(agent, tenant, module, then, !begun_here).await {
            Ok(Look::NoNews) => {
                self.failures.remove(&key);
                if begun_here {
                    look_at_others(agent, tenant).await;
                }
            }
            Ok(Look::Waits(wait)) => {
                self.failures.remove(&key);
                self.later.insert(key, Instant::now() + wait.min(LONGEST_WAIT));
            }
            Ok(Look::Busy) => {
                self.busy.insert(key, begun_here);
            }
            Ok(Look::Begun) => {
                self.busy.insert(key, true);
            }
            Err(error) => {
                let failures = self.failures.entry(key.clone()).or_default();
                *failures = failures.saturating_add(1);
                tracing::warn!(%tenant, %module, error, failures, "no update yet; looking again later");
                self.later.insert(key, Instant::now() + backoff(agent, *failures));
            }
        }
    }
}

/// Looks for news in the index as it was `then` or later and, if it may, begins the update. The error says why looking again later
/// may help.
async fn look_at(
    agent: &Agent,
    tenant: &TenantId,
    module: &ModuleId,
    then: Instant,
    may_begin: bool,
) -> Result<Look, String> {
    let failed = |error: StoreError| crate::step::with_causes(&error);
    let installation = agent.store().installation(tenant, module).await.map_err(failed)?;
    let leaves = |found: &Installation| agent.host().is_to_leave(found);
    let follows = |found: &Installation| (found.auto_update || leaves(found)) && found.rolled_back_from.is_none();
    let Some(installation) = installation.filter(follows) else { return Ok(Look::NoNews) };
    if installation.state == Resting::Installing
        || agent.store().running(tenant, module).await.map_err(failed)?.is_some()
    {
        return Ok(Look::Busy);
    }
    let mut lines = agent.host().index_lines_as_of(module, then).await.map_err(|error| error.message)?;
    let is_listed = |version: &Version| lines.iter().any(|line| line.version == *version);
    let awaited = agent.announced().awaited(module, is_listed, Instant::now());
    let young = agent.host().leave_out_young(&installation, &mut lines, |_| true).await.map_err(failed)?;
    let no_news = || match (&awaited, &young) {
        (Some(version), _) => Err(format!("the index does not list {version} yet, of which the change feed told")),
        (None, Some(young)) => Ok(Look::Waits(until_then(agent, young.until))),
        (None, None) => Ok(Look::NoNews),
    };
    let newest = match agent.host().newest(&installation, &installation.requirement, then).await {
        Ok(line) => line.version,
        Err(error) if error.passing => return Err(error.message),
        Err(error) => {
            tracing::info!(%tenant, %module, reason = error.message, "no update");
            return no_news();
        }
    };
    // Who does not follow releases is moved only where that helps.
    if !installation.auto_update && agent.host().affecting(module, &newest).iter().any(|found| found.confirmed) {
        return no_news();
    }
    if let Some(wait) = until_tried_again(agent, &installation, &newest) {
        return Ok(Look::Waits(wait));
    }
    if !is_news(&installation, &newest) {
        return no_news();
    }
    if !may_begin {
        return Err(format!("the update to {newest} did not succeed"));
    }
    match agent.update(tenant, module, "feed", &Trigger::Feed).await {
        Ok(operation) => {
            tracing::info!(%tenant, %module, version = %newest, operation = operation.id, "updating");
            Ok(Look::Begun)
        }
        Err(RequestError::Busy(_)) => Ok(Look::Busy),
        Err(RequestError::NotInstalled(_) | RequestError::Stopping | RequestError::WrongState { .. }) => {
            Ok(Look::NoNews)
        }
        Err(error) => Err(crate::step::with_causes(&error)),
    }
}

/// A module that was updated may be what another of the tenant waited for: of what else was released with it nothing tells again.
async fn look_at_others(agent: &Agent, tenant: &TenantId) {
    match agent.store().installations(tenant).await {
        Ok(all) => all.iter().for_each(|found| agent.look_again(tenant, &found.module)),
        Err(error) => tracing::error!(%tenant, %error, "the installations could not be listed"),
    }
}

/// How long it is until a point in time; a second more, so that it is past then.
fn until_then(agent: &Agent, until: OffsetDateTime) -> Duration {
    let wait = until - agent.clock().now();
    Duration::try_from(wait).unwrap_or_default() + Duration::from_secs(1)
}

/// How long it is until an update is tried again that its source spoiled, if it is not time yet.
fn until_tried_again(agent: &Agent, installation: &Installation, newest: &Version) -> Option<Duration> {
    let failed = installation.failed.as_ref().filter(|failed| failed.version == *newest)?;
    let at = failed.again_at.filter(|at| *at > agent.clock().now())?;
    Some(until_then(agent, at))
}

/// Whether a version should be installed unasked: newer than what runs, not one that failed, not one that waits for consent.
fn is_news(installation: &Installation, newest: &Version) -> bool {
    let newer = installation.current.as_ref().is_some_and(|pin| *newest > pin.version);
    let failed = installation.failed.as_ref();
    let failed = failed.is_some_and(|failed| failed.version == *newest && failed.again_at.is_none());
    let waits = installation.held.as_ref().is_some_and(|held| {
        held.version == *newest && held.permissions.iter().any(|wanted| !installation.grants.contains(wanted))
    });
    newer && !failed && !waits
}

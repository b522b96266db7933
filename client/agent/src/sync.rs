//! Following the registry's change feed: a long poll, never a fixed wait; waiting longer and longer, with jitter, only after
//! errors. What changed is a hint where to look; what may be installed is decided from the index.
//!
//! Two tasks, so that neither holds up the other: one follows the feed and notes which installations to look at, the other
//! looks at them and begins their updates.

use crate::{
    agent::Agent,
    entropy,
    feed_client::{Change, Changes, FeedClient, FeedError},
    lifecycle::RequestError,
    store::{Installation, Resting, StoreError},
    update::Trigger,
};
use adx_signing::name::{ModuleId, TenantId};
use semver::Version;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

type Key = (TenantId, ModuleId);

#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long to wait before a registry without a feed is asked for one again.
const WITHOUT_FEED: Duration = Duration::from_secs(600);

/// Follows the feed of a registry until it is told to stop.
pub(crate) async fn follow_feed(agent: Arc<Agent>, registry: String, stop: CancellationToken) {
    let Some(feed) = agent.host().registries.feed(&registry) else { return };
    let follow = async {
        let mut failures = 0_u32;
        let mut idle = 0_u32;
        loop {
            let asked = Instant::now();
            let polled = poll(&agent, &registry, feed).await;
            let is_absent = matches!(&polled, Err(FollowError::Feed(error)) if error.is_absent());
            agent.host().registries.set_feed(&registry, !is_absent);
            let wait = match polled {
                Err(_) if is_absent => WITHOUT_FEED,
                Ok(true) => {
                    (failures, idle) = (0, 0);
                    continue;
                }
                Ok(false) => {
                    failures = 0;
                    if asked.elapsed() >= agent.config().sync.wait.0 / 2 {
                        idle = 0;
                        continue;
                    }
                    // A proxy, or a registry that stops, answered at once: asking at once again would be a hot loop.
                    idle = idle.saturating_add(1);
                    backoff(&agent, idle)
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    agent.host().metrics.feed_failed();
                    let error = crate::step::with_causes(&error);
                    tracing::warn!(registry, error, failures, "the change feed could not be followed; trying again");
                    backoff(&agent, failures)
                }
            };
            tokio::time::sleep(wait).await;
        }
    };
    let _: Option<()> = stop.run_until_cancelled(follow).await;
}

/// The kind of change that takes a version out of the index.
const QUARANTINE: &str = "quarantine";

/// One long poll; whether anything changed. What did is noted before the cursor moves on: a crash in between looks twice.
async fn poll(agent: &Agent, registry: &str, feed: &FeedClient) -> Result<bool, FollowError> {
    let after = agent.store().feed_cursor(feed.base()).await?;
    let Changes { changes, next } = feed.changes(after, agent.config().sync.wait.0).await?;
    let changed = awaited(&changes);
    // A registry has no say about the modules of another.
    let is_its_own = |module: &ModuleId| agent.host().registries.of(module).is_ok_and(|found| found.name() == registry);
    for Change { kind, module, version, .. } in &changes {
        // The index lists it no more: whoever waits for it would wait for ever.
        if let (QUARANTINE, Some(version), true) = (kind.as_str(), version, is_its_own(module)) {
            agent.listed(module, version);
        }
    }
    if !changed.is_empty() {
        for installation in agent.store().all_installations().await? {
            if !is_its_own(&installation.module) {
                continue;
            }
            if let Some(version) = changed.get(&installation.module) {
                if let Some(version) = version {
                    agent.announce(&installation.module, version.clone());
                }
                agent.look_again(&installation.tenant, &installation.module);
            }
        }
    }
    if next != after {
        agent.store().set_feed_cursor(feed.base(), next).await?;
        agent.host().metrics.feed_at(next);
    }
    Ok(!changed.is_empty())
}

/// The modules that changed, each with the version that its index is about to list, if one is.
fn awaited(changes: &[Change]) -> BTreeMap<ModuleId, Option<Version>> {
    let mut changed: BTreeMap<ModuleId, Option<Version>> = BTreeMap::new();
    for Change { kind, module, version, .. } in changes {
        let awaited = changed.entry(module.clone()).or_default();
        match kind.as_str() {
            "release" | "release-from-quarantine" => awaited.clone_from(version),
            QUARANTINE if awaited == version => *awaited = None,
            _ => {}
        }
    }
    changed
}

/// Looks at the installations that may have news, and begins their updates, until it is told to stop.
pub(crate) async fn begin_updates(agent: Arc<Agent>, stop: CancellationToken) {
    let _: Option<()> = stop.run_until_cancelled(Looks::default().run(&agent)).await;
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
    async fn run(mut self, agent: &Agent) {
        let mut ended = agent.host().ended.subscribe();
        // What was released while the agent was down, or before an update was cut off, shows in the index, not in the feed.
        while let Err(error) = self.everything(agent).await {
            tracing::error!(%error, "the installations could not be listed");
            tokio::time::sleep(backoff(agent, 1)).await;
        }
        loop {
            self.due.append(&mut agent.take_looks());
            for key in std::mem::take(&mut self.due) {
                self.look(agent, key).await;
            }
            let next = self.later.values().min().copied();
            tokio::select! {
                _ = ended.changed(), if !self.busy.is_empty() => {
                    self.due.extend(self.busy.keys().cloned());
                }
                () = agent.looks_wanted() => {}
                () = tokio::time::sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    let now = Instant::now();
                    self.due.extend(self.later.extract_if(.., |_, at| *at <= now).map(|(key, _)| key));
                }
            }
        }
    }

    async fn everything(&mut self, agent: &Agent) -> Result<(), StoreError> {
        let all = agent.store().all_installations().await?;
        self.due.extend(all.into_iter().map(|installation| (installation.tenant, installation.module)));
        Ok(())
    }

    async fn look(&mut self, agent: &Agent, key: Key) {
        let begun_here = self.busy.remove(&key).unwrap_or(false);
        self.later.remove(&key);
        let (tenant, module) = &key;
        match look_at(agent, tenant, module, !begun_here).await {
            Ok(Look::NoNews) => {
                self.failures.remove(&key);
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

/// Looks for news and, if it may, begins the update. The error says why looking again later may help.
async fn look_at(agent: &Agent, tenant: &TenantId, module: &ModuleId, may_begin: bool) -> Result<Look, String> {
    let failed = |error: StoreError| crate::step::with_causes(&error);
    let installation = agent.store().installation(tenant, module).await.map_err(failed)?;
    let follows = |found: &Installation| found.auto_update && found.rolled_back_from.is_none();
    let Some(installation) = installation.filter(follows) else { return Ok(Look::NoNews) };
    if installation.state == Resting::Installing
        || agent.store().running(tenant, module).await.map_err(failed)?.is_some()
    {
        return Ok(Look::Busy);
    }
    let mut lines = agent.host().index_lines(module).await.map_err(|error| error.message)?;
    if let Some(version) = agent.announced(module) {
        if !lines.iter().any(|line| line.version == version) {
            return Err(format!("the index does not list {version} yet, of which the change feed told"));
        }
        agent.listed(module, &version);
    }
    let young = agent.host().leave_out_young(&installation, &mut lines, |_| true).await.map_err(failed)?;
    let no_news = || young.as_ref().map_or(Look::NoNews, |young| Look::Waits(until_then(agent, young.until)));
    let newest = match agent.host().newest(&installation, &installation.requirement).await {
        Ok(line) => line.version,
        Err(error) if error.passing => return Err(error.message),
        Err(error) => {
            tracing::info!(%tenant, %module, reason = error.message, "no update");
            return Ok(no_news());
        }
    };
    if !is_news(&installation, &newest) {
        return Ok(no_news());
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

/// How long it is until a point in time; a second more, so that it is past then.
fn until_then(agent: &Agent, until: OffsetDateTime) -> Duration {
    let wait = until - agent.clock().now();
    Duration::try_from(wait).unwrap_or_default() + Duration::from_secs(1)
}

/// Whether a version should be installed unasked: newer than what runs, not one that failed, not one that waits for consent.
fn is_news(installation: &Installation, newest: &Version) -> bool {
    let newer = installation.current.as_ref().is_some_and(|pin| *newest > pin.version);
    let failed = installation.failed.as_ref().is_some_and(|failed| failed.version == *newest);
    let waits = installation.held.as_ref().is_some_and(|held| {
        held.version == *newest && held.permissions.iter().any(|wanted| !installation.grants.contains(wanted))
    });
    newer && !failed && !waits
}

/// Doubled from attempt to attempt, and anything between half and all of that: agents that lost the registry together must not
/// come back together.
fn backoff(agent: &Agent, failures: u32) -> Duration {
    let section = &agent.config().sync;
    let doubled = section.backoff_min.0.saturating_mul(1_u32 << failures.saturating_sub(1).min(20));
    doubled.min(section.backoff_max.0).mul_f64(0.5 + entropy::fraction() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_index_is_about_to_list_is_waited_for() {
        let change = |(kind, module, version): (&str, &str, &str)| Change {
            seq: 1,
            kind: kind.to_owned(),
            module: module.parse().expect("a module"),
            version: Some(version.parse().expect("a version")),
        };
        let waits = |changes: &[(&str, &str, &str)]| {
            let changed = awaited(&changes.iter().copied().map(change).collect::<Vec<_>>());
            let text =
                |(module, version): (ModuleId, Option<Version>)| (module.to_string(), version.map(|v| v.to_string()));
            changed.into_iter().map(text).collect::<Vec<_>>()
        };
        let hello = |version: Option<&str>| vec![("adx/hello".to_owned(), version.map(str::to_owned))];
        let release = ("release", "adx/hello", "1.1.0");
        assert_eq!(waits(&[release]), hello(Some("1.1.0")));
        assert_eq!(waits(&[release, ("yank", "adx/hello", "1.0.0")]), hello(Some("1.1.0")));
        assert_eq!(waits(&[release, ("quarantine", "adx/hello", "1.0.0")]), hello(Some("1.1.0")));
        assert_eq!(waits(&[release, ("quarantine", "adx/hello", "1.1.0")]), hello(None));
        assert_eq!(waits(&[("release-from-quarantine", "adx/hello", "1.1.0")]), hello(Some("1.1.0")));
        assert_eq!(waits(&[("a-kind-to-come", "adx/hello", "1.1.0")]), hello(None));
        assert!(waits(&[]).is_empty());
    }
}

//! Following the registry's change feed: a long poll; waiting longer and longer, with jitter, only after errors, and a little where
//! the feed always has news. What changed is a hint where to look, and nobody vouches for it; what may be installed is decided from
//! the index, which is looked at as well whenever the metadata changed.
//!
//! Two tasks, so that neither holds up the other: this one follows the feed and notes which installations to look at, the other
//! (`look.rs`) looks at them and begins their updates.

use crate::{
    agent::Agent,
    entropy,
    feed_client::{Change, Changes, FeedClient, FeedError},
    store::StoreError,
};
use adx_signing::name::ModuleId;
use semver::Version;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long to wait before a registry without a feed is asked for one again.
const WITHOUT_FEED: Duration = Duration::from_secs(600);
/// Longest wait before a feed that has news each time is asked again: what comes meanwhile is in one answer.
const LONGEST_WITH_NEWS: Duration = Duration::from_secs(2);

/// Follows the feed of a registry until it is told to stop.
pub(crate) async fn follow_feed(agent: Arc<Agent>, registry: String, stop: CancellationToken) {
    let Some(feed) = agent.host().registries.feed(&registry) else { return };
    let follow = async {
        let mut failures = 0_u32;
        let mut idle = 0_u32;
        let mut busy = 0_u32;
        loop {
            let asked = Instant::now();
            let polled = poll(&agent, &registry, feed).await;
            let is_absent = matches!(&polled, Err(FollowError::Feed(error)) if error.is_absent());
            agent.host().registries.set_feed(&registry, !is_absent);
            let wait = match polled {
                Err(_) if is_absent => WITHOUT_FEED,
                Ok(true) => {
                    (failures, idle) = (0, 0);
                    busy = if asked.elapsed() < LONGEST_WITH_NEWS { busy.saturating_add(1) } else { 1 };
                    backoff(&agent, busy).min(LONGEST_WITH_NEWS)
                }
                Ok(false) => {
                    (failures, busy) = (0, 0);
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
    let is_its_own = |module: &ModuleId| agent.host().registries.is_of(module, registry);
    for Change { kind, module, version, .. } in &changes {
        // The index lists it no more: whoever waits for it would wait for ever.
        if let (QUARANTINE, Some(version), true) = (kind.as_str(), version, is_its_own(module)) {
            agent.announced().withdraw(module, version);
        }
    }
    if !changed.is_empty() {
        for installation in agent.store().all_installations().await? {
            if !is_its_own(&installation.module) {
                continue;
            }
            if let Some(version) = changed.get(&installation.module) {
                if let Some(version) = version {
                    agent.announced().note(&installation.module, version, Instant::now());
                }
                agent.look_again(&installation.tenant, &installation.module);
            }
        }
    }
    // A feed that ends before that is another than it was, or never went so far: it is followed from its end on, and whatever
    // happened meanwhile shows in the index.
    let next = goes_on(after, &changes, next);
    let went_back = next < after;
    if went_back {
        tracing::warn!(
            registry,
            after,
            next,
            "the change feed ends before the last change seen: following it from its end"
        );
        agent.look_at_all_of(registry).await;
    }
    if next != after {
        agent.store().set_feed_cursor(feed.base(), next).await?;
        agent.host().metrics.feed_at(next);
    }
    Ok(!changed.is_empty() || went_back)
}

/// What to ask after next: the last change told of, and never a number beyond.
fn goes_on(after: i64, changes: &[Change], next: i64) -> i64 {
    changes.last().map_or(next.min(after), |last| last.seq).max(0)
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

/// Doubled from attempt to attempt, and anything between half and all of that: agents that lost the registry together must not
/// come back together.
pub(crate) fn backoff(agent: &Agent, failures: u32) -> Duration {
    let section = &agent.config().sync;
    let doubled = section.backoff_min.0.saturating_mul(1_u32 << failures.saturating_sub(1).min(20));
    doubled.min(section.backoff_max.0).mul_f64(0.5 + entropy::fraction() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_followed_no_further_than_it_tells() {
        let change = |seq| Change {
            seq,
            kind: "release".to_owned(),
            module: "adx/hello".parse().expect("a module"),
            version: None,
        };
        assert_eq!(goes_on(7, &[change(8), change(9)], 2_000_000), 9);
        assert_eq!(goes_on(7, &[], 7), 7);
        assert_eq!(goes_on(7, &[], 2_000_000), 7, "a number that nothing was told of");
        assert_eq!(goes_on(2_000_000, &[], 7), 7, "the feed ends before");
        assert_eq!(goes_on(7, &[change(-1)], -1), 0);
    }

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

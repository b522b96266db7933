//! Somebody has the server. What can be done to what agents see: they can be shown less, and for a while nothing new, but no other
//! history and no older state.

use adx_signing::{
    log::policy::PolicyError,
    tuf::{Lifetimes, TargetName, control::RevokedPackage},
};
use adx_trust::{
    Refusal,
    log::LogError,
    refusal::{IndexRefusal, TargetRefusal},
    repository::RepositoryError,
};
use tempfile::TempDir;
use time::Duration;

use crate::world::{MODULE, World, ask, module, refusal, taken};

#[tokio::test]
async fn no_agent_is_shown_another_history() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let mut attacker = world.parted();
    world.release(MODULE, "1.1.0");
    world.round();
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;
    drop(registry);

    // Even if the witnesses help, and every list is of a later version than the honest one.
    attacker.release(MODULE, "1.2.0");
    for _ in 0..2 {
        attacker.later(1);
        attacker.new_targets = Some(attacker.targets.clone());
        attacker.round();
    }
    let registry = attacker.open(state.path()).expect("a registry");
    let refused = registry.refresh(attacker.now).await.expect_err("another history");
    assert!(matches!(refused, Refusal::Checkpoint(LogError::Forked { .. })), "{refused:?}");

    // Who has seen nothing yet depends on them.
    let (fresh, another) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    let registry = attacker.open(fresh.path()).expect("a registry");
    taken(&registry, MODULE, "1.2.0", attacker.now).await;
    attacker.witnesses.clear();
    attacker.release(MODULE, "1.3.0");
    attacker.round();
    let registry = attacker.open(another.path()).expect("a registry");
    let refused = registry.refresh(attacker.now).await.expect_err("no witness");
    assert!(matches!(refused, Refusal::Checkpoint(LogError::Policy(PolicyError::Quorum { .. }))), "{refused:?}");
}

/// Versions only grow: what was signed before is not served again.
#[tokio::test]
async fn an_older_state_is_refused() {
    let mut world = World::new();
    let older = world.parted();
    let state = TempDir::new().expect("a folder");
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;
    world.serve("tuf/timestamp.json", &older.read("tuf/timestamp.json"));
    let refused = registry.refresh(world.now).await.expect_err("older");
    assert!(matches!(refused, Refusal::Metadata(RepositoryError::Rollback { .. })), "{refused:?}");
}

/// This is what can be done: a new state that has less, so that an old release is the newest there is.
#[tokio::test]
async fn releases_yanks_and_revocations_can_be_taken_back() {
    let mut world = World::new();
    let newer = world.release(MODULE, "1.1.0");
    let id = module(MODULE);
    world.lines.get_mut(&id).expect("lines")[0].yanked = true;
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let old = ask(&registry, MODULE, "1.0.0", world.now).await.expect("evidence").outcome.expect("taken");
    let reason = "it sends data away".to_owned();
    let revoked = RevokedPackage { module: old.module.clone(), version: old.version.clone(), at: world.now, reason };
    world.revocations.packages.insert(old.sha256, revoked);
    world.later(1);
    world.round();
    assert!(matches!(refusal(&registry, MODULE, "1.0.0", world.now).await, Refusal::Revoked { .. }));

    // Not one leaf tells of it.
    let leaves = world.leaves.len();
    world.revocations.packages.clear();
    let lines = world.lines.get_mut(&id).expect("lines");
    lines[0].yanked = false;
    lines.truncate(1);
    world.changes.insert(TargetName::of_package(&newer.module, &newer.version).expect("a name"), None);
    world.later(1);
    world.round();
    assert_eq!(world.leaves.len(), leaves);
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let lines = registry.lines(&id, world.now).await.expect("lines");
    assert_eq!(
        lines.iter().map(|line| (line.version.to_string(), line.yanked)).collect::<Vec<_>>(),
        [("1.0.0".to_owned(), false)]
    );
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    let is_gone = matches!(
        refused,
        Refusal::Target(TargetRefusal::NotListed { .. }) | Refusal::Index(IndexRefusal::NoRelease { .. })
    );
    assert!(is_gone, "{refused:?}");
}

/// One state is believed for the time that an honest registry signs it, whatever time it states itself.
#[tokio::test]
async fn agents_are_held_in_the_present_for_a_day() {
    let years = Duration::days(3_650);
    let longest = Lifetimes::LONGEST;
    for (role, lifetimes, hours) in [
        ("timestamp", Lifetimes { timestamp: years, ..longest }, 24),
        ("snapshot", Lifetimes { snapshot: years, ..longest }, 7 * 24),
        ("control", Lifetimes { roles: years, ..longest }, 90 * 24),
    ] {
        let mut world = World::new();
        let state = TempDir::new().expect("a folder");
        let registry = world.open(state.path()).expect("a registry");
        taken(&registry, MODULE, "1.0.0", world.now).await;
        world.lifetimes = lifetimes;
        world.later(1);
        world.round();
        let refused = registry.refresh(world.now).await.expect_err("for years");
        let expires = world.now.after(years);
        let far = RepositoryError::TooFarAhead { role: role.to_owned(), expires, longest_hours: hours };
        assert_eq!(refused, Refusal::Metadata(far));
        let begins = format!("metadata: {role} is signed until {expires}, further ahead than the {hours} hours");
        assert!(refused.to_string().starts_with(&begins), "{refused}");
        assert!(refused.hint().contains("clock"), "{}", refused.hint());
        // A day later nothing is taken, neither of what was signed for years nor of what was known.
        let tomorrow = world.now.after(Duration::days(1));
        assert!(matches!(refusal(&registry, MODULE, "1.0.0", tomorrow).await, Refusal::Metadata(_)));
    }

    // What is signed ahead is taken in its last day: with many such files, one after the other, until the next root.
    let mut world = World::new();
    let ends = world.now.after(Duration::days(3));
    world.lifetimes.timestamp = Duration::days(3);
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    assert!(registry.refresh(world.now).await.is_err());
    taken(&registry, MODULE, "1.0.0", ends.after(-Duration::days(1))).await;

    // As long as an honest registry signs, an hour more for clocks that differ, and not a second.
    for (seconds, is_taken) in [(3_600, true), (3_601, false)] {
        let mut world = World::new();
        world.lifetimes.timestamp = longest.timestamp + Duration::seconds(seconds);
        world.later(1);
        world.round();
        let state = TempDir::new().expect("a folder");
        let registry = world.open(state.path()).expect("a registry");
        assert_eq!(registry.refresh(world.now).await.is_ok(), is_taken, "{seconds}");
    }
}

//! A log in which nothing happens for a week, and a client that is started again: it must know still when the log did not have what is
//! dated back after that.

use adx_signing::{
    Namespace,
    key_change::Change,
    log::{Event, leaf::KeyRecovery},
    tuf::key_history::{Authorization, KeyHistoryError},
};
use adx_trust::{Refusal, refusal::KeyRefusal};
use tempfile::TempDir;
use time::Duration;

use crate::world::{MODULE, World, key, made, new_key, refusal, taken};

async fn recovered_by_a_thief(restarted: bool) -> Refusal {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let mut registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    for _ in 0..16 {
        world.later(60 * 12);
        world.round();
        registry.refresh(world.now).await.expect("fresh");
    }
    if restarted {
        drop(registry);
        registry = world.open(state.path()).expect("a registry");
    }
    let stolen_at = world.now;
    let (own, namespace) = (key("the attacker's"), "acme".parse::<Namespace>().expect("a namespace"));
    world.now = stolen_at.after(-Duration::days(7));
    let change = Change::Add(new_key(&own));
    let recovery = Event::KeyRecoveryAnnounced(KeyRecovery { change, namespace: namespace.clone() });
    let announced_at_leaf = world.log(recovery);
    world.now = stolen_at.after(Duration::minutes(1));
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    world.accept(&made(MODULE, "1.0.1", &own), own.public().id());
    world.round();
    refusal(&registry, MODULE, "1.0.1", world.now).await
}

#[tokio::test]
async fn a_recovery_that_is_dated_back_into_a_quiet_week() {
    for restarted in [false, true] {
        let refused = recovered_by_a_thief(restarted).await;
        let Refusal::PublisherKey(KeyRefusal::History(refused)) = &refused else { panic!("{refused:?}") };
        assert!(matches!(refused, KeyHistoryError::TooSoon { .. }), "{restarted} {refused:?}");
    }
}

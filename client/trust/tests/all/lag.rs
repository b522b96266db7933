//! What an honest registry makes is believed although it was seen late: a mirror may be a day behind, and witnesses slow.

use adx_signing::{
    Namespace, UtcSecond,
    key_change::Change,
    log::{Event, leaf::KeyRecovery},
    tuf::key_history::{Authorization, RECOVERY_WAIT},
};
use adx_trust::Source;
use tempfile::TempDir;
use time::Duration;

use crate::world::{MODULE, World, copy, key, made, new_key, taken};

#[tokio::test]
async fn an_honest_recovery_seen_through_a_mirror_that_lags() {
    let mut world = World::new();
    let (mirror, state) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    copy(world.path(), mirror.path());
    let registry = world.open_at(Source::folder(mirror.path()), state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;

    // A minute after the mirror was made, owners announce a recovery.
    world.later(1);
    let announced: UtcSecond = world.now;
    let (own, namespace) = (key("the new one"), "acme".parse::<Namespace>().expect("a namespace"));
    let change = Change::Add(new_key(&own));
    let announced_at_leaf =
        world.log(Event::KeyRecoveryAnnounced(KeyRecovery { change, namespace: namespace.clone() }));
    world.round();
    registry.refresh(announced.after(Duration::hours(23))).await.expect("fresh still");
    world.later(23 * 60 + 1);
    world.round();
    copy(world.path(), mirror.path());
    registry.refresh(world.now).await.expect("fresh");

    // Made as soon as a registry makes it; the mirror is quick this time.
    world.now = announced.after(RECOVERY_WAIT);
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    world.later(5);
    world.accept(&made(MODULE, "1.0.1", &own), own.public().id());
    world.round();
    copy(world.path(), mirror.path());
    taken(&registry, MODULE, "1.0.1", world.now).await;
}

/// The announcement waits for ten minutes for its witnesses, and nothing else is wrong.
#[tokio::test]
async fn an_honest_recovery_whose_announcement_was_cosigned_late() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let announced: UtcSecond = world.now;
    let (own, namespace) = (key("the new one"), "acme".parse::<Namespace>().expect("a namespace"));
    let change = Change::Add(new_key(&own));
    let announced_at_leaf =
        world.log(Event::KeyRecoveryAnnounced(KeyRecovery { change, namespace: namespace.clone() }));
    registry.refresh(announced.after(Duration::minutes(9))).await.expect("fresh");
    world.later(10);
    world.round();
    registry.refresh(world.now).await.expect("fresh");
    world.now = announced.after(RECOVERY_WAIT);
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    world.later(1);
    world.accept(&made(MODULE, "1.0.1", &own), own.public().id());
    world.round();
    taken(&registry, MODULE, "1.0.1", world.now).await;
}

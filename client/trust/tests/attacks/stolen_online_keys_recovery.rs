//! Somebody has the server. What can be done to a publisher's keys: a recovery, announced in the log for a week; and a namespace that
//! has no key yet can be given its first.

use adx_signing::{
    Namespace,
    key_change::Change,
    log::{Event, leaf::KeyRecovery},
    tuf::key_history::{Authorization, KeyHistoryError, RECOVERY_DELAY},
};
use adx_trust::{Refusal, refusal::KeyRefusal};
use tempfile::TempDir;
use time::Duration;

use crate::world::{MODULE, World, key, made, new_key, refusal, taken};

/// This is what can be done: a recovery of the publisher's keys, announced for a week where the publisher and every watcher see
/// it. Stating an earlier time in the announcement does not shorten that, for the client knows when the log did not have it yet.
#[tokio::test]
async fn a_key_can_be_recovered_in_the_open_but_not_dated_back() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    world.later(60 * 12);
    world.round();
    registry.refresh(world.now).await.expect("fresh");
    let stolen_at = world.now;

    let (own, namespace) = (key("the attacker's"), "acme".parse::<Namespace>().expect("a namespace"));
    let remembered = TempDir::new().expect("a folder");
    crate::world::copy(state.path(), remembered.path());
    let mut hasty = world.parted();
    // Ten days ago, the leaf says.
    world.now = stolen_at.after(-Duration::days(10));
    let change = Change::Add(new_key(&own));
    let recovery = Event::KeyRecoveryAnnounced(KeyRecovery { change, namespace: namespace.clone() });
    let announced_at_leaf = world.log(recovery.clone());
    world.now = stolen_at.after(Duration::minutes(1));
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    world.accept(&made(MODULE, "1.0.1", &own), own.public().id());
    world.round();
    let refused = refusal(&registry, MODULE, "1.0.1", world.now).await;
    let Refusal::PublisherKey(KeyRefusal::History(refused)) = &refused else { panic!("{refused:?}") };
    assert!(matches!(refused, KeyHistoryError::TooSoon { waited: 360, .. }), "{refused:?}");

    // Nor does a leaf that states a time to come.
    let announced_at_leaf = hasty.log(recovery.clone());
    hasty.now = stolen_at.after(Duration::days(8));
    hasty.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    hasty.accept(&made(MODULE, "1.0.2", &own), own.public().id());
    hasty.now = stolen_at.after(Duration::minutes(2));
    hasty.round();
    drop(registry);
    let registry = hasty.open(remembered.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.0.2", hasty.now).await;
    assert!(refused.to_string().contains("after it was announced"), "{refused}");
    drop(registry);

    // After a week in the log it counts: nobody who looked at the log is surprised. What was dated back has expired by then.
    world.now = stolen_at.after(Duration::minutes(1));
    let announced_openly = world.log(recovery);
    world.now = stolen_at.after(RECOVERY_DELAY).after(Duration::minutes(2));
    let mut expired = world.parted();
    for (world, announced_at_leaf) in [(&mut expired, announced_at_leaf), (&mut world, announced_openly)] {
        world.publisher_keys.namespaces.get_mut(&namespace).expect("acme").pop();
        world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
        world.accept(&made(MODULE, "1.0.3", &own), own.public().id());
        world.round();
    }
    let folder = TempDir::new().expect("a folder");
    let registry = expired.open(folder.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.0.3", world.now).await;
    let Refusal::PublisherKey(KeyRefusal::History(refused)) = &refused else { panic!("{refused:?}") };
    assert!(matches!(refused, KeyHistoryError::TooLate { .. }), "{refused:?}");
    let folder = TempDir::new().expect("a folder");
    let registry = world.open(folder.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.3", world.now).await;
}

/// Owners may not hear of it by mail, for the server sends that. In the log it stands: what was not announced there does not count.
#[tokio::test]
async fn a_recovery_cannot_be_hidden_from_the_log() {
    let mut world = World::new();
    let (own, namespace) = (key("the attacker's"), "acme".parse::<Namespace>().expect("a namespace"));
    let hidden = world.log(Event::KeyRecoveryCancelled(KeyRecovery {
        change: Change::Add(new_key(&own)),
        namespace: namespace.clone(),
    }));
    world.round();
    world.now = world.now.after(RECOVERY_DELAY);
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf: hidden });
    world.accept(&made(MODULE, "1.0.1", &own), own.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.0.1", world.now).await;
    let not_logged = KeyHistoryError::NotLogged { namespace, leaf: hidden };
    assert_eq!(refused, Refusal::PublisherKey(KeyRefusal::History(not_logged)));
}

/// It is the registry that honours an objection. Agents look up the leaves that the list of keys names, not all in between: who has
/// the registry's keys need not honour it, though everybody can see in the log that it was not.
#[tokio::test]
async fn an_objection_binds_the_registry_and_not_agents() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let (own, namespace) = (key("the attacker's"), "acme".parse::<Namespace>().expect("a namespace"));
    let recovery = KeyRecovery { change: Change::Add(new_key(&own)), namespace: namespace.clone() };
    let announced_at_leaf = world.log(Event::KeyRecoveryAnnounced(recovery.clone()));
    world.round();
    registry.refresh(world.now).await.expect("fresh");
    world.later(60);
    world.log(Event::KeyRecoveryCancelled(recovery));
    world.round();
    registry.refresh(world.now).await.expect("fresh");
    world.now = world.now.after(RECOVERY_DELAY);
    world.slip_in(&namespace, &own, Authorization::Recovery { announced_at_leaf });
    world.accept(&made(MODULE, "1.0.1", &own), own.public().id());
    world.round();
    taken(&registry, MODULE, "1.0.1", world.now).await;
}

#[tokio::test]
async fn a_new_namespace_can_be_given_its_first_key() {
    let mut world = World::new();
    let own = key("the attacker's");
    world.slip_in(&"fresh".parse().expect("a namespace"), &own, Authorization::First);
    world.accept(&made("fresh/hello", "1.0.0", &own), own.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, "fresh/hello", "1.0.0", world.now).await;
}

//! Somebody has the server, and with it the keys of bins, control files, snapshot, timestamp and log. Not the keys of root and
//! targets, which are offline, not those of witnesses, which are other people's, and not those of publishers.
//!
//! Here: what cannot be done with them to publishers and the next root. [`super::witnesses_removed_in_two_steps`] has what cannot be
//! done to witnesses, [`super::stolen_online_keys_recovery`] what
//! can be done to a publisher's keys, [`super::stolen_online_keys_state`] what can be done to what agents see. `SECURITY.md` says the
//! same, line by line.

use adx_signing::{Namespace, tuf::key_history::KeyHistoryError};
use adx_trust::{
    Demands, Refusal,
    clock::TOLERANCE,
    decide,
    refusal::{KeyRefusal, SignatureRefusal},
};
use tempfile::TempDir;
use time::Duration;

use crate::world::{MODULE, World, key, made, refusal, taken};

#[tokio::test]
async fn a_publisher_cannot_be_signed_for_unseen() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);
    let own = key("the attacker's");

    // With the publisher's key named and the attacker's signature.
    let mut attacker = world.parted();
    attacker.accept(&made(MODULE, "1.0.1", &own), world.publisher.public().id());
    attacker.round();
    let registry = attacker.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.0.1", attacker.now).await;
    assert!(matches!(refused, Refusal::Signature(SignatureRefusal::Release(_))), "{refused:?}");
    drop(registry);

    // With a key slipped into the list of the publisher's keys, at the leaf that added the true one: who saw the list before knows,
    // and who did not looks at the leaf.
    attacker.publisher_keys.namespaces.values_mut().flatten().for_each(|key| key.public = own.public());
    attacker.accept(&made(MODULE, "1.0.2", &own), own.public().id());
    attacker.round();
    let new = TempDir::new().expect("a folder");
    let refused_by = async |state: &TempDir| {
        let registry = attacker.open(state.path()).expect("a registry");
        match refusal(&registry, MODULE, "1.0.2", attacker.now).await {
            Refusal::PublisherKey(KeyRefusal::History(refused)) => refused,
            other => panic!("{other:?}"),
        }
    };
    let namespace: Namespace = "acme".parse().expect("a namespace");
    assert_eq!(refused_by(&state).await, KeyHistoryError::Dropped { namespace: namespace.clone(), leaf: 0 });
    assert_eq!(refused_by(&new).await, KeyHistoryError::NotLogged { namespace, leaf: 0 });
}

/// With a publisher's key besides, a release can be made; a tenant who waits has the time to hear of it, whatever its leaf states.
#[tokio::test]
async fn a_release_cannot_be_dated_back_past_the_cooldown() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    world.later(60 * 12);
    world.round();
    registry.refresh(world.now).await.expect("fresh");
    let stolen_at = world.now;

    world.now = stolen_at.after(-Duration::hours(11));
    let released = world.release(MODULE, "1.0.1");
    world.now = stolen_at.after(Duration::minutes(1));
    world.round();
    registry.refresh(world.now).await.expect("all signed by keys that count");
    let evidence = registry.evidence(&released.module, &released.version, world.now).await;
    let hasty = decide(&evidence, &released.package, &released.envelope, &Demands::default(), world.now);
    assert!(hasty.outcome.is_ok(), "a tenant who does not wait has nothing but the log to look at");
    let patient = Demands { cooldown: Duration::hours(6), fast_lane: None };
    let decision = decide(&evidence, &released.package, &released.envelope, &patient, world.now);
    let since = stolen_at.after(-TOLERANCE);
    let until = since.after(patient.cooldown);
    assert_eq!(decision.outcome.expect_err("too young"), Refusal::Cooldown { since, until });
}

#[tokio::test]
async fn the_next_root_ends_it() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let mut attacker = world.parted();
    world.later(1);
    world.rotate("rotated");
    world.round();
    taken(&registry, MODULE, "1.0.0", world.now).await;

    // What the attacker goes on signing with the old keys, under the new root that cannot be held back from this client.
    attacker.later(2);
    attacker.release(MODULE, "1.0.1");
    attacker.round();
    for file in ["tuf/timestamp.json", "log/checkpoint"] {
        world.serve(file, &attacker.read(file));
    }
    let refused = registry.refresh(attacker.now).await.expect_err("the old keys");
    let gone = "metadata: timestamp.json is from before the registry's keys were changed: root version 2 names others than those \
                which signed it";
    assert_eq!(refused.to_string(), gone);
}

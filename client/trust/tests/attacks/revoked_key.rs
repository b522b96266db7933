//! A publisher's key is in other hands.

use adx_signing::{
    Namespace,
    key_change::{Change, KeyChange},
    log::{Event, leaf::KeyRemoved},
    tuf::{control::RevokedKey, key_history::Authorization},
    version::V1,
};
use adx_trust::{Refusal, refusal::KeyRefusal};
use tempfile::TempDir;

use crate::world::{MODULE, World, ask, key, made, refusal, taken};

/// What it signed from a leaf on proves nothing; what it signed before still does.
#[tokio::test]
async fn a_release_by_a_key_that_was_stolen() {
    let mut world = World::new();
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let installed = ask(&registry, MODULE, "1.1.0", world.now).await.expect("evidence").outcome.expect("taken");

    let revoked = RevokedKey { from_leaf: 2, at: world.now, reason: "the laptop was stolen".to_owned() };
    world.revocations.keys.insert(world.publisher.public().id(), revoked);
    world.round();
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    assert_eq!(refused, Refusal::Revoked { reason: "the laptop was stolen".to_owned() });
    assert_eq!(refused.to_string(), "revocation: the laptop was stolen");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    // What is installed is found without asking anybody.
    let reason = registry.revoked(&installed.sha256, &installed.signed_by, installed.leaf).expect("a kill list");
    assert_eq!(reason.as_deref(), Some("the laptop was stolen"));
}

/// A key on the kill list signs for another key, before or after it came there. The thief does not live on in that one; what the
/// publisher's other keys signed, and who was there before the theft, is believed as ever.
#[tokio::test]
async fn a_release_by_a_key_that_a_revoked_key_added() {
    let mut world = World::new();
    let good = key("acme, the second");
    world.register("acme", &good);
    world.accept(&made(MODULE, "1.1.0", &good), good.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;

    let thief = key("the thief's");
    let added_at = world.register("acme", &thief);
    world.accept(&made(MODULE, "1.2.0", &thief), thief.public().id());
    // The thief's own next key.
    let honest = std::mem::replace(&mut world.publisher, thief.clone());
    let next = key("the thief's next");
    let next_at = world.register("acme", &next);
    world.accept(&made(MODULE, "1.3.0", &next), next.public().id());
    world.later(1);
    world.round();
    taken(&registry, MODULE, "1.2.0", world.now).await;
    taken(&registry, MODULE, "1.3.0", world.now).await;

    let revoked = RevokedKey { from_leaf: added_at, at: world.now, reason: "the laptop was stolen".to_owned() };
    world.revocations.keys.insert(honest.public().id(), revoked);
    world.later(1);
    world.round();
    for (version, key, leaf) in [("1.2.0", thief, added_at), ("1.3.0", next, next_at)] {
        let refused = refusal(&registry, MODULE, version, world.now).await;
        let added = KeyRefusal::AddedByRevoked { key: key.public().id(), leaf };
        assert_eq!(refused, Refusal::PublisherKey(added));
    }
    taken(&registry, MODULE, "1.0.0", world.now).await;
    taken(&registry, MODULE, "1.1.0", world.now).await;
}

/// A key that was removed counts for the leaves before, by the order of the log.
#[tokio::test]
async fn a_release_by_a_key_that_was_removed() {
    let mut world = World::new();
    let (old, new) = (world.publisher.clone(), key("acme, the second"));
    let follows = world.register("acme", &new);
    let (keyid, namespace) = (old.public().id(), "acme".parse::<Namespace>().expect("a namespace"));
    let change = KeyChange { change: Change::Remove { keyid }, follows, namespace: namespace.clone(), v: V1 };
    let by = Authorization::Key { envelope: change.sign(&new).to_json() };
    let removed_at = world.log(Event::PublisherKeyRemoved(KeyRemoved { keyid, namespace: namespace.clone() }));
    let listed = &mut world.publisher_keys.namespaces.get_mut(&namespace).expect("acme")[0];
    (listed.removed_at_leaf, listed.removed_by) = (Some(removed_at), Some(by));
    let late = made(MODULE, "1.1.0", &old);
    world.accept(&late, old.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    let not_then = KeyRefusal::NotThen { key: old.public().id(), leaf: removed_at + 1 };
    assert_eq!(refused, Refusal::PublisherKey(not_then));

    // The other key of the same publisher goes on.
    world.publisher = new;
    world.release(MODULE, "1.2.0");
    world.round();
    taken(&registry, MODULE, "1.2.0", world.now).await;
}

//! A publisher's key that ended by itself, in other hands years later.

use adx_trust::{Refusal, refusal::KeyRefusal};
use tempfile::TempDir;
use time::Duration;

use crate::world::{MODULE, World, key, made, refusal, taken};

/// A world with a key that counts for an hour.
fn begun() -> (World, adx_signing::SecretKey) {
    let mut world = World::new();
    let short = key("for an hour");
    world.register_until("acme", &short, Some(world.now.after(Duration::hours(1))));
    world.later(30);
    world.accept(&made(MODULE, "1.1.0", &short), short.public().id());
    world.round();
    (world, short)
}

#[tokio::test]
async fn a_release_after_the_key_ended() {
    let (mut world, short) = begun();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    world.later(31);
    world.accept(&made(MODULE, "1.2.0", &short), short.public().id());
    world.round();
    taken(&registry, MODULE, "1.1.0", world.now).await;
    let refused = refusal(&registry, MODULE, "1.2.0", world.now).await;
    let leaf = world.leaves.len() as u64 - 1;
    assert_eq!(refused, Refusal::PublisherKey(KeyRefusal::NotThen { key: short.public().id(), leaf }));
}

/// Whoever has the server as well dates the leaf back. Who has seen the log knows that it was not there.
#[tokio::test]
async fn a_release_dated_back_to_when_the_key_counted() {
    let (mut world, short) = begun();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    for _ in 0..3 {
        registry.refresh(world.now).await.expect("fresh");
        world.later(12 * 60);
        world.fill(1);
        world.round();
    }
    registry.refresh(world.now).await.expect("fresh");
    let today = world.now;
    world.now = today.after(-Duration::hours(36));
    world.accept(&made(MODULE, "1.2.0", &short), short.public().id());
    world.now = today.after(Duration::minutes(1));
    world.round();
    let refused = refusal(&registry, MODULE, "1.2.0", world.now).await;
    let leaf = world.leaves.len() as u64 - 1;
    assert_eq!(refused, Refusal::PublisherKey(KeyRefusal::NotThen { key: short.public().id(), leaf }));
    taken(&registry, MODULE, "1.1.0", world.now).await;

    // Who has not depends on what the leaf states.
    let folder = TempDir::new().expect("a folder");
    let newcomer = world.open(folder.path()).expect("a registry");
    taken(&newcomer, MODULE, "1.2.0", world.now).await;
}

//! A mirror serves what the registry signed before.

use adx_trust::{Refusal, repository::RepositoryError};
use tempfile::TempDir;

use crate::world::{MODULE, World, taken};

#[tokio::test]
async fn an_older_timestamp() {
    let mut world = World::new();
    let old = world.read("tuf/timestamp.json");
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;

    world.serve("tuf/timestamp.json", &old);
    let rollback = RepositoryError::Rollback { role: "timestamp".to_owned(), trusted: 2, found: 1 };
    let refusal = registry.refresh(world.now).await.expect_err("older");
    assert_eq!(refusal, Refusal::Metadata(rollback.clone()));
    assert_eq!(refusal.to_string(), "metadata: timestamp is version 1, version 2 was seen before: this is a rollback");
    // Whoever was caught lying is not believed with what is still fresh.
    assert_eq!(crate::world::refusal(&registry, MODULE, "1.1.0", world.now).await, Refusal::Metadata(rollback));

    drop(registry);
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect_err("also after the process ended");
}

/// The process ends after the new timestamp was stored and before the snapshot that it pins; the next one is offered a snapshot
/// in which a list is older than before. It takes the keys of both to sign that.
#[tokio::test]
async fn an_older_list_under_a_newer_timestamp_after_a_crash() {
    let mut world = World::new();
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");

    // The attacker goes on from the first round and so has older versions of the lists.
    let mut attacker = World::new();
    for _ in 0..3 {
        attacker.later(1);
        attacker.publish_metadata();
    }
    world.serve("tuf/timestamp.json", &attacker.read("tuf/timestamp.json"));
    registry.refresh(world.now).await.expect_err("the snapshot it pins is not there");
    drop(registry);
    let version = attacker.snapshot.as_ref().map(adx_signing::tuf::Role::version).expect("a snapshot");
    let file = format!("tuf/{version}.snapshot.json");
    world.serve(&file, &attacker.read(&file));
    let registry = world.open(state.path()).expect("a registry");
    let refusal = registry.refresh(world.now).await.expect_err("older lists");
    assert!(
        matches!(&refusal, Refusal::Metadata(RepositoryError::Rollback { found: 1, trusted: 2, .. })),
        "{refusal:?}"
    );
    assert!(refusal.to_string().contains(&format!(".json in {version}.snapshot.json is version 1")), "{refusal}");
}

//! Whoever has the online keys signs the highest version there is, so that no later one is ever taken. A root that rotates the
//! keys makes the client forget it, and nothing else does.

use adx_signing::tuf::{MetaFile, Role as _};
use adx_trust::{Refusal, repository::RepositoryError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{MODULE, World, taken};

#[tokio::test]
async fn a_version_from_the_far_future_is_forgotten_with_its_key() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;

    let honest = world.read("tuf/timestamp.json");
    let pin: MetaFile = *world.timestamp.as_ref().expect("a timestamp").snapshot();
    world.serve("tuf/timestamp.json", &timestamp(&world, u64::from(u32::MAX), pin));
    registry.refresh(world.now).await.expect("signed by the timestamp's key");
    world.serve("tuf/timestamp.json", &honest);
    let refusal = registry.refresh(world.now).await.expect_err("a fast forward");
    assert!(matches!(refusal, Refusal::Metadata(RepositoryError::Rollback { found: 1, .. })), "{refusal:?}");

    // The operators meet and rotate the online keys.
    world.later(10);
    world.rotate("rotated");
    world.release(MODULE, "1.1.0");
    world.round();
    assert_eq!(world.timestamp.as_ref().expect("a timestamp").version(), 2);
    taken(&registry, MODULE, "1.1.0", world.now).await;

    // With the key that was stolen nothing can be signed any more.
    let mut attacker = world.parted();
    attacker.online = World::new().online;
    let pin: MetaFile = *world.timestamp.as_ref().expect("a timestamp").snapshot();
    world.serve("tuf/timestamp.json", &timestamp(&attacker, 99, pin));
    let refusal = registry.refresh(world.now).await.expect_err("the old key");
    assert!(matches!(refusal, Refusal::Metadata(RepositoryError::BeforeRotation { root: 2, .. })), "{refusal:?}");
}

/// The process ends between the new root and the forgetting.
#[tokio::test]
async fn a_crash_in_the_midst_of_forgetting_is_recovered_from() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let kept = ["tuf/timestamp.json", "tuf/snapshot.json"]
        .map(|file| (file, std::fs::read(state.path().join(file)).expect("kept")));
    world.later(10);
    world.rotate("rotated");
    world.round();
    registry.refresh(world.now).await.expect("fresh");
    drop(registry);
    for (file, bytes) in kept {
        std::fs::write(state.path().join(file), bytes).expect("a file");
    }
    let registry = world.open(state.path()).expect("what the root made void is no damage");
    taken(&registry, MODULE, "1.0.0", world.now).await;
}

/// A timestamp of any version, signed by the world's key.
fn timestamp(world: &World, version: u64, pin: MetaFile) -> Vec<u8> {
    let present: Value = serde_json::from_slice(&world.read("tuf/timestamp.json")).expect("JSON");
    let mut signed = present["signed"].clone();
    signed["version"] = json!(version);
    signed["meta"]["snapshot.json"] = serde_json::to_value(pin).expect("JSON");
    // Members are sorted and hold integers and plain text only: this is the canonical form.
    let bytes = serde_json::to_vec(&signed).expect("JSON");
    let key = &world.online.timestamp;
    let signature = json!({ "keyid": key.public().id().to_string(), "sig": hex(&key.sign(&bytes)) });
    serde_json::to_vec(&json!({ "signatures": [signature], "signed": signed })).expect("JSON")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

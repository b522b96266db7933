//! A threshold is of keys: neither two signatures of one, nor one under two names, are two.

use adx_signing::{SecretKey, tuf::Signed};
use adx_trust::{Refusal, repository::RepositoryError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::World;

/// The root of a repository in which one key holder of the timestamp would pass for two, and the keys' two names.
fn root_with_a_key_under_two_ids(world: &World) -> Vec<u8> {
    let mut signed: Value = serde_json::from_slice(&world.root.signing_bytes()).expect("JSON");
    let id = signed["roles"]["timestamp"]["keyids"][0].as_str().expect("a key").to_owned();
    let key = signed["keys"][&id].clone();
    let other = "0".repeat(64);
    signed["keys"][&other] = key;
    signed["roles"]["timestamp"] = json!({ "keyids": [other, id], "threshold": 2 });
    signed["version"] = json!(2);
    seal(&signed, &world.root_keys[..3])
}

#[tokio::test]
async fn one_key_under_two_ids() {
    let world = World::new();
    world.serve("tuf/2.root.json", &root_with_a_key_under_two_ids(&world));
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = registry.refresh(world.now).await.expect_err("one key");
    let twice =
        matches!(&refusal, Refusal::Metadata(RepositoryError::KeyCountedTwice { file, .. }) if file == "2.root.json");
    assert!(twice, "{refusal:?}");
    assert!(
        refusal.to_string().starts_with("metadata: 2.root.json counts one key as several: the key listed as 000"),
        "{refusal}"
    );
}

#[tokio::test]
async fn one_key_that_signed_twice() {
    let mut world = World::new();
    world.later(1);
    world.rotate("rotated");
    // One of the two holders, twice.
    let mut once = Signed::unsigned(world.root.document().clone());
    world.root_keys.iter().take(2).for_each(|key| once.sign(key));
    let mut file: Value = serde_json::from_slice(&once.to_json()).expect("JSON");
    let first = file["signatures"][0].clone();
    file["signatures"].as_array_mut().expect("signatures").push(first);
    world.serve("tuf/2.root.json", &serde_json::to_vec(&file).expect("JSON"));
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = registry.refresh(world.now).await.expect_err("one key");
    let twice = matches!(&refusal, Refusal::Metadata(RepositoryError::KeyCountedTwice { why, .. }) if why.ends_with("signed twice"));
    assert!(twice, "{refusal:?}");
}

/// A file whose members are in order and hold integers and plain text only, which is the canonical form.
fn seal(signed: &Value, keys: &[SecretKey]) -> Vec<u8> {
    let bytes = serde_json::to_vec(&sorted(signed)).expect("JSON");
    let signatures: Vec<_> = keys
        .iter()
        .map(|key| {
            let signature: String = key.sign(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "keyid": key.public().id().to_string(), "sig": signature })
        })
        .collect();
    serde_json::to_vec(&json!({ "signatures": signatures, "signed": signed })).expect("JSON")
}

/// The same value, members in the order of their names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort();
            names.into_iter().map(|name| (name.clone(), sorted(&members[name]))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

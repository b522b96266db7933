//! A document with fewer signatures than its role needs.

use adx_signing::tuf::{Signed, ceremony::RootPlan};
use adx_trust::{Refusal, repository::RepositoryError};
use tempfile::TempDir;

use crate::world::{World, key};

/// Two of five people and a stranger sign a root; three of the five must.
#[tokio::test]
async fn a_root_that_two_of_five_signed() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let mut root = RootPlan::of(world.root.document()).next(world.root.document(), world.now).expect("a root");
    world.root_keys.iter().take(2).chain([&key("a stranger")]).for_each(|key| root.sign(key));
    world.serve("tuf/2.root.json", &root.to_json());
    let refusal = registry.refresh(world.now).await.expect_err("two of three");
    let file = "2.root.json".to_owned();
    assert_eq!(refusal, Refusal::Metadata(RepositoryError::Threshold { file, found: 2, needed: 3 }));
    assert_eq!(refusal.to_string(), "metadata: 2.root.json is signed by 2 of the 3 keys it needs");
}

/// A root that names its own signers: signed by the new keys, not by those that are trusted.
#[tokio::test]
async fn a_root_that_only_its_own_keys_signed() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let stranger = World::named("registry.example.com/log", "stranger");
    let plan = RootPlan::of(stranger.root.document());
    let mut root = plan.next(world.root.document(), world.now).expect("a root");
    stranger.root_keys.iter().for_each(|key| root.sign(key));
    world.serve("tuf/2.root.json", &root.to_json());
    let refusal = registry.refresh(world.now).await.expect_err("strangers");
    let file = "2.root.json".to_owned();
    assert!(refusal.hint().contains("may be another registry's"), "{}", refusal.hint());
    assert_eq!(refusal, Refusal::Metadata(RepositoryError::Threshold { file, found: 0, needed: 3 }));
}

/// The server has no key of the targets document; one of its holders is not two.
#[tokio::test]
async fn targets_that_one_of_three_signed() {
    let mut world = World::new();
    world.later(1);
    world.rotate("rotated");
    let mut targets = Signed::unsigned(world.targets.document().clone());
    targets.sign(&world.targets_keys[0]);
    world.targets = targets.clone();
    world.new_targets = Some(targets);
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = registry.refresh(world.now).await.expect_err("one of two");
    let file = "2.targets.json".to_owned();
    assert_eq!(refusal, Refusal::Metadata(RepositoryError::Threshold { file, found: 1, needed: 2 }));
}

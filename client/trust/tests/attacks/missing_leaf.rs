//! A release that is in the metadata and not in the log: for one client only, or behind everybody's back.

use adx_trust::{Refusal, log::LogError, refusal::InclusionRefusal};
use tempfile::TempDir;

use crate::world::{MODULE, World, module, refusal};

async fn refused(leaf: Option<u64>, prepare: impl FnOnce(&mut World)) -> Refusal {
    let mut world = World::new();
    world.later(1);
    world.release(MODULE, "1.1.0");
    prepare(&mut world);
    world.lines.get_mut(&module(MODULE)).expect("lines")[1].leaf = leaf;
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    refusal(&registry, MODULE, "1.1.0", world.now).await
}

#[tokio::test]
async fn no_leaf_is_named() {
    let refused = refused(None, |_| {}).await;
    let (module, version) = (module(MODULE), "1.1.0".parse().expect("a version"));
    assert_eq!(refused, Refusal::Inclusion(InclusionRefusal::NoLeaf { module, version }));
    assert!(refused.to_string().starts_with("inclusion: the index names no leaf of acme/hello 1.1.0"), "{refused}");
}

#[tokio::test]
async fn the_leaf_is_not_in_the_log_yet() {
    let refused = refused(Some(2), |world| _ = world.leaves.pop()).await;
    let outside = LogError::OutsideTree { index: 2, size: 2 };
    assert_eq!(refused, Refusal::Inclusion(InclusionRefusal::Log(outside)));
    assert_eq!(refused.to_string(), "inclusion: there is no leaf 2 in the log of 2 leaves");
}

/// The leaf of another release, and one of another kind.
#[tokio::test]
async fn the_leaf_is_of_something_else() {
    let text = refused(Some(1), |_| {}).await.to_string();
    assert_eq!(text, "inclusion: leaf 1 version is 1.0.0, not 1.1.0");
    let text = refused(Some(0), |_| {}).await.to_string();
    assert_eq!(text, "inclusion: leaf 0 event is publisher-key-added, not publish");
}

/// The bundle has an entry of the attacker's at that place: it does not hash to the one in the tree.
#[tokio::test]
async fn the_entry_is_not_the_one_in_the_tree() {
    let mut world = World::new();
    let mut other = world.parted();
    world.later(1);
    world.release("acme/other", "1.0.0");
    world.round();
    other.later(1);
    other.release(MODULE, "1.1.0");
    other.round();
    other.serve("log/checkpoint", &world.read("log/checkpoint"));
    let tile = "log/tile/0/000.p/3";
    other.serve(tile, &world.read(tile));
    let state = TempDir::new().expect("a folder");
    let registry = other.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", other.now).await;
    assert!(matches!(refused, Refusal::Inclusion(InclusionRefusal::Log(LogError::Inclusion(_)))), "{refused:?}");
}

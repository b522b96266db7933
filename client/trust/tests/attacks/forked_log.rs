//! A registry signs two histories and shows each client one of them.

use std::fs;

use adx_trust::{Refusal, log::LogError};
use tempfile::TempDir;

use crate::world::{MODULE, World, refusal, taken};

/// Both histories have three leaves.
#[tokio::test]
async fn another_tree_of_the_same_size() {
    let mut world = World::new();
    let mut other = world.parted();
    for (world, version) in [(&mut world, "1.1.0"), (&mut other, "1.1.1")] {
        world.later(1);
        world.release(MODULE, version);
        world.round();
    }
    forked(&world, &other).await;
}

/// The other history has grown further.
#[tokio::test]
async fn a_larger_tree_that_does_not_begin_with_the_one_before() {
    let mut world = World::new();
    let mut other = world.parted();
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    other.later(1);
    other.release(MODULE, "1.2.0");
    other.fill(300);
    other.round();
    forked(&world, &other).await;
}

async fn forked(world: &World, other: &World) {
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;
    drop(registry);

    let registry = other.open(state.path()).expect("a registry");
    let refused = registry.refresh(other.now).await.expect_err("a fork");
    let Refusal::Checkpoint(LogError::Forked { before, after, .. }) = &refused else { panic!("{refused:?}") };
    assert_eq!((before.as_ref(), after.as_ref()), (world.edge.head(), other.edge.head()));
    assert!(refused.to_string().starts_with("checkpoint: the log was forked: it signed 3 leaves, root "), "{refused}");
    // Both notes are there for everybody to see.
    let evidence = ["before", "after"].map(|note| state.path().join(format!("evidence/forked-log-{note}.txt")));
    let notes = evidence.each_ref().map(|path| fs::read(path).expect("a note"));
    assert_eq!(notes, [world.read("log/checkpoint"), other.read("log/checkpoint")]);

    // Nothing is believed any more, not even the first history, until somebody looked at it.
    assert!(matches!(
        refusal(&registry, MODULE, "1.0.0", other.now).await,
        Refusal::Checkpoint(LogError::ForkedBefore { .. })
    ));
    drop(registry);
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", other.now).await;
    assert!(
        matches!(refused, Refusal::Metadata(_) | Refusal::Checkpoint(LogError::ForkedBefore { .. })),
        "{refused:?}"
    );
    drop(registry);

    // The operator explained it, and somebody took the notes away.
    for path in evidence {
        fs::remove_file(path).expect("a note");
    }
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;
}

/// The witnesses cosign one history only, so the other does not even get this far.
#[tokio::test]
async fn a_history_that_no_witness_saw() {
    let mut world = World::new();
    world.witnesses.truncate(1);
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = registry.refresh(world.now).await.expect_err("one witness");
    assert!(refused.to_string().starts_with("checkpoint: 1 of the 2 needed witnesses cosigned"), "{refused}");
}

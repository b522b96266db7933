//! A registry, or a mirror, shows a log that is shorter than it was.

use adx_trust::{Refusal, log::LogError};
use tempfile::TempDir;

use crate::world::{MODULE, World, taken};

#[tokio::test]
async fn an_older_checkpoint() {
    let mut world = World::new();
    let old = world.read("log/checkpoint");
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    let present = world.read("log/checkpoint");
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;

    world.serve("log/checkpoint", &old);
    let refused = registry.refresh(world.now).await.expect_err("shorter");
    assert!(matches!(refused, Refusal::Checkpoint(LogError::Rewound { before: 3, after: 2, .. })), "{refused:?}");
    assert!(
        refused.to_string().starts_with("checkpoint: the log was rewound: it had 3 leaves, 2 are shown"),
        "{refused}"
    );
    // The log as it was remembered proves nothing either, as long as another is shown.
    let rewound = crate::world::refusal(&registry, MODULE, "1.1.0", world.now).await;
    assert_eq!(rewound, refused);
    let evidence =
        registry.evidence(&crate::world::module(MODULE), &"1.1.0".parse().expect("a version"), world.now).await;
    let made = crate::world::made(MODULE, "1.1.0", &world.publisher);
    let decision =
        adx_trust::decide(&evidence, &made.package, &made.envelope, &adx_trust::Demands::default(), world.now);
    assert_eq!(decision.outcome.expect_err("rewound"), refused);
    let note = std::fs::read(state.path().join("evidence/rewound-log-after.txt")).expect("a note");
    assert_eq!(note, old);

    // It may have been a mirror that was behind: once it caught up, it is believed again.
    world.serve("log/checkpoint", &present);
    taken(&registry, MODULE, "1.1.0", world.now).await;
}

/// Shorter, and not the beginning of what was there.
#[tokio::test]
async fn a_shorter_log_of_another_history() {
    let mut world = World::new();
    let mut other = world.parted();
    for _ in 0..2 {
        world.later(1);
        let number = world.leaves.len();
        world.release(MODULE, &format!("1.{number}.0"));
    }
    world.round();
    other.later(1);
    other.release(MODULE, "1.1.1");
    other.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    world.serve("log/checkpoint", &other.read("log/checkpoint"));
    let refused = registry.refresh(world.now).await.expect_err("a fork");
    assert!(matches!(refused, Refusal::Checkpoint(LogError::Forked { .. })), "{refused:?}");
}

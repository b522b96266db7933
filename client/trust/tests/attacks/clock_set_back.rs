//! Whoever sets the clock of a machine back makes what is expired look fresh.

use adx_trust::{Demands, Refusal, clock::ClockSetBack, decide};
use tempfile::TempDir;

use crate::world::{MODULE, World, minute, module, refusal, taken};

#[tokio::test]
async fn a_clock_before_the_latest_time_known() {
    let mut world = World::new();
    let old = world.parted();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    world.later(60 * 30);
    world.round();
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);

    // The clock goes back a day, to where the old timestamp was fresh.
    let registry = old.open(state.path()).expect("a registry");
    let set_back = ClockSetBack { now: minute(60), latest: world.now };
    let refused = refusal(&registry, MODULE, "1.0.0", minute(60)).await;
    assert_eq!(refused, Refusal::Clock(set_back));
    let text = "clock: the clock of this machine shows 2026-11-25T09:00:00Z, but it was 2026-11-26T14:00:00Z already: it was set back";
    assert_eq!(refused.to_string(), text);
    drop(registry);

    // Within a process as well, and for evidence that is at hand.
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    let evidence = registry.evidence(&module(MODULE), &"1.0.0".parse().expect("a version"), world.now).await;
    let target = evidence.target().expect("a target");
    let package = world.read(&format!("packages/{}.adxm", target.sha256));
    let envelope = registry.envelope(&target.sha256).await.expect("an envelope");
    let decision = decide(&evidence, &package, &envelope, &Demands::default(), minute(60));
    assert_eq!(decision.outcome.expect_err("set back"), Refusal::Clock(set_back));
    // Clocks differ by a little, and that is no attack.
    taken(&registry, MODULE, "1.0.0", world.now.after(time::Duration::minutes(-4))).await;
}

/// A clock that was wrong by years leaves nothing behind once it is right again: no metadata was fresh then.
#[tokio::test]
async fn a_clock_that_was_ahead_is_forgiven() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = registry.refresh(minute(60 * 24 * 3650)).await.expect_err("expired");
    assert!(matches!(refused, Refusal::Metadata(_)), "{refused:?}");
    taken(&registry, MODULE, "1.0.0", world.now).await;
}

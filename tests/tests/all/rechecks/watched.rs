//! Rechecks that begin by themselves: one server of several watches its files.

use adx_registry_core::audit::{Act, Who};
use adx_registry_core::ports::{Store, Written};
use adx_registry_core::rechecks::{RecheckState, WATCH_LEASE, Watch, recheck_on_the_machine};
use time::Duration;

use super::world::{MATCHED, NEEDLE, NOTHING, World, work};
use crate::engines::{Engine, Samples, on_every_engine};

on_every_engine!(
    changed_rules_are_held_against_what_is_released_by_one_server,
    rules_that_change_meanwhile_are_begun_with_anew,
    the_lease_of_the_watch_is_held_by_one_until_it_runs_out,
);

async fn changed_rules_are_held_against_what_is_released_by_one_server(engine: Engine) {
    let world = World::new(engine).await;
    let sha256 = world.release("1.0.0", &MATCHED).await;
    world.letters().await;
    let ports = &world.stage.ports;
    let (mut one, mut other) = (Watch::default(), Watch::default());
    let first = one.look(ports).await.unwrap().expect("nothing was ever held against them");
    assert_eq!((first.asked_by, first.quarantine), (Who::Job, false));
    assert_eq!(other.look(ports).await.unwrap(), None, "one watches");
    assert_eq!(one.look(ports).await.unwrap(), None, "it is under way");
    work(&world.stage).await;
    assert_eq!(one.look(ports).await.unwrap(), None, "nothing has changed");

    world.rules(NEEDLE);
    world.stage.clock.pass(Duration::minutes(1));
    assert_eq!(other.look(ports).await.unwrap(), None);
    let second = one.look(ports).await.unwrap().expect("they have changed");
    assert_ne!(second.against, first.against);
    work(&world.stage).await;
    let second = world.read(&second).await;
    assert_eq!((second.state, second.found_in, second.quarantined), (RecheckState::Ended, 1, 0));
    assert_eq!(world.released(sha256).await.quarantined_for, None, "by itself it takes nothing away");
    assert_eq!(world.letters().await.len(), 2, "to Ada and to Grace");
    assert_eq!(world.audit(Act::RecheckBegin, false).await.len(), 2);

    // The one that watched is gone.
    world.stage.clock.pass(WATCH_LEASE);
    assert_eq!(other.look(ports).await.unwrap(), None, "nothing has changed since");
    world.rules(NOTHING);
    assert_eq!(one.look(ports).await.unwrap(), None, "it is not the one any more");
    assert!(other.look(ports).await.unwrap().is_some());

    // What cannot be used is said, and held against nothing.
    work(&world.stage).await;
    world.rules("rule");
    assert!(other.look(ports).await.is_err());
}

async fn rules_that_change_meanwhile_are_begun_with_anew(engine: Engine) {
    let world = World::new(engine).await;
    world.release("1.0.0", &MATCHED).await;
    world.letters().await;
    let ports = &world.stage.ports;
    let mut watch = Watch::default();
    let first = watch.look(ports).await.unwrap().unwrap();
    world.rules(NEEDLE);
    world.stage.clock.pass(Duration::minutes(1));
    let second = watch.look(ports).await.unwrap().expect("others than it began with");
    work(&world.stage).await;
    assert_eq!(world.read(&first).await.state, RecheckState::Replaced);
    let second = world.read(&second).await;
    assert_eq!((second.state, second.found_in), (RecheckState::Ended, 1));

    // An operator's, who wants things withheld, stays one.
    let asked = recheck_on_the_machine(ports, None, true).await.unwrap().recheck;
    assert_eq!(asked.against, None, "it takes the files that are there when it begins");
    assert_eq!(watch.look(ports).await.unwrap(), None);
    work(&world.stage).await;
    let asked = world.read(&asked).await;
    assert_eq!((asked.quarantined, asked.against), (1, second.against));
}

async fn the_lease_of_the_watch_is_held_by_one_until_it_runs_out(engine: Engine) {
    let (store, now) = (&*engine.store, Samples::now());
    let later = now + Duration::minutes(1);
    let first = claim(store, now, later).await.expect("nobody has it");
    assert_eq!(claim(store, later - Duration::milliseconds(1), later).await, None);
    assert!(renew(store, first, later + Duration::minutes(1)).await);
    assert_eq!(claim(store, later, later).await, None, "it was renewed");
    let second = claim(store, later + Duration::minutes(1), later + Duration::minutes(2)).await.expect("it ran out");
    assert!(second > first);
    assert!(!renew(store, first, later + Duration::hours(1)).await, "it is no longer the first one's");
}

async fn claim(store: &dyn Store, now: time::OffsetDateTime, until: time::OffsetDateTime) -> Option<u64> {
    let mut transaction = store.begin().await.unwrap();
    let lease = transaction.claim_recheck_watch(now, until).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    lease
}

async fn renew(store: &dyn Store, lease: u64, until: time::OffsetDateTime) -> bool {
    let mut transaction = store.begin().await.unwrap();
    let renewed = transaction.renew_recheck_watch(lease, until).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    renewed
}

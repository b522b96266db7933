//! How a recheck goes on: behind whoever ended in the midst of it, and not past what cannot be told.

use std::collections::BTreeSet;

use adx_registry_core::audit::Act;
use adx_registry_core::job::Lane;
use adx_registry_core::ports::BlobKey;
use adx_registry_core::rechecks::{RecheckState, recheck_on_the_machine};
use adx_registry_core::review::{CheckRule, Pipeline};
use adx_registry_core::run_jobs::{JobEnd, claim, run_job};
use adx_signing::digest::Digest;
use bytes::Bytes;
use reqwest::StatusCode;
use serde_json::json;
use time::Duration;

use super::world::{MATCHED, NEEDLE, Told, World, work};
use crate::engines::{Engine, on_every_engine};
use crate::submissions::stage::{Stage, package, pipeline, with};

on_every_engine!(
    whoever_ends_half_way_is_followed_by_another_behind_what_was_done,
    rules_that_cannot_be_used_call_nothing_sound,
    a_package_that_is_gone_is_never_called_sound_and_is_tried_again,
    two_that_do_the_same_job_write_each_step_once,
    one_that_is_asked_for_again_begins_anew,
);

/// A registry with a check that does what the test says, and three versions.
async fn told(engine: Engine) -> (Stage, Told) {
    let check = Told::default();
    check.orders().files = Some(Digest::of(b"first"));
    let checks = vec![with(check.clone(), CheckRule::ENFORCED)];
    let stage = Stage::new(engine, Pipeline { checks, ..pipeline("never") }).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        assert_eq!(stage.send(&package(version, &[])).await.0, StatusCode::CREATED);
    }
    work(&stage).await;
    stage.mail.take();
    check.orders().seen.clear();
    stage.clock.pass(Duration::minutes(1));
    (stage, check)
}

async fn checked(stage: &Stage) -> BTreeSet<String> {
    let (_, own) = stage.get(&stage.publisher, "/publishers/adx/submissions").await;
    let submissions = own["submissions"].as_array().unwrap().iter();
    let checked = submissions.filter(|one| one["checked_at"].is_string());
    checked.map(|one| one["version"].as_str().unwrap().to_owned()).collect()
}

async fn whoever_ends_half_way_is_followed_by_another_behind_what_was_done(engine: Engine) {
    let (stage, check) = told(engine).await;
    check.orders().lost_at = Some("1.1.0");
    let begun = recheck_on_the_machine(&stage.ports, None, false).await.unwrap();
    assert_eq!(work(&stage).await, [JobEnd::Retried]);
    assert_eq!(checked(&stage).await, ["1.2.0".to_owned()].into());
    let half = stage.ports.store.read().await.unwrap().recheck(begun.recheck.id).await.unwrap().unwrap();
    assert_eq!((half.state, half.looked_at), (RecheckState::Walking, 1));

    // Another server, which has the same files.
    {
        let mut orders = check.orders();
        (orders.lost_at, orders.files) = (None, Some(Digest::of(b"first")));
    }
    stage.clock.pass(Duration::hours(1));
    assert_eq!(work(&stage).await, [JobEnd::Done]);
    assert_eq!(check.orders().seen, ["1.2.0", "1.1.0", "1.1.0", "1.0.0"], "what was done is not done again");
    let whole = stage.ports.store.read().await.unwrap().last_recheck().await.unwrap().unwrap();
    assert_eq!((whole.id, whole.looked_at, whole.unfinished), (begun.recheck.id, 3, 0));
    assert_eq!(whole.against, half.against);
    assert_eq!(checked(&stage).await.len(), 3);

    // One that has others does not go on with it.
    check.orders().lost_at = Some("1.1.0");
    recheck_on_the_machine(&stage.ports, None, false).await.unwrap();
    assert_eq!(work(&stage).await, [JobEnd::Retried]);
    {
        let mut orders = check.orders();
        (orders.lost_at, orders.files) = (None, Some(Digest::of(b"second")));
        orders.seen.clear();
    }
    stage.clock.pass(Duration::hours(1));
    assert_eq!(work(&stage).await, [JobEnd::Retried]);
    assert_eq!(check.orders().seen, [""; 0]);
}

async fn rules_that_cannot_be_used_call_nothing_sound(engine: Engine) {
    let world = World::new(engine).await;
    world.release("1.0.0", &MATCHED).await;
    world.letters().await;
    world.rules("rule");
    let broken = world.recheck(true).await;
    assert_eq!((broken.state, broken.looked_at), (RecheckState::Walking, 0));
    assert!(world.views("1.0.0").await.1.get("checked_at").is_none());
    let mut reader = world.stage.ports.store.read().await.unwrap();
    assert_eq!(reader.last_recheck().await.unwrap(), None, "none has ended");
    drop(reader);

    world.rules(NEEDLE);
    world.stage.clock.pass(Duration::hours(1));
    work(&world.stage).await;
    let ended = world.read(&broken).await;
    assert_eq!((ended.state, ended.looked_at, ended.quarantined), (RecheckState::Ended, 1, 1));
}

async fn a_package_that_is_gone_is_never_called_sound_and_is_tried_again(engine: Engine) {
    let world = World::new(engine).await;
    let sha256 = world.release("1.0.0", &MATCHED).await;
    world.release("1.1.0", &[]).await;
    world.letters().await;
    world.rules(NEEDLE);
    assert_eq!(world.recheck(false).await.found_in, 1);
    world.letters().await;
    let key = BlobKey::Package(sha256);
    world.stage.ports.blobs.delete(&key).await.unwrap();
    let recheck = world.recheck(true).await;
    assert_eq!((recheck.state, recheck.looked_at, recheck.unfinished), (RecheckState::Ended, 2, 1));
    let (told, _) = world.views("1.0.0").await;
    let codes: Vec<_> = told["findings"].as_array().unwrap().iter().map(|found| &found["code"]).collect();
    assert_eq!(codes.iter().filter(|code| ***code == json!("not-finished")).count(), 2, "each of the checks: {told}");
    assert!(codes.contains(&&json!("known-content")), "what was known stays known: {told}");
    assert_eq!(recheck.quarantined, 1, "for what is known, and not for what could not be told");
    let letters = world.letters().await;
    let grace = letters.iter().find(|letter| letter.to.as_str() == "grace@example.org").expect("a letter");
    assert!(grace.text.contains("With 1 a check could not be finished"), "{}", grace.text);

    // It is tried again by itself, as long as jobs are.
    world.stage.clock.pass(Duration::hours(1));
    assert_eq!(work(&world.stage).await, [JobEnd::Retried]);
    world.stage.ports.blobs.put(&key, Bytes::from(package("1.0.0", &MATCHED))).await.unwrap();
    world.stage.clock.pass(Duration::hours(1));
    assert_eq!(work(&world.stage).await, [JobEnd::Done]);
    let (told, _) = world.views("1.0.0").await;
    assert_eq!(told["findings"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(world.letters().await.len(), 0, "nobody is told twice");
    assert_eq!(world.audit(Act::ReleaseFlag, false).await.len(), 1);
}

async fn two_that_do_the_same_job_write_each_step_once(engine: Engine) {
    let (stage, check) = told(engine).await;
    check.orders().finds_in = Some("1.1.0");
    let begun = recheck_on_the_machine(&stage.ports, None, true).await.unwrap();
    // A server that was taken for dead goes on beside the one that has its job.
    let first = claim(&stage.ports, Lane::Others, 1).await.unwrap();
    stage.clock.pass(Duration::minutes(1));
    let second = claim(&stage.ports, Lane::Others, 1).await.unwrap();
    assert_eq!(first[0].id, second[0].id);
    let (one, another) =
        futures::future::join(run_job(&stage.ports, &first[0]), run_job(&stage.ports, &second[0])).await;
    one.unwrap();
    another.unwrap();
    work(&stage).await;
    let whole = stage.ports.store.read().await.unwrap().recheck(begun.recheck.id).await.unwrap().unwrap();
    assert_eq!(
        (whole.state, whole.looked_at, whole.found_in, whole.quarantined),
        (RecheckState::Ended, 3, 1, 1),
        "each release counts once"
    );
    let letters = stage.mail.take();
    assert_eq!(letters.iter().filter(|letter| letter.subject.contains("something is known")).count(), 1, "{letters:?}");
}

async fn one_that_is_asked_for_again_begins_anew(engine: Engine) {
    let (stage, check) = told(engine).await;
    check.orders().lost_at = Some("1.0.0");
    check.orders().finds_in = Some("1.1.0");
    let first = recheck_on_the_machine(&stage.ports, None, false).await.unwrap();
    assert!(!first.replaced);
    work(&stage).await;
    {
        let mut orders = check.orders();
        (orders.lost_at, orders.files) = (None, Some(Digest::of(b"first")));
    }
    stage.clock.pass(Duration::minutes(1));
    let second = recheck_on_the_machine(&stage.ports, None, false).await.unwrap();
    assert!(second.replaced);
    stage.clock.pass(Duration::hours(1));
    work(&stage).await;
    let mut reader = stage.ports.store.read().await.unwrap();
    let states = [
        reader.recheck(first.recheck.id).await.unwrap().unwrap().state,
        reader.recheck(second.recheck.id).await.unwrap().unwrap().state,
    ];
    assert_eq!(states, [RecheckState::Replaced, RecheckState::Ended]);
    drop(reader);
    let letters = stage.mail.take();
    let told: Vec<_> = letters.iter().filter(|letter| letter.subject.contains("something is known")).collect();
    assert_eq!(told.len(), 1, "what the first one found is told, once: {letters:?}");
    assert!(told[0].text.contains("1.1.0: error[told/known-content]"), "{}", told[0].text);
}

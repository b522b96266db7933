//! An invitation proves an address: by a code that only its letter holds, once, for a week.

use adx_registry_core::authenticate::{AuthenticateError, authenticate};
use adx_registry_core::job::Lane;
use adx_registry_core::members::MemberState;
use adx_registry_core::owners::{INVITATION_EXPIRES, MAX_OWNERS, OwnerError, accept_invitation, list_owners};
use adx_registry_core::run_jobs::{JobEnd, claim};
use adx_signing::log::Event;
use time::Duration;

use super::world::{REGISTRY, World, address, namespace, remove};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    an_operator_invites_until_somebody_has_accepted,
    a_code_is_good_once_and_for_a_week,
    another_invitation_voids_the_code_before,
    a_letter_that_failed_is_sent_again_with_another_code,
    rows_hold_no_code_and_jobs_no_person,
    an_owner_that_is_removed_is_forgotten_and_its_token_void,
    there_is_an_end_to_owners,
    nobodys_mail_is_flooded,
);

async fn refused(world: &World, code: &str) {
    let refused = accept_invitation(&world.ports, code).await.expect_err("refused");
    assert!(matches!(refused, OwnerError::BadCode), "{refused:?}");
}

async fn an_operator_invites_until_somebody_has_accepted(engine: Engine) {
    let world = World::new(engine).await;
    world.invite("Ada").await.unwrap();
    world.invite("Ben").await.unwrap();
    world.work().await;
    // Whoever is invited may have no configuration yet.
    let command = format!("adx owner accept {} --registry {REGISTRY}\n", world.mail.code("Ben"));
    assert!(world.mail.sent(&command), "{command}");
    let listed = list_owners(&world.ports, &world.publisher, &namespace()).await.unwrap();
    let shown: Vec<_> = listed.owners.iter().map(|owner| (owner.name.to_string(), owner.state)).collect();
    assert_eq!(shown, [("Ada".to_owned(), MemberState::Invited), ("Ben".to_owned(), MemberState::Invited)]);
    assert!(listed.owners.iter().all(|owner| owner.email.is_none()), "a publisher sees names only");

    let ada = world.accept("Ada").await;
    let refused = world.invite("Eve").await.expect_err("refused");
    assert!(matches!(refused, OwnerError::HasOwners(_)), "{refused:?}");
    let listed = list_owners(&world.ports, &ada, &namespace()).await.unwrap();
    assert_eq!(listed.owners[0].email.as_ref().unwrap().as_str(), address("Ada"));
    assert_eq!(listed.threshold, 1);
    // Whoever was invited before still is.
    world.accept("Ben").await;
    assert_eq!(list_owners(&world.ports, &ada, &namespace()).await.unwrap().threshold, 2);
    let owners = world.leaves().await.into_values().filter_map(|leaf| match leaf.event {
        Event::Ownership(of) => Some(of.owners),
        _ => None,
    });
    assert_eq!(owners.collect::<Vec<_>>(), [1, 1, 2], "the publisher's account, Ada, Ada and Ben");
}

async fn a_code_is_good_once_and_for_a_week(engine: Engine) {
    let world = World::new(engine).await;
    for name in ["Ada", "Ben"] {
        world.invite(name).await.unwrap();
    }
    world.work().await;
    let (ada, ben) = (world.mail.code("Ada"), world.mail.code("Ben"));
    for code in ["", "letmein", &ada[1..], &ada.to_uppercase(), &"a".repeat(1_000_000)] {
        refused(&world, code).await;
    }
    world.clock.pass(INVITATION_EXPIRES - Duration::SECOND);
    accept_invitation(&world.ports, &format!(" {ada}\n")).await.expect("with what copying adds");
    refused(&world, &ada).await;
    world.clock.pass(Duration::SECOND);
    refused(&world, &ben).await;
}

async fn another_invitation_voids_the_code_before(engine: Engine) {
    let world = World::new(engine).await;
    world.invite("Ada").await.unwrap();
    world.work().await;
    let before = world.mail.code("Ada");
    world.invite("Ada").await.unwrap();
    refused(&world, &before).await;
    world.work().await;
    refused(&world, &before).await;
    world.accept("Ada").await;
    assert_eq!(list_owners(&world.ports, &world.publisher, &namespace()).await.unwrap().owners.len(), 1);
}

async fn a_letter_that_failed_is_sent_again_with_another_code(engine: Engine) {
    let world = World::new(engine).await;
    world.invite("Ada").await.unwrap();
    world.mail.set_down(true);
    assert_eq!(world.work().await, [JobEnd::Retried]);
    // It may have arrived even so; the next one counts.
    let before = world.mail.code("Ada");
    world.mail.set_down(false);
    world.clock.pass(Duration::MINUTE);
    assert_eq!(world.work().await, [JobEnd::Done]);
    assert_ne!(world.mail.code("Ada"), before);
    refused(&world, &before).await;
    world.accept("Ada").await;
}

async fn rows_hold_no_code_and_jobs_no_person(engine: Engine) {
    let world = World::new(engine).await;
    world.invite("Ada").await.unwrap();
    let jobs = claim(&world.ports, Lane::Others, 10).await.unwrap();
    assert_eq!(jobs.len(), 1);
    let task = serde_json::to_string(&jobs[0].task).unwrap();
    // An identifier may well have `ada` among its hexadecimal digits.
    assert!(!task.contains("Ada") && !task.contains('@'), "{task}");
    world.clock.pass(Duration::MINUTE);
    world.work().await;
    let code = world.mail.code("Ada");
    assert!(code.len() * 4 >= 128, "{} hexadecimal digits", code.len());
    let mut reader = world.ports.store.read().await.unwrap();
    let found = reader.invited_member(&adx_signing::Digest::of(code.as_bytes())).await.unwrap();
    assert!(found.is_some(), "only its hash is kept");
    drop(reader);
    let owner = world.accept("Ada").await;
    let adx_registry_core::actor::Actor::Owner { owner, .. } = owner else { panic!("not an owner") };
    for leaf in world.leaves().await.values() {
        let text = String::from_utf8(leaf.to_bytes()).unwrap();
        assert!(!text.contains(&owner.id.to_string()) && !text.to_lowercase().contains("ada@"), "{text}");
    }
}

async fn an_owner_that_is_removed_is_forgotten_and_its_token_void(engine: Engine) {
    let world = World::new(engine).await;
    for name in ["Ada", "Ben", "Cid"] {
        world.invite(name).await.unwrap();
    }
    world.work().await;
    let (ada, ben) = (world.accept("Ada").await, world.accept("Ben").await);
    let cid = accept_invitation(&world.ports, &world.mail.code("Cid")).await.unwrap();
    let token = cid.issued.text.expose();
    let gone = world.open(&ada, remove(&world.actor(token).await)).await.unwrap();
    world.approve(&ben, gone.id).await.unwrap();
    let refused = authenticate(&world.ports, Some(token)).await.expect_err("void");
    assert!(matches!(refused, AuthenticateError::Invalid), "{refused:?}");
    let mut reader = world.ports.store.read().await.unwrap();
    let forgotten = reader.member(cid.owner.id).await.unwrap().unwrap();
    assert_eq!((forgotten.state, forgotten.email), (MemberState::Removed, None));
    drop(reader);
    assert_eq!(world.count(|event| matches!(event, Event::Ownership(of) if of.owners == 2)).await, 2);
}

async fn there_is_an_end_to_owners(engine: Engine) {
    let world = World::new(engine).await;
    for number in 0..MAX_OWNERS {
        world.invite(&format!("owner{number}")).await.unwrap();
    }
    let refused = world.invite("Eve").await.expect_err("refused");
    assert!(matches!(refused, OwnerError::TooMany), "{refused:?}");
    world.invite("owner0").await.expect("whoever is invited already is no one more");
}

async fn nobodys_mail_is_flooded(engine: Engine) {
    let world = World::new(engine).await;
    let mut sent = 0;
    for _ in 0..20 {
        world.invite("Ada").await.unwrap();
        world.work().await;
        sent += world.mail.take().len();
    }
    assert!((10..15).contains(&sent), "{sent}");
    // What was put off comes, with a code that counts.
    world.clock.pass(Duration::minutes(15));
    world.work().await;
    accept_invitation(&world.ports, &world.mail.code("Ada")).await.unwrap();
}

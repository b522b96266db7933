//! k of n owners decide; nobody else does, and none of them alone.

use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::owners::{OwnerError, list_owners};
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_registry_core::proposals::{MAX_LIVE_PROPOSALS, PROPOSAL_EXPIRES, ProposalError, list_proposals};
use adx_signing::log::Event;
use time::Duration;

use super::world::{World, added, invite, namespace, remove};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    a_publishers_token_decides_nothing,
    who_was_removed_meanwhile_does_not_count,
    the_threshold_is_kept_possible,
    too_few_approvals_expire,
    the_same_is_proposed_once,
    a_stolen_owner_cannot_keep_its_place,
    one_owner_fills_only_its_own_places,
    an_invitation_takes_the_others_too,
);

fn threshold(threshold: u32) -> ProposedAction {
    ProposedAction::SetThreshold { threshold }
}

fn id_of(owner: &Actor) -> adx_registry_core::Id<adx_registry_core::members::Member> {
    let Actor::Owner { owner, .. } = owner else { panic!("not an owner") };
    owner.id
}

async fn a_publishers_token_decides_nothing(engine: Engine) {
    let (world, [ada, _]) = World::with_owners(engine, ["Ada", "Ben"]).await;
    let opened = world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    for refused in [
        world.open(&world.publisher, ProposedAction::Keys(added(8))).await,
        world.approve(&world.publisher, opened.id).await,
        world.cancel(&world.publisher, opened.id).await,
    ] {
        assert!(matches!(refused, Err(ProposalError::Denied(Denied::OwnerOnly))), "{refused:?}");
    }
    let refused = world.open(&Actor::Anonymous, threshold(1)).await;
    assert!(matches!(refused, Err(ProposalError::Denied(Denied::Unauthenticated))), "{refused:?}");
}

async fn who_was_removed_meanwhile_does_not_count(engine: Engine) {
    let (world, [ada, ben, cid, dan]) = World::with_owners(engine, ["Ada", "Ben", "Cid", "Dan"]).await;
    let wanted = world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    assert_eq!(world.approve(&ben, wanted.id).await.unwrap().state, ProposalState::Open, "three of four");
    let gone = world.open(&cid, remove(&ben)).await.unwrap();
    world.approve(&dan, gone.id).await.unwrap();
    assert_eq!(world.approve(&ada, gone.id).await.unwrap().state, ProposalState::Done);
    // Two of three are enough now, and only one of those who approved is among the three.
    let again = world.approve(&ada, wanted.id).await.unwrap();
    assert_eq!((again.state, again.approvals.len()), (ProposalState::Open, 2));
    let owners = list_owners(&world.ports, &ada, &namespace()).await.unwrap().owners;
    let counts: Vec<_> = again.approvals.iter().map(|approval| approval.counts_among(&owners)).collect();
    assert_eq!(counts, [true, false], "Ada's, and Ben's no more");
    let refused = world.approve(&ben, wanted.id).await;
    assert!(matches!(refused, Err(ProposalError::Denied(Denied::OwnerOnly))), "{refused:?}");
    assert_eq!(world.approve(&dan, wanted.id).await.unwrap().state, ProposalState::Announced);
    assert_eq!(world.approve(&dan, wanted.id).await.unwrap().state, ProposalState::Announced, "twice is no error");
    assert_eq!(world.count(|event| matches!(event, Event::KeyRecoveryAnnounced(_))).await, 1);
}

async fn the_threshold_is_kept_possible(engine: Engine) {
    let (world, [ada, ben, cid]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    for impossible in [0, 4] {
        let refused = world.open(&ada, threshold(impossible)).await;
        assert!(matches!(refused, Err(ProposalError::Owners(OwnerError::Threshold { .. }))), "{refused:?}");
    }
    let all = world.open(&ada, threshold(3)).await.unwrap();
    assert_eq!(world.approve(&ben, all.id).await.unwrap().state, ProposalState::Done);
    assert_eq!(list_owners(&world.ports, &ada, &namespace()).await.unwrap().threshold, 3);
    let refused = world.open(&ada, remove(&cid)).await;
    assert!(matches!(refused, Err(ProposalError::Owners(OwnerError::Threshold { .. }))), "{refused:?}");

    let one = world.open(&ada, threshold(1)).await.unwrap();
    world.approve(&ben, one.id).await.unwrap();
    assert_eq!(world.approve(&cid, one.id).await.unwrap().state, ProposalState::Done);
    for gone in [&ben, &cid] {
        assert_eq!(world.open(&ada, remove(gone)).await.unwrap().state, ProposalState::Done);
    }
    let refused = world.open(&ada, remove(&ada)).await;
    assert!(matches!(refused, Err(ProposalError::Owners(OwnerError::Last))), "{refused:?}");
}

async fn too_few_approvals_expire(engine: Engine) {
    let (world, [ada, ben]) = World::with_owners(engine, ["Ada", "Ben"]).await;
    let invited = world.open(&ada, invite("Eve")).await.unwrap();
    world.clock.pass(PROPOSAL_EXPIRES - Duration::SECOND);
    world.work().await;
    assert_eq!(world.read(invited.id).await.state, ProposalState::Open);
    world.clock.pass(Duration::SECOND);
    let late = world.approve(&ben, invited.id).await;
    assert!(matches!(late, Err(ProposalError::Ended(ProposalState::Expired))), "the job did not come yet: {late:?}");
    world.work().await;
    let seen = list_proposals(&world.ports, &ada, &namespace(), None).await.unwrap().proposals.remove(0);
    assert_eq!(seen.state, ProposalState::Expired);
    assert!(matches!(seen.action, ProposedAction::InviteOwner { email: None, .. }), "the address is erased: {seen:?}");

    // Approved late, a change of keys waits for its week, longer than the proposal was open for.
    let opened = world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    world.clock.pass(PROPOSAL_EXPIRES - Duration::SECOND);
    let announced = world.approve(&ben, opened.id).await.unwrap();
    world.clock.pass(Duration::MINUTE);
    world.work().await;
    assert_eq!(world.read(opened.id).await.state, ProposalState::Announced);
    world.clock.set(announced.effective_at.unwrap());
    world.work().await;
    assert_eq!(world.read(opened.id).await.state, ProposalState::Done);
    world.checked_by_agents().await.expect("believed");
}

async fn the_same_is_proposed_once(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let first = world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    let second = world.open(&ben, ProposedAction::Keys(added(7))).await;
    assert!(matches!(second, Err(ProposalError::Same(id)) if id == first.id), "{second:?}");
    world.cancel(&ben, first.id).await.expect("any owner objects to a change of keys");
    world.open(&ben, ProposedAction::Keys(added(7))).await.expect("the first has ended");
}

async fn a_stolen_owner_cannot_keep_its_place(engine: Engine) {
    let (world, [ada, ben, eve]) = World::with_owners(engine, ["Ada", "Ben", "Eve"]).await;
    // Eve proposes her own removal, to withdraw it whenever enough are about to approve.
    let hers = world.open(&eve, remove(&eve)).await.unwrap();
    let theirs = world.open(&ada, remove(&eve)).await.expect("hers does not stand for theirs");
    let refused = world.cancel(&eve, theirs.id).await;
    assert!(matches!(refused, Err(ProposalError::NotOpener)), "{refused:?}");
    world.cancel(&eve, hers.id).await.unwrap();
    assert_eq!(world.approve(&ben, theirs.id).await.unwrap().state, ProposalState::Done);
    let refused = world.open(&eve, ProposedAction::Keys(added(7))).await;
    assert!(
        matches!(refused, Err(ProposalError::Denied(Denied::OwnerOnly))),
        "her request was on its way: {refused:?}"
    );
}

async fn one_owner_fills_only_its_own_places(engine: Engine) {
    let (world, [ada, ben]) = World::with_owners(engine, ["Ada", "Ben"]).await;
    for number in 0..MAX_LIVE_PROPOSALS {
        world.open(&ada, invite(&format!("friend{number}"))).await.unwrap();
    }
    let refused = world.open(&ada, threshold(1)).await;
    assert!(matches!(refused, Err(ProposalError::TooMany)), "{refused:?}");
    world.open(&ben, threshold(1)).await.expect("Ben has opened none");
    let all = list_proposals(&world.ports, &ada, &namespace(), None).await.unwrap().proposals;
    world.cancel(&ada, all.iter().find(|one| one.opened_by == id_of(&ada)).unwrap().id).await.unwrap();
    world.open(&ada, invite("Eve")).await.expect("one has ended");
}

async fn an_invitation_takes_the_others_too(engine: Engine) {
    let (world, [ada, ben]) = World::with_owners(engine, ["Ada", "Ben"]).await;
    let opened = world.open(&ada, invite("Cid")).await.unwrap();
    world.work().await;
    assert_eq!(list_owners(&world.ports, &ada, &namespace()).await.unwrap().owners.len(), 2);
    let seen = world.read(opened.id).await;
    assert!(matches!(seen.action, ProposedAction::InviteOwner { email: None, .. }), "not for the publisher: {seen:?}");
    assert_eq!(world.approve(&ben, opened.id).await.unwrap().state, ProposalState::Done);
    world.work().await;
    let cid = world.accept("Cid").await;
    let refused = world.open(&cid, invite("ADA")).await;
    assert!(matches!(refused, Err(ProposalError::Owners(OwnerError::IsOwner))), "{refused:?}");
}

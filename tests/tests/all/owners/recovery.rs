//! Keys that are lost or stolen are replaced by the owners: announced, a week later made, and believed by agents.

use adx_registry_core::change_keys::{AddKeyRequest, add_key};
use adx_registry_core::job::Lane;
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_registry_core::proposals::ProposalError;
use adx_registry_core::publisher::PublisherKey;
use adx_signing::key::KeyPurpose;
use adx_signing::key_change::{Change, NewKey};
use adx_signing::log::Event;
use adx_signing::tuf::key_history::{Authorization, RECOVERY_EXPIRES, RECOVERY_WAIT};
use adx_signing::utc::UtcSecond;
use time::Duration;

use super::world::{World, added, both, namespace, remove, removed, secret};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    lost_keys_are_replaced_after_nine_days,
    an_objection_a_second_before_is_in_time,
    an_objection_counts_until_the_change_is_made,
    an_announcement_survives_the_server_that_made_it,
    a_recovery_nobody_made_in_time_fails,
    what_speaks_against_it_by_then_is_looked_at_again,
    a_recovery_does_not_count_approvals_of_those_who_left,
    what_could_not_be_made_is_not_announced,
);

const SECOND: Duration = Duration::seconds(1);

async fn lost_keys_are_replaced_after_nine_days(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    let leaves = world.leaves().await;
    let leaf = &leaves[&announced.announced_leaf.unwrap()];
    assert!(matches!(&leaf.event, Event::KeyRecoveryAnnounced(of) if of.change == added(7)), "{leaf:?}");
    let effective_at = announced.effective_at.unwrap();
    assert_eq!(UtcSecond::from(effective_at), leaf.at.after(RECOVERY_WAIT), "agents count from the leaf");

    world.clock.set(effective_at - SECOND);
    world.work().await;
    assert_eq!(world.read(announced.id).await.state, ProposalState::Announced);
    assert_eq!(world.keys().await.len(), 1);

    world.clock.set(effective_at);
    world.work().await;
    let done = world.read(announced.id).await;
    assert_eq!((done.state, done.failure), (ProposalState::Done, None));
    let keys = world.keys().await;
    assert_eq!(
        keys[1].added_by,
        announced.announced_leaf.map(|leaf| Authorization::Recovery { announced_at_leaf: leaf })
    );
    assert_eq!(keys[1].leaf, done.leaf);
    world.checked_by_agents().await.expect("believed");

    // The new key is like any other: it takes the stolen one away.
    let take = world.announce(&ada, &ben, removed(&world.key)).await;
    world.clock.set(take.effective_at.unwrap());
    world.work().await;
    assert_eq!(world.read(take.id).await.state, ProposalState::Done);
    assert!(world.keys().await[0].removed.is_some());
    world.checked_by_agents().await.expect("believed");
    let envelope = Some(world.signed(added(8), &secret(7)).await);
    let request = AddKeyRequest { key: secret(8).public(), purposes: both(), not_after: None, envelope };
    add_key(&world.ports, &world.publisher, &namespace(), request).await.expect("the recovered key changes keys");
    world.checked_by_agents().await.expect("believed");
}

async fn an_objection_a_second_before_is_in_time(engine: Engine) {
    let (world, [ada, ben, cid]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    world.clock.set(announced.effective_at.unwrap() - SECOND);
    world.work().await;
    let cancelled = world.cancel(&cid, announced.id).await.unwrap();
    assert_eq!(cancelled.state, ProposalState::Cancelled);
    assert!(cancelled.cancelled_by.is_some() && cancelled.ended_at.is_some(), "{cancelled:?}");
    let leaves = world.leaves().await;
    let objection = &leaves[&cancelled.leaf.unwrap()].event;
    assert!(matches!(objection, Event::KeyRecoveryCancelled(of) if of.change == added(7)), "{objection:?}");
    for time in [SECOND, RECOVERY_EXPIRES] {
        world.clock.pass(time);
        world.work().await;
        assert_eq!(world.read(announced.id).await.state, ProposalState::Cancelled);
        assert_eq!(world.keys().await.len(), 1);
    }
    assert_eq!(world.cancel(&ada, announced.id).await.unwrap().leaf, cancelled.leaf, "once is enough");
    let late = world.approve(&ben, announced.id).await;
    assert!(matches!(late, Err(ProposalError::Ended(ProposalState::Cancelled))), "{late:?}");
}

async fn an_objection_counts_until_the_change_is_made(engine: Engine) {
    let (world, [ada, ben, cid]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    // The server was down when its time came.
    world.clock.set(announced.effective_at.unwrap() + Duration::DAY);
    world.cancel(&cid, announced.id).await.expect("nothing is made yet");
    world.work().await;
    assert_eq!(world.keys().await.len(), 1);

    let again = world.announce(&ada, &ben, added(7)).await;
    world.clock.set(again.effective_at.unwrap());
    world.work().await;
    let late = world.cancel(&cid, again.id).await;
    assert!(matches!(late, Err(ProposalError::Ended(ProposalState::Done))), "{late:?}");
    assert_eq!(world.keys().await.len(), 2);
}

async fn an_announcement_survives_the_server_that_made_it(engine: Engine) {
    let (mut world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    world.work().await;
    world.clock.set(announced.effective_at.unwrap());
    // It dies right after its announcement, or with the job in its hands: another finds the job in the rows.
    let lost = adx_registry_core::run_jobs::claim(&world.ports, Lane::Others, 10).await.unwrap();
    assert_eq!(lost.len(), 1);
    world.ports = world.another_server().await;
    assert!(world.work().await.is_empty(), "it is the dead one's, for as long as its lease");
    world.clock.pass(adx_registry_core::run_jobs::LEASE);
    world.work().await;
    assert_eq!(world.read(announced.id).await.state, ProposalState::Done);
    world.checked_by_agents().await.expect("believed");
}

async fn a_recovery_nobody_made_in_time_fails(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let last = world.announce(&ada, &ben, added(7)).await;
    let late = world.announce(&ada, &ben, added(8)).await;
    world.clock.set(last.expires_at);
    // Only the first is made at the last moment; the other waits for a job that comes a second later.
    let jobs = adx_registry_core::run_jobs::claim(&world.ports, Lane::Others, 1_000).await.unwrap();
    let (of_last, others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| {
        job.task.deduplication_key().ends_with(&last.id.to_string()) && job.task.kind() == "settle_proposal"
    });
    adx_registry_core::run_jobs::run_job(&world.ports, &of_last[0]).await.unwrap();
    world.clock.pass(SECOND);
    for job in others {
        adx_registry_core::run_jobs::run_job(&world.ports, &job).await.unwrap();
    }
    assert_eq!(world.read(last.id).await.state, ProposalState::Done);
    let late = world.read(late.id).await;
    assert_eq!(late.state, ProposalState::Failed);
    assert!(late.failure.unwrap().contains("14 days"));
    assert_eq!(world.keys().await.len(), 2);
    world.checked_by_agents().await.expect("believed");
}

async fn what_speaks_against_it_by_then_is_looked_at_again(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let made_meanwhile = world.announce(&ada, &ben, added(7)).await;
    let taken_meanwhile = world.announce(&ada, &ben, added(8)).await;
    let short = NewKey {
        not_after: Some(UtcSecond::from(made_meanwhile.effective_at.unwrap() - SECOND)),
        public: secret(9).public(),
        purposes: both(),
    };
    let ended_meanwhile = world.announce(&ada, &ben, Change::Add(short)).await;
    let envelope = Some(world.signed(added(7), &world.key).await);
    let request = AddKeyRequest { key: secret(7).public(), purposes: both(), not_after: None, envelope };
    add_key(&world.ports, &world.publisher, &namespace(), request).await.unwrap();
    let removal = world.announce(&ada, &ben, removed(&world.key)).await;
    // Somebody else registers the same key as its first.
    let (_, issued) = adx_registry_core::create_publisher::create_publisher_on_the_machine(
        &world.ports,
        "other".parse().unwrap(),
        "Other",
    )
    .await
    .unwrap();
    let other = world.actor(issued.text.expose()).await;
    let request = AddKeyRequest { key: secret(8).public(), purposes: both(), not_after: None, envelope: None };
    add_key(&world.ports, &other, &"other".parse().unwrap(), request).await.unwrap();
    // And the key that was to stay is taken away by the one that was to go: that one is the last now.
    let envelope = world.signed(removed(&secret(7)), &world.key).await;
    adx_registry_core::change_keys::remove_key(
        &world.ports,
        &world.publisher,
        &namespace(),
        secret(7).public().id(),
        Some(&envelope),
    )
    .await
    .unwrap();

    world.clock.set(removal.effective_at.unwrap());
    world.work().await;
    let failure = async |id| {
        let proposal = world.read(id).await;
        assert_eq!(proposal.state, ProposalState::Failed);
        proposal.failure.unwrap()
    };
    assert!(failure(made_meanwhile.id).await.contains("was removed"));
    assert!(failure(taken_meanwhile.id).await.contains("another publisher"));
    assert!(failure(ended_meanwhile.id).await.contains("ended"));
    assert!(failure(removal.id).await.contains("the last"));
    let keys = world.keys().await;
    assert_eq!(keys.iter().filter(|key| key.removed.is_none()).count(), 1);
    world.checked_by_agents().await.expect("believed");
}

async fn a_recovery_does_not_count_approvals_of_those_who_left(engine: Engine) {
    let (world, [ada, ben, cid]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    let gone = world.open(&ada, remove(&ben)).await.unwrap();
    assert_eq!(world.approve(&cid, gone.id).await.unwrap().state, ProposalState::Done);
    world.clock.set(announced.effective_at.unwrap());
    world.work().await;
    let failed = world.read(announced.id).await;
    assert_eq!(failed.state, ProposalState::Failed);
    assert!(failed.failure.unwrap().contains("owners still"));
    assert_eq!(world.keys().await.len(), 1);
}

async fn what_could_not_be_made_is_not_announced(engine: Engine) {
    let (world, [ada]) = World::with_owners(engine, ["Ada"]).await;
    let refused = async |change| {
        let refused = world.open(&ada, ProposedAction::Keys(change)).await.expect_err("refused");
        assert!(matches!(refused, ProposalError::Keys(_)), "{refused:?}");
    };
    refused(added(0)).await;
    refused(removed(&world.key)).await;
    refused(removed(&secret(9))).await;
    refused(Change::Add(NewKey { not_after: None, public: secret(9).public(), purposes: [].into() })).await;
    // One owner is the majority of one: it is announced at once, and waits as long.
    let announced = world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    assert_eq!(announced.state, ProposalState::Announced);
    world.work().await;
    let keys: Vec<PublisherKey> = world.keys().await;
    assert!(keys.len() == 1 && keys[0].purposes.contains(&KeyPurpose::KeyChange));
    assert_eq!(world.count(|event| matches!(event, Event::KeyRecoveryAnnounced(_))).await, 1);
}

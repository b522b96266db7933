//! Several servers, and several owners, at once.

use adx_registry_core::Id;
use adx_registry_core::change_keys::{AddKeyRequest, add_key};
use adx_registry_core::job::{Lane, NewJob, Task};
use adx_registry_core::owners::{OwnerError, accept_invitation};
use adx_registry_core::ports::Written;
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_registry_core::proposals::{ProposalError, cancel_proposal, open_proposal};
use adx_registry_core::run_jobs::{claim, run_job};
use adx_signing::log::Event;

use super::world::{World, added, both, invite, namespace, secret};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    two_jobs_at_once_make_one_leaf,
    an_objection_and_the_change_at_once_are_one_of_the_two,
    a_recovery_and_a_change_by_a_key_at_once_are_one_history,
    the_same_proposal_at_once_is_one,
    a_code_is_good_for_one_of_two_at_once,
);

async fn two_jobs_at_once_make_one_leaf(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    world.work().await;
    world.clock.set(announced.effective_at.unwrap());
    let first = claim(&world.ports, Lane::Others, 10).await.unwrap().remove(0);
    // A second one of the same proposal, as after a lease that ran out.
    let mut transaction = world.ports.store.begin().await.unwrap();
    let task = Task::SettleProposal { proposal: announced.id };
    let id = Id::new(world.ports.now(), &*world.ports.entropy);
    transaction.enqueue(&NewJob { id, task, run_at: world.ports.now() }).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let other = world.another_server().await;
    let second = claim(&other, Lane::Others, 10).await.unwrap().remove(0);
    let (one, two) = tokio::join!(run_job(&world.ports, &first), run_job(&other, &second));
    one.unwrap();
    two.unwrap();
    assert_eq!(world.read(announced.id).await.state, ProposalState::Done);
    let of_key = |event: &Event| matches!(event, Event::PublisherKeyAdded(key) if key.public == secret(7).public());
    assert_eq!(world.count(of_key).await, 1);
    world.checked_by_agents().await.expect("believed");
}

async fn an_objection_and_the_change_at_once_are_one_of_the_two(engine: Engine) {
    let (world, [ada, ben, cid]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    world.clock.set(announced.effective_at.unwrap());
    let other = world.another_server().await;
    let (_, objected) =
        tokio::join!(world.work(), async { cancel_proposal(&other, &cid, &namespace(), announced.id).await });
    let changed = world.count(|event| matches!(event, Event::PublisherKeyAdded(_))).await - 1;
    let cancelled = world.count(|event| matches!(event, Event::KeyRecoveryCancelled(_))).await;
    match world.read(announced.id).await.state {
        ProposalState::Done => {
            assert_eq!((changed, cancelled), (1, 0));
            assert!(matches!(objected, Err(ProposalError::Ended(ProposalState::Done))), "{objected:?}");
        }
        ProposalState::Cancelled => {
            assert_eq!((changed, cancelled), (0, 1));
            objected.expect("it was in time");
        }
        other => panic!("{other:?}"),
    }
    world.checked_by_agents().await.expect("believed");
}

async fn a_recovery_and_a_change_by_a_key_at_once_are_one_history(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let announced = world.announce(&ada, &ben, added(7)).await;
    world.clock.set(announced.effective_at.unwrap());
    let envelope = Some(world.signed(added(8), &world.key).await);
    let request = AddKeyRequest { key: secret(8).public(), purposes: both(), not_after: None, envelope };
    let other = world.another_server().await;
    let (_, by_key) =
        tokio::join!(world.work(), async { add_key(&other, &world.publisher, &namespace(), request).await });
    assert_eq!(world.read(announced.id).await.state, ProposalState::Done);
    // Whoever signed for the leaf before has to sign again, or was first.
    assert_eq!(world.keys().await.len(), if by_key.is_ok() { 3 } else { 2 });
    world.checked_by_agents().await.expect("believed");
}

async fn the_same_proposal_at_once_is_one(engine: Engine) {
    let (world, [ada, ben, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let other = world.another_server().await;
    let (one, two) = tokio::join!(world.open(&ada, ProposedAction::Keys(added(7))), async {
        open_proposal(&other, &ben, &namespace(), ProposedAction::Keys(added(7))).await
    });
    let refused = match (one, two) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    assert!(matches!(refused, ProposalError::Same(_)), "{refused:?}");
}

async fn a_code_is_good_for_one_of_two_at_once(engine: Engine) {
    let (world, [ada]) = World::with_owners(engine, ["Ada"]).await;
    world.open(&ada, invite("Ben")).await.unwrap();
    world.work().await;
    let (code, other) = (world.mail.code("Ben"), world.another_server().await);
    let (one, two) =
        tokio::join!(accept_invitation(&world.ports, &code), async { accept_invitation(&other, &code).await });
    assert!(one.is_ok() != two.is_ok());
    let refused = one.err().or(two.err()).unwrap();
    assert!(matches!(refused, OwnerError::BadCode), "{refused:?}");
    assert_eq!(world.count(|event| matches!(event, Event::Ownership(of) if of.owners == 2)).await, 1);
}

//! Operators who are members of a publisher, or ask for names themselves.

use adx_registry_core::Id;
use adx_registry_core::account::Account;
use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::appeals::{
    AppealError, AppealState, AppealSubject, decide_appeal, decide_appeal_on_the_machine, open_account_appeal,
    open_appeal,
};
use adx_registry_core::members::Role;
use adx_registry_core::names::{
    DecideNameError, HeldName, HeldState, Likeness, NewName, Verdict, decide_name, decide_name_on_the_machine,
};
use adx_registry_core::ports::Written;
use adx_registry_core::review::{ApproveError, DecideError, approve, reject};
use adx_registry_core::submissions::SubmissionState;

use super::withdrawing::sent;
use super::world::World;
use crate::engines::{Engine, on_every_engine};
use crate::owners::namespace;

on_every_engine!(
    nobody_decides_on_what_its_own_publisher_sent,
    nobody_decides_on_a_name_for_its_own_publisher,
    nobody_decides_on_a_namespace_it_asked_for,
);

/// Somebody who is signed in, as an operator.
fn as_operator(actor: Actor) -> Actor {
    let Actor::Person { account, session, memberships } = actor else { panic!("nobody is signed in") };
    Actor::Person { account: Account { is_operator: true, ..account }, session, memberships }
}

/// The owner of `acme`, a reader there, and a stranger: all of them operators.
async fn operators(world: &World) -> [Actor; 3] {
    let (bob, _) = world.member("bob", Role::Reader).await;
    let eve = world.person("eve").await;
    let ports = world.ports();
    [world.ada.actor(ports).await, bob.actor(ports).await, eve.actor(ports).await].map(as_operator)
}

/// Holds a name, for a publisher or a person.
async fn held(world: &World, name: &str, asker: Option<&Actor>) -> Id<HeldName> {
    let ports = world.ports();
    let mut transaction = ports.store.begin().await.unwrap();
    let name: NewName = name.parse().unwrap();
    let publisher = match &name {
        NewName::Module(_) => transaction.publisher_by_namespace(&namespace()).await.unwrap(),
        NewName::Namespace(_) => None,
    };
    let held = HeldName {
        id: Id::new(ports.now(), &*ports.entropy),
        name,
        resembles: "other/invoices".parse().unwrap(),
        likeness: Likeness::Omitted,
        publisher: publisher.map(|publisher| publisher.id),
        state: HeldState::Held,
        asked_at: ports.now(),
        decided: None,
        reason: None,
    };
    transaction.hold_name(&held).await.unwrap();
    if let Some(asker) = asker {
        transaction.note_asker(held.id, asker.person().unwrap().0.id).await.unwrap();
    }
    transaction.commit(Written::SAMPLE).await.unwrap();
    held.id
}

async fn nobody_decides_on_what_its_own_publisher_sent(engine: Engine) {
    let world = World::new(engine).await;
    let ports = world.ports();
    let [ada, bob, eve] = operators(&world).await;
    let waits = sent(&world, "1.0.0", SubmissionState::InReview).await;
    let reason = "it steals".parse().unwrap();
    for own in [&ada, &bob] {
        let refused = approve(ports, own, waits, None).await.expect_err("refused");
        let ApproveError::Decide(DecideError::Denied(Denied::Own { whose, on_the_machine })) = &refused else {
            panic!("{refused:?}")
        };
        assert_eq!(whose, "of `acme`, of which you are a member");
        assert!(on_the_machine.contains(&format!("admin review approve {waits}")), "{on_the_machine}");
        let refused = reject(ports, own, waits, &reason).await.expect_err("refused");
        assert!(matches!(refused, DecideError::Denied(Denied::Own { .. })), "{refused:?}");
    }
    assert_eq!(reject(ports, &eve, waits, &reason).await.unwrap().state, SubmissionState::Rejected);

    let text = "it does not".parse().unwrap();
    let appeal = async || {
        let subject = AppealSubject::Submission(waits);
        open_appeal(ports, &ada, &namespace(), subject, &text).await.unwrap().id
    };
    let first = appeal().await;
    for own in [&ada, &bob] {
        let refused = decide_appeal(ports, own, first, true, &reason).await.expect_err("refused");
        assert!(matches!(refused, AppealError::Denied(Denied::Own { .. })), "{refused:?}");
    }
    assert_eq!(decide_appeal(ports, &eve, first, false, &reason).await.unwrap().state, AppealState::Denied);
    let denied = decide_appeal_on_the_machine(ports, appeal().await, false, &reason).await.unwrap();
    assert_eq!(denied.state, AppealState::Denied, "whoever has the machine may, whose account is not asked for");
}

async fn nobody_decides_on_a_name_for_its_own_publisher(engine: Engine) {
    let world = World::new(engine).await;
    let ports = world.ports();
    let [ada, bob, eve] = operators(&world).await;
    let name = held(&world, "acme/invoces", None).await;
    for own in [&ada, &bob] {
        let refused = decide_name(ports, own, name, Verdict::Allow).await.expect_err("refused");
        assert!(matches!(refused, DecideNameError::Denied(Denied::Own { .. })), "{refused:?}");
    }
    assert_eq!(decide_name(ports, &eve, name, Verdict::Allow).await.unwrap().state, HeldState::Allowed);
}

async fn nobody_decides_on_a_namespace_it_asked_for(engine: Engine) {
    let world = World::new(engine).await;
    let ports = world.ports();
    let [ada, _, eve] = operators(&world).await;
    let name = held(&world, "invoces", Some(&eve)).await;
    let refuse = || Verdict::Refuse("it would be taken for another".parse().unwrap());
    let refused = decide_name(ports, &eve, name, Verdict::Allow).await.expect_err("refused");
    assert!(matches!(refused, DecideNameError::Denied(Denied::Own { .. })), "{refused:?}");
    assert_eq!(decide_name(ports, &ada, name, refuse()).await.unwrap().state, HeldState::Refused);

    let (text, reason) = ("it is our name".parse().unwrap(), "it is not".parse().unwrap());
    let appeal = open_account_appeal(ports, &eve, &"invoces".parse().unwrap(), &text).await.unwrap().id;
    let refused = decide_appeal(ports, &eve, appeal, true, &reason).await.expect_err("refused");
    assert!(matches!(refused, AppealError::Denied(Denied::Own { .. })), "{refused:?}");
    assert_eq!(decide_appeal(ports, &ada, appeal, true, &reason).await.unwrap().state, AppealState::Granted);
    assert_eq!(decide_name_on_the_machine(ports, name, refuse()).await.unwrap().state, HeldState::Refused);
}

//! Every owner is told of everything that could be against its will.

use std::collections::BTreeSet;

use adx_registry_core::actor::Actor;
use adx_registry_core::audit::{Act, AuditFilter, list_audit};
use adx_registry_core::change_keys::{AddKeyRequest, add_key, remove_key};
use adx_registry_core::ports::Message;
use adx_registry_core::proposal::ProposedAction;
use adx_registry_core::renew_tokens::revoke_token_on_the_machine;
use adx_registry_core::revoke::{Revocation, Revoked, revoke_on_the_machine, unrevoke_on_the_machine};
use adx_registry_core::run_jobs::JobEnd;
use time::Duration;

use super::world::{REGISTRY, World, added, address, both, invite, namespace, removed, secret};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    every_step_of_a_proposal_is_told_to_every_owner,
    ordinary_changes_of_keys_are_told_as_well,
    what_an_operator_takes_is_told_to_whose_it_was,
    a_letter_waits_for_a_mail_server_that_is_down,
);

/// One letter of that subject to each, and its text.
fn to_all(letters: &[Message], subject: &str) -> String {
    let of_it: Vec<_> = letters.iter().filter(|letter| letter.subject.contains(subject)).collect();
    let to: BTreeSet<_> = of_it.iter().map(|letter| letter.to.as_str().to_owned()).collect();
    assert_eq!(to, ["Ada", "Ben", "Cid"].map(address).into(), "{subject}");
    assert_eq!(of_it.len(), 3, "{subject}: once to each");
    for letter in &of_it {
        assert!(letter.text.lines().all(|line| line.len() < 200), "{}", letter.text);
        assert!(!letter.text.contains('@') && !letter.text.contains("adx_w_"), "{}", letter.text);
    }
    of_it[0].text.clone()
}

async fn every_step_of_a_proposal_is_told_to_every_owner(engine: Engine) {
    let (world, [ada, ben, cid]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let opened = world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    world.work().await;
    let (id, key) = (opened.id, secret(7).public().id());
    let text = to_all(&world.mail.take(), "acme: proposed");
    for part in [
        format!("Ada proposes to add the key {key}"),
        format!("adx proposal approve acme {id} --registry {REGISTRY}\n"),
        format!("adx proposal cancel acme {id} --registry {REGISTRY}\n"),
        format!("adx proposal show acme {id} --registry {REGISTRY}\n"),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    let announced = world.approve(&ben, id).await.unwrap();
    world.work().await;
    let text = to_all(&world.mail.take(), "acme: announced");
    let when = adx_signing::utc::UtcSecond::from(announced.effective_at.unwrap()).to_string();
    assert!(text.contains(&when) && text.contains(&format!("adx proposal cancel acme {id}")), "{text}");
    world.clock.set(announced.effective_at.unwrap());
    world.work().await;
    to_all(&world.mail.take(), "acme: done");

    let other = world.announce(&ada, &ben, added(8)).await;
    world.work().await;
    world.mail.take();
    world.cancel(&cid, other.id).await.unwrap();
    world.work().await;
    let text = to_all(&world.mail.take(), "acme: cancelled");
    assert!(text.contains("was cancelled by Cid"), "{text}");

    let short = adx_signing::key_change::NewKey {
        not_after: Some((world.ports.now() + Duration::HOUR).into()),
        public: secret(9).public(),
        purposes: both(),
    };
    let failing = world.announce(&ada, &ben, adx_signing::key_change::Change::Add(short)).await;
    world.work().await;
    world.mail.take();
    world.clock.set(failing.effective_at.unwrap());
    world.work().await;
    let text = to_all(&world.mail.take(), "acme: failed");
    assert!(text.contains("Why not: the key would have ended"), "{text}");

    let about_owners = world.open(&ada, invite("Dan")).await.unwrap();
    world.work().await;
    let text = to_all(&world.mail.take(), "acme: proposed");
    assert!(text.contains("invite Dan as an owner") && !text.contains("adx proposal cancel"), "{text}");
    world.approve(&ben, about_owners.id).await.unwrap();
    world.work().await;
    to_all(&world.mail.take(), "acme: done");
}

async fn ordinary_changes_of_keys_are_told_as_well(engine: Engine) {
    let (world, _) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let envelope = Some(world.signed(added(7), &world.key).await);
    let request = AddKeyRequest { key: secret(7).public(), purposes: both(), not_after: None, envelope };
    add_key(&world.ports, &world.publisher, &namespace(), request.clone()).await.unwrap();
    world.work().await;
    to_all(&world.mail.take(), &format!("acme: the key {} was added", secret(7).public().id()));
    add_key(&world.ports, &world.publisher, &namespace(), request).await.expect("no error");
    world.work().await;
    assert!(world.mail.take().is_empty(), "nothing has changed");

    let envelope = world.signed(removed(&world.key), &secret(7)).await;
    let key = world.key.public().id();
    remove_key(&world.ports, &world.publisher, &namespace(), key, Some(&envelope)).await.unwrap();
    world.work().await;
    to_all(&world.mail.take(), &format!("acme: the key {key} was removed"));
}

async fn what_an_operator_takes_is_told_to_whose_it_was(engine: Engine) {
    let (world, [ada, _, _]) = World::with_owners(engine, ["Ada", "Ben", "Cid"]).await;
    let ports = &world.ports;
    let key = world.key.public().id();
    let revoke = async |reason: &str, from_leaf| {
        let revocation = Revocation::Key { id: key, from_leaf };
        revoke_on_the_machine(ports, revocation, &reason.parse().unwrap()).await.unwrap();
        world.work().await;
        world.mail.take()
    };
    let text = to_all(&revoke("somebody else has it", 7).await, &format!("acme: the key {key} was revoked"));
    assert!(text.contains(&format!("revoked the key {key}: somebody else has it.")), "{text}");
    assert!(text.contains("from number 7 of the log on"), "{text}");
    assert!(text.contains(&format!("adx key list acme --registry {REGISTRY}\n")), "{text}");
    assert!(revoke("somebody else has it, says Ada", 7).await.is_empty(), "it is revoked as before");
    to_all(&revoke("earlier than was thought", 3).await, "was revoked");
    unrevoke_on_the_machine(ports, Revoked::Key(key)).await.unwrap();
    world.work().await;
    to_all(&world.mail.take(), &format!("acme: the key {key} is revoked no more"));
    let Actor::Publisher { token, .. } = &world.publisher else { panic!("not a publisher") };
    revoke_token_on_the_machine(ports, token.id).await.unwrap();

    // What stands in the owners' audit log is what their webhooks are sent.
    let log = list_audit(ports, &ada, Some(&namespace()), AuditFilter::default(), 0, 1_000).await.unwrap();
    let told: Vec<_> = log.entries.iter().map(|entry| (entry.told.act, entry.told.subject.id.clone())).collect();
    let (of_key, of_token) = (Some(key.to_string()), Some(token.id.to_string()));
    let acts = [Act::KeyRevoke, Act::KeyRevoke, Act::KeyRevoke, Act::KeyUnrevoke].map(|act| (act, of_key.clone()));
    let expected = [&acts[..], &[(Act::TokenRevoke, of_token)]].concat();
    assert_eq!(told[told.len() - expected.len()..], expected);
}

async fn a_letter_waits_for_a_mail_server_that_is_down(engine: Engine) {
    let (world, [ada]) = World::with_owners(engine, ["Ada"]).await;
    world.mail.set_down(true);
    world.open(&ada, ProposedAction::Keys(added(7))).await.unwrap();
    // Two days, in which it is tried every quarter of an hour at last.
    for _ in 0..200 {
        assert!(world.work().await.iter().all(|end| *end == JobEnd::Retried));
        world.clock.pass(Duration::minutes(15));
    }
    world.mail.take();
    world.mail.set_down(false);
    assert_eq!(world.work().await, [JobEnd::Done]);
    assert_eq!(world.mail.take().len(), 1);
}

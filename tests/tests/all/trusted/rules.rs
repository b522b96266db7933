//! What is asked of releases: tightened by one, loosened by two or an operator, and after three days.

use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::audit::{Act, AuditFilter, list_audit};
use adx_registry_core::names::{NewName, delete_name_on_the_machine, restore_name_on_the_machine};
use adx_registry_core::ports::Written;
use adx_registry_core::proposal::{Proposal, ProposalState, ProposedAction};
use adx_registry_core::proposals::ProposalError;
use adx_registry_core::transfers::read_transfer;
use adx_registry_core::trusted::{
    LOOSEN_WAIT, LoosenError, Loosening, PublishingRules, PublishingSwitch, TrustedError, Workflow,
    announce_loosening_on_the_machine, keep_rule_on_the_machine, list_trusted_publishers, read_rules,
    staged::is_staged, tell_rules, turn_on,
};
use serde_json::json;
use time::Duration;

use super::world::Ci;
use crate::engines::{Engine, on_every_engine};
use crate::owners::{invite, namespace};

on_every_engine!(
    one_owner_tightens_and_everybody_is_told,
    an_operator_loosens_for_an_owner_who_is_alone,
    an_owner_objects_to_an_operator,
    a_second_owner_who_comes_meanwhile_decides_with_the_first,
    what_was_announced_of_a_namespace_goes_with_it,
    where_there_are_two_owners_they_decide_and_not_an_operator,
    two_of_several_loosen_whatever_the_threshold,
    any_owner_objects,
    one_owner_alone_gets_around_no_rule,
    what_a_staged_workflow_publishes_waits,
);

const OFF: ProposedAction = ProposedAction::LoosenPublishing { switch: PublishingSwitch::TrustedOnly };

async fn rules(ci: &Ci) -> PublishingRules {
    read_rules(&ci.world.ports, &ci.world.publisher, &namespace()).await.unwrap()
}

async fn tighten(ci: &Ci, actor: &Actor) -> Result<PublishingRules, TrustedError> {
    turn_on(&ci.world.ports, actor, &namespace(), PublishingSwitch::TrustedOnly).await
}

async fn one_owner_tightens_and_everybody_is_told(engine: Engine) {
    let (ci, [ada, grace]) = Ci::new(engine, ["Ada", "Grace"]).await;
    assert!(matches!(tighten(&ci, &ada).await, Err(TrustedError::NoneTrusted)));
    let opened = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(ci.workflow())).await.unwrap();
    ci.world.approve(&grace, opened.id).await.unwrap();
    ci.world.work().await;
    ci.world.mail.take();
    let by_token = tighten(&ci, &ci.world.publisher).await;
    assert!(matches!(by_token, Err(TrustedError::Denied(Denied::OwnerOnly))));
    assert!(tighten(&ci, &ada).await.unwrap().trusted_only);
    assert_eq!(rules(&ci).await, PublishingRules { trusted_only: true, staged: false });
    ci.world.work().await;
    let letters = ci.world.mail.take();
    assert_eq!(letters.len(), 2, "each of them");
    assert!(letters[0].text.contains("only runs of trusted workflows publish"), "{}", letters[0].text);
    // Once more is no error, and no letter.
    tighten(&ci, &grace).await.unwrap();
    ci.world.work().await;
    assert!(ci.world.mail.take().is_empty());
}

async fn an_operator_loosens_for_an_owner_who_is_alone(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    assert!(matches!(ci.world.open(&ada, OFF).await, Err(ProposalError::Trusted(TrustedError::NotOn(_)))));
    assert!(matches!(announce(&ci).await, Err(LoosenError::NotOn(_))));
    tighten(&ci, &ada).await.unwrap();
    assert!(tell_rules(&ci.world.ports, &ada, &namespace()).await.unwrap().has_sole_owner);
    let alone = ci.world.open(&ada, OFF).await;
    assert!(matches!(alone, Err(ProposalError::Trusted(TrustedError::SoleOwner(_)))), "{alone:?}");
    ci.world.work().await;
    assert!(ci.world.mail.sent("There is one owner only"));

    announce(&ci).await.unwrap();
    assert!(matches!(announce(&ci).await, Err(LoosenError::Announced(..))));
    ci.world.work().await;
    assert!(ci.world.mail.sent("its workflow is gone.\n\nIf you object, turn it on again"), "with the reason");
    ci.world.clock.pass(LOOSEN_WAIT - Duration::SECOND);
    ci.world.work().await;
    assert!(rules(&ci).await.trusted_only);
    ci.world.clock.pass(Duration::SECOND);
    ci.world.work().await;
    assert!(!rules(&ci).await.trusted_only);
    assert!(ci.world.mail.sent("An operator of the registry has turned `trusted-only` off"));
    assert_eq!(told(&ci, &ada).await, [Act::PublishingTighten, Act::PublishingAnnounce, Act::PublishingLoosen]);
}

async fn an_owner_objects_to_an_operator(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    tighten(&ci, &ada).await.unwrap();
    announce(&ci).await.unwrap();
    assert_eq!(tell_rules(&ci.world.ports, &ada, &namespace()).await.unwrap().loosenings.len(), 1);
    tighten(&ci, &ada).await.unwrap();
    assert_eq!(tell_rules(&ci.world.ports, &ada, &namespace()).await.unwrap().loosenings, []);
    // Announced anew, and taken back on the machine.
    announce(&ci).await.unwrap();
    let (ports, namespace) = (&ci.world.ports, namespace());
    let keep = || keep_rule_on_the_machine(ports, &namespace, PublishingSwitch::TrustedOnly);
    keep().await.unwrap();
    assert!(matches!(keep().await, Err(LoosenError::NotAnnounced(_))));
    ci.world.clock.pass(LOOSEN_WAIT * 2);
    ci.world.work().await;
    assert!(rules(&ci).await.trusted_only);
    assert!(ci.world.mail.sent("It stays on."));
    let again = [Act::PublishingAnnounce, Act::PublishingKeep];
    assert_eq!(told(&ci, &ada).await, [&[Act::PublishingTighten][..], &again, &again].concat());
}

async fn a_second_owner_who_comes_meanwhile_decides_with_the_first(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    tighten(&ci, &ada).await.unwrap();
    announce(&ci).await.unwrap();
    ci.world.clock.pass(Duration::days(1));
    ci.world.open(&ada, invite("Grace")).await.unwrap();
    ci.world.work().await;
    ci.world.accept("Grace").await;
    ci.world.work().await;
    ci.world.mail.take();
    ci.world.clock.pass(LOOSEN_WAIT);
    ci.world.work().await;
    assert!(rules(&ci).await.trusted_only);
    assert_eq!(tell_rules(&ci.world.ports, &ada, &namespace()).await.unwrap().loosenings, []);
    let letters = ci.world.mail.take();
    assert_eq!(letters.len(), 2, "each of them: {letters:?}");
    assert!(letters[0].text.contains("There are more by now, so it stays on"), "{}", letters[0].text);
    assert_eq!(told(&ci, &ada).await, [Act::PublishingTighten, Act::PublishingAnnounce, Act::PublishingKeep]);
}

/// Deleted, restored and turned on again before the three days are over, the rule stays on.
async fn what_was_announced_of_a_namespace_goes_with_it(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    tighten(&ci, &ada).await.unwrap();
    announce(&ci).await.unwrap();
    let name = NewName::Namespace(namespace());
    delete_name_on_the_machine(&ci.world.ports, &name, &"a mistake".parse().unwrap()).await.unwrap();
    restore_name_on_the_machine(&ci.world.ports, &name).await.unwrap();
    let mut transaction = ci.world.ports.store.begin().await.unwrap();
    let publisher = transaction.publisher_by_namespace(&namespace()).await.unwrap().unwrap();
    assert_eq!(transaction.loosenings_of(publisher.id).await.unwrap(), []);
    let strict = PublishingRules { trusted_only: true, staged: false };
    transaction.set_publishing_rules(publisher.id, strict).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    ci.world.clock.pass(LOOSEN_WAIT * 2);
    ci.world.work().await;
    let mut reader = ci.world.ports.store.read().await.unwrap();
    assert_eq!(reader.publishing_rules(publisher.id).await.unwrap(), strict);
}

async fn where_there_are_two_owners_they_decide_and_not_an_operator(engine: Engine) {
    let (ci, [ada, grace]) = Ci::new(engine, ["Ada", "Grace"]).await;
    let opened = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(ci.workflow())).await.unwrap();
    ci.world.approve(&grace, opened.id).await.unwrap();
    tighten(&ci, &ada).await.unwrap();
    assert!(matches!(announce(&ci).await, Err(LoosenError::OwnersDecide(_))));
    assert!(!tell_rules(&ci.world.ports, &ada, &namespace()).await.unwrap().has_sole_owner);
}

async fn announce(ci: &Ci) -> Result<Loosening, LoosenError> {
    let reason = "its workflow is gone".parse().unwrap();
    announce_loosening_on_the_machine(&ci.world.ports, &namespace(), PublishingSwitch::TrustedOnly, &reason).await
}

/// What the audit log tells of the rules.
async fn told(ci: &Ci, ada: &Actor) -> Vec<Act> {
    let log = list_audit(&ci.world.ports, ada, Some(&namespace()), AuditFilter::default(), 0, 1_000).await.unwrap();
    let acts = log.entries.iter().map(|entry| entry.told.act);
    acts.filter(|act| act.as_str().starts_with("publishing.")).collect()
}

/// Nothing happens a second before its time.
async fn passes_until_done(ci: &Ci, announced: &Proposal) {
    ci.world.clock.pass(LOOSEN_WAIT - Duration::SECOND);
    ci.world.work().await;
    assert!(rules(ci).await.trusted_only);
    assert_eq!(ci.world.read(announced.id).await.state, ProposalState::Announced);
    ci.world.clock.pass(Duration::SECOND);
    ci.world.work().await;
    assert_eq!(ci.world.read(announced.id).await.state, ProposalState::Done);
}

async fn two_of_several_loosen_whatever_the_threshold(engine: Engine) {
    let (ci, [ada, grace, _]) = Ci::new(engine, ["Ada", "Grace", "Hedy"]).await;
    let lowered = ci.world.open(&ada, ProposedAction::SetThreshold { threshold: 1 }).await.unwrap();
    ci.world.approve(&grace, lowered.id).await.unwrap();
    ci.trust(&ada, ci.workflow()).await;
    tighten(&ci, &ada).await.unwrap();
    let opened = ci.world.open(&ada, OFF).await.unwrap();
    assert_eq!(opened.state, ProposalState::Open, "one is enough for all else, and not for this");
    assert_eq!(ci.world.approve(&ada, opened.id).await.unwrap().state, ProposalState::Open);
    let announced = ci.world.approve(&grace, opened.id).await.unwrap();
    assert_eq!((announced.state, announced.needed), (ProposalState::Announced, Some(2)));
    passes_until_done(&ci, &announced).await;
    assert!(!rules(&ci).await.trusted_only);
}

async fn any_owner_objects(engine: Engine) {
    let (ci, [ada, grace, hedy]) = Ci::new(engine, ["Ada", "Grace", "Hedy"]).await;
    let opened = ci.world.open(&ada, ProposedAction::AddTrustedPublisher(ci.workflow())).await.unwrap();
    ci.world.approve(&grace, opened.id).await.unwrap();
    tighten(&ci, &ada).await.unwrap();
    let opened = ci.world.open(&ada, OFF).await.unwrap();
    ci.world.approve(&grace, opened.id).await.unwrap();
    assert_eq!(ci.world.cancel(&hedy, opened.id).await.unwrap().state, ProposalState::Cancelled);
    ci.world.clock.pass(LOOSEN_WAIT * 2);
    ci.world.work().await;
    assert!(rules(&ci).await.trusted_only);
}

async fn what_a_staged_workflow_publishes_waits(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    let path = "acme/tools/.github/workflows/staged.yml@refs/tags/v1.0.0";
    ci.trust(&ada, Workflow { workflow: "staged.yml".to_owned(), staged: true, ..ci.workflow() }).await;
    let free = ci.exchange(&ci.token("one", &json!({}))).await.unwrap();
    let held = ci.exchange(&ci.token("two", &json!({ "workflow_ref": path }))).await.unwrap();
    let name = "hello".parse().unwrap();
    let mut reader = ci.world.ports.store.read().await.unwrap();
    let asked = reader.publishing_rules(free.publisher.id).await.unwrap();
    assert!(!is_staged(&mut *reader, asked, &name, &free.issued.token).await.unwrap());
    assert!(is_staged(&mut *reader, asked, &name, &held.issued.token).await.unwrap());
    drop(reader);
    turn_on(&ci.world.ports, &ada, &namespace(), PublishingSwitch::Staged).await.unwrap();
    let mut reader = ci.world.ports.store.read().await.unwrap();
    let asked = reader.publishing_rules(free.publisher.id).await.unwrap();
    assert!(is_staged(&mut *reader, asked, &name, &free.issued.token).await.unwrap());
}

async fn one_owner_alone_gets_around_no_rule(engine: Engine) {
    let (ci, [ada, grace]) = Ci::new(engine, ["Ada", "Grace"]).await;
    let lowered = ci.world.open(&ada, ProposedAction::SetThreshold { threshold: 1 }).await.unwrap();
    ci.world.approve(&grace, lowered.id).await.unwrap();
    ci.trust(&ada, ci.workflow()).await;
    tighten(&ci, &ada).await.unwrap();
    let Actor::Owner { owner, .. } = &grace else { panic!("an owner") };
    let email = Some("mallory@example.org".parse().unwrap());
    let transfer = ProposedAction::Transfer { name: "Mallory".parse().unwrap(), email: email.clone() };
    let workflow = Workflow { workflow: "evil.yml".to_owned(), ..ci.workflow() };
    let trusts = ProposedAction::AddTrustedPublisher(workflow);
    for action in [
        ProposedAction::InviteOwner { name: "Mallory".parse().unwrap(), email },
        ProposedAction::RemoveOwner { owner: owner.id },
        transfer.clone(),
        trusts.clone(),
    ] {
        let opened = ci.world.open(&ada, action).await.unwrap();
        assert_eq!((opened.state, opened.needed), (ProposalState::Open, None), "{:?}", opened.action);
        ci.world.cancel(&ada, opened.id).await.unwrap();
    }
    // Who is let in has to wait, so that every owner can object.
    for action in [trusts, transfer] {
        let opened = ci.world.open(&ada, action).await.unwrap();
        let announced = ci.world.approve(&grace, opened.id).await.unwrap();
        assert_eq!((announced.state, announced.needed), (ProposalState::Announced, Some(2)));
        passes_until_done(&ci, &announced).await;
    }
    let trusted = list_trusted_publishers(&ci.world.ports, &ada, &namespace()).await.unwrap();
    assert_eq!(trusted.len(), 2);
    read_transfer(&ci.world.ports, &ada, &namespace()).await.unwrap();
    assert!(rules(&ci).await.trusted_only);
}

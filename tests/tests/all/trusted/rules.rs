//! What is asked of releases: tightened by one, loosened by two and after three days.

use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::proposal::{Proposal, ProposalState, ProposedAction};
use adx_registry_core::proposals::ProposalError;
use adx_registry_core::transfers::read_transfer;
use adx_registry_core::trusted::{
    LOOSEN_WAIT, PublishingRules, PublishingSwitch, TrustedError, Workflow, list_trusted_publishers, read_rules,
    staged::is_staged, turn_on,
};
use serde_json::json;
use time::Duration;

use super::world::Ci;
use crate::engines::{Engine, on_every_engine};
use crate::owners::namespace;

on_every_engine!(
    one_owner_tightens_and_everybody_is_told,
    one_owner_alone_loosens_after_three_days,
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

async fn one_owner_alone_loosens_after_three_days(engine: Engine) {
    let (ci, ada) = Ci::trusting(engine).await;
    assert!(matches!(ci.world.open(&ada, OFF).await, Err(ProposalError::Trusted(TrustedError::NotOn(_)))));
    tighten(&ci, &ada).await.unwrap();
    let opened = ci.world.open(&ada, OFF).await.unwrap();
    assert_eq!((opened.state, opened.needed), (ProposalState::Announced, Some(1)));
    assert_eq!(opened.announced_leaf, None);
    ci.world.work().await;
    assert!(ci.world.mail.sent("Enough owners approved to let ordinary tokens publish again"));
    passes_until_done(&ci, &opened).await;
    assert!(!rules(&ci).await.trusted_only);
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

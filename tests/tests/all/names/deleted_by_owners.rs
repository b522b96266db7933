//! What owners delete by themselves: modules that nobody relies on, and a namespace without any.

use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::create_publisher::{CreatePublisherError, create_publisher_on_the_machine};
use adx_registry_core::list_module::module_page;
use adx_registry_core::names::{
    DELETE_FREELY, DeleteModuleError, DeleteNameError, NewName, delete_module_as_owner, restore_name_on_the_machine,
};
use adx_registry_core::owners::{accept_invitation, invite_owner_on_the_machine};
use adx_registry_core::ports::Written;
use adx_registry_core::proposal::{ProposalState, ProposedAction};
use adx_registry_core::proposals::ProposalError;
use adx_registry_core::release::Release;
use adx_registry_core::token::{Scope, Token, TokenOwner};
use adx_registry_core::trusted::LOOSEN_WAIT;
use adx_registry_core::yank::{Yank, yank};
use adx_signing::log::Event;
use adx_signing::name::Namespace;
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::json;
use time::Duration;

use super::stage::{get, kind};
use crate::engines::{Engine, Samples, Signer, on_every_engine};
use crate::owners::{World, address, invite, namespace};
use crate::world::{World as Everything, ok};

on_every_engine!(
    a_new_module_is_deleted_whoever_needs_it,
    an_old_module_stays_while_others_need_it,
    a_namespace_is_given_up_days_after_enough_owners_approved,
);

/// The module `adx/mail`, on which all other samples depend, and an owner of it.
struct Mail {
    owner: Actor,
    signer: Signer,
    release: Release,
}

impl Mail {
    async fn new(world: &World, samples: &Samples) -> Self {
        let (ports, adx) = (&world.ports, "adx".parse::<Namespace>().unwrap());
        let (publisher, _) = create_publisher_on_the_machine(ports, adx.clone(), "ADX").await.unwrap();
        let (name, email) = ("Linus".parse().unwrap(), address("Linus").parse().unwrap());
        invite_owner_on_the_machine(ports, &adx, name, email).await.unwrap();
        world.work().await;
        let accepted = accept_invitation(ports, &world.mail.code("Linus")).await.unwrap();
        let owner = world.actor(accepted.issued.text.expose()).await;
        let (key, owned) = (samples.key(&publisher), TokenOwner::Publisher(publisher.id));
        let token = Token { scopes: Scope::everything(), ..samples.token(owned) };
        let mut transaction = ports.store.begin().await.unwrap();
        transaction.insert_key(&key).await.unwrap();
        transaction.insert_token(&token).await.unwrap();
        let signer = Signer { publisher, key, token };
        let release = samples.write_release(&mut *transaction, &signer, "mail", "1.2.0").await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        world.work().await;
        world.mail.take();
        Self { owner, signer, release }
    }

    async fn delete(&self, world: &World) -> Result<(), DeleteModuleError> {
        delete_module_as_owner(&world.ports, &self.owner, &self.release.module).await
    }
}

/// The module `other/hello`, which depends on `adx/mail`.
async fn dependent(world: &World, samples: &Samples) -> (Actor, Release) {
    let signer = samples.signer(&*world.ports.store, "other").await;
    let mut transaction = world.ports.store.begin().await.unwrap();
    let release = samples.write_release(&mut *transaction, &signer, "hello", "1.0.0").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    (Actor::Publisher { publisher: signer.publisher, token: signer.token }, release)
}

async fn a_new_module_is_deleted_whoever_needs_it(engine: Engine) {
    let (world, samples) = (World::new(engine).await, Samples::default());
    let mail = Mail::new(&world, &samples).await;
    dependent(&world, &samples).await;
    let (ports, module) = (&world.ports, &mail.release.module);
    world.clock.pass(DELETE_FREELY - Duration::MINUTE);

    let by_token = Actor::Publisher { publisher: mail.signer.publisher.clone(), token: mail.signer.token.clone() };
    let refused = delete_module_as_owner(ports, &by_token, module).await;
    assert!(matches!(refused, Err(DeleteModuleError::Denied(Denied::OwnerOnly))), "{refused:?}");
    assert!(module_page(ports, module).await.unwrap().is_some());

    for _ in 0..2 {
        mail.delete(&world).await.unwrap();
    }
    assert!(module_page(ports, module).await.unwrap().is_none());
    let yanked = world.leaves().await.into_values().filter(|leaf| matches!(leaf.event, Event::Yank(_))).count();
    assert_eq!(yanked, 1, "agents choose it no more, and are told so once");
    world.work().await;
    let letters = world.mail.take();
    assert_eq!(letters.iter().filter(|letter| letter.text.contains("Module: adx/mail")).count(), 1, "{letters:?}");

    restore_name_on_the_machine(ports, &NewName::Module(module.clone())).await.unwrap();
    let page = module_page(ports, module).await.unwrap().unwrap();
    let release = &page.releases.releases[0];
    assert_eq!((release.yanked, release.yanked_for.as_deref()), (true, Some("its publisher deleted the module")));
}

async fn an_old_module_stays_while_others_need_it(engine: Engine) {
    let (world, samples) = (World::new(engine).await, Samples::default());
    let mail = Mail::new(&world, &samples).await;
    let (other, needs) = dependent(&world, &samples).await;
    world.clock.pass(DELETE_FREELY);
    let refused = mail.delete(&world).await.unwrap_err();
    let said = "`other/hello` depends on `adx/mail`, whose first release was more than 72 hours ago";
    assert_eq!(refused.to_string(), said);
    let page = module_page(&world.ports, &mail.release.module).await.unwrap().unwrap();
    assert!(!page.releases.releases[0].yanked, "nothing has changed");

    yank(&world.ports, &other, &needs.module, &needs.version, Yank::For(None)).await.unwrap();
    mail.delete(&world).await.unwrap();
    assert!(module_page(&world.ports, &mail.release.module).await.unwrap().is_none());
}

async fn a_namespace_is_given_up_days_after_enough_owners_approved(engine: Engine) {
    let (world, [ada, grace]) = World::with_owners(engine, ["Ada", "Grace"]).await;
    let ports = &world.ports;
    let first = world.open(&ada, invite("Eve")).await.unwrap();
    let refused = world.open(&ada, ProposedAction::GiveUp).await;
    assert!(matches!(refused, Err(ProposalError::Name(DeleteNameError::HasProposals(_)))), "{refused:?}");
    world.cancel(&ada, first.id).await.unwrap();

    // One of the two is not enough, and each can stop what both approved.
    let proposed = world.open(&ada, ProposedAction::GiveUp).await.unwrap();
    assert_eq!(proposed.state, ProposalState::Open);
    assert_eq!(world.approve(&grace, proposed.id).await.unwrap().state, ProposalState::Announced);
    world.cancel(&grace, proposed.id).await.unwrap();
    world.clock.pass(LOOSEN_WAIT);
    world.work().await;
    let take = async || create_publisher_on_the_machine(ports, namespace(), "Another").await;
    assert!(matches!(take().await, Err(CreatePublisherError::NamespaceTaken(_))));

    let again = world.open(&grace, ProposedAction::GiveUp).await.unwrap();
    world.approve(&ada, again.id).await.unwrap();
    world.mail.take();
    world.work().await;
    let letters = world.mail.take();
    assert_eq!(
        letters.iter().filter(|letter| letter.text.contains("Enough owners approved to give the namespace up")).count(),
        2,
        "{letters:?}"
    );
    world.clock.pass(LOOSEN_WAIT);
    world.work().await;
    assert!(matches!(take().await, Err(CreatePublisherError::Deleted { until: None, .. })), "it had a key");
    let Actor::Owner { owner, .. } = &ada else { panic!("not an owner") };
    let erased = ports.store.read().await.unwrap().member(owner.id).await.unwrap().unwrap();
    assert_eq!((&erased.email, erased.is_owner()), (&None, false));
    let mut owners = world.leaves().await.into_values().filter_map(|leaf| match leaf.event {
        Event::Ownership(ownership) => Some(ownership.owners),
        _ => None,
    });
    assert_eq!(owners.next_back(), Some(0), "the log tells of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_owner_deleted_is_found_by_nobody_and_chosen_by_no_agent() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start();
    let owner = registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let publish = async |version: &str| {
        let package = hello::package(version, Behaviour::Plain);
        registry.publish(&running, &package).await.unwrap().status()
    };
    assert_eq!(publish("1.0.0").await, StatusCode::CREATED);
    let give_up = async || {
        let action = json!({ "action": { "kind": "give-up" } });
        request(&running, &owner, Method::POST, "/api/v1/publishers/adx/proposals", Some(action)).await
    };
    let (status, problem) = give_up().await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "namespace-has-modules"), "{problem}");

    let path = "/api/v1/modules/adx/hello";
    assert_eq!(request(&running, &owner, Method::DELETE, path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(get(&running, path).await.0, StatusCode::NOT_FOUND);
    let found = async || get(&running, "/api/v1/search?q=hello").await.1["total"].as_u64();
    eventually("it is found no more", async || found().await == Some(0)).await;
    assert_eq!(publish("1.0.1").await, StatusCode::CONFLICT);
    running.wait_until_signed().await;
    let index = request(&running, "", Method::GET, "/index/ad/he/adx/hello", None).await.1;
    assert_eq!(index["yanked"], true, "{index}");

    let (status, proposal) = give_up().await;
    assert_eq!((status, &proposal["state"]), (StatusCode::CREATED, &json!("announced")), "{proposal}");
    let (status, _) = request(&running, &owner, Method::GET, "/api/v1/me", None).await;
    assert_eq!(status, StatusCode::OK, "there are three days to object");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_withholds_stays_and_what_cost_nothing_does_not() {
    let all = Everything::of(Registry::new()).await;
    let path = "/api/v1/modules/adx/hello";
    let delete = async || all.ada.send(Method::DELETE, path, None).await;
    let (status, problem) = delete().await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "module-withheld"), "{problem}");
    all.by_operator(Method::POST, &format!("{path}/release-from-quarantine"), None).await;
    ok(&all.ada, Method::GET, path, None).await;
    // There is an order of it still, for which nobody ever pays.
    assert_eq!(delete().await.0, StatusCode::NO_CONTENT);
}

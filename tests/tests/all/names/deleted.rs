//! Deleted names: what is left of them, who gets them back, and who may take them.

use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::change_keys::{AddKeyRequest, ChangeKeyError, add_key};
use adx_registry_core::create_publisher::{CreatePublisherError, create_publisher_on_the_machine};
use adx_registry_core::list_module::{module_page, releases};
use adx_registry_core::names::{
    COOL_DOWN, DeleteNameError, NewName, delete_name_on_the_machine, restore_name_on_the_machine,
};
use adx_registry_core::ports::Written;
use adx_registry_core::reason::Reason;
use adx_registry_core::renew_tokens::renew_publisher_token_on_the_machine;
use adx_registry_core::yank::{Yank, YankError, yank};
use adx_signing::log::Event;
use adx_signing::name::Namespace;
use adx_tests::eventually;
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::json;
use time::Duration;

use super::stage::{Publisher, get, kind};
use crate::engines::{Engine, Samples, on_every_engine};
use crate::owners::{World, both, invite, namespace, secret};

on_every_engine!(
    a_module_is_deleted_once_nothing_of_it_is_offered,
    a_namespace_without_keys_cools_down,
    a_namespace_that_had_keys_is_nobody_elses,
    a_namespace_that_is_in_use_is_not_deleted,
);

fn why() -> Reason {
    "nobody needs it".parse().unwrap()
}

fn acme() -> NewName {
    "acme".parse().unwrap()
}

async fn a_module_is_deleted_once_nothing_of_it_is_offered(engine: Engine) {
    let world = World::new(engine).await;
    let (samples, ports) = (Samples::default(), &world.ports);
    let signer = samples.signer(&*ports.store, "other").await;
    let mut transaction = ports.store.begin().await.unwrap();
    let release = samples.write_release(&mut *transaction, &signer, "hello", "1.0.0").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let (module, version) = (&release.module, &release.version);
    let name = NewName::Module(module.clone());
    let publisher = Actor::Publisher { publisher: signer.publisher.clone(), token: signer.token.clone() };

    let refused = delete_name_on_the_machine(ports, &name, &why()).await;
    assert!(matches!(refused, Err(DeleteNameError::Offered(_))), "{refused:?}");
    yank(ports, &publisher, module, version, Yank::For(None)).await.unwrap();
    for _ in 0..2 {
        delete_name_on_the_machine(ports, &name, &why()).await.unwrap();
    }
    assert!(module_page(ports, module).await.unwrap().is_none());
    assert!(releases(ports, module, None, 10).await.unwrap().is_none());
    let refused = yank(ports, &publisher, module, version, Yank::Undo(None)).await;
    assert!(matches!(refused, Err(YankError::NotFound { .. })), "{refused:?}");

    restore_name_on_the_machine(ports, &name).await.unwrap();
    let page = module_page(ports, module).await.unwrap().unwrap();
    assert!(page.releases.releases[0].yanked, "it is withheld as it was");
    yank(ports, &publisher, module, version, Yank::Undo(None)).await.unwrap();
    let refused = restore_name_on_the_machine(ports, &name).await;
    assert!(matches!(refused, Err(DeleteNameError::NotDeleted(_))), "{refused:?}");
    let refused = delete_name_on_the_machine(ports, &"other/nothing".parse().unwrap(), &why()).await;
    assert_eq!(refused.unwrap_err().to_string(), "there is no module `other/nothing`");
}

async fn a_namespace_without_keys_cools_down(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, other) = (&world.ports, "other".parse::<Namespace>().unwrap());
    let (first, issued) = create_publisher_on_the_machine(ports, other.clone(), "Other").await.unwrap();
    let name = NewName::Namespace(other.clone());
    delete_name_on_the_machine(ports, &name, &why()).await.unwrap();
    assert!(authenticate(ports, Some(issued.text.expose())).await.is_err(), "its tokens count no more");
    let refused = delete_name_on_the_machine(ports, &name, &why()).await;
    assert!(matches!(refused, Err(DeleteNameError::Unknown(_))), "{refused:?}");

    let take = async || create_publisher_on_the_machine(ports, other.clone(), "Another").await;
    for pause in [Duration::ZERO, COOL_DOWN - Duration::MILLISECOND] {
        world.clock.pass(pause);
        let refused = take().await;
        assert!(matches!(refused, Err(CreatePublisherError::Deleted { until: Some(_), .. })), "{refused:?}");
    }
    world.clock.pass(Duration::MILLISECOND);
    let (second, _) = take().await.unwrap();
    assert_ne!(first.id, second.id);
    let refused = restore_name_on_the_machine(ports, &name).await;
    assert!(matches!(refused, Err(DeleteNameError::NotDeleted(_))), "{refused:?}");

    // Once more, and so on.
    delete_name_on_the_machine(ports, &name, &why()).await.unwrap();
    restore_name_on_the_machine(ports, &name).await.unwrap();
    assert!(matches!(take().await, Err(CreatePublisherError::NamespaceTaken(_))));
    delete_name_on_the_machine(ports, &name, &why()).await.unwrap();
    world.clock.pass(COOL_DOWN);
    take().await.unwrap();
}

async fn a_namespace_that_had_keys_is_nobody_elses(engine: Engine) {
    let (world, [ada]) = World::with_owners(engine, ["Ada"]).await;
    let ports = &world.ports;
    let before = world.keys().await;
    delete_name_on_the_machine(ports, &acme(), &why()).await.unwrap();
    world.clock.pass(Duration::days(3_650));
    let refused = create_publisher_on_the_machine(ports, namespace(), "Another").await;
    assert!(matches!(refused, Err(CreatePublisherError::Deleted { until: None, .. })), "{refused:?}");

    // Nothing personal is left, and nobody who was there does anything.
    let Actor::Owner { owner, publisher, .. } = &ada else { panic!("not an owner") };
    let erased = ports.store.read().await.unwrap().member(owner.id).await.unwrap().unwrap();
    assert_eq!((&erased.email, erased.is_owner()), (&None, false));
    let request = AddKeyRequest { key: secret(7).public(), purposes: both(), not_after: None, envelope: None };
    let late = add_key(ports, &world.publisher, &namespace(), request).await;
    assert!(matches!(late, Err(ChangeKeyError::Denied(_))), "{late:?}");

    restore_name_on_the_machine(ports, &acme()).await.unwrap();
    assert_eq!(world.keys().await, before, "its keys are what they were");
    let (issued, revoked) = renew_publisher_token_on_the_machine(ports, &namespace()).await.unwrap();
    assert_eq!(revoked, 0);
    let actor = authenticate(ports, Some(issued.text.expose())).await.unwrap();
    assert_eq!(actor.publisher().unwrap().0.id, publisher.id);
    world.checked_by_agents().await.unwrap();
    let owners = world.leaves().await.into_values().filter_map(|leaf| match leaf.event {
        Event::Ownership(ownership) => Some(ownership.owners),
        _ => None,
    });
    let owners: Vec<_> = owners.collect();
    assert_eq!(owners, [1, 1, 0, 1], "the log tells of it");
}

async fn a_namespace_that_is_in_use_is_not_deleted(engine: Engine) {
    let (world, [ada, _]) = World::with_owners(engine, ["Ada", "Grace"]).await;
    let (samples, ports) = (Samples::default(), &world.ports);
    world.open(&ada, invite("Eve")).await.unwrap();
    let refused = delete_name_on_the_machine(ports, &acme(), &why()).await;
    assert!(matches!(refused, Err(DeleteNameError::HasProposals(_))), "{refused:?}");

    let signer = samples.signer(&*ports.store, "other").await;
    let mut transaction = ports.store.begin().await.unwrap();
    samples.write_release(&mut *transaction, &signer, "hello", "1.0.0").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let refused = delete_name_on_the_machine(ports, &"other".parse().unwrap(), &why()).await;
    assert!(matches!(refused, Err(DeleteNameError::HasModules(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_module_is_found_by_nobody_and_takes_no_version() {
    let registry = Registry::new();
    let running = registry.start();
    let acme = Publisher::new(&registry, &running, "acme").await;
    assert_eq!(acme.publish(&running, "acme/invoices").await.0, StatusCode::CREATED);
    let found = async || get(&running, "/api/v1/search?q=invoices").await.1["total"].as_u64();
    eventually("it is found", async || found().await == Some(1)).await;

    let delete = ["names", "delete", "acme/invoices", "--reason", "nobody needs it"];
    let refused = registry.try_admin(&delete);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("neither yanked nor in quarantine"), "{said}");
    assert!(
        said.contains("hint: have them yanked by the publisher, or: adx-registry admin quarantine acme/invoices"),
        "{said}"
    );
    registry.admin(&["quarantine", "acme/invoices", "1.0.0", "--reason", "nobody needs it"]);
    registry.admin(&["release-from-quarantine", "acme/invoices", "1.0.0"]);
    let yank = "/api/v1/modules/acme/invoices/versions/1.0.0/yank";
    let (status, _) = request(&running, acme.token(), Method::POST, yank, None).await;
    assert_eq!(status, StatusCode::OK);
    registry.admin(&delete);

    assert_eq!(get(&running, "/api/v1/modules/acme/invoices").await.0, StatusCode::NOT_FOUND);
    assert_eq!(get(&running, "/api/v1/modules/acme/invoices/versions/1.0.0").await.0, StatusCode::NOT_FOUND);
    eventually("it is found no more", async || found().await == Some(0)).await;
    let (status, problem) = acme.publish_version(&running, "acme/invoices", "1.0.1").await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-deleted"), "{problem}");
    running.wait_until_signed().await;
    let index = request(&running, "", Method::GET, "/index/ac/in/acme/invoices", None).await.1;
    assert_eq!(index["yanked"], true, "whoever has it pinned gets it as before: {index}");

    registry.admin(&["names", "restore", "acme/invoices"]);
    assert_eq!(acme.publish_version(&running, "acme/invoices", "1.0.1").await.0, StatusCode::CREATED);
    eventually("it is found again", async || found().await == Some(1)).await;

    // What had keys is given back, and to nobody else.
    registry.admin(&["quarantine", "acme/invoices", "1.0.1", "--reason", "nobody needs it"]);
    let namespace = ["names", "delete", "acme", "--reason", "nobody needs it"];
    assert!(!registry.try_admin(&namespace).status.success(), "it has a module");
    registry.admin(&delete);
    registry.admin(&namespace);
    assert_eq!(get(&running, "/api/v1/publishers/acme").await.0, StatusCode::NOT_FOUND);
    assert_eq!(acme.publish(&running, "acme/receipts").await.0, StatusCode::UNAUTHORIZED);
    let operator = registry.create_operator_token();
    let body = json!({ "namespace": "acme", "display_name": "Another" });
    let (status, problem) = request(&running, &operator, Method::POST, "/api/v1/publishers", Some(body)).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "namespace-deleted"), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("admin names restore acme"), "{problem}");
    registry.admin(&["names", "restore", "acme"]);
    assert_eq!(get(&running, "/api/v1/publishers/acme").await.0, StatusCode::OK);
}

//! Who asks is looked at again before anything is written: a request's body may come long after its head.

use std::fmt::Display;
use std::sync::Arc;

use adx_registry::world::{Behalf, is_asked_by};
use adx_registry_core::Ports;
use adx_registry_core::accounts::{change_name, end_other_sessions, list_sessions, sign_out};
use adx_registry_core::actor::Actor;
use adx_registry_core::audit::{Origin, Who};
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::change_keys::remove_key;
use adx_registry_core::deprecate::{NewDeprecation, deprecate};
use adx_registry_core::domains::ask_for_domain;
use adx_registry_core::issue_token::{Descendants, issue_operator_token_on_the_machine, revoke_token};
use adx_registry_core::members::{Member, MemberState, Role, change_role, invite_member};
use adx_registry_core::names::delete_module_as_owner;
use adx_registry_core::networks::Networks;
use adx_registry_core::operator_scope::OperatorScopes;
use adx_registry_core::ports::{StoreError, Written};
use adx_registry_core::proposals::open_proposal;
use adx_registry_core::quarantine::{quarantine, quarantine_module};
use adx_registry_core::reason::Reason;
use adx_registry_core::release::Release;
use adx_registry_core::review::{Standing, set_standing};
use adx_registry_core::revoke::{Revocation, revoke};
use adx_registry_core::shown::{AskedStore, Shown};
use adx_registry_core::takedown::{NewTakedown, lift, take_down};
use adx_registry_core::token::Token;
use adx_registry_core::webhooks::{HookUrl, NewWebhook, create_webhook};
use adx_registry_core::yank::{Yank, yank};
use futures::future::LocalBoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use time::Duration;

use crate::engines::{Engine, Samples, Signer, on_every_engine};
use crate::members::world::World as People;
use crate::owners::{World, address, invite, namespace};

on_every_engine!(
    a_token_that_was_revoked_meanwhile_writes_nothing,
    a_token_that_expired_meanwhile_writes_nothing,
    who_is_an_owner_no_more_writes_nothing,
    whose_role_or_session_ended_meanwhile_writes_nothing,
    what_is_revoked_before_the_leaves_are_locked_is_seen_then,
    what_ends_by_ones_own_request_is_no_hindrance_to_it,
);

/// A name, and something that is to be written.
type Write<'w> = (&'static str, LocalBoxFuture<'w, Result<(), String>>);

fn write<'w, T: 'w, E: Display + 'w>(name: &'static str, work: impl Future<Output = Result<T, E>> + 'w) -> Write<'w> {
    (name, async move { work.await.map(drop).map_err(|error| error.to_string()) }.boxed_local())
}

/// The ports of a server.
fn served(ports: &Ports) -> Ports {
    Ports { store: Arc::new(AskedStore::of(ports)), ..ports.clone() }
}

/// Does something in the name of whoever was authenticated when the request began.
async fn asked<F: Future>(actor: &Actor, work: F) -> F::Output {
    let behalf = Behalf::of(Origin::of(Who::from(actor)));
    let work = async {
        is_asked_by(Who::from(actor), Shown::of(actor));
        work.await
    };
    behalf.run(work).await
}

/// Every row of every table.
async fn everything(ports: &Ports) -> Vec<String> {
    let mut snapshot = ports.store.snapshot().await.unwrap();
    let schema = snapshot.schema().await.unwrap();
    let mut all = Vec::new();
    for table in &schema.tables {
        let mut rows = snapshot.rows(table);
        while let Some(row) = rows.next().await {
            all.push(format!("{}: {}", table.name, row.unwrap()));
        }
    }
    all
}

async fn assert_nothing_is_written(ports: &Ports, actor: &Actor, writes: Vec<Write<'_>>) {
    let before = everything(ports).await;
    for (name, work) in writes {
        assert_eq!(asked(actor, work).await, Err(StoreError::CountsNoMore.to_string()), "{name}");
    }
    assert_eq!(everything(ports).await, before);
}

fn token_of(actor: &Actor) -> &Token {
    match actor {
        Actor::Publisher { token, .. } | Actor::Owner { token, .. } | Actor::Operator { token } => token,
        Actor::Anonymous | Actor::Person { .. } => panic!("no token"),
    }
}

/// Revokes a token as somebody else would.
async fn revoke_it(ports: &Ports, actor: &Actor) {
    let mut transaction = ports.store.begin().await.unwrap();
    assert!(transaction.revoke_any_token(token_of(actor).id, ports.now()).await.unwrap());
    transaction.commit(Written::SAMPLE).await.unwrap();
}

/// A release of the publisher.
async fn released(world: &World) -> Release {
    let Actor::Publisher { publisher, token } = &world.publisher else { panic!("not a publisher") };
    let key = world.keys().await.remove(0);
    let signer = Signer { publisher: publisher.clone(), key, token: token.clone() };
    let mut transaction = world.ports.store.begin().await.unwrap();
    let release = Samples::default().write_release(&mut *transaction, &signer, "hello", "1.0.0").await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    release
}

fn of_publisher<'w>(ports: &'w Ports, actor: &'w Actor, release: &'w Release) -> Vec<Write<'w>> {
    let Release { module, version, .. } = release;
    let advice = NewDeprecation { versions: None, message: "use another".parse().unwrap(), replacement: None };
    vec![
        write("yank", yank(ports, actor, module, version, Yank::For(None))),
        write("unyank", yank(ports, actor, module, version, Yank::Undo(None))),
        write("deprecate", deprecate(ports, actor, module, Some(advice))),
        write("remove key", async move {
            let namespace = namespace();
            remove_key(ports, actor, &namespace, release.key_id, None).await
        }),
    ]
}

fn of_owner<'w>(ports: &'w Ports, actor: &'w Actor, release: &'w Release) -> Vec<Write<'w>> {
    let url = HookUrl::stored("https://hook.invalid/").unwrap();
    let hook = NewWebhook { namespace: Some(namespace()), url, events: Vec::new() };
    vec![
        write("delete module", delete_module_as_owner(ports, actor, &release.module)),
        write("create webhook", create_webhook(ports, actor, hook)),
        write("open proposal", async move {
            let namespace = namespace();
            open_proposal(ports, actor, &namespace, invite("Eve")).await
        }),
        write("ask for domain", async move {
            let namespace = namespace();
            ask_for_domain(ports, actor, &namespace, "acme.example".parse().unwrap()).await
        }),
        write("invite member", async move {
            let (namespace, name, email) = (namespace(), "max".parse().unwrap(), address("max").parse().unwrap());
            invite_member(ports, actor, &namespace, Role::Reader, name, email).await
        }),
    ]
}

fn of_operator<'w>(ports: &'w Ports, actor: &'w Actor, release: &'w Release) -> Vec<Write<'w>> {
    let Release { module, version, sha256, .. } = release;
    let reason = || -> Reason { "it steals".parse().unwrap() };
    vec![
        write("quarantine", async move { quarantine(ports, actor, module, version, Some(&reason())).await }),
        write("release", quarantine(ports, actor, module, version, None)),
        write("quarantine module", async move { quarantine_module(ports, actor, module, Some(&reason())).await }),
        write("take down", async move {
            let wanted = NewTakedown { reason: reason(), reference: "case 1".parse().unwrap(), erase: false };
            take_down(ports, actor, module, Some(version), &wanted).await
        }),
        write("give back", lift(ports, actor, module, Some(version))),
        write("revoke", async move { revoke(ports, actor, Revocation::Package(*sha256), &reason()).await }),
        write("hold", async move {
            let namespace = namespace();
            set_standing(ports, actor, &namespace, Some((Standing::Held, reason()))).await
        }),
    ]
}

async fn a_token_that_was_revoked_meanwhile_writes_nothing(engine: Engine) {
    let (world, [owner]) = World::with_owners(engine, ["Ada"]).await;
    let release = released(&world).await;
    let ports = served(&world.ports);
    let issued = issue_operator_token_on_the_machine(&ports, "tests", OperatorScopes::ALL, Networks::default(), None)
        .await
        .unwrap();
    let operator = authenticate(&ports, Some(issued.text.expose())).await.unwrap();
    let (module, version) = (&release.module, &release.version);
    let publisher = &world.publisher;
    for wanted in [Yank::For(None), Yank::Undo(None)] {
        asked(publisher, yank(&ports, publisher, module, version, wanted)).await.expect("it counts still");
    }
    for actor in [publisher, &owner, &operator] {
        revoke_it(&world.ports, actor).await;
    }
    assert_nothing_is_written(&ports, publisher, of_publisher(&ports, publisher, &release)).await;
    assert_nothing_is_written(&ports, &owner, of_owner(&ports, &owner, &release)).await;
    assert_nothing_is_written(&ports, &operator, of_operator(&ports, &operator, &release)).await;
}

async fn a_token_that_expired_meanwhile_writes_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let release = released(&world).await;
    let ports = served(&world.ports);
    let until = ports.now() + Duration::hours(1);
    let issued =
        issue_operator_token_on_the_machine(&ports, "tests", OperatorScopes::ALL, Networks::default(), Some(until))
            .await
            .unwrap();
    let operator = authenticate(&ports, Some(issued.text.expose())).await.unwrap();
    world.clock.pass(Duration::minutes(59));
    asked(&operator, quarantine(&ports, &operator, &release.module, &release.version, None)).await.expect("it counts");
    world.clock.pass(Duration::minutes(1));
    assert_nothing_is_written(&ports, &operator, of_operator(&ports, &operator, &release)).await;
}

async fn who_is_an_owner_no_more_writes_nothing(engine: Engine) {
    let (world, [ada, _]) = World::with_owners(engine, ["Ada", "Ben"]).await;
    let release = released(&world).await;
    let ports = served(&world.ports);
    let Actor::Owner { owner, .. } = &ada else { panic!("not an owner") };
    let mut transaction = world.ports.store.begin().await.unwrap();
    transaction.update_member(&Member { state: MemberState::Removed, ..owner.clone() }).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    assert_nothing_is_written(&ports, &ada, of_owner(&ports, &ada, &release)).await;
}

async fn whose_role_or_session_ended_meanwhile_writes_nothing(engine: Engine) {
    let people = People::new(engine).await;
    let release = released(&people.acme).await;
    let ports = served(people.ports());
    let (max, id) = people.member("max", Role::Maintainer).await;
    let before = max.actor(&ports).await;
    asked(&before, change_name(&ports, &before, "Max".parse().unwrap())).await.expect("it counts still");
    let ada = people.ada.actor(&ports).await;
    change_role(people.ports(), &ada, &namespace(), id, Role::Reader).await.unwrap();
    assert_nothing_is_written(&ports, &before, of_publisher(&ports, &before, &release)).await;

    // Signed out by another of the person's devices.
    let mut transaction = people.ports().store.begin().await.unwrap();
    let Actor::Person { account, .. } = &ada else { panic!("not a person") };
    transaction.end_sessions_of(account.id, None).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    let mut writes = of_owner(&ports, &ada, &release);
    writes.push(write("change name", change_name(&ports, &ada, "Eve".parse().unwrap())));
    writes.push(write("end other sessions", end_other_sessions(&ports, &ada)));
    assert_nothing_is_written(&ports, &ada, writes).await;
    asked(&ada, sign_out(&ports, &ada)).await.expect("it is what was wanted");
}

async fn what_is_revoked_before_the_leaves_are_locked_is_seen_then(engine: Engine) {
    let world = World::new(engine).await;
    let (ports, publisher) = (served(&world.ports), &world.publisher);
    let token = token_of(publisher).id;
    let late = async {
        let mut transaction = ports.store.begin().await.unwrap();
        transaction.revoke_any_token(token, ports.now()).await.unwrap();
        let locked = transaction.lock_leaves().await;
        transaction.rollback().await.unwrap();
        locked
    };
    assert!(matches!(asked(publisher, late).await, Err(StoreError::CountsNoMore)));
    // What comes after is in the order of the lock: whoever revokes waits for it.
    let early = async {
        let mut transaction = ports.store.begin().await.unwrap();
        transaction.lock_leaves().await.unwrap();
        transaction.revoke_any_token(token, ports.now()).await.unwrap();
        let again = transaction.lock_leaves().await;
        transaction.rollback().await.unwrap();
        again
    };
    assert!(asked(publisher, early).await.is_ok());
}

async fn what_ends_by_ones_own_request_is_no_hindrance_to_it(engine: Engine) {
    let people = People::new(engine).await;
    let ports = served(people.ports());
    let publisher = &people.acme.publisher;
    let own = token_of(publisher).id;
    let revoked = asked(publisher, revoke_token(&ports, publisher, None, own, Descendants::Revoke)).await.unwrap();
    assert!(revoked.contains(&own), "{revoked:?}");
    let ada = people.ada.actor(&ports).await;
    asked(&ada, sign_out(&ports, &ada)).await.unwrap();
    assert!(list_sessions(&ports, &ada).await.unwrap().is_empty());
}

//! The operators' link, and what is done on the registry's machine.

use std::sync::Arc;

use adx_registry_core::Ports;
use adx_registry_core::account::AccountState;
use adx_registry_core::accounts::{
    AccountError, ClaimOperator, become_operator, claim_operator_link, disable_on_the_machine, enable_on_the_machine,
    first_operator_link, list_on_the_machine, make_operator_link_on_the_machine, set_operator_on_the_machine, sign_up,
    verify,
};
use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::audit::{Act, AuditFilter, list_audit_on_the_machine};
use adx_registry_core::authenticate::{AuthenticateError, authenticate};
use adx_registry_core::create_publisher::create_publisher;
use adx_registry_core::names::NameRules;
use adx_registry_core::operator_scope::OperatorScope;
use time::Duration;

use super::world::{PASSWORD, World, address, new_publisher, password, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    the_first_link_is_made_once_and_makes_an_operator,
    a_link_is_good_once_for_a_day_and_until_the_next,
    an_account_that_is_there_becomes_an_operators,
    an_account_becomes_an_operators_and_is_one_no_more_on_the_machine,
    whoever_is_disabled_is_out,
    an_address_that_a_stranger_typed_is_nobodys,
);

fn claim(code: &str, name: &str) -> ClaimOperator {
    ClaimOperator {
        code: code.to_owned(),
        email: address(name),
        name: name.parse().unwrap(),
        password: password(PASSWORD),
        device: "Firefox on Linux".to_owned(),
        replaces: None,
    }
}

async fn the_first_link_is_made_once_and_makes_an_operator(engine: Engine) {
    let world = World::new(engine);
    let code = first_operator_link(&world.ports).await.unwrap().expect("nobody runs it yet");
    assert_eq!(world.ports.operator_page(&code), format!("https://registry.example.org/operator#{}", code.expose()));
    assert!(first_operator_link(&world.ports).await.unwrap().is_none(), "that one is good still");
    let ada = claim_operator_link(&world.ports, claim(code.expose(), "ada")).await.unwrap();
    assert!(ada.account.is_operator);
    world.pass(Duration::days(2));
    assert!(first_operator_link(&world.ports).await.unwrap().is_none());
    let actor = world.actor(&ada).await;
    assert_eq!(actor.operator(OperatorScope::Publishers), Ok(()));
    create_publisher(&world.ports, &actor, new_publisher("acme")).await.unwrap();
    assert_eq!(actor.sees_owners_of(&"acme".parse().unwrap()), Ok(true));
}

async fn a_link_is_good_once_for_a_day_and_until_the_next(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    let first = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    let second = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    let refused = claim_operator_link(&world.ports, claim(first.expose(), "ben")).await.expect_err("void");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
    let refused = claim_operator_link(&world.ports, claim(second.expose(), "ADA")).await.expect_err("taken");
    assert!(matches!(refused, AccountError::AddressTaken), "{refused:?}");
    claim_operator_link(&world.ports, claim(second.expose(), "ben")).await.expect("good still");
    let refused = claim_operator_link(&world.ports, claim(second.expose(), "cid")).await.expect_err("used");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
    let third = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    world.pass(Duration::hours(24));
    let refused = claim_operator_link(&world.ports, claim(third.expose(), "cid")).await.expect_err("late");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
}

async fn an_account_that_is_there_becomes_an_operators(engine: Engine) {
    let world = World::new(engine);
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let elsewhere = world.sign_in("ada", PASSWORD).await.unwrap();
    let code = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    let actor = world.actor(&ada).await;
    for bad in ["", "0", &"0".repeat(43)] {
        let refused = become_operator(&world.ports, &actor, bad).await.expect_err("no code");
        assert!(matches!(refused, AccountError::BadCode), "{bad}: {refused:?}");
    }
    let refused = become_operator(&world.ports, &Actor::Anonymous, code.expose()).await.expect_err("nobody");
    assert!(matches!(refused, AccountError::Denied(Denied::Unauthenticated)), "{refused:?}");
    let now = become_operator(&world.ports, &actor, code.expose()).await.expect("good still");
    assert_eq!((now.account.id, now.account.is_operator), (ada.account.id, true));
    assert_eq!(world.actor(&now).await.operator(OperatorScope::Publishers), Ok(()));
    // What was known of the account before is worth no more than it was.
    assert!(!world.is_signed_in(&ada).await && !world.is_signed_in(&elsewhere).await);
    let refused = become_operator(&world.ports, &world.actor(&ben).await, code.expose()).await.expect_err("used");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");

    let next = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    let refused =
        become_operator(&world.ports, &world.actor(&now).await, next.expose()).await.expect_err("one already");
    assert!(matches!(refused, AccountError::IsOperator), "{refused:?}");
    become_operator(&world.ports, &world.actor(&ben).await, next.expose()).await.expect("left to others");
    let late = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    let cid = world.person("cid").await;
    world.pass(Duration::hours(24));
    let refused = become_operator(&world.ports, &world.actor(&cid).await, late.expose()).await.expect_err("late");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
}

async fn an_account_becomes_an_operators_and_is_one_no_more_on_the_machine(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let changed = set_operator_on_the_machine(&world.ports, ada.account.id, true).await.unwrap();
    assert!(changed.is_operator);
    assert!(!world.is_signed_in(&ada).await, "the session was a person's like any other");
    let ada = world.sign_in("ada", PASSWORD).await.unwrap();
    assert_eq!(world.actor(&ada).await.operator(OperatorScope::Publishers), Ok(()));
    set_operator_on_the_machine(&world.ports, ada.account.id, true).await.unwrap();
    assert!(world.is_signed_in(&ada).await, "nothing has changed");
    assert!(!set_operator_on_the_machine(&world.ports, ada.account.id, false).await.unwrap().is_operator);
    let ada = world.sign_in("ada", PASSWORD).await.unwrap();
    assert!(world.actor(&ada).await.operator(OperatorScope::Publishers).is_err());
    disable_on_the_machine(&world.ports, ada.account.id, None).await.unwrap();
    let refused = set_operator_on_the_machine(&world.ports, ada.account.id, true).await.expect_err("disabled");
    assert!(matches!(refused, AccountError::UnknownAccount), "{refused:?}");
    let log = list_audit_on_the_machine(&world.ports, None, AuditFilter::default(), 0, 1_000).await.unwrap();
    let of_operators = |act: &Act| [Act::OperatorCreate, Act::OperatorRemove].contains(act);
    let told: Vec<_> = log.entries.iter().map(|entry| entry.told.act).filter(of_operators).collect();
    assert_eq!(told, [Act::OperatorCreate, Act::OperatorRemove], "what was so already is not told");
}

async fn an_address_that_a_stranger_typed_is_nobodys(engine: Engine) {
    let world = World::new(engine);
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let letter = world.code("verify").await;
    let code = make_operator_link_on_the_machine(&world.ports).await.unwrap();
    let ada = claim_operator_link(&world.ports, claim(code.expose(), "ada")).await.unwrap();
    assert!(world.actor(&ada).await.operator(OperatorScope::Publishers).is_ok());
    let refused = verify(&world.ports, verification(letter, "eve")).await.expect_err("void");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
    world.sign_in("ada", PASSWORD).await.unwrap();
}

async fn whoever_is_disabled_is_out(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let listed = list_on_the_machine(&world.ports, None).await.unwrap();
    assert_eq!(listed.accounts.iter().map(|account| account.id).collect::<Vec<_>>(), [ada.account.id]);
    assert!(listed.next.is_none());
    let ports =
        Ports { names: Arc::new(NameRules { open: true, ..(*world.ports.names).clone() }), ..world.ports.clone() };
    let (_, made) = create_publisher(&ports, &world.actor(&ada).await, new_publisher("acme")).await.unwrap();
    let token = made.text.expose();
    authenticate(&ports, Some(token)).await.unwrap();
    disable_on_the_machine(&world.ports, ada.account.id, None).await.unwrap();
    assert!(!world.is_signed_in(&ada).await);
    let refused = authenticate(&ports, Some(token)).await.expect_err("what it made is out too");
    assert!(matches!(refused, AuthenticateError::Invalid), "{refused:?}");
    // Said to whoever knows the password only.
    assert!(matches!(world.sign_in("ada", PASSWORD).await, Err(AccountError::Disabled)));
    assert!(matches!(world.sign_in("ada", "a guess of many").await, Err(AccountError::WrongCredentials)));
    let enabled = enable_on_the_machine(&world.ports, ada.account.id).await.unwrap();
    assert_eq!(enabled.state, AccountState::Active);
    authenticate(&ports, Some(token)).await.unwrap();
    assert!(!world.is_signed_in(&ada).await, "what was ended stays so");
    world.sign_in("ada", PASSWORD).await.unwrap();
}

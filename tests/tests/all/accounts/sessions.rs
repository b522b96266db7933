//! A session is one browser's, ends by itself, and can be ended from another.

use adx_registry_core::account::AccountState;
use adx_registry_core::accounts::{
    AccountError, SignIn, authenticate_session, csrf_token, end_other_sessions, end_session, erase_account,
    list_sessions, sign_in, sign_out,
};
use adx_registry_core::actor::{Actor, Denied};
use adx_registry_core::authenticate::AuthenticateError;
use adx_registry_core::create_publisher::create_publisher;
use adx_registry_core::operator_scope::OperatorScope;
use time::Duration;

use super::world::{PASSWORD, World, new_publisher, password, signing_in};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    a_session_ends_without_use_and_after_ninety_days,
    signing_in_makes_a_new_session_of_the_browser,
    a_person_sees_and_ends_the_own_sessions_only,
    a_cookie_that_is_none_is_nobodys,
    nothing_personal_is_left_of_an_erased_account,
    a_person_is_no_publisher_and_no_operator,
);

async fn a_session_ends_without_use_and_after_ninety_days(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    world.pass(Duration::days(14) - Duration::SECOND);
    assert!(world.is_signed_in(&ada).await, "that was a use");
    world.pass(Duration::days(14));
    assert!(!world.is_signed_in(&ada).await);

    let again = world.sign_in("ada", PASSWORD).await.unwrap();
    for _ in 0..8 {
        world.pass(Duration::days(11));
        assert!(world.is_signed_in(&again).await);
    }
    world.pass(Duration::days(2));
    assert!(!world.is_signed_in(&again).await, "however often it is used");
}

async fn signing_in_makes_a_new_session_of_the_browser(engine: Engine) {
    let world = World::new(engine);
    let first = world.person("ada").await;
    let replaces = Some(first.secret.expose().to_owned());
    let second = sign_in(&world.ports, SignIn { replaces, ..signing_in("ada", PASSWORD) }).await.unwrap();
    assert_ne!(first.secret.expose(), second.secret.expose());
    assert_ne!(csrf_token(first.secret.expose()), csrf_token(second.secret.expose()));
    assert!(!world.is_signed_in(&first).await, "what somebody may have put there before is good for nothing");
    assert!(world.is_signed_in(&second).await);
    // Nothing is taken over from a cookie that was made up.
    let made_up = "A".repeat(43);
    let third = SignIn { replaces: Some(made_up.clone()), ..signing_in("ada", PASSWORD) };
    let third = sign_in(&world.ports, third).await.unwrap();
    assert_ne!(third.secret.expose(), made_up);
}

async fn a_person_sees_and_ends_the_own_sessions_only(engine: Engine) {
    let world = World::new(engine);
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let elsewhere = world.sign_in("ada", PASSWORD).await.unwrap();
    let (actor, eves) = (world.actor(&ada).await, world.actor(&eve).await);
    let listed = list_sessions(&world.ports, &actor).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|session| session.account == ada.account.id));

    let refused = end_session(&world.ports, &eves, elsewhere.session.id).await.expect_err("another's");
    assert!(matches!(refused, AccountError::UnknownSession), "{refused:?}");
    end_session(&world.ports, &actor, elsewhere.session.id).await.unwrap();
    assert!(!world.is_signed_in(&elsewhere).await);

    let elsewhere = world.sign_in("ada", PASSWORD).await.unwrap();
    end_other_sessions(&world.ports, &actor).await.unwrap();
    assert!(!world.is_signed_in(&elsewhere).await && world.is_signed_in(&ada).await && world.is_signed_in(&eve).await);
    sign_out(&world.ports, &actor).await.unwrap();
    sign_out(&world.ports, &actor).await.unwrap();
    assert!(!world.is_signed_in(&ada).await && world.is_signed_in(&eve).await);
}

async fn a_cookie_that_is_none_is_nobodys(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let secret = ada.secret.expose();
    for cookie in ["", &secret[1..], &format!("{secret}A"), &"A".repeat(43), &ada.session.id.to_string()] {
        let refused = authenticate_session(&world.ports, cookie).await.expect_err("refused");
        assert!(matches!(refused, AuthenticateError::SessionEnded), "{cookie}: {refused:?}");
    }
}

async fn nothing_personal_is_left_of_an_erased_account(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let elsewhere = world.sign_in("ada", PASSWORD).await.unwrap();
    let actor = world.actor(&ada).await;
    let refused = erase_account(&world.ports, &actor, &password("not the password"), None).await.expect_err("refused");
    assert!(matches!(refused, AccountError::WrongPassword), "{refused:?}");
    assert!(world.is_signed_in(&ada).await);
    erase_account(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    for session in [&ada, &elsewhere] {
        assert!(!world.is_signed_in(session).await);
    }
    let left = world.account(&ada).await;
    assert_eq!((left.state, left.email, left.name, left.password), (AccountState::Erased, None, None, None));
    let refused = world.sign_in("ada", PASSWORD).await.expect_err("refused");
    assert!(matches!(refused, AccountError::WrongCredentials), "{refused:?}");
    // The address is free for whoever reads its mail now.
    world.pass(Duration::hours(1));
    assert_ne!(world.person("ada").await.account.id, ada.account.id);
}

async fn a_person_is_no_publisher_and_no_operator(engine: Engine) {
    let world = World::new(engine);
    let actor = world.actor(&world.person("ada").await).await;
    assert_eq!(actor.operator(OperatorScope::Read), Err(Denied::OperatorOnly));
    assert_eq!(actor.publisher().expect_err("refused"), Denied::PublisherOnly);
    let nobody = Denied::NotMember("acme".parse().unwrap());
    assert_eq!(actor.owner_of(&"acme".parse().unwrap()).expect_err("refused"), nobody);
    assert_eq!(actor.sees_owners_of(&"acme".parse().unwrap()), Err(nobody));
    assert!(create_publisher(&world.ports, &actor, new_publisher("acme")).await.is_err());
    assert_eq!(Actor::Anonymous.person().expect_err("refused"), Denied::Unauthenticated);
}

//! Another password: by whoever knows the one before, or reads the mail.

use adx_registry_core::accounts::{
    AccountError, BadPassword, ask_reset, change_password, reset_password, sign_up, verify,
};
use time::Duration;

use super::world::{OTHER, PASSWORD, World, address, password, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    a_changed_password_ends_every_session_but_a_new_one,
    a_stolen_session_changes_no_password,
    a_reset_takes_the_code_of_the_letter_once,
    a_reset_tells_nobody_who_has_an_account,
    a_code_is_good_for_what_it_was_sent_for_only,
);

async fn a_changed_password_ends_every_session_but_a_new_one(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let elsewhere = world.sign_in("ada", PASSWORD).await.unwrap();
    let actor = world.actor(&ada).await;
    let renewed = change_password(&world.ports, &actor, &password(PASSWORD), &password(OTHER), None).await.unwrap();
    assert!(!world.is_signed_in(&ada).await && !world.is_signed_in(&elsewhere).await);
    assert!(world.is_signed_in(&renewed).await);
    assert!(world.letter().await.subject.contains("password was changed"));
    assert!(matches!(world.sign_in("ada", PASSWORD).await, Err(AccountError::WrongCredentials)));
    world.sign_in("ada", OTHER).await.unwrap();
}

async fn a_stolen_session_changes_no_password(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    let change = async |current: &str, new: &str| {
        change_password(&world.ports, &actor, &password(current), &password(new), None).await.map(drop)
    };
    for _ in 0..6 {
        assert!(matches!(change("a guess of many", OTHER).await, Err(AccountError::WrongPassword)));
    }
    assert!(matches!(change("a guess of many", OTHER).await, Err(AccountError::Wait { .. })));
    // Signing in is not in the way of it, nor the other way round.
    world.sign_in("ada", PASSWORD).await.unwrap();
    world.pass(Duration::minutes(1));
    let refused = change(PASSWORD, "ada@example.org").await;
    assert!(matches!(refused, Err(AccountError::Password(BadPassword::Personal))), "{refused:?}");
    change(PASSWORD, OTHER).await.unwrap();
    assert!(matches!(change(OTHER, PASSWORD).await, Err(AccountError::WrongPassword)), "by what it was before");
}

async fn a_reset_takes_the_code_of_the_letter_once(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("ADA"), &None).await.unwrap();
    let code = world.code("reset").await;
    assert!(world.is_signed_in(&ada).await, "asking changes nothing");
    let easy = reset_password(&world.ports, &code, &password("password1234")).await;
    assert!(matches!(easy, Err(AccountError::Password(BadPassword::Common))), "{easy:?}");
    reset_password(&world.ports, &code, &password(OTHER)).await.unwrap();
    assert!(!world.is_signed_in(&ada).await);
    assert!(world.letter().await.subject.contains("password was changed"));
    assert!(matches!(world.sign_in("ada", PASSWORD).await, Err(AccountError::WrongCredentials)));
    world.sign_in("ada", OTHER).await.unwrap();
    let again = reset_password(&world.ports, &code, &password(PASSWORD)).await;
    assert!(matches!(again, Err(AccountError::BadCode)), "{again:?}");

    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    let late = world.code("reset").await;
    world.pass(Duration::hours(1));
    let refused = reset_password(&world.ports, &late, &password(PASSWORD)).await;
    assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
}

async fn a_reset_tells_nobody_who_has_an_account(engine: Engine) {
    let world = World::new(engine);
    ask_reset(&world.ports, &address("nobody"), &None).await.unwrap();
    sign_up(&world.ports, address("unfinished"), &None).await.unwrap();
    world.letters().await;
    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("unfinished"), &None).await.unwrap();
    assert_eq!(world.letters().await.len(), 0);
}

async fn a_code_is_good_for_what_it_was_sent_for_only(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    let reset = world.code("reset").await;
    let refused = verify(&world.ports, verification(reset, "Eve")).await.expect_err("refused");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
    sign_up(&world.ports, address("eve"), &None).await.unwrap();
    let verify_code = world.code("verify").await;
    let refused = reset_password(&world.ports, &verify_code, &password(OTHER)).await;
    assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
}

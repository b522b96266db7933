//! Whoever guesses waits, and keeps nobody out for good.

use adx_registry_core::accounts::{AccountError, SignIn, ask_reset, ask_unlock, reset_password, sign_in, sign_up};
use time::Duration;

use super::world::{OTHER, PASSWORD, World, address, network, password, signing_in};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    guesses_wait_longer_and_longer_for_known_and_unknown_alike,
    the_right_password_forgets_the_guesses,
    a_letter_lets_the_person_in_meanwhile,
    a_code_that_is_bad_tells_nothing_of_the_address,
    letters_of_one_kind_keep_no_other_back,
    a_network_that_guesses_everywhere_waits,
    guesses_made_at_once_are_no_way_around,
);

async fn wrong(world: &World, name: &str) -> Option<u64> {
    match world.sign_in(name, "a guess of many").await.expect_err("refused") {
        AccountError::WrongCredentials => None,
        AccountError::Wait { seconds } => Some(seconds),
        other => panic!("{other}"),
    }
}

async fn guesses_wait_longer_and_longer_for_known_and_unknown_alike(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    for name in ["ada", "nobody"] {
        for _ in 0..6 {
            assert_eq!(wrong(&world, name).await, None, "{name}");
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = wrong(&world, name).await.expect("too early");
            waits.push(wait - 1);
            world.pass(Duration::seconds(i64::try_from(wait).unwrap()));
            assert_eq!(wrong(&world, name).await, None, "{name}");
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900], "{name}");
        // The right one waits as well: who asks cannot be told.
        let refused = world.sign_in(name, PASSWORD).await.expect_err("refused");
        assert!(matches!(refused, AccountError::Wait { .. }), "{refused:?}");
    }
    world.pass(Duration::hours(24) + Duration::SECOND);
    assert_eq!(wrong(&world, "ada").await, None);
    assert_eq!(wrong(&world, "ada").await, None, "a day later they are forgotten");
}

async fn the_right_password_forgets_the_guesses(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    for _ in 0..3 {
        for _ in 0..5 {
            assert_eq!(wrong(&world, "ada").await, None);
        }
        world.sign_in("ada", PASSWORD).await.unwrap();
    }
}

async fn a_letter_lets_the_person_in_meanwhile(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    world.person("eve").await;
    while wrong(&world, "ada").await.is_none() {}
    world.pass(Duration::seconds(1));
    while wrong(&world, "ada").await.is_none() {}
    ask_unlock(&world.ports, &address("nobody"), &None).await.unwrap();
    assert_eq!(world.letters().await.len(), 0);
    world.pass(Duration::minutes(2));
    // The stranger goes on.
    while wrong(&world, "ada").await.is_none() {}
    ask_unlock(&world.ports, &address("ada"), &None).await.unwrap();
    let code = world.code("sign-in").await;
    let unlocked = |name, text| SignIn { unlock: Some(code.clone()), ..signing_in(name, text) };
    // A mistype does not use it up, and it opens nobody else's account.
    let refused = sign_in(&world.ports, unlocked("ada", "mistyped it today")).await.expect_err("refused");
    assert!(matches!(refused, AccountError::WrongCredentials), "{refused:?}");
    while wrong(&world, "eve").await.is_none() {}
    let refused = sign_in(&world.ports, unlocked("eve", PASSWORD)).await.expect_err("refused");
    assert!(matches!(refused, AccountError::Wait { .. }), "{refused:?}");
    let refused = reset_password(&world.ports, &code, &password(OTHER)).await;
    assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
    sign_in(&world.ports, unlocked("ada", PASSWORD)).await.unwrap();
    let refused = sign_in(&world.ports, unlocked("ada", PASSWORD)).await.expect_err("good once");
    assert!(matches!(refused, AccountError::BadCode), "{refused:?}");
}

async fn a_code_that_is_bad_tells_nothing_of_the_address(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    for name in ["ada", "nobody"] {
        let guess = SignIn { unlock: Some("A".repeat(43)), ..signing_in(name, PASSWORD) };
        let refused = sign_in(&world.ports, guess).await.expect_err("refused");
        assert!(matches!(refused, AccountError::BadCode), "{name}: {refused:?}");
    }
}

/// A stranger has the same letter sent again and again.
async fn letters_of_one_kind_keep_no_other_back(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    for _ in 0..3 {
        sign_up(&world.ports, address("ada"), &None).await.unwrap();
    }
    world.letters().await;
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    world.code("reset").await;
    ask_unlock(&world.ports, &address("ada"), &None).await.unwrap();
    world.code("sign-in").await;
}

async fn a_network_that_guesses_everywhere_waits(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    let from = |name: &str, text: &str, from: &str| SignIn { network: network(from), ..signing_in(name, text) };
    let mut last = None;
    for number in 0..60 {
        let guess = from(&format!("p{number}"), "a guess of many", "192.0.2.1");
        last = Some(sign_in(&world.ports, guess).await.expect_err("refused"));
    }
    assert!(matches!(last, Some(AccountError::Wait { .. })), "{last:?}");
    let refused = sign_in(&world.ports, from("ada", PASSWORD, "192.0.2.1")).await;
    assert!(matches!(refused, Err(AccountError::Wait { .. })), "{refused:?}");
    sign_in(&world.ports, from("ada", PASSWORD, "192.0.2.2")).await.unwrap();
}

async fn guesses_made_at_once_are_no_way_around(engine: Engine) {
    let world = World::new(engine);
    world.person("ada").await;
    let guesses = futures::future::join_all((0..20).map(|_| wrong(&world, "ada"))).await;
    assert_eq!(guesses.iter().filter(|guess| guess.is_none()).count(), 6, "{guesses:?}");
}

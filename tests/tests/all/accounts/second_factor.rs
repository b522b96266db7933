//! One-time passwords beside the password, and recovery codes for a lost device.

use adx_registry::world::FileVault;
use adx_registry_core::accounts::{
    AccountError, BegunSecondFactor, Factor, RecoveryCodes, SignIn, SignedIn, ask_address, ask_reset, ask_unlock,
    begin_second_factor, change_password, confirm_second_factor, end_other_sessions, erase_account,
    remove_second_factor, renew_recovery_codes, reset_password, second_factor_state, sign_in,
};
use time::Duration;

use super::world::{OTHER, PASSWORD, World, address, password, signing_in};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    they_are_asked_for_once_they_are_confirmed,
    each_is_good_once,
    a_recovery_code_stands_in_once,
    guesses_wait,
    whoever_reads_the_mail_guesses_no_further,
    whoever_mistyped_the_password_does_not_wait_for_the_second_factor,
    they_go_off_with_one_of_them_and_the_password,
    the_address_the_password_and_the_end_of_the_account_take_one,
    recovery_codes_are_made_anew_with_one_of_them_and_the_password,
    a_reset_leaves_them_on,
    a_session_that_has_ended_turns_nothing_on,
    the_database_alone_tells_no_seed,
);

/// The password of the moment, as the person's device shows it.
pub(super) fn shown(world: &World, begun: &BegunSecondFactor) -> String {
    let totp = totp_rs::Totp::from_url(begun.otpauth_url.as_str()).unwrap();
    totp.generate(u64::try_from(world.ports.now().unix_timestamp()).unwrap()).to_string()
}

/// What is typed.
fn code(text: &str) -> Factor {
    Factor::Code(text.to_owned())
}

/// Turns them on.
pub(super) async fn on(world: &World, person: &SignedIn) -> (BegunSecondFactor, RecoveryCodes) {
    let actor = world.actor(person).await;
    let begun = begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let codes = confirm_second_factor(&world.ports, &actor, &shown(world, &begun)).await.unwrap();
    world.pass(Duration::seconds(30));
    (begun, codes)
}

async fn enter(world: &World, second_factor: Option<&str>) -> Result<SignedIn, AccountError> {
    let second_factor = second_factor.map(code);
    sign_in(&world.ports, SignIn { second_factor, ..signing_in("ada", PASSWORD) }).await
}

async fn they_are_asked_for_once_they_are_confirmed(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    let refused = begin_second_factor(&world.ports, &actor, &password("not the password"), None).await;
    assert!(matches!(refused, Err(AccountError::WrongPassword)), "a browser that was left open is not enough");
    let refused = confirm_second_factor(&world.ports, &actor, "123456").await;
    assert!(matches!(refused, Err(AccountError::NoSecondFactor)), "{refused:?}");
    let begun = begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    assert!(begun.otpauth_url.starts_with("otpauth://totp/registry.example.org:ada%40example.org?secret="));
    assert!(begun.otpauth_url.contains(begun.seed.as_str()));
    enter(&world, None).await.expect("not on yet");
    let refused = confirm_second_factor(&world.ports, &actor, "000000").await;
    assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");

    let renewed = confirm_second_factor(&world.ports, &actor, &shown(&world, &begun)).await.unwrap().signed_in;
    assert!(!world.is_signed_in(&ada).await, "what was worth less is ended");
    assert!(world.is_signed_in(&renewed).await);
    assert!(world.letter().await.subject.contains("One-time passwords are on"));
    let state = second_factor_state(&world.ports, &ada.account).await.unwrap();
    assert!(state.is_on && state.recovery_codes_left == 10, "{state:?}");
    let refused = begin_second_factor(&world.ports, &world.actor(&renewed).await, &password(PASSWORD), None).await;
    assert!(matches!(refused, Err(AccountError::HasSecondFactor)));
    // A wrong password says nothing of them.
    assert!(matches!(world.sign_in("ada", OTHER).await, Err(AccountError::WrongCredentials)));
    for _ in 0..20 {
        assert!(matches!(enter(&world, None).await, Err(AccountError::SecondFactorNeeded(_))), "that is no guess");
    }
    world.pass(Duration::seconds(30));
    enter(&world, Some(&shown(&world, &begun))).await.unwrap();
}

async fn each_is_good_once(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, _) = on(&world, &ada).await;
    let one = shown(&world, &begun);
    enter(&world, Some(&one)).await.unwrap();
    assert!(matches!(enter(&world, Some(&one)).await, Err(AccountError::WrongSecondFactor)), "somebody looked on");
    world.pass(Duration::seconds(30));
    let spaced = shown(&world, &begun);
    enter(&world, Some(&format!(" {} {} ", &spaced[..3], &spaced[3..]))).await.unwrap();
    // Two at once with the same one: one of them is in.
    world.pass(Duration::seconds(30));
    let one = shown(&world, &begun);
    let (left, right) = tokio::join!(enter(&world, Some(&one)), enter(&world, Some(&one)));
    assert_ne!(left.is_ok(), right.is_ok());
}

/// A thief has begun, and holds back what confirms until the person has set another password.
async fn a_session_that_has_ended_turns_nothing_on(engine: Engine) {
    let world = World::new(engine);
    let thief = world.person("ada").await;
    let actor = world.actor(&thief).await;
    let begun = begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    reset_password(&world.ports, &world.code("reset").await, &password(OTHER)).await.unwrap();
    let refused = confirm_second_factor(&world.ports, &actor, &shown(&world, &begun)).await;
    assert!(matches!(refused, Err(AccountError::Denied(_))), "{refused:?}");
    let refused = change_password(&world.ports, &actor, &password(OTHER), &password(PASSWORD), None).await;
    assert!(matches!(refused, Err(AccountError::WrongPassword | AccountError::Denied(_))), "{refused:?}");
    let ada = world.sign_in("ada", OTHER).await.expect("no second factor is asked for");
    // Nor is there anything left to confirm.
    let refused = confirm_second_factor(&world.ports, &world.actor(&ada).await, &shown(&world, &begun)).await;
    assert!(matches!(refused, Err(AccountError::NoSecondFactor)), "{refused:?}");
    // Signed out elsewhere: the password alone is not enough in a request that began before.
    let other = world.sign_in("ada", OTHER).await.unwrap();
    let late = world.actor(&other).await;
    end_other_sessions(&world.ports, &world.actor(&ada).await).await.unwrap();
    let refused = change_password(&world.ports, &late, &password(OTHER), &password(PASSWORD), None).await;
    assert!(matches!(refused, Err(AccountError::Denied(_))), "{refused:?}");
}

async fn a_recovery_code_stands_in_once(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (_, RecoveryCodes { codes, .. }) = on(&world, &ada).await;
    assert_eq!(codes.len(), 10);
    enter(&world, Some(&codes[0])).await.unwrap();
    assert!(matches!(enter(&world, Some(&codes[0])).await, Err(AccountError::WrongSecondFactor)));
    enter(&world, Some(&codes[1].replace('-', " ").to_uppercase())).await.unwrap();
    assert_eq!(second_factor_state(&world.ports, &ada.account).await.unwrap().recovery_codes_left, 8);
}

async fn guesses_wait(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, RecoveryCodes { signed_in, .. }) = on(&world, &ada).await;
    for _ in 0..6 {
        assert!(matches!(enter(&world, Some("000000")).await, Err(AccountError::WrongSecondFactor)));
    }
    assert!(matches!(enter(&world, Some("000000")).await, Err(AccountError::Wait { .. })));
    // Nor may whoever turns them on: a device that shows the wrong ones is looked at first.
    world.letters().await;
    let eve = world.person("eve").await;
    let actor = world.actor(&eve).await;
    begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    for _ in 0..6 {
        let refused = confirm_second_factor(&world.ports, &actor, "000000").await;
        assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");
    }
    let refused = confirm_second_factor(&world.ports, &actor, "000000").await;
    assert!(matches!(refused, Err(AccountError::Wait { .. })), "{refused:?}");
    // Nor may whoever stole a session and the password guess on.
    let actor = world.actor(&signed_in).await;
    for _ in 0..6 {
        let refused = remove_second_factor(&world.ports, &actor, &password(PASSWORD), Some(code("000000"))).await;
        assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");
    }
    let refused =
        remove_second_factor(&world.ports, &actor, &password(PASSWORD), Some(code(&shown(&world, &begun)))).await;
    assert!(matches!(refused, Err(AccountError::Wait { .. })), "{refused:?}");
}

async fn whoever_reads_the_mail_guesses_no_further(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    on(&world, &ada).await;
    world.letters().await;
    world.pass(Duration::minutes(2));
    ask_unlock(&world.ports, &address("ada"), &None).await.unwrap();
    let letter = world.code("sign-in").await;
    let guess = async || {
        let (second_factor, unlock) = (Some(code("000000")), Some(letter.clone()));
        sign_in(&world.ports, SignIn { second_factor, unlock, ..signing_in("ada", PASSWORD) }).await.map(drop)
    };
    for _ in 0..6 {
        assert!(matches!(guess().await, Err(AccountError::WrongSecondFactor)));
    }
    assert!(matches!(guess().await, Err(AccountError::Wait { .. })));
}

async fn whoever_mistyped_the_password_does_not_wait_for_the_second_factor(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, _) = on(&world, &ada).await;
    for _ in 0..8 {
        assert!(matches!(world.sign_in("ada", OTHER).await, Err(AccountError::WrongCredentials)));
        world.pass(Duration::minutes(1));
    }
    assert!(matches!(enter(&world, None).await, Err(AccountError::SecondFactorNeeded(_))));
    enter(&world, Some(&shown(&world, &begun))).await.expect("at once");
    // Guesses wait even so, each after the other.
    for _ in 0..6 {
        assert!(matches!(enter(&world, None).await, Err(AccountError::SecondFactorNeeded(_))));
        assert!(matches!(enter(&world, Some("000000")).await, Err(AccountError::WrongSecondFactor)));
    }
    assert!(matches!(enter(&world, None).await, Err(AccountError::Wait { .. })));
}

async fn they_go_off_with_one_of_them_and_the_password(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, RecoveryCodes { codes, signed_in }) = on(&world, &ada).await;
    world.letters().await;
    let actor = world.actor(&signed_in).await;
    let off = async |text: &str, shown: &str| {
        remove_second_factor(&world.ports, &actor, &password(text), Some(code(shown))).await
    };
    assert!(matches!(off("not the password", &codes[0]).await, Err(AccountError::WrongPassword)));
    assert!(matches!(off(PASSWORD, "no code").await, Err(AccountError::WrongSecondFactor)));
    assert!(matches!(off(PASSWORD, "").await, Err(AccountError::SecondFactorNeeded(_))));
    off(PASSWORD, &shown(&world, &begun)).await.unwrap();
    assert!(world.letter().await.subject.contains("off"));
    enter(&world, None).await.unwrap();
    assert!(matches!(off(PASSWORD, &codes[0]).await, Err(AccountError::NoSecondFactor)));
}

/// A thief with a session and the password has no letter sent elsewhere, sets no password and erases nothing.
async fn the_address_the_password_and_the_end_of_the_account_take_one(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, RecoveryCodes { codes, signed_in }) = on(&world, &ada).await;
    world.letters().await;
    let (ports, known, other) = (&world.ports, password(PASSWORD), password(OTHER));
    let actor = world.actor(&signed_in).await;
    let all = async |text: Option<&str>| {
        [
            ask_address(ports, &actor, address("king"), &known, text.map(code)).await,
            change_password(ports, &actor, &known, &other, text.map(code)).await.map(drop),
            erase_account(ports, &actor, &known, text.map(code)).await,
        ]
    };
    for refused in all(None).await {
        assert!(matches!(refused, Err(AccountError::SecondFactorNeeded(_))), "{refused:?}");
    }
    for refused in all(Some("00000-00000-00000-00000")).await {
        assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");
    }
    assert!(world.letters().await.is_empty());
    assert!(world.is_signed_in(&signed_in).await);

    let one = code(&shown(&world, &begun));
    ask_address(ports, &actor, address("king"), &known, Some(one)).await.unwrap();
    assert_eq!(world.letters().await.len(), 2);
    let renewed = change_password(ports, &actor, &known, &other, Some(code(&codes[0]))).await.unwrap();
    let actor = world.actor(&renewed).await;
    let used = erase_account(ports, &actor, &other, Some(code(&codes[0]))).await;
    assert!(matches!(used, Err(AccountError::WrongSecondFactor)), "{used:?}");
    erase_account(ports, &actor, &other, Some(code(&codes[1]))).await.unwrap();
    assert!(!world.is_signed_in(&renewed).await);
}

async fn recovery_codes_are_made_anew_with_one_of_them_and_the_password(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    let without = renew_recovery_codes(&world.ports, &actor, &password(PASSWORD), None).await;
    assert!(matches!(without, Err(AccountError::NothingToRecover)), "{without:?}");
    let (begun, RecoveryCodes { codes: before, signed_in }) = on(&world, &ada).await;
    world.letters().await;
    let actor = world.actor(&signed_in).await;
    let renew = async |text: &str, shown: Option<&str>| {
        renew_recovery_codes(&world.ports, &actor, &password(text), shown.map(code)).await
    };
    assert!(matches!(renew(OTHER, Some(before[0].as_str())).await, Err(AccountError::WrongPassword)));
    assert!(matches!(renew(PASSWORD, None).await, Err(AccountError::SecondFactorNeeded(_))));
    assert!(matches!(renew(PASSWORD, Some("000000")).await, Err(AccountError::WrongSecondFactor)));
    assert!(world.letters().await.is_empty());
    enter(&world, Some(&before[0])).await.expect("those of before count still");

    let codes = renew(PASSWORD, Some(before[1].as_str())).await.unwrap();
    assert_eq!(codes.len(), 10);
    assert!(world.letter().await.subject.contains("New recovery codes"));
    assert!(world.is_signed_in(&signed_in).await);
    assert!(matches!(enter(&world, Some(&before[2])).await, Err(AccountError::WrongSecondFactor)));
    enter(&world, Some(&codes[0])).await.unwrap();
    let again = renew(PASSWORD, Some(shown(&world, &begun).as_str())).await.unwrap();
    assert_eq!(second_factor_state(&world.ports, &ada.account).await.unwrap().recovery_codes_left, 10);
    assert!(matches!(enter(&world, Some(&codes[1])).await, Err(AccountError::WrongSecondFactor)));
    enter(&world, Some(&again[9])).await.unwrap();
}

async fn a_reset_leaves_them_on(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, _) = on(&world, &ada).await;
    world.letters().await;
    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    let letter = world.code("reset").await;
    reset_password(&world.ports, &letter, &password(OTHER)).await.unwrap();
    assert!(matches!(world.sign_in("ada", OTHER).await, Err(AccountError::SecondFactorNeeded(_))));
    let second_factor = Some(code(&shown(&world, &begun)));
    sign_in(&world.ports, SignIn { second_factor, ..signing_in("ada", OTHER) }).await.unwrap();
}

async fn the_database_alone_tells_no_seed(engine: Engine) {
    let mut world = World::new(engine);
    let ada = world.person("ada").await;
    let (begun, RecoveryCodes { codes, .. }) = on(&world, &ada).await;
    let mut reader = world.engine.store.read().await.unwrap();
    let kept = reader.second_factor(ada.account.id).await.unwrap().unwrap();
    assert!(!format!("{kept:?}").contains(begun.seed.as_str()));
    drop(reader);
    world.ports.vault = std::sync::Arc::new(FileVault::of(&[8; 32]));
    let refused = enter(&world, Some(&shown(&world, &begun))).await.expect_err("another key");
    assert!(matches!(refused, AccountError::SecondFactorLost), "{refused:?}");
    enter(&world, Some(&codes[0])).await.expect("recovery codes need no key");
}

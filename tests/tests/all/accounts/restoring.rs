//! Whoever reads the mail of the address of before takes the account back.

use adx_registry_core::accounts::{
    AccountError, Factor, SignedIn, ask_address, begin_second_factor, change_password, confirm_address,
    confirm_second_factor, erase_account, reset_password, restore_address, second_factor_state, sign_up, verify,
};
use adx_registry_core::audit::Act;
use adx_registry_core::ports::{Address, Message, Written};
use adx_signing::digest::Digest;
use time::Duration;

use super::passkeys::told;
use super::second_factor::{on, shown};
use super::world::{OTHER, PASSWORD, World, address, code_in, password, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    whoever_reads_the_address_of_before_takes_the_account_back,
    it_ends_a_wish_that_nobody_has_confirmed,
    it_is_good_for_seven_days,
    a_second_change_is_no_way_around_it,
    the_letter_goes_to_the_address_of_then,
    a_factor_of_the_last_days_goes_and_an_older_one_stays,
    nothing_is_left_to_take_back_of_an_erased_account,
    an_address_of_somebody_else_by_now_stays_theirs,
);

const RESTORED: &str = "a horse of another";

/// Asks for mail to go to another address; the codes of the letters to the one so far, and to that one.
async fn asked(world: &World, session: &SignedIn, name: &str, factor: Option<Factor>) -> (String, String) {
    // As long as one waits for another letter.
    world.pass(Duration::minutes(20));
    world.letters().await;
    let so_far = world.account(session).await.email.unwrap();
    let actor = world.actor(session).await;
    ask_address(&world.ports, &actor, address(name), &password(PASSWORD), factor).await.unwrap();
    let letters = world.letters().await;
    let to = |wanted: Address| letters.iter().find(|letter: &&Message| letter.to == wanted).unwrap();
    (code_in(to(so_far), "restore-address"), code_in(to(address(name)), "confirm-address"))
}

async fn refused(world: &World, code: &str) {
    let refused = restore_address(&world.ports, code).await;
    assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
}

async fn whoever_reads_the_address_of_before_takes_the_account_back(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (back, confirm) = asked(&world, &ada, "thief", None).await;
    confirm_address(&world.ports, &confirm).await.unwrap();
    let actor = world.actor(&ada).await;
    let thief = change_password(&world.ports, &actor, &password(PASSWORD), &password(OTHER), None).await.unwrap();
    world.letters().await;

    refused(&world, "a code of nobody").await;
    refused(&world, &confirm).await;
    restore_address(&world.ports, &back).await.unwrap();
    let account = world.account(&ada).await;
    assert_eq!((account.email, account.password), (Some(address("ada")), None));
    assert!(!world.is_signed_in(&thief).await);
    for name in ["ada", "thief"] {
        assert!(matches!(world.sign_in(name, OTHER).await, Err(AccountError::WrongCredentials)));
    }
    let letter = world.letter().await;
    assert_eq!(letter.to, address("ada"));
    reset_password(&world.ports, &code_in(&letter, "reset"), &password(RESTORED)).await.unwrap();
    world.sign_in("ada", RESTORED).await.unwrap();
    refused(&world, &back).await;
    assert_eq!(told(&world, Act::AddressRestore).await, [ada.account.id.to_string()]);
}

async fn it_ends_a_wish_that_nobody_has_confirmed(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (back, confirm) = asked(&world, &ada, "thief", None).await;
    restore_address(&world.ports, &back).await.unwrap();
    let late = confirm_address(&world.ports, &confirm).await;
    assert!(matches!(late, Err(AccountError::BadCode)), "{late:?}");
    let account = world.account(&ada).await;
    assert_eq!((account.email, account.password), (Some(address("ada")), None));
    assert!(!world.is_signed_in(&ada).await);
}

async fn it_is_good_for_seven_days(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    // A later letter takes the place of the one before.
    let (first, _) = asked(&world, &ada, "king", None).await;
    let (second, confirm) = asked(&world, &ada, "queen", None).await;
    refused(&world, &first).await;
    confirm_address(&world.ports, &confirm).await.unwrap();
    world.pass(Duration::days(7));
    refused(&world, &second).await;
    assert_eq!(world.account(&ada).await.email, Some(address("queen")));
    assert!(world.is_signed_in(&ada).await);
}

async fn a_second_change_is_no_way_around_it(engine: Engine) {
    let world = World::new(engine);
    for (name, thief_is_first) in [("ada", false), ("ben", true)] {
        let person = world.person(name).await;
        let (away, farther) = (format!("{name}-one"), format!("{name}-two"));
        let (back, confirm) = asked(&world, &person, &away, None).await;
        confirm_address(&world.ports, &confirm).await.unwrap();
        let (thiefs, confirm) = asked(&world, &person, &farther, None).await;
        confirm_address(&world.ports, &confirm).await.unwrap();
        if thief_is_first {
            restore_address(&world.ports, &thiefs).await.unwrap();
            assert_eq!(world.account(&person).await.email, Some(address(&away)));
        }
        restore_address(&world.ports, &back).await.unwrap();
        refused(&world, &thiefs).await;
        assert_eq!(world.account(&person).await.email, Some(address(name)));
        world.letters().await;
    }
}

/// The mail is slow, and the thief is not.
async fn the_letter_goes_to_the_address_of_then(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    ask_address(&world.ports, &actor, address("thief"), &password(PASSWORD), None).await.unwrap();
    let confirm = "c".repeat(43);
    let mut transaction = world.engine.store.begin().await.unwrap();
    transaction.set_address_code(ada.account.id, &Digest::of(confirm.as_bytes())).await.unwrap();
    transaction.commit(Written::SAMPLE).await.unwrap();
    confirm_address(&world.ports, &confirm).await.unwrap();
    let letter = world.letter().await;
    assert_eq!(letter.to, address("ada"));
    restore_address(&world.ports, &code_in(&letter, "restore-address")).await.unwrap();
    assert_eq!(world.account(&ada).await.email, Some(address("ada")));
}

async fn a_factor_of_the_last_days_goes_and_an_older_one_stays(engine: Engine) {
    let world = World::new(engine);
    for (name, age, stays) in [("ada", Duration::days(6), false), ("ben", Duration::days(8), true)] {
        let person = world.person(name).await;
        let (begun, codes) = on(&world, &person).await;
        world.pass(age);
        let factor = Factor::Code(codes.codes[0].to_string());
        let (back, confirm) = asked(&world, &codes.signed_in, &format!("{name}-thief"), Some(factor)).await;
        confirm_address(&world.ports, &confirm).await.unwrap();
        restore_address(&world.ports, &back).await.unwrap();
        let state = second_factor_state(&world.ports, &person.account).await.unwrap();
        assert_eq!((state.is_on, state.recovery_codes_left), (stays, if stays { 9 } else { 0 }), "{name}");
        reset_password(&world.ports, &world.code("reset").await, &password(RESTORED)).await.unwrap();
        let signed_in = world.sign_in(name, RESTORED).await;
        assert_eq!(matches!(signed_in, Err(AccountError::SecondFactorNeeded(_))), stays, "{signed_in:?}");
        world.letters().await;
        if let Ok(again) = signed_in {
            // Nor is anything left of what was begun.
            let late = confirm_second_factor(&world.ports, &world.actor(&again).await, &shown(&world, &begun)).await;
            assert!(matches!(late, Err(AccountError::NoSecondFactor)), "{late:?}");
            begin_second_factor(&world.ports, &world.actor(&again).await, &password(RESTORED), None).await.unwrap();
        }
    }
}

async fn nothing_is_left_to_take_back_of_an_erased_account(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (back, _) = asked(&world, &ada, "king", None).await;
    erase_account(&world.ports, &world.actor(&ada).await, &password(PASSWORD), None).await.unwrap();
    refused(&world, &back).await;
    let mut transaction = world.engine.store.begin().await.unwrap();
    let kept = transaction.former_address_by_code(&Digest::of(back.as_bytes())).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(kept, None);
}

async fn an_address_of_somebody_else_by_now_stays_theirs(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (back, confirm) = asked(&world, &ada, "king", None).await;
    confirm_address(&world.ports, &confirm).await.unwrap();
    world.pass(Duration::minutes(20));
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let code = world.code("verify").await;
    let other = verify(&world.ports, verification(code, "ada")).await.unwrap();
    let taken = restore_address(&world.ports, &back).await;
    assert!(matches!(taken, Err(AccountError::AddressTaken)), "{taken:?}");
    assert_eq!(world.account(&ada).await.email, Some(address("king")));
    erase_account(&world.ports, &world.actor(&other).await, &password(PASSWORD), None).await.unwrap();
    // Whoever only began to sign up keeps it from nobody.
    world.pass(Duration::minutes(20));
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    restore_address(&world.ports, &back).await.unwrap();
    assert_eq!(world.account(&ada).await.email, Some(address("ada")));
}

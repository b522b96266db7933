//! What a person is called, and where mail goes.

use std::sync::Arc;

use adx_registry_core::Ports;
use adx_registry_core::account::AccountState;
use adx_registry_core::accounts::{
    AccountError, SignedIn, ask_address, ask_reset, change_name, change_password, confirm_address,
    disable_on_the_machine, enable_on_the_machine, reset_password, sign_up, verify,
};
use adx_registry_core::create_publisher::create_publisher;
use adx_registry_core::names::NameRules;
use time::Duration;

use super::world::{OTHER, PASSWORD, World, address, code_in, new_publisher, password, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    another_name_is_read_in_every_publisher,
    mail_goes_to_another_address_once_that_has_shown_itself,
    a_code_of_another_address_is_good_once_and_for_a_day,
    an_address_of_somebody_else_stays_theirs,
    a_wish_for_an_address_ends_with_the_password_it_was_asked_with,
);

/// A publisher of the person.
async fn found(world: &World, person: &SignedIn) {
    let names = Arc::new(NameRules { open: true, ..(*world.ports.names).clone() });
    let ports = Ports { names, ..world.ports.clone() };
    create_publisher(&ports, &world.actor(person).await, new_publisher("acme")).await.unwrap();
}

async fn another_name_is_read_in_every_publisher(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    found(&world, &ada).await;
    let changed = change_name(&world.ports, &world.actor(&ada).await, "Ada King".parse().unwrap()).await.unwrap();
    assert_eq!(changed.name.unwrap().to_string(), "Ada King");
    assert_eq!(world.account(&ada).await.name.unwrap().to_string(), "Ada King");
    let mut reader = world.ports.store.read().await.unwrap();
    let memberships = reader.memberships_of(ada.account.id).await.unwrap();
    assert_eq!(memberships.iter().map(|one| one.member.name.to_string()).collect::<Vec<_>>(), ["Ada King"]);
    assert!(world.is_signed_in(&ada).await);
}

async fn mail_goes_to_another_address_once_that_has_shown_itself(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    found(&world, &ada).await;
    world.letters().await;
    // A code that was sent to the address before opens nothing any more.
    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    let reset = world.code("reset").await;

    let actor = world.actor(&ada).await;
    let wrong = ask_address(&world.ports, &actor, address("king"), &password(OTHER), None).await;
    assert!(matches!(wrong, Err(AccountError::WrongPassword)), "{wrong:?}");
    let own = ask_address(&world.ports, &actor, address("ada"), &password(PASSWORD), None).await;
    assert!(matches!(own, Err(AccountError::OwnAddress)), "{own:?}");
    assert!(world.letters().await.is_empty());
    ask_address(&world.ports, &actor, address("king"), &password(PASSWORD), None).await.unwrap();
    let letters = world.letters().await;
    let to = |name: &str| letters.iter().find(|letter| letter.to == address(name)).unwrap();
    assert!(to("ada").subject.contains("another address") && !to("ada").text.contains("/confirm-"), "{letters:?}");
    let code = code_in(to("king"), "confirm-address");
    assert_eq!(world.account(&ada).await.email, Some(address("ada")), "asking changes nothing");

    confirm_address(&world.ports, &code).await.unwrap();
    assert_eq!(world.account(&ada).await.email, Some(address("king")));
    assert!(world.is_signed_in(&ada).await);
    let memberships = world.ports.store.read().await.unwrap().memberships_of(ada.account.id).await.unwrap();
    assert_eq!(memberships[0].member.email, Some(address("king")));
    let refused = reset_password(&world.ports, &reset, &password(OTHER)).await;
    assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
    world.sign_in("king", PASSWORD).await.unwrap();
    assert!(matches!(world.sign_in("ada", PASSWORD).await, Err(AccountError::WrongCredentials)));
}

async fn a_code_of_another_address_is_good_once_and_for_a_day(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let ask = async |name: &str| {
        world.pass(Duration::minutes(20));
        ask_address(&world.ports, &world.actor(&ada).await, address(name), &password(PASSWORD), None).await.unwrap();
        let letters = world.letters().await;
        code_in(letters.iter().find(|letter| letter.to == address(name)).unwrap(), "confirm-address")
    };
    let refused = async |code: &str| {
        let refused = confirm_address(&world.ports, code).await;
        assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
    };
    let (first, second) = (ask("king").await, ask("queen").await);
    // A later wish takes the place of the one before.
    refused(&first).await;
    refused("a code of nobody").await;
    confirm_address(&world.ports, &second).await.unwrap();
    refused(&second).await;
    let late = ask("rook").await;
    world.pass(Duration::hours(24));
    refused(&late).await;
    assert_eq!(world.account(&ada).await.email, Some(address("queen")));
}

async fn an_address_of_somebody_else_stays_theirs(engine: Engine) {
    let world = World::new(engine);
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let ask = async |name: &str| {
        ask_address(&world.ports, &world.actor(&ada).await, address(name), &password(PASSWORD), None).await.unwrap();
        world.letters().await
    };
    world.pass(Duration::minutes(20));
    let letters = ask("ben").await;
    let told = letters.iter().find(|letter| letter.to == address("ben")).unwrap();
    assert!(told.subject.contains("an account already"), "{told:?}");
    assert_eq!(world.account(&ben).await.email, Some(address("ben")));

    // Whoever did not finish signing up keeps it from nobody who reads its mail; whoever finished meanwhile does.
    for finishes in [false, true] {
        let name = if finishes { "eve" } else { "mallory" };
        sign_up(&world.ports, address(name), &None).await.unwrap();
        let unfinished = world.code("verify").await;
        world.pass(Duration::minutes(20));
        let letters = ask(name).await;
        let code = code_in(letters.iter().find(|letter| letter.to == address(name)).unwrap(), "confirm-address");
        if finishes {
            verify(&world.ports, verification(unfinished, name)).await.unwrap();
            let taken = confirm_address(&world.ports, &code).await;
            assert!(matches!(taken, Err(AccountError::AddressTaken)), "{taken:?}");
            assert_eq!(world.account(&ada).await.email, Some(address("mallory")));
        } else {
            confirm_address(&world.ports, &code).await.unwrap();
            let refused = verify(&world.ports, verification(unfinished, name)).await;
            assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
            assert_eq!(world.account(&ada).await.email, Some(address(name)));
        }
        world.pass(Duration::minutes(20));
    }
    assert_eq!(world.account(&ada).await.state, AccountState::Active);
}

/// A thief with a session and the password has the letter of another address; the person does what the letter to the one so far says.
async fn a_wish_for_an_address_ends_with_the_password_it_was_asked_with(engine: Engine) {
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let refused = async |code: &str| {
        let refused = confirm_address(&world.ports, code).await;
        assert!(matches!(refused, Err(AccountError::BadCode)), "{refused:?}");
        assert_eq!(world.account(&ada).await.email, Some(address("ada")));
    };
    let wished = async |session: &SignedIn, text: &str| {
        world.pass(Duration::minutes(20));
        ask_address(&world.ports, &world.actor(session).await, address("thief"), &password(text), None).await.unwrap();
    };
    let letter = async || {
        let letters = world.letters().await;
        code_in(letters.iter().find(|letter| letter.to == address("thief")).unwrap(), "confirm-address")
    };
    wished(&ada, PASSWORD).await;
    let code = letter().await;
    let actor = world.actor(&ada).await;
    let ada_again = change_password(&world.ports, &actor, &password(PASSWORD), &password(OTHER), None).await.unwrap();
    refused(&code).await;
    world.letters().await;

    wished(&ada_again, OTHER).await;
    let code = letter().await;
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    reset_password(&world.ports, &world.code("reset").await, &password(PASSWORD)).await.unwrap();
    refused(&code).await;
    world.letters().await;

    // Nor does it stand when an operator lets the person in again, or go out where it was promised only.
    let session = world.sign_in("ada", PASSWORD).await.unwrap();
    wished(&session, PASSWORD).await;
    let code = letter().await;
    disable_on_the_machine(&world.ports, ada.account.id, None).await.unwrap();
    enable_on_the_machine(&world.ports, ada.account.id).await.unwrap();
    refused(&code).await;
    let session = world.sign_in("ada", PASSWORD).await.unwrap();
    wished(&session, PASSWORD).await;
    let actor = world.actor(&session).await;
    change_password(&world.ports, &actor, &password(PASSWORD), &password(OTHER), None).await.unwrap();
    let letters = world.letters().await;
    assert!(letters.iter().all(|letter| letter.to == address("ada")), "{letters:?}");
}

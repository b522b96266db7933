//! Passkeys beside the password: added, used and removed, with another project's browser and device.

use adx_registry_core::accounts::{
    AccountError, BegunRound, Factor, PasskeyAdded, PasskeyAnswer, SignIn, SignedIn, add_passkey, ask_reset,
    begin_change, begin_passkey, begin_passkey_sign_in, begin_second_factor, change_password, confirm_second_factor,
    erase_account, list_passkeys, remove_passkey, remove_second_factor, reset_password, second_factor_state, sign_in,
};
use adx_registry_core::audit::{Act, AuditFilter};
use adx_registry_core::passkey::{MAX_PASSKEY_ROUNDS, MAX_PASSKEYS, PASSKEY_ROUND_LASTS};
use adx_registry_core::ports::{PasskeyError, Written};
use adx_tests::device::{Device, Devices};
use serde_json::Value;
use time::Duration;

use super::world::{OTHER, PASSWORD, World, address, password, signing_in};
use crate::engines::{Engine, on_every_engine};
use crate::owners::REGISTRY;

on_every_engine!(
    one_signs_in_once_it_is_added,
    it_is_added_with_the_password_in_a_session_that_lasts,
    it_stands_beside_one_time_passwords,
    it_goes_with_the_password_and_any_factor,
    one_more_takes_one_that_is_there,
    what_was_begun_without_a_factor_ends_with_the_first,
    nobody_learns_who_has_one,
    guesses_wait,
    a_round_is_used_once,
    rounds_do_not_heap_up,
    another_password_ends_what_was_begun,
    there_are_ten_and_each_is_once,
    erased_with_the_account,
    a_registry_without_a_name_has_none,
);

/// What a device is asked, as a page reads it.
pub(super) fn options(begun: &BegunRound) -> Value {
    serde_json::from_str(&begun.options).unwrap()
}

/// What a device said, as a page sends it.
pub(super) fn answer(begun: &BegunRound, credential: &Value) -> PasskeyAnswer {
    PasskeyAnswer { round: begun.round.expose().to_owned(), credential: credential.to_string() }
}

/// The first factor of an account.
pub(super) async fn added(world: &World, person: &SignedIn, device: &Device, name: &str) -> PasskeyAdded {
    one_more(world, person, device, name, None).await
}

/// What a passkey says so that what signing in takes may be changed.
pub(super) async fn word_of(world: &World, person: &SignedIn, device: &Device) -> Option<Factor> {
    let asked = begin_change(&world.ports, &world.actor(person).await, &password(PASSWORD)).await.unwrap();
    let signed = device.sign(REGISTRY, &options(&asked)).await;
    Some(Factor::Passkey(answer(&asked, &signed)))
}

/// A passkey, by a factor that the account has.
pub(super) async fn one_more(
    world: &World,
    person: &SignedIn,
    device: &Device,
    name: &str,
    factor: Option<Factor>,
) -> PasskeyAdded {
    let actor = world.actor(person).await;
    let begun = begin_passkey(&world.ports, &actor, &password(PASSWORD), factor).await.unwrap();
    let made = device.create(REGISTRY, &options(&begun)).await;
    let added = add_passkey(&world.ports, &actor, name.parse().unwrap(), answer(&begun, &made)).await.unwrap();
    assert!(world.letter().await.subject.contains("passkey was added"));
    added
}

/// What the audit log tells of with this word.
pub(super) async fn told(world: &World, act: Act) -> Vec<String> {
    let filter = AuditFilter { act: Some(act), ..AuditFilter::default() };
    let entries = world.ports.store.read().await.unwrap().audit_after(&filter, 0, 100).await.unwrap();
    entries.into_iter().filter_map(|entry| entry.told.subject.id).collect()
}

/// Begins to sign in.
pub(super) async fn begun(world: &World, name: &str) -> BegunRound {
    begin_passkey_sign_in(&world.ports, &signing_in(name, PASSWORD)).await.unwrap()
}

/// Ends it.
pub(super) async fn enter(world: &World, name: &str, answer: PasskeyAnswer) -> Result<SignedIn, AccountError> {
    let second_factor = Some(Factor::Passkey(answer));
    sign_in(&world.ports, SignIn { second_factor, ..signing_in(name, PASSWORD) }).await
}

/// The whole way.
pub(super) async fn through(world: &World, name: &str, device: &Device) -> Result<SignedIn, AccountError> {
    let begun = begun(world, name).await;
    let signed = device.sign(REGISTRY, &options(&begun)).await;
    enter(world, name, answer(&begun, &signed)).await
}

fn code(text: &str) -> Option<Factor> {
    Some(Factor::Code(text.to_owned()))
}

/// What may be shown besides the password.
async fn needed(world: &World) -> Vec<&'static str> {
    match world.sign_in("ada", PASSWORD).await {
        Err(AccountError::SecondFactorNeeded(methods)) => methods.words(),
        Ok(_) => Vec::new(),
        Err(other) => panic!("{other}"),
    }
}

/// What a device with the seed shows.
async fn one_time_passwords(world: &World, person: &SignedIn) -> (totp_rs::Totp, SignedIn, usize) {
    let actor = world.actor(person).await;
    let begun = begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let totp = totp_rs::Totp::from_url(begun.otpauth_url.as_str()).unwrap();
    let on = confirm_second_factor(&world.ports, &actor, &shown(world, &totp)).await.unwrap();
    world.pass(Duration::seconds(30));
    world.letters().await;
    (totp, on.signed_in, on.codes.len())
}

fn shown(world: &World, totp: &totp_rs::Totp) -> String {
    totp.generate(u64::try_from(world.ports.now().unix_timestamp()).unwrap()).to_string()
}

async fn one_signs_in_once_it_is_added(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let refused = begin_passkey_sign_in(&world.ports, &signing_in("ada", PASSWORD)).await;
    assert!(matches!(refused, Err(AccountError::NoPasskey)), "{refused:?}");
    let device = devices.make().await;
    let added = added(&world, &ada, &device, " Blue key ").await;
    assert!(!world.is_signed_in(&ada).await, "what was worth less is ended");
    assert!(world.is_signed_in(&added.codes.signed_in).await);
    assert_eq!(added.codes.codes.len(), 10, "it is the first factor");
    assert_eq!(told(&world, Act::PasskeyAdd).await, [added.passkey.id.to_string()]);
    let state = second_factor_state(&world.ports, &ada.account).await.unwrap();
    assert!(state.is_on && !state.has_one_time_passwords && state.recovery_codes_left == 10, "{state:?}");

    assert_eq!(needed(&world).await, ["passkey", "recovery-code"]);
    let signed_in = through(&world, "ada", &device).await.unwrap();
    through(&world, "ada", &device).await.expect("it counts on");
    let listed = list_passkeys(&world.ports, &world.actor(&signed_in).await).await.unwrap();
    assert_eq!((listed.len(), listed[0].name.to_string().as_str()), (1, "Blue key"));
    assert_eq!(listed[0].last_used_at, Some(world.ports.now()));
    let second_factor = code(&added.codes.codes[0]);
    sign_in(&world.ports, SignIn { second_factor, ..signing_in("ada", PASSWORD) }).await.unwrap();
    let second_factor = code("123456");
    let refused = sign_in(&world.ports, SignIn { second_factor, ..signing_in("ada", PASSWORD) }).await;
    assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");
}

async fn it_is_added_with_the_password_in_a_session_that_lasts(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    let refused = begin_passkey(&world.ports, &actor, &password(OTHER), None).await;
    assert!(matches!(refused, Err(AccountError::WrongPassword)), "a browser that was left open is not enough");
    // Whoever stole the session and the password holds the answer back until the person has signed out everywhere.
    let begun = begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let made = devices.make().await.create(REGISTRY, &options(&begun)).await;
    let elsewhere = world.sign_in("ada", PASSWORD).await.unwrap();
    let elsewhere = world.actor(&elsewhere).await;
    adx_registry_core::accounts::end_other_sessions(&world.ports, &elsewhere).await.unwrap();
    let refused = add_passkey(&world.ports, &actor, "key".parse().unwrap(), answer(&begun, &made)).await;
    assert!(matches!(refused, Err(AccountError::Denied(_))), "{refused:?}");
    assert_eq!(list_passkeys(&world.ports, &elsewhere).await.unwrap(), []);
    assert_eq!(needed(&world).await, [""; 0]);
}

async fn it_stands_beside_one_time_passwords(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (totp, ada, codes) = one_time_passwords(&world, &ada).await;
    assert_eq!(codes, 10);
    let device = devices.make().await;
    let added = one_more(&world, &ada, &device, "key", code(&shown(&world, &totp))).await;
    assert!(added.codes.codes.is_empty(), "there are some");
    world.pass(Duration::seconds(30));
    assert_eq!(needed(&world).await, ["totp", "passkey", "recovery-code"]);
    through(&world, "ada", &device).await.unwrap();
    let second_factor = code(&shown(&world, &totp));
    sign_in(&world.ports, SignIn { second_factor, ..signing_in("ada", PASSWORD) }).await.unwrap();
    // A seed that is begun and not confirmed takes no recovery code away.
    let actor = world.actor(&added.codes.signed_in).await;
    world.pass(Duration::seconds(30));
    remove_second_factor(&world.ports, &actor, &password(PASSWORD), code(&shown(&world, &totp))).await.unwrap();
    assert_eq!(needed(&world).await, ["passkey", "recovery-code"]);
    let factor = word_of(&world, &added.codes.signed_in, &device).await;
    begin_second_factor(&world.ports, &actor, &password(PASSWORD), factor).await.unwrap();
    assert_eq!(second_factor_state(&world.ports, &ada.account).await.unwrap().recovery_codes_left, 10);
    let factor = word_of(&world, &added.codes.signed_in, &device).await;
    change_password(&world.ports, &actor, &password(PASSWORD), &password(OTHER), factor).await.unwrap();
    assert_eq!(second_factor_state(&world.ports, &ada.account).await.unwrap().recovery_codes_left, 10);
}

async fn it_goes_with_the_password_and_any_factor(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let (device, other) = (devices.make().await, devices.make().await);
    let first = added(&world, &ada, &device, "one").await;
    let factor = word_of(&world, &first.codes.signed_in, &device).await;
    let second = one_more(&world, &first.codes.signed_in, &other, "two", factor).await;
    let actor = world.actor(&second.codes.signed_in).await;
    let (one, two, codes) = (first.passkey.id, second.passkey.id, first.codes.codes);
    let off = async |text: &str, id, factor| remove_passkey(&world.ports, &actor, &password(text), id, factor).await;
    assert!(matches!(off(OTHER, one, code(&codes[0])).await, Err(AccountError::WrongPassword)));
    assert!(matches!(off(PASSWORD, one, None).await, Err(AccountError::SecondFactorNeeded(_))));
    assert!(matches!(off(PASSWORD, one, code("no code")).await, Err(AccountError::WrongSecondFactor)));
    // By another passkey, in a round for that.
    let asked = begin_change(&world.ports, &actor, &password(PASSWORD)).await.unwrap();
    let signed = other.sign(REGISTRY, &options(&asked)).await;
    off(PASSWORD, one, Some(Factor::Passkey(answer(&asked, &signed)))).await.unwrap();
    assert!(world.letter().await.subject.contains("passkey was removed"));
    assert!(matches!(off(PASSWORD, one, code(&codes[0])).await, Err(AccountError::UnknownPasskey)));
    assert_eq!(second_factor_state(&world.ports, &ada.account).await.unwrap().recovery_codes_left, 10);
    // The last one, by a recovery code; the others go with it.
    off(PASSWORD, two, code(&codes[0])).await.unwrap();
    let state = second_factor_state(&world.ports, &ada.account).await.unwrap();
    assert!(!state.is_on && state.recovery_codes_left == 0, "{state:?}");
    assert_eq!(needed(&world).await, [""; 0]);
    assert_eq!(told(&world, Act::PasskeyRemove).await, [one.to_string(), two.to_string()]);
    // Another's is not there.
    world.letters().await;
    let eve = world.person("eve").await;
    let eves = added(&world, &eve, &devices.make().await, "key").await;
    let refused = off(PASSWORD, eves.passkey.id, None).await;
    assert!(matches!(refused, Err(AccountError::UnknownPasskey)), "{refused:?}");
}

/// Else whoever has a session and the password would add one, and take the others away with it.
async fn one_more_takes_one_that_is_there(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let device = devices.make().await;
    let first = added(&world, &ada, &device, "one").await;
    let (ada, codes) = (first.codes.signed_in, first.codes.codes);
    let actor = world.actor(&ada).await;
    let passkey = async |factor| begin_passkey(&world.ports, &actor, &password(PASSWORD), factor).await.map(drop);
    let totp = async |factor| begin_second_factor(&world.ports, &actor, &password(PASSWORD), factor).await.map(drop);
    // Nothing shown is no guess: that it is needed is said however often.
    for _ in 0..10 {
        for refused in [passkey(None).await, totp(None).await] {
            let Err(AccountError::SecondFactorNeeded(methods)) = refused else { panic!("{refused:?}") };
            assert_eq!(methods.words(), ["passkey", "recovery-code"]);
        }
    }
    for wrong in ["123456", "00000-00000-00000-00000"] {
        for refused in [passkey(code(wrong)).await, totp(code(wrong)).await] {
            assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");
        }
    }
    // What was signed to sign in is no word for it.
    let asked = begun(&world, "ada").await;
    let signed = device.sign(REGISTRY, &options(&asked)).await;
    let refused = passkey(Some(Factor::Passkey(answer(&asked, &signed)))).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
    assert_eq!(list_passkeys(&world.ports, &actor).await.unwrap().len(), 1);
    assert!(world.engine.store.read().await.unwrap().second_factor(ada.account.id).await.unwrap().is_none());

    passkey(word_of(&world, &ada, &device).await).await.unwrap();
    totp(code(&codes[0])).await.unwrap();
    let refused = totp(code(&codes[0])).await;
    assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "it was used up");
    // Guesses wait as when one is taken away.
    for _ in 0..5 {
        passkey(code("123456")).await.expect_err("wrong");
    }
    let refused = totp(code(&codes[1])).await;
    assert!(matches!(refused, Err(AccountError::Wait { .. })), "{refused:?}");
}

/// A thief begins with the password alone, before there is a factor, and ends it in a session that is stolen later.
async fn what_was_begun_without_a_factor_ends_with_the_first(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let thief = world.person("ada").await;
    let actor = world.actor(&thief).await;
    let seed = begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let seed = totp_rs::Totp::from_url(seed.otpauth_url.as_str()).unwrap();
    let asked = begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let made = devices.make().await.create(REGISTRY, &options(&asked)).await;
    let ada = world.sign_in("ada", PASSWORD).await.unwrap();
    let device = devices.make().await;
    let first = added(&world, &ada, &device, "mine").await;
    let actor = world.actor(&first.codes.signed_in).await;
    let refused = confirm_second_factor(&world.ports, &actor, &shown(&world, &seed)).await;
    assert!(matches!(refused, Err(AccountError::NoSecondFactor)), "{refused:?}");
    let refused = add_passkey(&world.ports, &actor, "theirs".parse().unwrap(), answer(&asked, &made)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
    remove_passkey(&world.ports, &actor, &password(PASSWORD), first.passkey.id, code(&first.codes.codes[0]))
        .await
        .unwrap();
    world.letters().await;

    let asked = begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let made = devices.make().await.create(REGISTRY, &options(&asked)).await;
    let (_, ada, _) = one_time_passwords(&world, &first.codes.signed_in).await;
    let actor = world.actor(&ada).await;
    let refused = add_passkey(&world.ports, &actor, "theirs".parse().unwrap(), answer(&asked, &made)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
}

async fn nobody_learns_who_has_one(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    added(&world, &ada, &devices.make().await, "key").await;
    world.person("ben").await;
    for (name, text) in [("ada", OTHER), ("ben", OTHER), ("nobody", PASSWORD)] {
        let refused = begin_passkey_sign_in(&world.ports, &signing_in(name, text)).await;
        assert!(matches!(refused, Err(AccountError::WrongCredentials)), "{name}: {refused:?}");
    }
    // Guesses are counted with those of signing in, for whoever has no account too.
    for name in ["ada", "nobody"] {
        for _ in 0..2 {
            begin_passkey_sign_in(&world.ports, &signing_in(name, OTHER)).await.expect_err("wrong");
            world.sign_in(name, OTHER).await.expect_err("wrong");
        }
        begin_passkey_sign_in(&world.ports, &signing_in(name, OTHER)).await.expect_err("wrong");
        let refused = begin_passkey_sign_in(&world.ports, &signing_in(name, PASSWORD)).await;
        assert!(matches!(refused, Err(AccountError::Wait { .. })), "{name}: {refused:?}");
    }
}

async fn guesses_wait(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let device = devices.make().await;
    added(&world, &ada, &device, "key").await;
    // To be asked is no guess.
    for _ in 0..20 {
        begun(&world, "ada").await;
    }
    let made_up = || PasskeyAnswer { round: "A".repeat(43), credential: "{}".to_owned() };
    for _ in 0..6 {
        let refused = enter(&world, "ada", made_up()).await;
        assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
    }
    assert!(matches!(enter(&world, "ada", made_up()).await, Err(AccountError::Wait { .. })));
    world.pass(Duration::minutes(1));
    through(&world, "ada", &device).await.expect("nobody is kept out");
}

/// Two at once, on two servers: one of them is in.
async fn a_round_is_used_once(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let another = world.another_server().await;
    let ada = world.person("ada").await;
    let device = devices.make().await;
    added(&world, &ada, &device, "key").await;
    for _ in 0..5 {
        let begun = begun(&world, "ada").await;
        let signed = device.sign(REGISTRY, &options(&begun)).await;
        let with = || {
            let second_factor = Some(Factor::Passkey(answer(&begun, &signed)));
            SignIn { second_factor, ..signing_in("ada", PASSWORD) }
        };
        let (left, right) = tokio::join!(sign_in(&world.ports, with()), sign_in(&another, with()));
        assert_ne!(left.is_ok(), right.is_ok());
        let late = sign_in(&world.ports, with()).await;
        assert!(matches!(late, Err(AccountError::PasskeyRoundOver)), "{late:?}");
    }
    // Whatever was answered, it was used.
    let begun = begun(&world, "ada").await;
    let nonsense = PasskeyAnswer { round: begun.round.expose().to_owned(), credential: "{}".to_owned() };
    let refused = enter(&world, "ada", nonsense).await;
    assert!(matches!(refused, Err(AccountError::Passkey(PasskeyError::Refused(_)))), "{refused:?}");
    let signed = device.sign(REGISTRY, &options(&begun)).await;
    let refused = enter(&world, "ada", answer(&begun, &signed)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
}

async fn rounds_do_not_heap_up(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let device = devices.make().await;
    added(&world, &ada, &device, "key").await;
    let first = begun(&world, "ada").await;
    world.pass(Duration::seconds(1));
    let mut last = begun(&world, "ada").await;
    for _ in 1..MAX_PASSKEY_ROUNDS {
        world.pass(Duration::seconds(1));
        last = begun(&world, "ada").await;
    }
    let signed = device.sign(REGISTRY, &options(&first)).await;
    let refused = enter(&world, "ada", answer(&first, &signed)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
    let signed = device.sign(REGISTRY, &options(&last)).await;
    enter(&world, "ada", answer(&last, &signed)).await.unwrap();
    // Those that nobody answered are swept.
    let late = begun(&world, "ada").await;
    world.pass(PASSKEY_ROUND_LASTS);
    let now = world.ports.now();
    let ended = adx_registry_core::ports::Ended {
        now,
        idle: now - Duration::days(14),
        oldest: now - Duration::days(90),
        yesterday: now - Duration::days(1),
    };
    let mut transaction = world.engine.store.begin().await.unwrap();
    assert_eq!(transaction.sweep_accounts(&ended).await.unwrap(), u64::from(MAX_PASSKEY_ROUNDS));
    transaction.commit(Written::SAMPLE).await.unwrap();
    let signed = device.sign(REGISTRY, &options(&late)).await;
    let refused = enter(&world, "ada", answer(&late, &signed)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
}

async fn another_password_ends_what_was_begun(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    let asked = begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let made = devices.make().await.create(REGISTRY, &options(&asked)).await;
    world.pass(Duration::minutes(2));
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    reset_password(&world.ports, &world.code("reset").await, &password(OTHER)).await.unwrap();
    let ada = world.sign_in("ada", OTHER).await.unwrap();
    let actor = world.actor(&ada).await;
    let refused = add_passkey(&world.ports, &actor, "key".parse().unwrap(), answer(&asked, &made)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
}

async fn there_are_ten_and_each_is_once(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let mut person = world.person("ada").await;
    let device = devices.make().await;
    person = added(&world, &person, &device, "1").await.codes.signed_in;
    // The browser is told which there are, so that no device makes a second one; a page of somebody else's does not ask.
    let actor = world.actor(&person).await;
    let factor = word_of(&world, &person, &device).await;
    let asked = begin_passkey(&world.ports, &actor, &password(PASSWORD), factor).await.unwrap();
    assert_eq!(options(&asked)["excludeCredentials"].as_array().unwrap().len(), 1);
    for number in 2..=MAX_PASSKEYS {
        let factor = word_of(&world, &person, &device).await;
        let other = devices.make().await;
        person = one_more(&world, &person, &other, &number.to_string(), factor).await.codes.signed_in;
    }
    let actor = world.actor(&person).await;
    let refused = begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await;
    assert!(matches!(refused, Err(AccountError::TooManyPasskeys)), "{refused:?}");
    // What was begun before one was added is over.
    let made = devices.make().await.create(REGISTRY, &options(&asked)).await;
    let refused = add_passkey(&world.ports, &actor, "11".parse().unwrap(), answer(&asked, &made)).await;
    assert!(matches!(refused, Err(AccountError::PasskeyRoundOver)), "{refused:?}");
}

async fn erased_with_the_account(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let ada = world.person("ada").await;
    let added = added(&world, &ada, &devices.make().await, "key").await;
    begun(&world, "ada").await;
    let actor = world.actor(&added.codes.signed_in).await;
    erase_account(&world.ports, &actor, &password(PASSWORD), code(&added.codes.codes[0])).await.unwrap();
    let mut reader = world.engine.store.read().await.unwrap();
    assert_eq!(reader.passkeys_of(ada.account.id).await.unwrap(), []);
    assert_eq!(reader.recovery_codes_left(ada.account.id).await.unwrap(), 0);
}

async fn a_registry_without_a_name_has_none(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let mut world = World::new(engine);
    let ada = world.person("ada").await;
    let added = added(&world, &ada, &devices.make().await, "key").await;
    world.ports.passkeys = None;
    let actor = world.actor(&added.codes.signed_in).await;
    for refused in [
        begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await,
        begin_change(&world.ports, &actor, &password(PASSWORD)).await,
        begin_passkey_sign_in(&world.ports, &signing_in("ada", PASSWORD)).await,
    ] {
        assert!(matches!(refused, Err(AccountError::NoPasskeysHere)), "{refused:?}");
    }
    // It is asked for even so: what is lost is no way in.
    assert_eq!(needed(&world).await, ["recovery-code"]);
}

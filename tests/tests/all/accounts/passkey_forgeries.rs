//! What is no word of the account's passkey signs nobody in, however near it comes.

use adx_registry_core::accounts::{
    AccountError, Factor, PasskeyAnswer, SignIn, add_passkey, begin_change, begin_passkey, remove_passkey, sign_in,
};
use adx_registry_core::audit::Act;
use adx_registry_core::passkey::PASSKEY_ROUND_LASTS;
use adx_registry_core::ports::PasskeyError;
use adx_tests::device::{Device, Devices};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use time::Duration;

use super::passkeys::{added, answer, begun, enter, one_more, options, through, told, word_of};
use super::world::{PASSWORD, World, password, signing_in};
use crate::engines::{Engine, on_every_engine};
use crate::owners::REGISTRY;

on_every_engine!(
    signed_on_another_page,
    signed_for_another_name,
    signed_for_another_round,
    signed_by_anothers_passkey,
    signed_without_its_person,
    signed_otherwise,
    signed_too_late,
    signed_for_something_else,
    signed_in_anothers_round,
    signed_by_a_copy,
    two_rounds_and_one_count,
    signed_by_a_passkey_that_was_removed,
    made_on_another_page_or_without_its_person,
);

fn is_refused<T: std::fmt::Debug>(answered: Result<T, AccountError>) {
    assert!(matches!(answered, Err(AccountError::Passkey(PasskeyError::Refused(_)))), "{answered:?}");
}

fn is_over<T: std::fmt::Debug>(answered: Result<T, AccountError>) {
    assert!(matches!(answered, Err(AccountError::PasskeyRoundOver)), "{answered:?}");
}

/// Ada, and a device with her passkey.
async fn ada(engine: Engine, devices: &Devices) -> (World, Device) {
    let world = World::new(engine);
    let person = world.person("ada").await;
    let device = devices.make().await;
    added(&world, &person, &device, "key").await;
    (world, device)
}

/// Attempts are forgotten meanwhile.
fn wait(world: &World) {
    world.pass(Duration::minutes(20));
}

async fn signed_on_another_page(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    for page in ["https://evil.registry.example.org", "https://registry.example.org:8443"] {
        let begun = begun(&world, "ada").await;
        let signed = device.sign(page, &options(&begun)).await;
        is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
    }
    // A frame of another site's page says so.
    let begun = begun(&world, "ada").await;
    let mut signed = device.sign(REGISTRY, &options(&begun)).await;
    let data = signed["response"]["clientDataJSON"].as_str().unwrap();
    let mut data: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(data).unwrap()).unwrap();
    data["origin"] = json!("https://evil.example");
    signed["response"]["clientDataJSON"] = json!(URL_SAFE_NO_PAD.encode(data.to_string()));
    is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
    through(&world, "ada", &device).await.expect("the same device on the registry's page");
}

async fn signed_for_another_name(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let begun = begun(&world, "ada").await;
    // A name above the registry's, which browsers let its pages ask for.
    let asked = Value::Object(
        options(&begun)
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .chain([("rpId".into(), json!("example.org"))])
            .collect(),
    );
    let signed = device.sign(REGISTRY, &asked).await;
    is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
}

async fn signed_for_another_round(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let (one, two) = (begun(&world, "ada").await, begun(&world, "ada").await);
    let signed = device.sign(REGISTRY, &options(&one)).await;
    is_refused(enter(&world, "ada", answer(&two, &signed)).await);
    enter(&world, "ada", answer(&one, &signed)).await.unwrap();
    // Somebody looked on, and shows it again in a round of their own.
    let three = begun(&world, "ada").await;
    is_refused(enter(&world, "ada", answer(&three, &signed)).await);
    is_over(enter(&world, "ada", answer(&one, &signed)).await);
}

async fn signed_by_anothers_passkey(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, _) = ada(engine, &devices).await;
    let eve = world.person("eve").await;
    let eves = devices.make().await;
    let added = added(&world, &eve, &eves, "key").await;
    let begun = begun(&world, "ada").await;
    let mut asked = options(&begun);
    asked["allowCredentials"] = json!([{ "type": "public-key", "id": added.passkey.credential_id }]);
    let signed = eves.sign(REGISTRY, &asked).await;
    is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
    // Nor under the name of Ada's.
    let begun = super::passkeys::begun(&world, "ada").await;
    let adas = options(&begun)["allowCredentials"][0]["id"].clone();
    asked["challenge"] = options(&begun)["challenge"].clone();
    let mut signed = eves.sign(REGISTRY, &asked).await;
    (signed["id"], signed["rawId"]) = (adas.clone(), adas);
    is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
}

async fn signed_without_its_person(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let begun = begun(&world, "ada").await;
    let mut asked = options(&begun);
    assert_eq!(asked["userVerification"], "required");
    asked["userVerification"] = json!("discouraged");
    let signed = device.sign(REGISTRY, &asked).await;
    is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
}

async fn signed_otherwise(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    for what in ["signature", "authenticatorData", "clientDataJSON"] {
        let begun = begun(&world, "ada").await;
        let mut signed = device.sign(REGISTRY, &options(&begun)).await;
        let mut bytes = URL_SAFE_NO_PAD.decode(signed["response"][what].as_str().unwrap()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        signed["response"][what] = json!(URL_SAFE_NO_PAD.encode(bytes));
        is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
    }
    for nonsense in ["", "{}", "null", "[]"] {
        wait(&world);
        let begun = begun(&world, "ada").await;
        let answer = PasskeyAnswer { round: begun.round.expose().to_owned(), credential: nonsense.to_owned() };
        is_refused(enter(&world, "ada", answer).await);
    }
}

async fn signed_too_late(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let begun = begun(&world, "ada").await;
    let signed = device.sign(REGISTRY, &options(&begun)).await;
    world.pass(PASSKEY_ROUND_LASTS);
    is_over(enter(&world, "ada", answer(&begun, &signed)).await);
}

async fn signed_for_something_else(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let person = world.person("ada").await;
    let device = devices.make().await;
    let added = added(&world, &person, &device, "key").await;
    let actor = world.actor(&added.codes.signed_in).await;
    // What was signed to sign in takes no factor away, and the other way round.
    let asked = begun(&world, "ada").await;
    let signed = device.sign(REGISTRY, &options(&asked)).await;
    let factor = Some(Factor::Passkey(answer(&asked, &signed)));
    is_over(remove_passkey(&world.ports, &actor, &password(PASSWORD), added.passkey.id, factor).await);
    let asked = begin_change(&world.ports, &actor, &password(PASSWORD)).await.unwrap();
    let signed = device.sign(REGISTRY, &options(&asked)).await;
    is_over(enter(&world, "ada", answer(&asked, &signed)).await);
    let factor = word_of(&world, &added.codes.signed_in, &device).await;
    let asked = begin_passkey(&world.ports, &actor, &password(PASSWORD), factor).await.unwrap();
    let made = devices.make().await.create(REGISTRY, &options(&asked)).await;
    is_over(enter(&world, "ada", answer(&asked, &made)).await);
    // It is nothing used up either: each is good for its own.
    add_passkey(&world.ports, &actor, "two".parse().unwrap(), answer(&asked, &made)).await.unwrap();
}

async fn signed_in_anothers_round(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let eve = world.person("eve").await;
    let eves = devices.make().await;
    added(&world, &eve, &eves, "key").await;
    let begun = begun(&world, "eve").await;
    let signed = eves.sign(REGISTRY, &options(&begun)).await;
    is_over(enter(&world, "ada", answer(&begun, &signed)).await);
    enter(&world, "eve", answer(&begun, &signed)).await.expect("hers still");
    through(&world, "ada", &device).await.unwrap();
}

async fn signed_by_a_copy(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let copy = device.copy().await;
    through(&world, "ada", &device).await.unwrap();
    through(&world, "ada", &device).await.unwrap();
    assert_eq!(world.letters().await.len(), 0);
    let refused = through(&world, "ada", &copy).await;
    assert!(matches!(refused, Err(AccountError::Passkey(PasskeyError::Cloned))), "{refused:?}");
    assert!(world.letter().await.subject.contains("copy of your passkey"));
    assert_eq!(told(&world, Act::PasskeyClone).await.len(), 1);
    through(&world, "ada", &device).await.expect("the counter is where it was");
}

/// The copy begins before the device has signed in, so that its round knows nothing of that.
async fn two_rounds_and_one_count(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let (world, device) = ada(engine, &devices).await;
    let another = world.another_server().await;
    let copy = device.copy().await;
    let (one, two) = (begun(&world, "ada").await, begun(&world, "ada").await);
    let signed = [device.sign(REGISTRY, &options(&one)).await, copy.sign(REGISTRY, &options(&two)).await];
    let with = |answer| {
        let second_factor = Some(Factor::Passkey(answer));
        SignIn { second_factor, ..signing_in("ada", PASSWORD) }
    };
    let (left, right) = tokio::join!(
        sign_in(&world.ports, with(answer(&one, &signed[0]))),
        sign_in(&another, with(answer(&two, &signed[1])))
    );
    assert_ne!(left.is_ok(), right.is_ok());
    let refused = left.err().or(right.err());
    assert!(matches!(refused, Some(AccountError::Passkey(PasskeyError::Cloned))), "{refused:?}");
}

async fn signed_by_a_passkey_that_was_removed(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let person = world.person("ada").await;
    let (device, other) = (devices.make().await, devices.make().await);
    let one = added(&world, &person, &device, "one").await;
    let factor = word_of(&world, &one.codes.signed_in, &device).await;
    let two = one_more(&world, &one.codes.signed_in, &other, "two", factor).await;
    let begun = begun(&world, "ada").await;
    let signed = device.sign(REGISTRY, &options(&begun)).await;
    let actor = world.actor(&two.codes.signed_in).await;
    let factor = Some(Factor::Code(one.codes.codes[0].to_string()));
    remove_passkey(&world.ports, &actor, &password(PASSWORD), one.passkey.id, factor).await.unwrap();
    is_refused(enter(&world, "ada", answer(&begun, &signed)).await);
}

async fn made_on_another_page_or_without_its_person(engine: Engine) {
    let Some(devices) = Devices::start() else { return };
    let world = World::new(engine);
    let person = world.person("ada").await;
    let actor = world.actor(&person).await;
    let device = devices.make().await;
    for (page, verification) in [("https://evil.registry.example.org", "required"), (REGISTRY, "discouraged")] {
        let begun = begin_passkey(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
        let mut asked = options(&begun);
        asked["authenticatorSelection"]["userVerification"] = json!(verification);
        let made = device.create(page, &asked).await;
        is_refused(add_passkey(&world.ports, &actor, "key".parse().unwrap(), answer(&begun, &made)).await);
        is_over(add_passkey(&world.ports, &actor, "key".parse().unwrap(), answer(&begun, &made)).await);
    }
    // The same passkey twice, by a page that does not say which there are.
    let first = added(&world, &person, &device, "key").await;
    let actor = world.actor(&first.codes.signed_in).await;
    let factor = word_of(&world, &first.codes.signed_in, &device).await;
    let begun = begin_passkey(&world.ports, &actor, &password(PASSWORD), factor).await.unwrap();
    assert_eq!(options(&begun)["excludeCredentials"][0]["id"], json!(first.passkey.credential_id));
}

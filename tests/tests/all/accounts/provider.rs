//! Signing in at a provider of identities: who gets in, who does not, and what is not believed.

use std::sync::Arc;

use adx_registry::config::Openid;
use adx_registry::identity::OpenIdProvider;
use adx_registry_core::account::AccountState;
use adx_registry_core::accounts::{
    AccountError, BegunOpenId, Factor, OpenIdAnswer, OpenIdEnd, OpenIdOutcome, OpenIdRefusal, SignUp, SignedIn, Visit,
    ask_reset, begin_openid, begin_openid_proof, begin_second_factor, change_password, confirm_second_factor,
    disable_on_the_machine, disconnect_identity, erase_account, finish_openid, list_identities, list_on_the_machine,
    reset_password, sign_out, sign_up, verify,
};
use adx_registry_core::actor::Actor;
use adx_registry_core::ports::{Clock, IdentityError};
use adx_tests::issuer::{CLIENT_ID, CLIENT_SECRET, Forgery, Issuer, Signature, User};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::Duration;
use url::Url;

use super::world::{OTHER, PASSWORD, World, address, password, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    somebody_new_gets_an_account_and_is_known_again,
    somebody_new_gets_none_where_sign_up_is_closed,
    an_account_with_the_address_is_not_taken_over,
    an_identity_is_connected_by_whoever_is_signed_in,
    an_address_that_nobody_proved_is_in_nobodys_way,
    without_a_password_the_provider_stands_for_it_and_is_the_one_way_in,
    nothing_of_the_provider_is_left_of_an_erased_account,
    two_browsers_at_once_make_one_account,
    beside_a_second_factor_an_identity_takes_one,
    an_identity_is_connected_in_the_session_that_began,
);

fn section(issuer: &Issuer, secret: Option<&str>) -> Openid {
    Openid {
        issuer: Some(issuer.url.clone()),
        client_id: Some(CLIENT_ID.to_owned()),
        client_secret: secret.map(SecretString::from),
        ..Openid::default()
    }
}

fn with(engine: Engine, issuer: &Issuer, secret: Option<&str>) -> World {
    let mut world = World::new(engine);
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    let provider = OpenIdProvider::new(&section(issuer, secret), clock).unwrap().unwrap();
    world.ports.identity = Some(Arc::new(provider));
    world
}

pub(super) fn world(engine: Engine) -> (World, Issuer) {
    let issuer = Issuer::start();
    (with(engine, &issuer, Some(CLIENT_SECRET)), issuer)
}

async fn alone() -> (World, Issuer) {
    world(Engine::sqlite().await.unwrap())
}

pub(super) async fn begin(world: &World) -> BegunOpenId {
    begin_openid(&world.ports, &Actor::Anonymous, None, None).await.unwrap()
}

/// What a browser brings that kept `begun` and was sent `back`.
pub(super) fn answer(begun: &BegunOpenId, back: &Url) -> OpenIdAnswer {
    let get = |wanted: &str| back.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    OpenIdAnswer { sealed: Some(begun.sealed.clone()), state: get("state"), code: get("code"), error: get("error") }
}

pub(super) fn visit(session: Option<&SignedIn>) -> Visit {
    Visit {
        network: None,
        device: "Firefox on Linux".to_owned(),
        session: session.map(|session| session.secret.expose().to_owned()),
    }
}

pub(super) async fn finish(world: &World, answer: OpenIdAnswer) -> Result<OpenIdEnd, OpenIdRefusal> {
    finish_openid(&world.ports, answer, &visit(None)).await.unwrap().end
}

/// The whole way to the provider and back.
async fn attempt(world: &World, issuer: &Issuer) -> Result<OpenIdEnd, OpenIdRefusal> {
    let begun = begin(world).await;
    let back = issuer.visit(begun.address.as_str()).await;
    finish(world, answer(&begun, &back)).await
}

pub(super) async fn enter(world: &World, issuer: &Issuer) -> SignedIn {
    signed_in(attempt(world, issuer).await)
}

pub(super) fn signed_in(end: Result<OpenIdEnd, OpenIdRefusal>) -> SignedIn {
    match end {
        Ok(OpenIdEnd::SignedIn(signed_in)) => *signed_in,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn refusal(world: &World, issuer: &Issuer) -> OpenIdRefusal {
    attempt(world, issuer).await.unwrap_err()
}

/// Whoever is signed in connects, and the browser comes back with the session of `back_as`.
pub(super) async fn connect(
    world: &World,
    issuer: &Issuer,
    who: &SignedIn,
    back_as: Option<&SignedIn>,
) -> OpenIdOutcome {
    let actor = world.actor(who).await;
    let begun = begin_openid(&world.ports, &actor, Some(&password(PASSWORD)), None).await.unwrap();
    let back = issuer.visit(begun.address.as_str()).await;
    finish_openid(&world.ports, answer(&begun, &back), &visit(back_as)).await.unwrap()
}

/// The provider says from now on that the person signed in so long ago.
pub(super) fn says(world: &World, issuer: &Issuer, ago: Duration) {
    let at = (world.ports.now() - ago).unix_timestamp();
    issuer.forge(Forgery { claims: vec![("auth_time", json!(at))], ..Forgery::default() });
}

/// Whoever is signed in shows at the provider to be the person, which is asked to look anew.
pub(super) async fn prove(world: &World, issuer: &Issuer, who: &SignedIn) -> Result<OpenIdEnd, OpenIdRefusal> {
    let begun = begin_openid_proof(&world.ports, &world.actor(who).await).await.unwrap();
    for asked in [("prompt", "login"), ("max_age", "60")] {
        let mut pairs = begun.address.query_pairs();
        assert!(pairs.any(|(name, value)| (&*name, &*value) == asked), "{asked:?}: {}", begun.address);
    }
    let back = issuer.visit(begun.address.as_str()).await;
    finish_openid(&world.ports, answer(&begun, &back), &visit(Some(who))).await.unwrap().end
}

async fn accounts(world: &World) -> usize {
    list_on_the_machine(&world.ports, None).await.unwrap().accounts.len()
}

async fn somebody_new_gets_none_where_sign_up_is_closed(engine: Engine) {
    let (mut world, issuer) = world(engine);
    issuer.sign_in_as(User::called("ada"));
    enter(&world, &issuer).await;
    world.ports.sign_up = SignUp::Invited;
    enter(&world, &issuer).await;
    issuer.sign_in_as(User::called("grace"));
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::NotInvited);
    assert_eq!(accounts(&world).await, 1);
}

async fn somebody_new_gets_an_account_and_is_known_again(engine: Engine) {
    let (world, issuer) = world(engine);
    issuer.sign_in_as(User { name: Some("Ada Löwe".to_owned()), ..User::called("ada") });
    let first = enter(&world, &issuer).await;
    let account = world.account(&first).await;
    assert_eq!((&account.state, &account.password), (&AccountState::Active, &None));
    assert_eq!((account.email, account.name.unwrap().to_string()), (Some(address("ada")), "Ada Löwe".to_owned()));
    assert!(account.verified_at.is_some() && !account.is_operator);
    assert!(world.is_signed_in(&first).await);
    assert!(world.sign_in("ada", PASSWORD).await.is_err(), "there is no password yet");

    // The subject counts, whatever else the provider says by now.
    issuer.sign_in_as(User { email: None, is_verified: None, name: None, ..User::called("ada") });
    let again = enter(&world, &issuer).await;
    assert_eq!(again.account.id, first.account.id);
    assert_ne!(again.secret.expose(), first.secret.expose());
    assert_eq!(accounts(&world).await, 1);

    disable_on_the_machine(&world.ports, first.account.id, None).await.unwrap();
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::Disabled);
    for user in [
        User { is_verified: Some(false), ..User::called("eve") },
        User { is_verified: None, ..User::called("eve") },
        User { email: None, ..User::called("eve") },
        User { email: Some("not an address".to_owned()), ..User::called("eve") },
    ] {
        issuer.sign_in_as(user);
        assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::Unverified);
    }
    // A name that is none is not taken over.
    issuer.sign_in_as(User { name: Some("<b>\n".to_owned()), ..User::called("eve") });
    assert_eq!(enter(&world, &issuer).await.account.name.unwrap().to_string(), "eve");
    assert_eq!(accounts(&world).await, 2);
}

async fn an_account_with_the_address_is_not_taken_over(engine: Engine) {
    let (world, issuer) = world(engine);
    let ada = world.person("ada").await;
    for email in ["ada@example.org", "ADA@Example.org"] {
        issuer.sign_in_as(User { email: Some(email.to_owned()), ..User::called("ada") });
        assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken);
    }
    disable_on_the_machine(&world.ports, ada.account.id, None).await.unwrap();
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken, "disabled or not is nobody's business");
    assert_eq!(accounts(&world).await, 1);
}

async fn an_identity_is_connected_by_whoever_is_signed_in(engine: Engine) {
    let (world, issuer) = world(engine);
    let (ada, eve) = (world.person("ada").await, world.person("eve").await);
    let actor = world.actor(&ada).await;
    for wrong in [None, Some(password(OTHER))] {
        let refused = begin_openid(&world.ports, &actor, wrong.as_ref(), None).await;
        assert!(matches!(refused, Err(AccountError::WrongPassword)), "a browser that was left open is not enough");
    }
    // Whoever comes back is not who went there.
    for back_as in [None, Some(&eve)] {
        let outcome = connect(&world, &issuer, &ada, back_as).await;
        assert_eq!((outcome.end.unwrap_err(), outcome.is_connecting), (OpenIdRefusal::SignedOut, true));
    }
    assert!(world.letters().await.is_empty());

    let outcome = connect(&world, &issuer, &ada, Some(&ada)).await;
    assert!(matches!(outcome.end, Ok(OpenIdEnd::Connected)));
    assert_eq!(world.letter().await.subject, "Another way to sign in");
    assert_eq!(enter(&world, &issuer).await.account.id, ada.account.id);
    // Once more is no harm; another's is refused.
    assert!(connect(&world, &issuer, &ada, Some(&ada)).await.end.is_ok());
    assert!(world.letters().await.is_empty());
    let outcome = connect(&world, &issuer, &eve, Some(&eve)).await;
    assert_eq!(outcome.end.unwrap_err(), OpenIdRefusal::IdentityTaken);

    let [identity] = &list_identities(&world.ports, &actor).await.unwrap()[..] else { panic!("one identity") };
    assert_eq!((&identity.issuer, identity.account), (&issuer.url, ada.account.id));
    let others = disconnect_identity(&world.ports, &world.actor(&eve).await, identity.id).await;
    assert!(matches!(others, Err(AccountError::UnknownIdentity)));
    disconnect_identity(&world.ports, &actor, identity.id).await.unwrap();
    assert!(world.is_signed_in(&ada).await);
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken);
    sign_out(&world.ports, &actor).await.unwrap();
}

async fn an_address_that_nobody_proved_is_in_nobodys_way(engine: Engine) {
    let (world, issuer) = world(engine);
    sign_up(&world.ports, address("ada"), &None).await.unwrap();
    let code = world.code("verify").await;
    let ada = enter(&world, &issuer).await;
    assert_eq!((ada.account.state, accounts(&world).await), (AccountState::Active, 1));
    let late = verify(&world.ports, verification(code, "eve")).await;
    assert!(matches!(late, Err(AccountError::BadCode)), "the letter before is good for nothing");
    assert_eq!(world.account(&ada).await.password, None);
}

async fn without_a_password_the_provider_stands_for_it_and_is_the_one_way_in(engine: Engine) {
    let (world, issuer) = world(engine);
    let ada = enter(&world, &issuer).await;
    let actor = world.actor(&ada).await;
    let none = password("");
    assert!(matches!(erase_account(&world.ports, &actor, &none, None).await, Err(AccountError::ProofNeeded(_))));
    assert!(matches!(begin_openid(&world.ports, &actor, None, None).await, Err(AccountError::ProofNeeded(_))));
    let changed = change_password(&world.ports, &actor, &none, &password(OTHER), None).await;
    assert!(matches!(changed, Err(AccountError::NoPassword)));
    let [identity] = &list_identities(&world.ports, &actor).await.unwrap()[..] else { panic!("one identity") };
    let last = disconnect_identity(&world.ports, &actor, identity.id).await;
    assert!(matches!(last, Err(AccountError::LastWayIn)));
    // Another identity of the same provider is connected by whoever has shown there to be the person, and is a way in too.
    says(&world, &issuer, Duration::ZERO);
    assert!(matches!(prove(&world, &issuer, &ada).await, Ok(OpenIdEnd::Proven)));
    let actor = world.actor(&ada).await;
    issuer.sign_in_as(User::called("ada at work"));
    let begun = begin_openid(&world.ports, &actor, None, None).await.unwrap();
    let back = issuer.visit(begun.address.as_str()).await;
    let outcome = finish_openid(&world.ports, answer(&begun, &back), &visit(Some(&ada))).await.unwrap();
    assert!(matches!(outcome.end, Ok(OpenIdEnd::Connected)));
    world.letters().await;
    disconnect_identity(&world.ports, &actor, identity.id).await.unwrap();
    assert_eq!(enter(&world, &issuer).await.account.id, ada.account.id);

    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    let code = world.code("reset").await;
    reset_password(&world.ports, &code, &password(PASSWORD)).await.unwrap();
    let ada = world.sign_in("ada", PASSWORD).await.unwrap();
    let actor = world.actor(&ada).await;
    let [identity] = &list_identities(&world.ports, &actor).await.unwrap()[..] else { panic!("one identity") };
    disconnect_identity(&world.ports, &actor, identity.id).await.unwrap();
    assert!(world.sign_in("ada", PASSWORD).await.is_ok());
}

async fn nothing_of_the_provider_is_left_of_an_erased_account(engine: Engine) {
    let (world, issuer) = world(engine);
    let ada = world.person("ada").await;
    assert!(connect(&world, &issuer, &ada, Some(&ada)).await.end.is_ok());
    erase_account(&world.ports, &world.actor(&ada).await, &password(PASSWORD), None).await.unwrap();
    let mut reader = world.ports.store.read().await.unwrap();
    assert!(reader.identities_of(ada.account.id).await.unwrap().is_empty());
    drop(reader);
    assert_ne!(enter(&world, &issuer).await.account.id, ada.account.id);
}

async fn two_browsers_at_once_make_one_account(engine: Engine) {
    let (world, issuer) = world(engine);
    let other = World::another_server(&world).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let begun = begin(&world).await;
        let back = issuer.visit(begun.address.as_str()).await;
        answers.push(answer(&begun, &back));
    }
    let other = adx_registry_core::Ports { identity: world.ports.identity.clone(), ..other };
    let (second, first) = (answers.pop().unwrap(), answers.pop().unwrap());
    let (one, visiting) = (visit(None), visit(None));
    let (one, two) = tokio::join!(finish_openid(&world.ports, first, &one), finish_openid(&other, second, &visiting));
    assert_eq!(signed_in(one.unwrap().end).account.id, signed_in(two.unwrap().end).account.id);
    assert_eq!(accounts(&world).await, 1);
}

/// Whoever signs in at the provider is asked for no factor of ours: that way in is not for a session and the password alone.
async fn beside_a_second_factor_an_identity_takes_one(engine: Engine) {
    let (world, issuer) = world(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    let begun = begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let totp = totp_rs::Totp::from_url(begun.otpauth_url.as_str()).unwrap();
    let shown = || totp.generate(u64::try_from(world.ports.now().unix_timestamp()).unwrap()).to_string();
    let ada = confirm_second_factor(&world.ports, &actor, &shown()).await.unwrap().signed_in;
    let actor = world.actor(&ada).await;
    let begin = async |text: &str, code: Option<&str>| {
        let factor = code.map(|code| Factor::Code(code.to_owned()));
        begin_openid(&world.ports, &actor, Some(&password(text)), factor).await
    };
    let refused = begin(PASSWORD, None).await;
    assert!(matches!(refused, Err(AccountError::SecondFactorNeeded(_))), "{refused:?}");
    let refused = begin(PASSWORD, Some("000000")).await;
    assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "{refused:?}");
    world.pass(Duration::seconds(30));
    let refused = begin(OTHER, Some(&shown())).await;
    assert!(matches!(refused, Err(AccountError::WrongPassword)), "{refused:?}");
    let begun = begin(PASSWORD, Some(&shown())).await.unwrap();
    let refused = begin(PASSWORD, Some(&shown())).await;
    assert!(matches!(refused, Err(AccountError::WrongSecondFactor)), "it was used up");
    let back = issuer.visit(begun.address.as_str()).await;
    let outcome = finish_openid(&world.ports, answer(&begun, &back), &visit(Some(&ada))).await.unwrap();
    assert!(matches!(outcome.end, Ok(OpenIdEnd::Connected)), "{outcome:?}");
}

/// What was begun before there was a factor, by a thief whose session has ended since, is of no use in another that is stolen.
async fn an_identity_is_connected_in_the_session_that_began(engine: Engine) {
    let (world, issuer) = world(engine);
    let ada = world.person("ada").await;
    let other = world.sign_in("ada", PASSWORD).await.unwrap();
    let outcome = connect(&world, &issuer, &ada, Some(&other)).await;
    assert_eq!((outcome.end.unwrap_err(), outcome.is_connecting), (OpenIdRefusal::SignedOut, true));
    assert!(connect(&world, &issuer, &ada, Some(&ada)).await.end.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_signs_nobody_in() {
    let (world, issuer) = alone().await;
    let hour_ago = world_seconds() - 3_600;
    let claims = [
        ("iss", json!("https://other.example.org")),
        ("iss", Value::Null),
        ("aud", json!("another client")),
        ("aud", json!([CLIENT_ID, "another client"])),
        ("aud", Value::Null),
        ("exp", json!(hour_ago)),
        ("exp", Value::Null),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("sub", Value::Null),
    ];
    let claims = claims.map(|claim| Forgery { claims: vec![claim], ..Forgery::default() });
    let signatures =
        [Signature::None, Signature::Secret, Signature::PublicKeyAsSecret, Signature::OtherKey, Signature::UnknownKey];
    let signatures = signatures.map(|signature| Forgery { signature, ..Forgery::default() });
    for forgery in claims.into_iter().chain(signatures) {
        issuer.forge(forgery.clone());
        let end = attempt(&world, &issuer).await;
        assert!(matches!(end, Err(OpenIdRefusal::Failed | OpenIdRefusal::Unavailable)), "{forgery:?}: {end:?}");
    }
    assert_eq!(accounts(&world).await, 0);
    issuer.forge(Forgery::default());
    enter(&world, &issuer).await;
}

fn world_seconds() -> i64 {
    adx_registry::world::SystemClock.now().unix_timestamp()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_in_its_own_round_only() {
    let (world, issuer) = alone().await;
    let (begun, other) = (begin(&world).await, begin(&world).await);
    let back = issuer.visit(begun.address.as_str()).await;
    let elsewhere = issuer.visit(other.address.as_str()).await;
    let right = || answer(&begun, &back);
    let others = answer(&other, &elsewhere);
    for wrong in [
        // Login CSRF: a stranger's answer, in a browser that has begun nothing, or something else.
        OpenIdAnswer { sealed: None, ..right() },
        OpenIdAnswer { sealed: others.sealed.clone(), ..right() },
        OpenIdAnswer { sealed: Some("made up".to_owned()), ..right() },
        OpenIdAnswer { state: others.state.clone(), ..right() },
        OpenIdAnswer { state: None, ..right() },
        OpenIdAnswer { code: None, ..right() },
    ] {
        assert_eq!(finish(&world, wrong).await.unwrap_err(), OpenIdRefusal::Failed);
    }
    // A stranger's code in one's own round: the code belongs to another verifier, and is used up.
    let injected = OpenIdAnswer { code: others.code.clone(), ..right() };
    assert_eq!(finish(&world, injected).await.unwrap_err(), OpenIdRefusal::Failed);
    let declined = OpenIdAnswer { error: Some("access_denied".to_owned()), code: None, ..right() };
    assert_eq!(finish(&world, declined).await.unwrap_err(), OpenIdRefusal::Declined);
    assert_eq!(accounts(&world).await, 0);
    signed_in(finish(&world, right()).await);
    assert_eq!(finish(&world, right()).await.unwrap_err(), OpenIdRefusal::Failed, "a code is good once");

    let late = begin(&world).await;
    let back = issuer.visit(late.address.as_str()).await;
    world.pass(Duration::minutes(10));
    assert_eq!(finish(&world, answer(&late, &back)).await.unwrap_err(), OpenIdRefusal::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_keys_are_looked_for_once_a_minute() {
    let (world, issuer) = alone().await;
    enter(&world, &issuer).await;
    enter(&world, &issuer).await;
    assert_eq!(issuer.documents(), 1, "known for an hour");
    issuer.rotate("second");
    enter(&world, &issuer).await;
    assert_eq!(issuer.documents(), 2);
    issuer.forge(Forgery { signature: Signature::UnknownKey, ..Forgery::default() });
    for _ in 0..3 {
        assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::Failed);
    }
    assert_eq!(issuer.documents(), 2, "whoever makes up keys makes nobody busy");
    world.pass(Duration::minutes(1));
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::Failed);
    assert_eq!(issuer.documents(), 3);
    issuer.forge(Forgery::default());
    world.pass(Duration::hours(1));
    enter(&world, &issuer).await;
    assert_eq!(issuer.documents(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_asked_again() {
    let (world, issuer) = alone().await;
    issuer.stop();
    let refused = begin_openid(&world.ports, &Actor::Anonymous, None, None).await;
    assert!(matches!(refused, Err(AccountError::Identity(IdentityError::Unavailable(_)))));
    issuer.start_again();
    world.pass(Duration::seconds(1));
    let begun = begin(&world).await;
    let back = issuer.visit(begun.address.as_str()).await;
    issuer.stop();
    assert_eq!(finish(&world, answer(&begun, &back)).await.unwrap_err(), OpenIdRefusal::Unavailable);
    issuer.start_again();
    enter(&world, &issuer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_brings_codes_that_are_none_waits() {
    let (world, _issuer) = alone().await;
    let begun = begin(&world).await;
    let state = begun.address.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let visit = Visit { network: Some("203.0.113.7".to_owned()), ..visit(None) };
    let mut refusals = Vec::new();
    for number in 0..60 {
        let answer = OpenIdAnswer {
            sealed: Some(begun.sealed.clone()),
            state: Some(state.clone()),
            code: Some(format!("guess {number}")),
            error: None,
        };
        refusals.push(finish_openid(&world.ports, answer, &visit).await.unwrap().end.unwrap_err());
    }
    assert_eq!(refusals[0], OpenIdRefusal::Failed);
    assert_eq!(refusals[59], OpenIdRefusal::Wait);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_may_keep_tokens_short_and_secrets_away() {
    let (world, issuer) = alone().await;
    issuer.keep_tokens_short();
    assert_eq!(enter(&world, &issuer).await.account.email, Some(address("ada")));

    let public = Issuer::start_public();
    let world = with(Engine::sqlite().await.unwrap(), &public, None);
    enter(&world, &public).await;
    let wrong = with(Engine::sqlite().await.unwrap(), &issuer, Some("another secret"));
    assert_eq!(refusal(&wrong, &issuer).await, OpenIdRefusal::Failed);
    // A provider that says it is another one is none.
    let mut renamed = section(&issuer, None);
    renamed.issuer = Some(format!("{}/", issuer.url));
    let clock = Arc::clone(&wrong.clock) as Arc<dyn Clock>;
    let mut renamed_world = World::new(Engine::sqlite().await.unwrap());
    renamed_world.ports.identity = Some(Arc::new(OpenIdProvider::new(&renamed, clock).unwrap().unwrap()));
    let refused = begin_openid(&renamed_world.ports, &Actor::Anonymous, None, None).await;
    assert!(matches!(refused, Err(AccountError::Identity(IdentityError::Unavailable(_)))));
}

//! By what people come in: at the provider of identities only, or with a second factor always.

use adx_registry_core::accounts::{
    AccountError, ClaimOperator, Factor, OpenIdEnd, OpenIdRefusal, Passwords, SecondFactors, SignUp, SignedIn,
    ask_address, ask_reset, ask_unlock, begin_change, begin_openid, begin_openid_as_operator, begin_openid_proof,
    begin_passkey, begin_passkey_sign_in, begin_second_factor, change_password, claim_operator_link,
    confirm_second_factor, disable_on_the_machine, disconnect_identity, erase_account, finish_openid,
    first_operator_link, list_identities, list_sessions, make_operator_link_on_the_machine, recognise_session,
    remove_second_factor, reset_password, restore_address, sign_up, verify,
};
use adx_registry_core::actor::Actor;
use adx_registry_core::authenticate::AuthenticateError;
use adx_registry_core::operator_scope::OperatorScope;
use adx_tests::issuer::{Issuer, User};
use time::Duration;

use super::provider::{answer, connect, enter, prove, refusal, says, signed_in, visit, world};
use super::world::{OTHER, PASSWORD, World, address, code_in, password, signing_in, verification};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    without_passwords_all_that_is_about_them_is_refused,
    without_passwords_what_was_begun_with_one_counts_no_more,
    without_passwords_the_providers_address_is_enough_for_the_account_that_has_it,
    the_operators_link_leads_by_the_provider_too,
    an_operator_without_a_proven_address_comes_back_by_a_link,
    what_asks_for_the_password_takes_the_providers_word_without_one,
    the_providers_word_is_good_for_ten_minutes,
    the_providers_word_is_for_the_same_person_in_the_same_session,
    where_a_second_factor_is_required_a_session_without_one_is_for_adding_it,
    a_session_of_the_provider_needs_no_second_factor,
    the_last_second_factor_stays_where_one_is_required,
    an_account_that_is_taken_back_keeps_the_way_in_that_it_needs,
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

async fn new_link(world: &World) -> String {
    make_operator_link_on_the_machine(&world.ports).await.unwrap().expose().to_owned()
}

/// To the provider and back with an operators' link.
async fn by_link(world: &World, issuer: &Issuer, code: &str) -> Result<OpenIdEnd, OpenIdRefusal> {
    let begun = begin_openid_as_operator(&world.ports, code).await.unwrap();
    let back = issuer.visit(begun.address.as_str()).await;
    finish_openid(&world.ports, answer(&begun, &back), &visit(None)).await.unwrap().end
}

/// One-time passwords for whoever asks, with what shows one.
async fn turn_on(world: &World, actor: &Actor, text: &str) -> (SignedIn, totp_rs::Totp) {
    let begun = begin_second_factor(&world.ports, actor, &password(text), None).await.unwrap();
    let totp = totp_rs::Totp::from_url(begun.otpauth_url.as_str()).unwrap();
    let on = confirm_second_factor(&world.ports, actor, &shown(world, &totp)).await.unwrap();
    world.pass(Duration::seconds(30));
    (on.signed_in, totp)
}

fn shown(world: &World, totp: &totp_rs::Totp) -> String {
    totp.generate(u64::try_from(world.ports.now().unix_timestamp()).unwrap()).to_string()
}

fn code(world: &World, totp: &totp_rs::Totp) -> Option<Factor> {
    Some(Factor::Code(shown(world, totp)))
}

async fn without_passwords_all_that_is_about_them_is_refused(engine: Engine) {
    let (mut world, _issuer) = world(engine);
    let ada = world.person("ada").await;
    let actor = world.actor(&ada).await;
    sign_up(&world.ports, address("ben"), &None).await.unwrap();
    let bens = world.code("verify").await;
    ask_reset(&world.ports, &address("ada"), &None).await.unwrap();
    let reset = world.code("reset").await;
    let link = new_link(&world).await;
    world.pass(Duration::minutes(2));

    world.ports.ways_in.passwords = Passwords::Off;
    let ports = &world.ports;
    let refused = [
        world.sign_in("ada", PASSWORD).await.map(drop),
        begin_passkey_sign_in(ports, &signing_in("ada", PASSWORD)).await.map(drop),
        sign_up(ports, address("eve"), &None).await,
        verify(ports, verification(bens.clone(), "ben")).await.map(drop),
        ask_reset(ports, &address("ada"), &None).await,
        reset_password(ports, &reset, &password(OTHER)).await,
        ask_unlock(ports, &address("ada"), &None).await,
        change_password(ports, &actor, &password(PASSWORD), &password(OTHER), None).await.map(drop),
        claim_operator_link(ports, claim(&link, "grace")).await.map(drop),
    ];
    for (number, refused) in refused.iter().enumerate() {
        let is_named = matches!(refused, Err(AccountError::PasswordsOff(name)) if name == "single sign-on");
        assert!(is_named, "{number}: {refused:?}");
    }
    assert!(world.letters().await.is_empty());

    // Nothing was changed, and no code was used up.
    world.ports.ways_in.passwords = Passwords::On;
    world.sign_in("ada", PASSWORD).await.unwrap();
    verify(&world.ports, verification(bens, "ben")).await.unwrap();
    claim_operator_link(&world.ports, claim(&link, "grace")).await.unwrap();
}

async fn without_passwords_what_was_begun_with_one_counts_no_more(engine: Engine) {
    let (mut world, issuer) = world(engine);
    let by_password = world.person("ada").await;
    assert!(connect(&world, &issuer, &by_password, Some(&by_password)).await.end.is_ok());
    let by_provider = enter(&world, &issuer).await;
    world.ports.ways_in.passwords = Passwords::Off;
    assert!(!world.is_signed_in(&by_password).await);
    assert!(world.is_signed_in(&by_provider).await);
    let actor = world.actor(&by_provider).await;
    let listed: Vec<_> = list_sessions(&world.ports, &actor).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(listed, [by_provider.session.id]);
    let [identity] = &list_identities(&world.ports, &actor).await.unwrap()[..] else { panic!("one identity") };
    let last = disconnect_identity(&world.ports, &actor, identity.id).await;
    assert!(matches!(last, Err(AccountError::LastWayIn)), "a password of before is none: {last:?}");
}

async fn without_passwords_the_providers_address_is_enough_for_the_account_that_has_it(engine: Engine) {
    let (mut world, issuer) = world(engine);
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken);
    world.ports.ways_in.passwords = Passwords::Off;
    let again = enter(&world, &issuer).await;
    assert_eq!(again.account.id, ada.account.id);
    assert_eq!(world.letter().await.subject, "Another way to sign in");
    assert_eq!(enter(&world, &issuer).await.account.id, ada.account.id);
    assert!(world.letters().await.is_empty(), "it is connected now");

    // Whoever is given the address there after somebody else does not get what was that one's.
    issuer.sign_in_as(User { subject: "the next ada".to_owned(), ..User::called("ada") });
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken);
    for is_verified in [Some(false), None] {
        issuer.sign_in_as(User { is_verified, ..User::called("ben") });
        assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::Unverified);
    }
    disable_on_the_machine(&world.ports, ben.account.id, None).await.unwrap();
    issuer.sign_in_as(User::called("ben"));
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken);
}

async fn the_operators_link_leads_by_the_provider_too(engine: Engine) {
    let (mut world, issuer) = world(engine);
    world.ports.ways_in.passwords = Passwords::Off;
    world.ports.sign_up = SignUp::Invited;
    let first = first_operator_link(&world.ports).await.unwrap().expect("nobody runs it yet");
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::NotInvited, "it is the link that lets in");
    let ada = signed_in(by_link(&world, &issuer, first.expose()).await);
    assert!(world.account(&ada).await.is_operator);
    assert!(world.actor(&ada).await.operator(OperatorScope::Read).is_ok());
    let used = begin_openid_as_operator(&world.ports, first.expose()).await;
    assert!(matches!(used, Err(AccountError::BadCode)), "{used:?}");

    // Of two who have begun with it, one becomes an operator.
    let link = new_link(&world).await;
    let late = begin_openid_as_operator(&world.ports, &link).await.unwrap();
    // Whoever is one already leaves it to the others.
    assert_eq!(signed_in(by_link(&world, &issuer, &link).await).account.id, ada.account.id);
    issuer.sign_in_as(User::called("eve"));
    assert!(signed_in(by_link(&world, &issuer, &link).await).account.is_operator);
    issuer.sign_in_as(User::called("mallory"));
    let back = issuer.visit(late.address.as_str()).await;
    let outcome = finish_openid(&world.ports, answer(&late, &back), &visit(None)).await.unwrap();
    assert_eq!(outcome.end.unwrap_err(), OpenIdRefusal::LinkOver);
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::NotInvited, "and nobody was made by it");

    let link = new_link(&world).await;
    let late = begin_openid_as_operator(&world.ports, &link).await.unwrap();
    new_link(&world).await;
    let back = issuer.visit(late.address.as_str()).await;
    let outcome = finish_openid(&world.ports, answer(&late, &back), &visit(None)).await.unwrap();
    assert_eq!(outcome.end.unwrap_err(), OpenIdRefusal::LinkOver, "another link took its place");
}

/// An operator types an address, and nobody shows it to be the own one.
async fn an_operator_without_a_proven_address_comes_back_by_a_link(engine: Engine) {
    let (mut world, issuer) = world(engine);
    let grace = claim_operator_link(&world.ports, claim(&new_link(&world).await, "grace")).await.unwrap();
    world.ports.ways_in.passwords = Passwords::Off;
    issuer.sign_in_as(User::called("grace"));
    assert_eq!(refusal(&world, &issuer).await, OpenIdRefusal::AddressTaken);
    let again = signed_in(by_link(&world, &issuer, &new_link(&world).await).await);
    assert_eq!(again.account.id, grace.account.id);
    let account = world.account(&again).await;
    assert!(account.is_operator && account.verified_at.is_some());
}

async fn what_asks_for_the_password_takes_the_providers_word_without_one(engine: Engine) {
    let (mut world, issuer) = world(engine);
    // One who never had a password, and one whose password counts no more.
    issuer.sign_in_as(User::called("ben"));
    let ben = enter(&world, &issuer).await;
    world.person("ada").await;
    everything_by_the_providers_word(&world, &issuer, &ben, "").await;
    world.ports.ways_in.passwords = Passwords::Off;
    issuer.forge(adx_tests::issuer::Forgery::default());
    issuer.sign_in_as(User::called("ada"));
    let ada = enter(&world, &issuer).await;
    everything_by_the_providers_word(&world, &issuer, &ada, PASSWORD).await;
}

async fn everything_by_the_providers_word(world: &World, issuer: &Issuer, who: &SignedIn, text: &str) {
    let ports = &world.ports;
    let typed = password(text);
    let actor = world.actor(who).await;
    let refused = [
        ask_address(ports, &actor, address("king"), &typed, None).await,
        begin_second_factor(ports, &actor, &typed, None).await.map(drop),
        begin_passkey(ports, &actor, &typed, None).await.map(drop),
        begin_change(ports, &actor, &typed).await.map(drop),
        begin_openid(ports, &actor, Some(&typed), None).await.map(drop),
        remove_second_factor(ports, &actor, &typed, None).await,
        erase_account(ports, &actor, &typed, None).await,
    ];
    for (number, refused) in refused.iter().enumerate() {
        assert!(matches!(refused, Err(AccountError::ProofNeeded(_))), "{number}: {refused:?}");
    }
    says(world, issuer, Duration::ZERO);
    assert!(matches!(prove(world, issuer, who).await, Ok(OpenIdEnd::Proven)));
    let actor = world.actor(who).await;
    world.pass(Duration::minutes(2));
    ask_address(ports, &actor, address("king"), &typed, None).await.unwrap();
    begin_passkey(ports, &actor, &typed, None).await.unwrap();
    let none = begin_change(ports, &actor, &typed).await;
    assert!(matches!(none, Err(AccountError::NoPasskey)), "{none:?}");
    begin_openid(ports, &actor, Some(&typed), None).await.unwrap();
    let (renewed, totp) = turn_on(world, &actor, text).await;
    // The session that goes on is as good, and a second factor is asked for as ever.
    let actor = world.actor(&renewed).await;
    let refused = begin_openid(ports, &actor, Some(&typed), None).await;
    assert!(matches!(refused, Err(AccountError::SecondFactorNeeded(_))), "{refused:?}");
    remove_second_factor(ports, &actor, &typed, code(world, &totp)).await.unwrap();
    erase_account(ports, &actor, &typed, None).await.unwrap();
    assert!(!world.is_signed_in(&renewed).await);
    world.letters().await;
}

async fn the_providers_word_is_good_for_ten_minutes(engine: Engine) {
    let (world, issuer) = world(engine);
    let begins = async |who: &SignedIn| {
        let actor = world.actor(who).await;
        begin_second_factor(&world.ports, &actor, &password(""), None).await.map(drop)
    };
    let ada = enter(&world, &issuer).await;
    // Who is asked for less than we ask for says nothing of when, or that it was long ago.
    assert_eq!(prove(&world, &issuer, &ada).await.unwrap_err(), OpenIdRefusal::NotAnew);
    says(&world, &issuer, Duration::minutes(10));
    assert_eq!(prove(&world, &issuer, &ada).await.unwrap_err(), OpenIdRefusal::NotAnew);
    let again = enter(&world, &issuer).await;
    for who in [&ada, &again] {
        assert!(matches!(begins(who).await, Err(AccountError::ProofNeeded(_))));
    }
    // Whoever has just signed in need not do so again; a clock that is ahead makes it last no longer.
    for ago in [Duration::ZERO, -Duration::hours(5)] {
        says(&world, &issuer, ago);
        assert!(prove(&world, &issuer, &ada).await.is_ok());
        let again = enter(&world, &issuer).await;
        world.pass(Duration::minutes(9));
        for who in [&ada, &again] {
            begins(who).await.unwrap();
        }
        world.pass(Duration::minutes(1));
        for who in [&ada, &again] {
            assert!(matches!(begins(who).await, Err(AccountError::ProofNeeded(_))), "{ago}");
        }
    }
}

async fn the_providers_word_is_for_the_same_person_in_the_same_session(engine: Engine) {
    let (world, issuer) = world(engine);
    let (ada, elsewhere) = (enter(&world, &issuer).await, enter(&world, &issuer).await);
    says(&world, &issuer, Duration::ZERO);
    issuer.sign_in_as(User::called("eve"));
    assert_eq!(prove(&world, &issuer, &ada).await.unwrap_err(), OpenIdRefusal::SomebodyElse);
    issuer.sign_in_as(User::called("ada"));
    for back_as in [None, Some(&elsewhere)] {
        let begun = begin_openid_proof(&world.ports, &world.actor(&ada).await).await.unwrap();
        let back = issuer.visit(begun.address.as_str()).await;
        let outcome = finish_openid(&world.ports, answer(&begun, &back), &visit(back_as)).await.unwrap();
        assert_eq!((outcome.end.unwrap_err(), outcome.is_connecting), (OpenIdRefusal::SignedOut, true));
    }
    assert!(prove(&world, &issuer, &ada).await.is_ok());
    let actor = world.actor(&elsewhere).await;
    let refused = erase_account(&world.ports, &actor, &password(""), None).await;
    assert!(matches!(refused, Err(AccountError::ProofNeeded(_))), "{refused:?}");
    let nobody = begin_openid_proof(&world.ports, &Actor::Anonymous).await;
    assert!(matches!(nobody, Err(AccountError::Denied(_))), "{nobody:?}");
}

async fn where_a_second_factor_is_required_a_session_without_one_is_for_adding_it(engine: Engine) {
    let mut world = World::new(engine);
    let before = world.person("ben").await;
    world.ports.ways_in.second_factor = SecondFactors::Required;
    let ada = world.person("ada").await;
    for without in [&before, &ada] {
        let refused = world.show(without).await;
        assert!(matches!(refused, Err(AuthenticateError::SecondFactorMissing)), "{refused:?}");
    }
    let actor = recognise_session(&world.ports, ada.secret.expose()).await.unwrap();
    begin_second_factor(&world.ports, &actor, &password(PASSWORD), None).await.unwrap();
    let refused = world.show(&ada).await;
    assert!(matches!(refused, Err(AuthenticateError::SecondFactorMissing)), "a seed that nobody has is no factor");
    let (with, totp) = turn_on(&world, &actor, PASSWORD).await;
    world.show(&with).await.unwrap();
    let again = world.sign_in("ada", PASSWORD).await;
    assert!(matches!(again, Err(AccountError::SecondFactorNeeded(_))), "{again:?}");
    let mut request = signing_in("ada", PASSWORD);
    request.second_factor = code(&world, &totp);
    let again = adx_registry_core::accounts::sign_in(&world.ports, request).await.unwrap();
    world.show(&again).await.unwrap();
}

async fn a_session_of_the_provider_needs_no_second_factor(engine: Engine) {
    let (mut world, issuer) = world(engine);
    let by_password = world.person("ada").await;
    assert!(connect(&world, &issuer, &by_password, Some(&by_password)).await.end.is_ok());
    world.ports.ways_in.second_factor = SecondFactors::Required;
    let by_provider = enter(&world, &issuer).await;
    assert_eq!(by_provider.account.id, by_password.account.id);
    world.show(&by_provider).await.unwrap();
    let refused = world.show(&by_password).await;
    assert!(matches!(refused, Err(AuthenticateError::SecondFactorMissing)), "{refused:?}");
}

async fn the_last_second_factor_stays_where_one_is_required(engine: Engine) {
    let (mut world, issuer) = world(engine);
    let ada = world.person("ada").await;
    let (ada, totp) = turn_on(&world, &world.actor(&ada).await, PASSWORD).await;
    world.ports.ways_in.second_factor = SecondFactors::Required;
    let actor = world.actor(&ada).await;
    let refused = remove_second_factor(&world.ports, &actor, &password(PASSWORD), code(&world, &totp)).await;
    assert!(matches!(refused, Err(AccountError::LastSecondFactor)), "{refused:?}");
    world.show(&ada).await.unwrap();

    // Whoever has no password signs in at the provider only, which asks for factors by itself.
    says(&world, &issuer, Duration::ZERO);
    issuer.sign_in_as(User::called("ben"));
    let ben = enter(&world, &issuer).await;
    let (ben, bens) = turn_on(&world, &world.actor(&ben).await, "").await;
    let actor_ben = world.actor(&ben).await;
    remove_second_factor(&world.ports, &actor_ben, &password(""), code(&world, &bens)).await.unwrap();

    world.ports.ways_in.second_factor = SecondFactors::Optional;
    remove_second_factor(&world.ports, &actor, &password(PASSWORD), code(&world, &totp)).await.unwrap();
}

async fn an_account_that_is_taken_back_keeps_the_way_in_that_it_needs(engine: Engine) {
    let (mut world, issuer) = world(engine);
    let restored = async |world: &World, who: &SignedIn| {
        world.letters().await;
        let actor = world.actor(who).await;
        ask_address(&world.ports, &actor, address("king"), &password(PASSWORD), None).await.unwrap();
        let letters = world.letters().await;
        let letter = letters.iter().find(|letter| letter.to != address("king")).unwrap();
        restore_address(&world.ports, &code_in(letter, "restore-address")).await.unwrap();
        assert!(!world.is_signed_in(who).await);
        world.ports.store.read().await.unwrap().identities_of(who.account.id).await.unwrap().len()
    };
    // Whoever had the password may have connected an identity that is somebody else's.
    let ada = world.person("ada").await;
    assert!(connect(&world, &issuer, &ada, Some(&ada)).await.end.is_ok());
    assert_eq!(restored(&world, &ada).await, 0);
    let [reset] = &world.letters().await[..] else { panic!("one letter") };
    reset_password(&world.ports, &code_in(reset, "reset"), &password(OTHER)).await.unwrap();
    world.sign_in("ada", OTHER).await.unwrap();

    // Without passwords there is no letter with which to set one.
    world.ports.ways_in.passwords = Passwords::Off;
    world.pass(Duration::minutes(20));
    says(&world, &issuer, Duration::ZERO);
    issuer.sign_in_as(User::called("ben"));
    let ben = enter(&world, &issuer).await;
    assert_eq!(restored(&world, &ben).await, 1);
    assert!(world.letters().await.is_empty());
    assert_eq!(enter(&world, &issuer).await.account.id, ben.account.id);
}

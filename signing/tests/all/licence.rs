//! Licences: what they allow and when, and that nothing but what was signed is read.

use adx_signing::{
    SecretKey, UtcSecond,
    licence::{
        Action, Authority, Kind, Licence, LicenceError, LicenceId, RevokedLicence, State, TermsError, armour,
        jwt::MAX_LEASE, next_step, state, steps, verify,
    },
    tuf::control::{ControlFile as _, Revocations},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{collection::btree_set, option, prelude::*, sample};
use semver::{Version, VersionReq};
use serde_json::{Value, json};
use time::Duration;

use crate::{at, key};

const DAY: u64 = 86_400;
const ISSUED: &str = "2026-11-29T12:00:00Z";

fn id(number: u8) -> LicenceId {
    LicenceId::new(at(ISSUED), [number; 10])
}

fn subscription() -> Licence {
    Licence {
        id: id(1),
        registry: "registry.example.com/log".parse().expect("an origin"),
        tenant: "acme".parse().expect("a tenant"),
        module: "adx/hello".parse().expect("a module"),
        versions: VersionReq::STAR,
        features: ["reports".to_owned(), "export.csv".to_owned()].into(),
        seats: Some(25),
        kind: Kind::Subscription,
        from: at("2026-12-01T00:00:00Z"),
        until: Some(at("2027-12-01T00:00:00Z")),
        grace: 14 * DAY,
        read_only: 30 * DAY,
        retained: 90 * DAY,
    }
}

fn authority() -> Authority {
    Authority::new(subscription().registry, key("licences").public())
}

fn later(time: UtcSecond, seconds: i64) -> UtcSecond {
    time.after(Duration::seconds(seconds))
}

#[test]
fn a_licence_ends_by_steps_that_are_known_from_the_beginning() {
    let licence = subscription();
    let announced: Vec<(String, State)> =
        steps(&licence).into_iter().map(|step| (step.at.to_string(), step.state)).collect();
    let expected = [
        ("2026-12-01T00:00:00Z", State::Active),
        ("2027-12-01T00:00:00Z", State::Grace),
        ("2027-12-15T00:00:00Z", State::ReadOnly),
        ("2028-01-14T00:00:00Z", State::Disabled),
        ("2028-02-28T00:00:00Z", State::Retained),
        ("2028-04-13T00:00:00Z", State::Expired),
    ];
    assert_eq!(announced, expected.map(|(time, state)| (time.to_owned(), state)));
    assert_eq!(state(&licence, at("2026-11-30T23:59:59Z"), None), State::Pending);
    assert_eq!(state(&licence, at("2027-11-30T23:59:59Z"), None), State::Active);
    assert_eq!(state(&licence, at("9999-12-31T23:59:59Z"), None), State::Expired);

    let for_ever = Licence { kind: Kind::Perpetual, until: None, ..licence.clone() };
    assert_eq!(state(&for_ever, at("9999-12-31T23:59:59Z"), None), State::Active);
    assert_eq!(next_step(&for_ever, at("2026-12-01T00:00:00Z"), None), None);

    let at_once = Licence { kind: Kind::Trial, grace: 0, read_only: 0, retained: 0, ..licence };
    let announced: Vec<State> = steps(&at_once).into_iter().map(|step| step.state).collect();
    assert_eq!(announced, [State::Trial, State::Expired]);
}

#[test]
fn what_each_state_allows() {
    let allowed = |state: State| Action::ALL.into_iter().filter(|action| state.allows(*action)).collect::<Vec<_>>();
    for state in [State::Trial, State::Active, State::Grace] {
        assert_eq!(allowed(state), Action::ALL, "{state}");
    }
    assert_eq!(allowed(State::ReadOnly), [Action::Activate, Action::Read]);
    for state in [State::Pending, State::Disabled, State::Retained, State::Expired, State::Revoked] {
        assert!(allowed(state).is_empty(), "{state}");
    }
    let lost: Vec<State> = State::ALL.into_iter().filter(|state| !state.keeps_data()).collect();
    assert_eq!(lost, [State::Expired]);
}

#[test]
fn a_revocation_that_lies_ahead_is_the_next_step() {
    let licence = subscription();
    let (now, revoked) = (at("2027-01-01T00:00:00Z"), at("2027-02-01T00:00:00Z"));
    let next = next_step(&licence, now, Some(revoked)).expect("a step");
    assert_eq!((next.at, next.state), (revoked, State::Revoked));
    assert_eq!(state(&licence, now, Some(revoked)), State::Active);
    assert_eq!(state(&licence, revoked, Some(revoked)), State::Revoked);
    assert_eq!(next_step(&licence, revoked, Some(revoked)), None);
    let next = next_step(&licence, now, Some(at("2028-01-01T00:00:00Z"))).expect("a step");
    assert_eq!(next.state, State::Grace);
}

#[test]
fn a_lease_that_is_not_renewed_ends_by_the_steps_of_its_licence() {
    let licence = subscription();
    let (issued, until) = (at("2027-01-01T00:00:00Z"), at("2027-01-08T00:00:00Z"));
    let lease =
        verify(&licence.lease(issued, until, &key("licences")).expect("a lease"), &authority()).expect("signed");
    assert_eq!((lease.issued(), lease.lease_until(), lease.licence()), (issued, Some(until), &licence));
    assert_eq!(lease.key(), key("licences").public().id());
    assert_eq!(lease.state(at("2027-01-07T23:59:59Z"), None), State::Active);
    assert_eq!(lease.state(until, None), State::Grace);
    assert_eq!(lease.state(later(until, 14 * 86_400), None), State::ReadOnly);
    let next = lease.next_step(issued, None).expect("a step");
    assert_eq!((next.at, next.state), (until, State::Grace));

    // A lease lasts no longer than its licence.
    let (issued, until) = (at("2027-11-30T00:00:00Z"), at("2027-12-08T00:00:00Z"));
    let lease =
        verify(&licence.lease(issued, until, &key("licences")).expect("a lease"), &authority()).expect("signed");
    assert_eq!(lease.state(at("2027-12-01T00:00:00Z"), None), State::Grace);
}

#[test]
fn nobody_signs_terms_that_cannot_be() {
    let fine = subscription();
    let refused = |licence: Licence| match licence.sign(at(ISSUED), &key("licences")) {
        Err(LicenceError::Terms(error)) => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        refused(Licence { until: Some(fine.from), ..fine.clone() }),
        TermsError::EndsBeforeItBegins { .. }
    ));
    assert_eq!(refused(Licence { kind: Kind::Trial, until: None, ..fine.clone() }), TermsError::EndlessTrial);
    assert_eq!(refused(Licence { seats: Some(0), ..fine.clone() }), TermsError::NoSeats);
    for feature in ["", "Export", "a b", "a,b", "-a", "a--b", "a.", &"a".repeat(65)] {
        let features = [feature.to_owned()].into();
        assert!(matches!(refused(Licence { features, ..fine.clone() }), TermsError::Feature(_)), "{feature}");
    }
    let features = (0..65).map(|number| format!("f{number}")).collect();
    assert_eq!(refused(Licence { features, ..fine.clone() }), TermsError::TooManyFeatures(65));
    assert!(matches!(refused(Licence { grace: u64::MAX, ..fine.clone() }), TermsError::Stretch { name: "grace", .. }));

    let (issued, key) = (at(ISSUED), key("licences"));
    assert!(fine.lease(issued, issued.after(MAX_LEASE), &key).is_ok());
    for until in [issued, later(issued.after(MAX_LEASE), 1)] {
        let refused = fine.lease(issued, until, &key);
        assert!(matches!(refused, Err(LicenceError::Terms(TermsError::Lease { .. }))), "{refused:?}");
    }
}

#[test]
fn what_stays_after_a_subscription_covers_the_versions_up_to_one() {
    let version = |text: &str| text.parse::<Version>().expect("a version");
    let stays = subscription().perpetual_fallback(id(2), &version("1.4.2"), at("2027-12-01T00:00:00Z"));
    assert_eq!((stays.kind, stays.until, stays.versions.to_string().as_str()), (Kind::Perpetual, None, "<=1.4.2"));
    assert_eq!(state(&stays, at("2099-01-01T00:00:00Z"), None), State::Active);
    for (text, covered) in [("1.4.2", true), ("0.1.0", true), ("1.4.3", false), ("2.0.0", false), ("1.4.2-rc.1", true)]
    {
        assert_eq!(stays.covers(&version(text)), covered, "{text}");
    }
    assert!(subscription().covers(&version("3.0.0-beta.1")));
    assert!(verify(&stays.sign(at(ISSUED), &key("licences")).expect("signed"), &authority()).is_ok());
}

#[test]
fn a_transfer_is_the_same_terms_for_another_tenant_from_then_on() {
    let (before, when) = (subscription(), at("2027-06-01T00:00:00Z"));
    let after = before.transferred(id(2), "umbrella".parse().expect("a tenant"), when);
    assert_eq!((after.tenant.to_string().as_str(), after.from, after.until), ("umbrella", when, before.until));
    assert_eq!(state(&before, when, Some(when)), State::Revoked);
    assert_eq!(state(&after, when, None), State::Active);
}

#[test]
fn an_authority_names_keys_and_what_was_revoked() {
    let mut authority = authority();
    let revoked = RevokedLicence { at: at(ISSUED), reason: "it was paid back".to_owned() };
    authority.revoked.insert(id(1), revoked);
    assert_eq!((authority.revoked_at(&id(1)), authority.revoked_at(&id(2))), (Some(at(ISSUED)), None));
    let text = serde_json::to_string(&authority).expect("JSON");
    assert_eq!(serde_json::from_str::<Authority>(&text).expect("an authority"), authority);
    let list = Revocations { licences: Some(authority.clone()), ..Revocations::default() };
    assert_eq!(Revocations::from_json(&list.to_json()), Ok(list));
    assert!(!String::from_utf8_lossy(&Revocations::default().to_json()).contains("licences"));
    let shouted = text.replace("it was paid back", "it was <b>paid</b> back");
    let read = serde_json::from_str::<Authority>(&shouted).expect("an authority");
    assert!(!read.revoked[&id(1)].reason.contains('<'));
}

#[test]
fn an_id_has_one_spelling() {
    let text = id(7).to_string();
    assert_eq!(text.parse(), Ok(id(7)));
    for other in [text.to_uppercase(), text.replace('-', ""), format!("{{{text}}}"), String::new()] {
        assert!(other.parse::<LicenceId>().is_err(), "{other}");
    }
    // Version 4: random, and of no order.
    assert!("936da01f-9abd-4d9d-80c7-02af85c822a8".parse::<LicenceId>().is_err());
    assert!(LicenceId::new(later(at(ISSUED), 1), [0; 10]) > LicenceId::new(at(ISSUED), [255; 10]));
}

/// A token with any header and claims, signed by a key as a registry signs.
fn token(header: &Value, claims: &Value, key: &SecretKey) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn header() -> Value {
    json!({ "typ": "adx-licence+jwt", "alg": "EdDSA", "kid": key("licences").public().id() })
}

fn claims() -> Value {
    json!({
        "iss": "registry.example.com/log",
        "sub": "acme",
        "jti": id(1),
        "iat": at(ISSUED).unix_seconds(),
        "nbf": subscription().from.unix_seconds(),
        "module": "adx/hello",
        "versions": "*",
        "features": ["export.csv", "reports"],
        "seats": 25,
        "kind": "subscription",
        "until": subscription().until.map(UtcSecond::unix_seconds),
        "grace": 14 * DAY,
        "read_only": 30 * DAY,
        "retained": 90 * DAY,
    })
}

fn with(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    object[name] = value.into();
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().expect("an object").remove(name);
    object
}

#[test]
fn a_token_that_somebody_else_made_to_the_letter_is_read() {
    let verified = verify(&token(&header(), &claims(), &key("licences")), &authority()).expect("a licence");
    assert_eq!((verified.licence(), verified.issued()), (&subscription(), at(ISSUED)));
}

/// Signed by OpenSSL, over JSON of another writer.
#[test]
fn what_another_program_signed_is_read() {
    let authority = Authority::new(subscription().registry, SecretKey::from_seed(&[7; 32]).public());
    let token = include_str!("../../../fuzz/seeds/licence/licence.jwt");
    let (read, verified) =
        armour::read(include_str!("../../../fuzz/seeds/licence/file.licence"), &authority).expect("a licence");
    assert_eq!((read.as_str(), verified.licence().seats), (token, Some(25)));
    let lease = verify(include_str!("../../../fuzz/seeds/licence/lease.jwt"), &authority).expect("a lease");
    assert_eq!((lease.licence(), lease.lease_until().is_some()), (verified.licence(), true));
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |header: Value, claims: Value| {
        verify(&token(&header, &claims, &key("licences")), &authority()).expect_err("refused")
    };
    for strange in [
        with(header(), "typ", "JWT"),
        without(header(), "typ"),
        with(header(), "alg", "ES256"),
        with(header(), "kid", "licences"),
        without(header(), "kid"),
        with(header(), "crit", json!(["b64"])),
        with(header(), "jku", "https://attacker.example/keys"),
        with(header(), "jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" })),
        with(header(), "cty", "JWT"),
        with(header(), "more", "of it"),
    ] {
        let error = refused(strange.clone(), claims());
        assert!(matches!(error, LicenceError::Header(_)), "{strange}: {error}");
    }
    for strange in [with(header(), "alg", "none"), with(header(), "alg", "EdDSA2")] {
        let error = refused(strange.clone(), claims());
        assert!(matches!(error, LicenceError::Malformed { .. }), "{strange}: {error}");
    }
    for strange in [
        with(claims(), "aud", "somebody"),
        with(claims(), "only_on", "mondays"),
        with(claims(), "kind", "site"),
        with(claims(), "seats", -1),
        with(claims(), "seats", "25"),
        with(claims(), "jti", "1"),
        with(claims(), "sub", "Acme"),
        with(claims(), "module", "hello"),
        with(claims(), "versions", "latest"),
        with(claims(), "until", 1.5),
        with(claims(), "until", i64::MAX),
        without(claims(), "grace"),
        without(claims(), "features"),
        without(claims(), "iss"),
    ] {
        let error = refused(header(), strange.clone());
        assert!(matches!(error, LicenceError::Malformed { .. }), "{strange}: {error}");
    }
    // Each is the other's: a licence that ends like a lease, a lease that never does.
    let lease = with(header(), "typ", "adx-lease+jwt");
    let ends = with(claims(), "exp", later(at(ISSUED), 60).unix_seconds());
    assert!(matches!(refused(header(), ends.clone()), LicenceError::Header(_)));
    assert!(matches!(refused(lease.clone(), claims()), LicenceError::Header(_)));
    assert!(verify(&token(&lease, &ends, &key("licences")), &authority()).is_ok());
    // Terms are looked at here too: whoever has the key may sign anything.
    assert!(matches!(refused(header(), with(claims(), "seats", 0)), LicenceError::Terms(TermsError::NoSeats)));
    let other = refused(header(), with(claims(), "iss", "other.example.com/log"));
    assert!(matches!(other, LicenceError::OtherRegistry { .. }), "{other}");
}

#[test]
fn only_a_key_that_the_registry_names_counts() {
    let by_other =
        |header: &Value| verify(&token(header, &claims(), &key("other")), &authority()).expect_err("refused");
    // Under the name of the right key, and under its own.
    assert_eq!(by_other(&header()), LicenceError::Signature);
    let other = key("other").public().id();
    assert_eq!(by_other(&with(header(), "kid", json!(other))), LicenceError::UnknownKey { key: other });
    let mut both = authority();
    both.keys.extend(Authority::new(both.registry.clone(), key("other").public()).keys);
    assert!(verify(&token(&with(header(), "kid", json!(other)), &claims(), &key("other")), &both).is_ok());
    for text in ["", ".", "..", "a.b.c", "....", &"a".repeat(20_000)] {
        assert!(verify(text, &authority()).is_err(), "{text}");
    }
}

#[test]
fn a_claim_that_is_there_twice_is_refused() {
    let twice = claims().to_string().replacen("\"seats\":25", "\"seats\":25,\"seats\":5000", 1);
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header().to_string()), URL_SAFE_NO_PAD.encode(&twice));
    let signature = URL_SAFE_NO_PAD.encode(key("licences").sign(signed.as_bytes()));
    let error = verify(&format!("{signed}.{signature}"), &authority()).expect_err("refused");
    assert!(matches!(error, LicenceError::Malformed { .. }), "{error}");
}

fn file() -> String {
    let token = subscription().sign(at(ISSUED), &key("licences")).expect("signed");
    armour::write(&token, &verify(&token, &authority()).expect("a licence")).expect("a file")
}

#[test]
fn the_readable_lines_of_a_file_are_what_is_signed() {
    let file = file();
    let readable: Vec<&str> = file.lines().take_while(|line| !line.is_empty()).collect();
    let expected = [
        "-----BEGIN ADX LICENCE-----",
        &format!("Licence: {}", id(1)),
        "Registry: registry.example.com/log",
        "Tenant: acme",
        "Module: adx/hello",
        "Versions: *",
        "Features: export.csv, reports",
        "Seats: 25",
        "Kind: subscription",
        "From: 2026-12-01T00:00:00Z",
        "Until: 2027-12-01T00:00:00Z",
    ];
    assert_eq!(readable, expected);
    assert!(file.lines().all(|line| line.len() <= 64), "{file}");
    let (token, verified) = armour::read(&file, &authority()).expect("a licence");
    assert_eq!(verify(&token, &authority()), Ok(verified));

    for other in [file.replace('\n', "\r\n"), file.trim_end().to_owned()] {
        assert!(armour::read(&other, &authority()).is_ok(), "{other}");
    }
    let refused = |text: String| armour::read(&text, &authority()).expect_err("refused");
    let line = refused(file.replace("Seats: 25", "Seats: 2500"));
    let (found, signed) = ("Seats: 2500".to_owned(), "Seats: 25".to_owned());
    assert_eq!(line, LicenceError::Line { line: 8, found, signed });
    for other in [
        file.replace("Seats: 25\n", ""),
        file.replace("Kind:", "Note: ask Ada\nKind:"),
        format!("{file}\n"),
        format!("{file}Seats: 2500\n"),
        format!(" {file}"),
    ] {
        refused(other);
    }
    let lease = subscription().lease(at(ISSUED), later(at(ISSUED), 60), &key("licences")).expect("a lease");
    let lease = (lease.clone(), verify(&lease, &authority()).expect("a lease"));
    assert!(matches!(armour::write(&lease.0, &lease.1), Err(LicenceError::NotAFile(_))));
}

fn any_licence() -> impl Strategy<Value = Licence> {
    let versions = prop_oneof![Just("*".to_owned()), "<=[1-9][0-9]{0,2}\\.[1-9]?[0-9]\\.0", "[1-9]", ">=1\\.0, <2\\.1"];
    let features = btree_set("[a-z][a-z0-9]{0,8}([-_.][a-z0-9]{1,8}){0,2}", 0..8);
    let seconds = || prop_oneof![Just(0_u64), 1..100_u64, 0..40 * DAY];
    let terms = (versions, features, option::of(1..10_000_u32), sample::select(Kind::ALL.to_vec()));
    let times = (0..4_000_000_000_i64, option::of(1..400_000_000_i64), seconds(), seconds(), seconds());
    (terms, times, any::<[u8; 10]>()).prop_map(|((versions, features, seats, kind), times, random)| {
        let (from, length, grace, read_only, retained) = times;
        let from = later(at("1970-01-01T00:00:00Z"), from);
        let until = length.or((kind == Kind::Trial).then_some(60)).map(|length| later(from, length));
        let versions = versions.parse().expect("a requirement");
        let id = LicenceId::new(from, random);
        Licence { id, versions, features, seats, kind, from, until, grace, read_only, retained, ..subscription() }
    })
}

/// Instants around the steps of a licence, and anywhere.
fn instants(licence: &Licence, offset: i64) -> Vec<UtcSecond> {
    let around = |step: UtcSecond| [later(step, -1), step, later(step, 1), later(step, offset)];
    let mut all: Vec<UtcSecond> = steps(licence).into_iter().flat_map(|step| around(step.at)).collect();
    all.extend([later(licence.from, -offset), at("9999-12-31T23:59:59Z")]);
    all.sort();
    all
}

proptest! {
    #[test]
    fn every_form_gives_the_licence_back(licence in any_licence(), lease in 1..86_400_i64) {
        let (issued, key, authority) = (licence.from, key("licences"), authority());
        let token = licence.sign(issued, &key).expect("signed");
        let verified = verify(&token, &authority).expect("a licence");
        prop_assert_eq!(verified.licence(), &licence);
        let file = armour::write(&token, &verified).expect("a file");
        prop_assert!(armour::is_file(&file));
        prop_assert_eq!(armour::read(&file, &authority), Ok((token, verified)));
        let until = later(issued, lease);
        let lease = verify(&licence.lease(issued, until, &key).expect("a lease"), &authority).expect("a lease");
        prop_assert_eq!((lease.licence(), lease.lease_until()), (&licence, Some(until)));
    }

    /// Time takes a licence from one state to the next, and back to none; a revocation ends it from any.
    #[test]
    fn states_follow_one_another(licence in any_licence(), offset in 0..4_000_000_i64, revoked in option::of(0..5_000_000_000_i64)) {
        let revoked = revoked.map(|seconds| later(at("1970-01-01T00:00:00Z"), seconds));
        let states: Vec<State> =
            instants(&licence, offset).into_iter().map(|now| state(&licence, now, revoked)).collect();
        prop_assert!(states.is_sorted(), "{states:?}");
    }

    /// Once a licence has begun, what it allows only becomes less, and in the order of the actions.
    #[test]
    fn permissions_fall_in_the_announced_order(licence in any_licence(), offset in 0..4_000_000_i64) {
        let begun = instants(&licence, offset).into_iter().filter(|now| *now >= licence.from);
        let allowed: Vec<Vec<bool>> = begun
            .map(|now| Action::ALL.into_iter().map(|action| state(&licence, now, None).allows(action)).collect())
            .collect();
        for now in &allowed {
            prop_assert!(now.is_sorted(), "one falls before another that goes first: {now:?}");
        }
        for pair in allowed.windows(2) {
            let regained = pair[0].iter().zip(&pair[1]).any(|(before, after)| !before && *after);
            prop_assert!(!regained, "{pair:?}");
        }
    }

    /// What is announced is what comes, at that second and not before.
    #[test]
    fn the_next_step_is_the_next_change(licence in any_licence(), offset in 0..4_000_000_i64, revoked in option::of(0..5_000_000_000_i64)) {
        let revoked = revoked.map(|seconds| later(at("1970-01-01T00:00:00Z"), seconds));
        for now in instants(&licence, offset) {
            let stands = state(&licence, now, revoked);
            if let Some(step) = next_step(&licence, now, revoked) {
                prop_assert!(step.at > now);
                prop_assert_eq!(state(&licence, later(step.at, -1), revoked), stands);
                prop_assert_eq!(state(&licence, step.at, revoked), step.state);
                prop_assert!(step.state != stands);
            } else {
                prop_assert_eq!(state(&licence, at("9999-12-31T23:59:59Z"), revoked), stands);
            }
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_refused(position: sample::Index, byte in prop_oneof![0x20..0x7f_u8, Just(b'\n'), Just(b'\r')]) {
        let token = subscription().sign(at(ISSUED), &key("licences")).expect("signed");
        let change = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let place = position.index(bytes.len());
            let changed = bytes[place] != byte;
            bytes[place] = byte;
            changed.then(|| String::from_utf8(bytes).expect("ASCII"))
        };
        if let Some(changed) = change(&token) {
            prop_assert!(verify(&changed, &authority()).is_err(), "{changed}");
        }
        if let Some(changed) = change(&file()) {
            prop_assert!(armour::read(&changed, &authority()).is_err(), "{changed}");
        }
    }
}

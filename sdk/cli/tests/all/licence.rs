//! `adx licence verify`, with a true registry in a folder.

use std::fs;

use adx_signing::UtcSecond;
use adx_signing::licence::{Authority, Kind, Licence, LicenceId, RevokedLicence, armour, verify};
use semver::VersionReq;
use serde_json::json;
use time::Duration;

use crate::support::Adx;
use crate::world::{World, key};

const FILE: &str = "hello.licence";

fn now() -> UtcSecond {
    #[expect(clippy::disallowed_methods, reason = "the command reads the true clock")]
    UtcSecond::from(time::OffsetDateTime::now_utc())
}

fn licence() -> Licence {
    let now = now();
    Licence {
        id: LicenceId::new(now, [1; 10]),
        registry: "registry.example.com/log".parse().expect("an origin"),
        tenant: "acme".parse().expect("a tenant"),
        module: "acme/hello".parse().expect("a module"),
        versions: VersionReq::STAR,
        features: ["reports".to_owned()].into(),
        seats: Some(25),
        kind: Kind::Subscription,
        from: now.after(-Duration::days(1)),
        until: Some(now.after(Duration::days(364))),
        grace: 86_400,
        read_only: 86_400,
        retained: 86_400,
    }
}

/// A registry that signs licences, and a person who was handed its root and a licence.
fn stage() -> (World, Adx, Licence) {
    let (licence, signing) = (licence(), key("licences"));
    let authority = Authority::new(licence.registry.clone(), signing.public());
    let mut world = World::begun("registry.example.com/log", "registry", key("acme"), now());
    world.revocations.licences = Some(authority.clone());
    world.round();
    let adx = Adx::new();
    fs::write(adx.work().join("root.json"), world.read("tuf/1.root.json")).expect("a file");
    let token = licence.sign(now(), &signing).expect("a licence");
    let file = armour::write(&token, &verify(&token, &authority).expect("signed")).expect("a file");
    fs::write(adx.work().join(FILE), file).expect("a file");
    fs::write(adx.work().join("token"), token + "\n").expect("a file");
    (world, adx.with("ADX_ROOT", "root.json").with("ADX_REGISTRY", "http://127.0.0.1:9/"), licence)
}

#[test]
fn a_licence_is_proven_and_told_also_without_the_registry() {
    let (world, adx, licence) = stage();
    let from = world.path().display().to_string();
    // Nobody answers, and nothing was seen before.
    let run = adx.run(&["licence", "verify", FILE]);
    assert_ne!(run.exit, 0, "{run}");
    assert!(run.stderr.contains("cannot say whose signature counts"), "{run}");

    let document = adx.json(&["licence", "verify", FILE, "--from", &from]);
    assert_eq!((&document["id"], &document["state"]), (&json!(licence.id), &json!("active")), "{document}");
    assert_eq!((&document["tenant"], &document["seats"]), (&json!("acme"), &json!(25)), "{document}");
    assert_eq!(document["next"]["state"], "grace", "{document}");
    assert_eq!(adx.json(&["licence", "verify", "token", "--from", &from])["id"], document["id"]);

    let run = adx.run(&["licence", "verify", FILE]);
    assert_eq!(run.exit, 0, "{run}");
    assert!(run.stdout.contains("acme/hello") && run.stdout.contains("active"), "{run}");
    assert!(run.stderr.contains("by what was seen of the registry last"), "{run}");
}

#[test]
fn what_was_changed_or_taken_back_is_told() {
    let (mut world, adx, licence) = stage();
    let path = adx.work().join(FILE);
    let file = fs::read_to_string(&path).expect("a file");
    fs::write(&path, file.replace("Seats: 25", "Seats: 2500")).expect("a file");
    let from = world.path().display().to_string();
    let run = adx.run(&["licence", "verify", FILE, "--from", &from]);
    assert_eq!(run.exit, 4, "{run}");
    assert!(run.stderr.contains("a line was changed") && run.stderr.contains("hint:"), "{run}");

    fs::write(&path, file).expect("a file");
    let revoked = RevokedLicence { at: licence.from, reason: "it was paid back".to_owned() };
    world.revocations.licences.as_mut().expect("an authority").revoked.insert(licence.id, revoked);
    world.round();
    let document = adx.json(&["licence", "verify", FILE, "--from", &from]);
    assert_eq!(document["state"], "revoked", "{document}");
    assert_eq!(document["revoked_for"], "it was paid back", "{document}");
}

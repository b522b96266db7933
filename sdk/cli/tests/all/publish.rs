//! `adx publish`: what is signed, what is sent, and what a refusal says.

use std::fs;

use adx_signing::{Digest, Envelope, PublicKey};
use base64::Engine as _;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::fixture::greeter;
use crate::support::{Adx, set_mode};

const ROUTE: &str = "PUT /api/v1/modules/acme/greeter/versions/1.0.0";

fn receipt() -> Value {
    json!({"module": "acme/greeter", "version": "1.0.0", "sha256": "0".repeat(64), "size_bytes": 1,
        "released_at": "2026-01-01T00:00:00Z", "seq": 1})
}

/// A publisher with a key and a module that is built.
fn publisher(registry: &Double) -> Adx {
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    adx.json(&["key", "new", "--no-passphrase"]);
    greeter(&adx);
    adx
}

#[test]
fn the_package_goes_with_an_envelope_of_the_key() {
    let registry = Double::start().on(ROUTE, Answer::json(201, &receipt())).on(ROUTE, Answer::json(200, &receipt()));
    let adx = publisher(&registry);
    let packed = adx.json(&["pack", "greeter"]);
    let package = packed["package"].as_str().expect("a path");
    assert_snapshot!(adx.run(&["publish", package]), @"
    exit 0
    -- stdout
    acme/greeter 1.0.0 is published
      sha256 [DIGEST]
      whether it is signed yet, so that agents see it, cannot be told
    next: adx info acme/greeter@=1.0.0, which tells whether agents see it
    -- stderr
          Signed acme/greeter 1.0.0 with [DIGEST]
    ");

    let request = registry.request(ROUTE);
    let bytes = fs::read(adx.work().join("greeter/target/adx/acme--greeter--1.0.0.adxm")).expect("packed");
    assert!(request.body == bytes, "other bytes were sent than packed");
    assert_eq!(request.headers["authorization"], "Bearer adx_p_secret");
    let envelope = base64::engine::general_purpose::STANDARD.decode(&request.headers["adx-envelope"]).expect("base64");
    let envelope = Envelope::from_json(&String::from_utf8(envelope).expect("UTF-8")).expect("an envelope");
    let key = PublicKey::from_pem(&adx.run(&["key", "export"]).stdout).expect("a key");
    let statement = adx_signing::statement::verify_release(&envelope, &[key]).expect("signed by the key");
    assert_eq!(statement.sha256, Digest::of(&bytes));

    // The registry has these bytes already: that is no failure.
    assert_snapshot!(adx.run(&["publish", package]), @"
    exit 0
    -- stdout
    acme/greeter 1.0.0 was there already
      sha256 [DIGEST]
      whether it is signed yet, so that agents see it, cannot be told
    next: adx info acme/greeter@=1.0.0, which tells whether agents see it
    -- stderr
          Signed acme/greeter 1.0.0 with [DIGEST]
    ");
}

/// A registry whose metadata lists the release from the second look on.
fn signing(registry: Double) -> Double {
    let meta = |file: &str, version: u64| json!({"signed": {"meta": {file: {"version": version}}}});
    // One bin: it holds everything.
    let bin = |targets: Value| Answer::json(200, &json!({"signed": {"targets": targets}}));
    registry
        .on("GET /tuf/timestamp.json", Answer::json(200, &meta("snapshot.json", 7)))
        .on("GET /tuf/7.snapshot.json", Answer::json(200, &meta("bin-0.json", 3)))
        .on("GET /tuf/3.bin-0.json", bin(json!({"acme--other--1.0.0.adxm": {}})))
        .on("GET /tuf/3.bin-0.json", bin(json!({"acme--greeter--1.0.0.adxm": {}})))
}

#[test]
fn it_is_told_whether_agents_see_the_release() {
    let registry = signing(Double::start().on(ROUTE, Answer::json(201, &receipt())));
    let adx = publisher(&registry);
    assert_snapshot!(adx.run(&["--quiet", "publish", "greeter"]), @"
    exit 0
    -- stdout
    acme/greeter 1.0.0 is published
      sha256 [DIGEST]
      signed: agents see it when they next look
    next: adx info acme/greeter
    ");
    let looks = registry.lines().iter().filter(|line| line.starts_with("GET /tuf/3.bin")).count();
    assert_eq!(looks, 2, "it waited for the round and no longer");
    assert_eq!(adx.json(&["publish", "greeter"])["seen_by_agents"], true);

    // Nothing can be told of a registry that shows no metadata.
    let registry = Double::start().on(ROUTE, Answer::json(201, &receipt()));
    assert_eq!(publisher(&registry).json(&["publish", "greeter"])["seen_by_agents"], Value::Null);
}

#[test]
fn a_round_that_does_not_come_is_not_waited_for_for_ever() {
    let registry = Double::start()
        .on(ROUTE, Answer::json(201, &receipt()))
        .on(
            "GET /tuf/timestamp.json",
            Answer::json(200, &json!({"signed": {"meta": {"snapshot.json": {"version": 7}}}})),
        )
        .on("GET /tuf/7.snapshot.json", Answer::json(200, &json!({"signed": {"meta": {"bin-0.json": {"version": 3}}}})))
        .on("GET /tuf/3.bin-0.json", Answer::json(200, &json!({"signed": {"targets": {}}})));
    let adx = publisher(&registry);
    assert_snapshot!(adx.run(&["--quiet", "publish", "greeter"]), @"
    exit 0
    -- stdout
    acme/greeter 1.0.0 is recorded, and waits to be signed
      sha256 [DIGEST]
      agents see it after the registry's next round of signing
    next: adx info acme/greeter@=1.0.0, which tells whether agents see it
    ");
    assert_eq!(adx.json(&["publish", "greeter"])["seen_by_agents"], false);
}

#[test]
fn refusals_name_the_next_command() {
    let refuse = |status, slug, title, detail, hint| {
        let registry = Double::start().on(ROUTE, Answer::problem(status, slug, title, detail, Some(hint)));
        publisher(&registry).run(&["publish", "greeter"])
    };
    let hint = "Register one: POST /api/v1/publishers/acme/keys.";
    assert_snapshot!(refuse(422, "no-keys", "No signing key registered", "`acme` has no key", hint), @"
    exit 4
    -- stderr
          Signed acme/greeter 1.0.0 with [DIGEST]
    error: no signing key registered
      caused by: `acme` has no key
    hint: run `adx key register acme`
    ");
    let hint = "A released version never changes: raise the version and publish again.";
    assert_snapshot!(refuse(409, "version-exists", "Version exists", "1.0.0 has other bytes", hint), @"
    exit 4
    -- stderr
          Signed acme/greeter 1.0.0 with [DIGEST]
    error: version exists
      caused by: 1.0.0 has other bytes
    hint: a released version never changes: raise `version` in module.toml, then `adx pack`
    ");
    let hint = "Send `Authorization: Bearer adx_p_…` with a token that is valid.";
    assert_snapshot!(refuse(401, "unauthenticated", "Authentication needed", "no token", hint), @"
    exit 4
    -- stderr
          Signed acme/greeter 1.0.0 with [DIGEST]
    error: authentication needed
      caused by: no token
    hint: run `adx login`, or pass --token
    ");
}

#[test]
fn nothing_is_sent_that_cannot_be_signed() {
    let registry = Double::start();
    let adx = publisher(&registry);
    set_mode(&adx.home().join("keys/default.pem"), 0o604);
    assert_snapshot!(adx.run(&["publish", "greeter"]), @"
    exit 4
    -- stderr
    error: [HOME]/keys/default.pem may be read by others (mode 604)
    hint: run `chmod 600 [HOME]/keys/default.pem`
    ");
    assert_snapshot!(adx.run(&["publish", "greeter", "--key", "ci"]), @"
    exit 3
    -- stderr
    error: there is no key at [HOME]/keys/ci.pem
    hint: run `adx key new` to make one, or name another key
    ");
    assert_snapshot!(adx.run(&["publish", "nowhere.adxm"]), @"
    exit 3
    -- stderr
    error: there is no package at nowhere.adxm
    hint: run `adx pack` first, or name a module's folder
    ");
    assert_eq!(registry.lines(), [""; 0]);
}

//! `adx key`.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use crate::double::{Answer, Double};
use crate::support::{Adx, mode, set_mode};

#[test]
fn a_new_key_is_private_and_can_be_shown_and_handed_over() {
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["key", "new", "--no-passphrase"]), @"
    exit 0
    -- stdout
    [HOME]/keys/default.pem
      key id [DIGEST]
    next: adx key register PUBLISHER
    ");
    let keys = adx.home().join("keys");
    assert_eq!(mode(&keys), 0o700);
    assert_eq!(mode(&keys.join("default.pem")), 0o600);
    let secret = fs::read_to_string(keys.join("default.pem")).expect("the key was written");
    assert!(secret.starts_with("-----BEGIN PRIVATE KEY-----"), "an unencrypted key was asked for");

    let shown = adx.json(&["key", "show"]);
    let exported = adx.run(&["key", "export"]);
    assert_eq!(exported.stdout, shown["public_key_pem"].as_str().expect("a PEM"));
    assert!(exported.stdout.starts_with("-----BEGIN PUBLIC KEY-----"), "{exported}");
}

#[test]
fn a_key_is_encrypted_unless_asked_otherwise() {
    let adx = Adx::new().with("ADX_KEY_PASSPHRASE", "correct horse");
    let made = adx.json(&["key", "new", "ci"]);
    assert_eq!(made["encrypted"], true);
    let secret = adx.home().join("keys/ci.pem");
    let text = fs::read_to_string(&secret).expect("the key was written");
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "the key is in the clear");
    assert_eq!(mode(&secret), 0o600);

    // Without the public half beside it, showing it takes the passphrase.
    fs::remove_file(adx.home().join("keys/ci.pub.pem")).expect("the public half is beside it");
    assert_eq!(adx.json(&["key", "show", "ci"])["key_id"], made["key_id"]);
    let adx = adx.with("ADX_KEY_PASSPHRASE", "wrong horse");
    assert_snapshot!(adx.run(&["key", "show", "ci"]), @"
    exit 4
    -- stderr
    error: the key [HOME]/keys/ci.pem cannot be used
      caused by: the passphrase does not open this key: check it, or export the key again
    hint: check ADX_KEY_PASSPHRASE, or unset it to be asked
    ");
    let adx = adx.with("ADX_KEY_PASSPHRASE", "");
    assert_snapshot!(adx.run(&["key", "show", "ci"]), @"
    exit 2
    -- stderr
    error: a passphrase is needed and nobody is here to be asked
    hint: set ADX_KEY_PASSPHRASE, or make a key with --no-passphrase
    ");
}

#[test]
fn nobody_to_ask_for_a_passphrase_is_said() {
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["key", "new"]), @"
    exit 2
    -- stderr
    error: a passphrase is needed and nobody is here to be asked
    hint: set ADX_KEY_PASSPHRASE, or make a key with --no-passphrase
    ");
    assert!(!adx.home().join("keys").exists(), "half a key was left behind");
}

#[test]
fn no_key_is_written_over_another() {
    let adx = Adx::new();
    adx.json(&["key", "new", "--no-passphrase"]);
    let secret = adx.home().join("keys/default.pem");
    let before = fs::read(&secret).expect("the key was written");
    assert_snapshot!(adx.run(&["key", "new", "--no-passphrase"]), @"
    exit 4
    -- stderr
    error: there already is a key at [HOME]/keys/default.pem
    hint: give the new one another name: `adx key new NAME`; a key that signed releases is still needed
    ");
    let secret_as_text = secret.display().to_string();
    assert_snapshot!(adx.run(&["key", "export", "--output", &secret_as_text]), @"
    exit 4
    -- stderr
    error: [HOME]/keys/default.pem is there already
    hint: name another file with --output
    ");
    assert_eq!(fs::read(&secret).expect("the key is there"), before);
}

#[test]
fn a_key_that_others_may_read_is_not_used() {
    let adx = Adx::new();
    adx.json(&["key", "new", "--no-passphrase"]);
    fs::remove_file(adx.home().join("keys/default.pub.pem")).expect("the public half is beside it");
    set_mode(&adx.home().join("keys/default.pem"), 0o640);
    assert_snapshot!(adx.run(&["key", "show"]), @"
    exit 4
    -- stderr
    error: [HOME]/keys/default.pem may be read by others (mode 640)
    hint: run `chmod 600 [HOME]/keys/default.pem`
    ");
}

#[test]
fn a_missing_key_says_how_to_make_one() {
    assert_snapshot!(Adx::new().run(&["key", "show", "ci"]), @"
    exit 3
    -- stderr
    error: there is no key at [HOME]/keys/ci.pem
    hint: run `adx key new`, or name another with --key
    ");
}

#[test]
fn registering_sends_the_public_half_only() {
    let registry = Double::start().on(
        "POST /api/v1/publishers/acme/keys",
        Answer::json(
            201,
            &json!({"key_id": "0".repeat(64), "public_key_pem": "…", "added_at": "2026-01-01T00:00:00Z"}),
        ),
    );
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    adx.json(&["key", "new", "--no-passphrase"]);
    assert_snapshot!(adx.run(&["key", "register", "acme"]), @"
    exit 0
    -- stdout
    [DIGEST] may sign for acme
    ");
    let request = registry.request("POST /api/v1/publishers/acme/keys");
    assert_eq!(request.json(), json!({"public_key_pem": adx.run(&["key", "export"]).stdout}));
    assert_eq!(request.headers["authorization"], "Bearer adx_p_secret");

    assert_snapshot!(adx.run(&["key", "register"]), @"
    exit 2
    -- stderr
    error: no publisher is set
    hint: run `adx key register PUBLISHER`; `adx login` keeps yours for you
    ");
}

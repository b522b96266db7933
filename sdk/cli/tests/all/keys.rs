//! `adx key`.

use std::fs;

use adx_signing::key::KeyPurpose;
use adx_signing::key_change::{Change, KeyChange};
use adx_signing::{Envelope, PublicKey};
use base64::Engine as _;
use insta::assert_snapshot;
use serde_json::{Value, json};

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
    hint: run `adx key new` to make one, or name another key
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
    hint: name one; `adx login` keeps yours for you
    ");
}

/// The key change in a request's header, signed by `key`.
#[track_caller]
fn change_in(request: &crate::double::Request, key: &str) -> KeyChange {
    let text = base64::engine::general_purpose::STANDARD.decode(&request.headers["adx-envelope"]).expect("base64");
    let envelope = Envelope::from_json(std::str::from_utf8(&text).expect("text")).expect("an envelope");
    let key = PublicKey::from_pem(key).expect("a key");
    KeyChange::verify(&envelope, &[key]).expect("signed by the key").into_inner()
}

const LIST: &str = "GET /api/v1/publishers/acme";

fn publisher(last_key_change: Option<u64>) -> Answer {
    let keys = json!([
        {"key_id": "0".repeat(64), "purposes": ["release"], "not_after": "2030-01-01T00:00:00Z", "removed_leaf": null},
        {"key_id": "1".repeat(64), "purposes": ["key-change", "release"], "not_after": null, "removed_leaf": 9,
            "removed_by": "owners", "revoked": {"from_leaf": 7, "at": "2026-01-02T03:04:05Z", "reason": "it was stolen"}},
    ]);
    Answer::json(200, &json!({"namespace": "acme", "keys": keys, "last_key_change": last_key_change}))
}

#[test]
fn a_key_is_added_on_the_word_of_one_that_is_there_and_again_if_another_was_quicker() {
    let route = "POST /api/v1/publishers/acme/keys";
    let outdated = json!({
        "type": "https://adx-core.dev/problems/key-change-outdated", "title": "Keys changed since", "status": 409,
        "detail": "…", "follows": 12,
    });
    let registry = Double::start()
        .on(LIST, publisher(Some(9)))
        .on(route, Answer::json(409, &outdated))
        .on(route, Answer::json(201, &json!({"key_id": "2".repeat(64)})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    adx.json(&["key", "new", "--no-passphrase"]);
    let second = adx.run(&["key", "new", "second", "--no-passphrase"]);
    assert!(second.stdout.ends_with("next: adx key add second --publisher PUBLISHER\n"), "{second}");
    let purpose = ["--purpose", "release", "--until", "2030-01-01T00:00:00Z"];
    let arguments = [&["key", "add", "second", "--publisher", "acme"], &purpose[..]].concat();
    assert_snapshot!(adx.run(&arguments), @"
    exit 0
    -- stdout
    [DIGEST] is a key of acme now
    next: adx key list acme
    -- stderr
          Signed the change after leaf 9 with [DIGEST]
          Signed the change after leaf 12 with [DIGEST]
    ");
    let first = adx.run(&["key", "export"]).stdout;
    let second = adx.run(&["key", "export", "second"]).stdout;
    let sent: Vec<_> = registry.seen().into_iter().filter(|request| request.line == route).collect();
    let follows: Vec<_> = sent.iter().map(|request| change_in(request, &first).follows).collect();
    assert_eq!(follows, [9, 12]);
    let change = change_in(&sent[1], &first);
    assert_eq!(change.namespace.as_str(), "acme");
    let Change::Add(new) = change.change else { panic!("an addition") };
    assert_eq!((new.public.to_pem(), new.purposes), (second.clone(), [KeyPurpose::Release].into()));
    let body = json!({"public_key_pem": second, "purposes": ["release"], "not_after": "2030-01-01T00:00:00Z"});
    assert_eq!(sent[1].json(), body);
}

#[test]
fn a_key_is_removed_on_the_word_of_another() {
    let removed = "1".repeat(64);
    let route = format!("DELETE /api/v1/publishers/acme/keys/{removed}");
    let itself = Answer::problem(422, "key-signs-its-removal", "Key signs its own removal", "…", Some("of HTTP"));
    let registry = Double::start()
        .on(LIST, publisher(Some(9)))
        .on(&route, itself)
        .on(&route, Answer::json(200, &json!({"key_id": removed})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    adx.json(&["key", "new", "--no-passphrase"]);
    let arguments = ["--quiet", "key", "remove", &removed, "--publisher", "acme"];
    assert_snapshot!(adx.run(&arguments), @"
    exit 4
    -- stderr
    error: key signs its own removal
      caused by: …
    hint: sign with another key of the publisher: `--sign-with KEY`
    ");
    assert_snapshot!(adx.run(&arguments), @"
    exit 0
    -- stdout
    [DIGEST] counts for acme no more
    next: adx key list acme
    ");
    let sent = registry.seen().into_iter().rfind(|request| request.line == route).expect("it was sent");
    let change = change_in(&sent, &adx.run(&["key", "export"]).stdout);
    assert_eq!(change.change, Change::Remove { keyid: removed.parse().expect("an id") });
}

#[test]
fn who_removes_the_key_of_every_day_is_told_to_choose_another() {
    let adx = Adx::new();
    // Ids are redacted in what `adx` printed.
    let pem = |document: &Value| document["public_key_pem"].as_str().expect("a PEM").to_owned();
    let first = pem(&adx.json(&["key", "new", "--no-passphrase"]));
    let second = pem(&adx.json(&["key", "new", "second", "--no-passphrase"]));
    let id = PublicKey::from_pem(&first).expect("a key").id().to_string();
    let route = format!("DELETE /api/v1/publishers/acme/keys/{id}");
    let registry = Double::start().on(LIST, publisher(Some(9))).on(&route, Answer::json(200, &json!({"key_id": id})));
    let adx = adx.with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    let remove = ["--quiet", "key", "remove", &id, "--publisher", "acme", "--sign-with", "second"];
    assert_snapshot!(adx.run(&remove), @"
    exit 0
    -- stdout
    [DIGEST] counts for acme no more
    it is the key of commands that name none, and they are refused until another one is
    next: adx key use second
    ");
    assert_snapshot!(adx.run(&["key", "use", "second"]), @"
    exit 0
    -- stdout
    commands that name no key sign with second, [DIGEST]
    ");
    let chosen = || pem(&adx.json(&["key", "show"]));
    assert_eq!(chosen(), second);
    // It is no longer the one of every day.
    assert_eq!(adx.json(&remove)["was_default"], false);

    // A file is found from any folder; what is no key is not chosen.
    let file = adx.home().join("keys/default.pem").display().to_string();
    adx.json(&["key", "use", &file]);
    assert_eq!(chosen(), first);
    assert_eq!(adx.run(&["key", "use", "third"]).exit, 3);
    assert_eq!(chosen(), first);
    adx.json(&["key", "use", "second"]);
    assert_eq!(chosen(), second);
    adx.json(&["key", "use", "default"]);
    assert_eq!(chosen(), first);
    assert!(!fs::read_to_string(adx.home().join("config.toml")).expect("settings").contains("key"));
}

#[test]
fn keys_are_listed_with_what_they_may_sign() {
    let registry = Double::start().on(LIST, publisher(Some(9)));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["key", "list", "acme"]), @"
    exit 0
    -- stdout
    [DIGEST]  release, until 2030-01-01T00:00:00Z
    [DIGEST]  key-change, release
      removed by the owners: what leaf 9 and later ones tell of counts no more
      revoked at 2026-01-02T03:04:05Z: nothing from leaf 7 on is believed: it was stolen
    ");
    let registry = Double::start().on(LIST, publisher(None));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    adx.json(&["key", "new", "--no-passphrase"]);
    assert_snapshot!(adx.run(&["key", "add", "default", "--publisher", "acme"]), @"
    exit 4
    -- stderr
    error: acme has no key yet that could sign
    hint: run `adx key register acme`: the first key needs a token only
    ");
}

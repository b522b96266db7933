//! `adx token`: what is asked of the registry, and that a token is kept before another is revoked.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::{Adx, set_mode};

fn secret(letter: &str) -> String {
    format!("adx_p_{}", letter.repeat(43))
}

fn token() -> Value {
    json!({"id": "t-1", "made_with": "t-0", "label": "first", "scopes": [{"scope": "publish", "modules": "hel*"},
        {"scope": "tokens", "modules": "*"}], "created_at": "2026-01-01T00:00:00Z",
        "expires_at": "2030-01-01T00:00:00Z", "last_used_at": null})
}

/// A publisher who is logged in with a token of `A`s, and what is kept of tokens.
fn publisher(registry: &Double) -> (Adx, impl Fn() -> String) {
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    let credentials = adx.home().join("credentials.toml");
    fs::write(&credentials, format!("[registries]\n\"{}\" = \"{}\"\n", registry.url(), secret("A"))).expect("kept");
    set_mode(&credentials, 0o600);
    (adx, move || fs::read_to_string(&credentials).expect("kept"))
}

#[test]
fn tokens_are_listed_made_and_revoked() {
    let made = json!({"secret": secret("E"), "token": token()});
    let unknown = Answer::problem(404, "not-found", "Not found", "there is no such token", None);
    let registry = Double::start()
        .on("GET /api/v1/tokens", Answer::json(200, &json!({"tokens": [token()]})))
        .on("GET /api/v1/me", Answer::json(200, &json!({"kind": "publisher", "token": token()})))
        .on("POST /api/v1/tokens", Answer::json(201, &made))
        .on("DELETE /api/v1/tokens/t-1", Answer::json(200, &json!({"revoked": ["t-1", "t-3"]})))
        .on("DELETE /api/v1/tokens/t-2", unknown);
    let (adx, kept) = publisher(&registry);
    assert_snapshot!(adx.run(&["token", "list"]), @"
    exit 0
    -- stdout
    t-1  first  publish:hel* tokens:*, made with t-0, until 2030-01-01T00:00:00Z
    ");
    let run = adx.run(&["token", "create", "robot", "--scope", "publish:hel*", "--scope", "keys"]);
    assert!(run.stdout.contains(&format!("shown this once: {}\n", secret("E"))), "{run}");
    assert!(!kept().contains(&secret("E")), "it is for somebody else");
    let scopes = json!([{"scope": "publish", "modules": "hel*"}, {"scope": "keys", "modules": "*"}]);
    let asked = json!({"label": "robot", "scopes": scopes, "expires_at": "2030-01-01T00:00:00Z"});
    assert_eq!(registry.request("POST /api/v1/tokens").json(), asked);
    assert_eq!(adx.run(&["token", "create", "robot", "--scope", "everything"]).exit, 2);
    assert_snapshot!(adx.run(&["token", "revoke", "t-1"]), @"
    exit 0
    -- stdout
    t-1 counts no more
    nor does t-3, which was made with it
    ");
    assert_eq!(registry.request("DELETE /api/v1/tokens/t-1").line, "DELETE /api/v1/tokens/t-1");
    assert_snapshot!(adx.run(&["token", "revoke", "t-2"]), @"
    exit 3
    -- stderr
    error: not found
      caused by: there is no such token
    hint: run `adx token list` to see those that count
    ");
}

#[test]
fn a_token_is_kept_before_the_one_before_is_revoked() {
    let made = json!({"secret": secret("E"), "token": {"id": "t-2"}});
    let gone = Answer::problem(500, "internal", "Internal error", "the disk is full", None);
    let registry = Double::start()
        .on("GET /api/v1/me", Answer::json(200, &json!({"kind": "publisher", "token": token()})))
        .on("POST /api/v1/tokens", Answer::json(201, &made))
        .on("DELETE /api/v1/tokens/t-1", gone)
        .on("DELETE /api/v1/tokens/t-1", Answer::json(200, &json!({"revoked": ["t-1"]})));
    let (adx, kept) = publisher(&registry);
    let failed = adx.run(&["token", "renew"]);
    assert_eq!(failed.exit, 1, "{failed}");
    assert!(failed.stderr.contains("counts still: run `adx token revoke t-1 --alone`"), "{failed}");
    assert!(kept().contains(&secret("E")) && !kept().contains(&secret("A")), "the new one is kept");
    let asked = registry.request("POST /api/v1/tokens");
    assert_eq!(asked.headers["authorization"], format!("Bearer {}", secret("A")));
    let (scopes, expires) = (token()["scopes"].clone(), token()["expires_at"].clone());
    assert_eq!(asked.json(), json!({"label": "first", "scopes": scopes, "expires_at": expires}));

    let asked = registry.request("DELETE /api/v1/tokens/t-1").line;
    assert_eq!(asked, "DELETE /api/v1/tokens/t-1?alone=true", "what robots have counts still");

    let renewed = adx.json(&["token", "renew"]);
    assert_eq!((&renewed["revoked"], &renewed["secret"]), (&json!("t-1"), &Value::Null), "it is kept, not shown");
}

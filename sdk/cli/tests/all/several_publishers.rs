//! Somebody with tokens of several publishers: which one a command takes, and what is said where it is another's.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::{Adx, set_mode};

const ME: &str = "GET /api/v1/me";
const TOKENS: &str = "GET /api/v1/tokens";

fn token(letter: &str) -> String {
    format!("adx_p_{}", letter.repeat(43))
}

fn me(namespace: &str) -> Answer {
    Answer::json(200, &json!({"kind": "publisher", "namespace": namespace, "token": {"id": "t-1"}}))
}

fn yank(module: &str) -> String {
    format!("POST /api/v1/modules/{module}/versions/1.0.0/yank")
}

fn log_in(adx: &Adx, letter: &str) -> String {
    let run = adx.run_with_input(&["login", "--stdin"], &token(letter));
    assert_eq!(run.exit, 0, "{run}");
    run.stdout
}

#[track_caller]
fn authorized_by(registry: &Double, route: &str, letter: &str) {
    let asked = registry.seen().into_iter().rfind(|request| request.line == route).expect("it was asked");
    assert_eq!(asked.headers["authorization"], format!("Bearer {}", token(letter)), "{route}");
}

/// Somebody who logged in as acme with a token of `A`s, then as globex with one of `E`s.
fn of_acme_and_globex(registry: &Double) -> (Adx, String) {
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    log_in(&adx, "A");
    let said = log_in(&adx, "E");
    (adx, said)
}

fn registry() -> Double {
    Double::start()
        .on(ME, me("acme"))
        .on(ME, me("globex"))
        .on(TOKENS, Answer::json(200, &json!({ "tokens": [] })))
        .on(&yank("acme/greeter"), Answer::json(200, &json!({})))
        .on(&yank("globex/greeter"), Answer::json(200, &json!({})))
}

#[test]
fn a_command_takes_the_token_of_the_publisher_that_it_names() {
    let registry = registry();
    let (adx, said) = of_acme_and_globex(&registry);
    assert!(said.contains("kept for it now: the token of the publisher acme, the publisher globex\n"), "{said}");
    for (module, letter) in [("acme/greeter", "A"), ("globex/greeter", "E")] {
        assert_eq!(adx.run(&["yank", module, "1.0.0"]).exit, 0);
        authorized_by(&registry, &yank(module), letter);
    }
    // What names none is of the one that logged in last.
    for (arguments, letter) in [(&["token", "list"] as &[_], "E"), (&["token", "list", "--publisher", "acme"], "A")] {
        assert_eq!(adx.run(arguments).exit, 0);
        authorized_by(&registry, TOKENS, letter);
    }

    let logged_out = adx.run(&["logout", "--publisher", "globex"]);
    assert!(logged_out.stdout.contains("the token of the publisher globex\nkept still"), "{logged_out}");
    assert_eq!(adx.run(&["token", "list"]).exit, 0);
    authorized_by(&registry, TOKENS, "A");
    let all = adx.json(&["logout"]);
    assert_eq!((&all["removed"], &all["kept"]), (&json!(["the publisher acme"]), &json!([])));
    assert_eq!(adx.run(&["logout", "agent", "--agent", "http://a.example", "--publisher", "acme"]).exit, 2);
}

#[test]
fn the_token_of_another_publisher_is_told_where_it_is_refused() {
    let refused = Answer::problem(
        403,
        "forbidden",
        "Not allowed",
        "this token belongs to `globex`, not to `initech`",
        Some("Use a token of that namespace, or publish under `globex`."),
    );
    let registry = registry().on(&yank("initech/greeter"), refused);
    let (adx, _) = of_acme_and_globex(&registry);
    assert_snapshot!(adx.run(&["yank", "initech/greeter", "1.0.0"]), @"
    exit 4
    -- stderr
    error: not allowed
      caused by: this token belongs to `globex`, not to `initech`
      caused by: the token of the publisher globex was used: none of initech is kept
    hint: run `adx login` with a token of initech, or pass it by --token
    ");
    // What a token does for its own publisher is not done with another's.
    let before = registry.lines().len();
    assert_snapshot!(adx.run(&["token", "renew", "--publisher", "initech"]), @"
    exit 4
    -- stderr
    error: no token of initech is kept
      caused by: the one that would be used is that of the publisher globex
    hint: run `adx login` with a token of initech, or pass it by --token
    ");
    assert_eq!(registry.lines().len(), before, "another's token was shown");
}

#[test]
fn a_token_of_an_earlier_version_is_used_and_gets_its_name_when_another_comes() {
    for (of_the_one_before, kept) in [
        (me("acme"), json!(["the publisher acme", "the publisher globex"])),
        (
            Answer::problem(401, "unauthenticated", "Authentication needed", "the token is not valid", None),
            json!(["the publisher globex"]),
        ),
        (
            Answer::problem(503, "unavailable", "Temporarily unavailable", "later", None),
            json!(["a publisher whose name is not kept", "the publisher globex"]),
        ),
    ] {
        let registry = Double::start()
            .on(ME, me("globex"))
            .on(ME, of_the_one_before)
            .on(&yank("acme/greeter"), Answer::json(200, &json!({})));
        let adx = Adx::new().with("ADX_REGISTRY", registry.url());
        let file = adx.home().join("credentials.toml");
        let written = format!("[registries]\n\"{}\" = \"{}\"\n\n[agents]\n", registry.url(), token("A"));
        fs::write(&file, written).expect("written");
        set_mode(&file, 0o600);
        assert_eq!(adx.run(&["yank", "acme/greeter", "1.0.0"]).exit, 0);
        authorized_by(&registry, &yank("acme/greeter"), "A");

        let document = adx.run_with_input(&["login", "--stdin", "--json"], &token("E")).stdout;
        let document: Value = serde_json::from_str(&document).expect("a document");
        assert_eq!(document["kept"], kept);
        if kept.as_array().is_some_and(|kept| kept.len() == 2) {
            assert_eq!(adx.run(&["yank", "acme/greeter", "1.0.0"]).exit, 0);
            authorized_by(&registry, &yank("acme/greeter"), "A");
        }
    }
}

#[test]
fn a_submission_is_looked_at_as_its_publisher() {
    let missing = Answer::problem(404, "not-found", "Not found", "there is no such submission", None);
    let waits = json!({"submission": {"id": "s-1", "module": "acme/greeter", "version": "1.0.0", "state": "in-review",
        "sha256": "0", "findings": []}, "events": []});
    let route = "GET /api/v1/submissions/s-1";
    let registry = registry().on(route, missing).on(route, Answer::json(200, &waits));
    let (adx, _) = of_acme_and_globex(&registry);
    let other = adx.run(&["submissions", "show", "s-1"]);
    assert!(other.exit == 3 && other.stderr.contains("this with --publisher NAMESPACE"), "{other}");
    authorized_by(&registry, route, "E");
    let shown = adx.run(&["submissions", "show", "s-1", "--publisher", "acme"]);
    assert!(shown.stdout.ends_with("next: adx submissions comment s-1 TEXT --publisher acme\n"), "{shown}");
    authorized_by(&registry, route, "A");
}

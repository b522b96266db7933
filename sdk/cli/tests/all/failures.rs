//! How a command says that it could not do what was asked: in words for people, as JSON for programs, by its exit status.

use insta::assert_snapshot;
use serde_json::json;

use crate::double::{Answer, Double};
use crate::support::Adx;

fn at(registry: &Double) -> Adx {
    Adx::new().with("ADX_REGISTRY", registry.url())
}

#[test]
fn a_server_that_is_not_there() {
    let address = Double::start().url();
    let adx = Adx::new().with("ADX_REGISTRY", address);
    let run = adx.run(&["search"]);
    assert_eq!(run.exit, 5);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines[0], "error: the registry at http://127.0.0.1:[PORT]/ does not answer");
    // The operating system's word for it.
    assert!(lines[1].starts_with("  caused by: "), "{run}");
    let hint = "hint: check that it runs and that the address is right: curl http://127.0.0.1:[PORT]/healthz";
    assert_eq!(lines[2..], [hint]);
    assert_eq!(adx.run(&["search", "--json"]).error()["code"], "unreachable");
}

/// It takes connections and says nothing: whoever waits is told so, and not kept for ever.
#[test]
fn a_server_that_is_silent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let adx = Adx::new().with("ADX_REGISTRY", format!("http://{}", listener.local_addr().expect("an address")));
    let run = adx.run(&["search", "--retries", "0"]);
    assert_eq!(run.exit, 5, "{run}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines[0], "note: waiting for the registry at http://127.0.0.1:[PORT]/ to answer");
    assert_eq!(lines[1], "error: the registry at http://127.0.0.1:[PORT]/ does not answer");
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let busy = || Answer::problem(503, "unavailable", "Temporarily unavailable", "a part does not answer", None);
    let registry = Double::start()
        .on("GET /api/v1/search", busy().header("retry-after", "0"))
        .on("GET /api/v1/search", busy().header("retry-after", "0"))
        .on("GET /api/v1/search", Answer::json(200, &json!({"total": 0, "hits": []})));
    assert_eq!(at(&registry).run(&["search", "--retries", "2"]).exit, 0);
    assert_eq!(registry.seen().len(), 3);

    let registry = Double::start().on("GET /api/v1/search", busy().header("retry-after", "0"));
    let run = at(&registry).run(&["search", "--retries", "1"]);
    assert_snapshot!(run, @"
    exit 5
    -- stderr
    error: temporarily unavailable
      caused by: a part does not answer
    hint: the registry's log says more
    ");
    assert_eq!(registry.seen().len(), 2);
}

#[test]
fn a_problem_document_is_rendered() {
    let problem = Answer::problem(
        403,
        "forbidden",
        "Not allowed",
        "the token does not hold `publish`",
        Some("Make a token that holds `publish`."),
    );
    let registry = Double::start().on("GET /api/v1/search", problem);
    assert_snapshot!(at(&registry).run(&["search"]), @"
    exit 4
    -- stderr
    error: not allowed
      caused by: the token does not hold `publish`
    hint: Make a token that holds `publish`.
    ");
    assert_snapshot!(serde_json::to_string_pretty(&at(&registry).run(&["search", "--json"]).error()).expect("JSON"), @r#"
    {
      "causes": [
        "the token does not hold `publish`"
      ],
      "code": "refused",
      "exit": 4,
      "hint": "Make a token that holds `publish`.",
      "message": "not allowed",
      "problem": {
        "detail": "the token does not hold `publish`",
        "hint": "Make a token that holds `publish`.",
        "status": 403,
        "title": "Not allowed",
        "type": "https://adx-core.dev/problems/forbidden"
      }
    }
    "#);
}

#[test]
fn every_status_has_its_exit() {
    for (status, exit, code) in [
        (400, 4, "refused"),
        (401, 4, "refused"),
        (404, 3, "not_found"),
        (409, 4, "refused"),
        (422, 4, "refused"),
        (500, 1, "failed"),
        (503, 5, "unreachable"),
    ] {
        let registry =
            Double::start().on("GET /api/v1/search", Answer::problem(status, "x", "Some title", "why", None));
        let run = at(&registry).run(&["search", "--json"]);
        let error = run.error();
        assert_eq!((run.exit, &error["code"], &error["exit"]), (exit, &json!(code), &json!(exit)), "{status}");
        assert_eq!(error["problem"]["status"], status);
    }
}

#[test]
fn what_does_not_speak_json_is_not_a_registry() {
    let registry = Double::start().on("GET /api/v1/search", Answer::text(200, "<html>It works!</html>"));
    assert_snapshot!(at(&registry).run(&["search"]), @"
    exit 1
    -- stderr
    error: http://127.0.0.1:[PORT]/ did not answer like a registry
      caused by: expected value at line 1 column 1
    hint: is this the address of a registry?
    ");
    let registry = Double::start().on("GET /api/v1/search", Answer::text(502, "<html>Bad gateway</html>"));
    assert_snapshot!(at(&registry).run(&["search"]), @"
    exit 5
    -- stderr
    error: the registry answered 502 Bad Gateway
    hint: the registry's log says more
    ");
}

#[test]
fn a_token_does_not_follow_a_redirect() {
    let elsewhere = Double::start();
    let moved = Answer::text(302, "").header("location", &format!("{}/api/v1/search", elsewhere.url()));
    let registry = Double::start().on("GET /api/v1/search", moved);
    let adx = at(&registry).with("ADX_TOKEN", "adx_p_secret");
    assert_snapshot!(adx.run(&["search"]), @"
    exit 1
    -- stderr
    error: the registry answered 302 Found
    hint: redirects are not followed: give the address where the registry itself answers
    ");
    assert_eq!(elsewhere.lines(), [""; 0]);
}

#[test]
fn a_wrong_command_line_is_a_failure_like_any_other() {
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["serch"]), @"
    exit 2
    -- stderr
    error: unrecognized subcommand 'serch'

      tip: a similar subcommand exists: 'search'

    Usage: adx [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    // What is set in the environment does not hide the help.
    let run = adx.run(&["key"]);
    assert_eq!((run.exit, run.stdout.as_str()), (2, ""), "{run}");
    assert!(
        run.stderr.starts_with("Make, show and hand over signing keys; register, add, list and remove a publisher's\n"),
        "{run}"
    );
    // Nor does it stand in the usage line, as if it had to be typed.
    let adx = adx.with("ADX_REGISTRY", "http://127.0.0.1:9").with("ADX_TENANT", "acme");
    assert_snapshot!(adx.run(&["tenant", "create"]), @"
    exit 2
    -- stderr
    error: the following required arguments were not provided:
      <NAME>

    Usage: adx tenant create [OPTIONS] <NAME>

    For more information, try '--help'.
    ");
    let error = adx.run(&["serch", "--json"]).error();
    assert_snapshot!(error, @r#"{"causes":[],"code":"usage","exit":2,"hint":"a similar subcommand exists: 'search'","message":"unrecognized subcommand 'serch'"}"#);
    let error = adx.run(&["call", "--json"]).error();
    assert_snapshot!(error, @r#"{"causes":[],"code":"usage","exit":2,"hint":"run `adx --help`","message":"the following required arguments were not provided: <MODULE> <ACTIVITY>"}"#);
    let error = adx.run(&["--json"]).error();
    assert_snapshot!(error, @r#"{"causes":[],"code":"usage","exit":2,"hint":"run `adx --help`","message":"a command is missing"}"#);
}

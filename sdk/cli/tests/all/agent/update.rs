//! `adx update` and `adx rollback`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{GREETER, OPERATION, installation, operation, tenant};
use crate::double::{Answer, Double};
use crate::support::Adx;

#[test]
fn an_update_that_is_put_back_says_why() {
    let mut failed = operation("update", "failed", "probe");
    failed["error"] = json!("unhealthy-by-design: this version fails; 1.9.0 was kept");
    let agent = Double::start()
        .on(&format!("POST {GREETER}/update"), Answer::json(202, &operation("update", "running", "resolve")))
        .on(OPERATION, Answer::json(200, &failed));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["update", "acme/greeter@=1.10.0"]), @"
    exit 1
    -- stderr
    error: update acme/greeter 1.9.0 → 1.10.0 failed at the step `probe`, and everything was put back
      caused by: unhealthy-by-design: this version fails; 1.9.0 was kept
    hint: run `adx operation show op-1` to see all of it
    ");
    assert_eq!(agent.request(&format!("POST {GREETER}/update")).json(), json!({"version": "=1.10.0"}));
    let error = adx.run(&["update", "acme/greeter", "--json"]).error();
    assert_eq!((&error["code"], &error["problem"]), (&json!("failed"), &failed));
}

#[test]
fn an_update_that_is_refused_says_why_and_that_nothing_was_changed() {
    let refused = |kind: &str, error: &str| {
        let mut operation = operation("update", "failed", "resolve");
        operation["to_version"] = Value::Null;
        (operation["error_kind"], operation["error"]) = (json!(kind), json!(error));
        let agent = Double::start().on(&format!("POST {GREETER}/update"), Answer::json(202, &operation));
        tenant(&agent).run(&["update", "acme/greeter@=1.8.0"])
    };
    assert_snapshot!(refused("older-version", "1.8.0 is older than 1.9.0, which is installed"), @"
    exit 4
    -- stderr
    error: update acme/greeter was refused, and nothing was changed
      caused by: 1.8.0 is older than 1.9.0, which is installed
    hint: run `adx rollback acme/greeter` to go back to the version before
    ");
    assert_snapshot!(refused("registry", "the registry cannot be reached"), @"
    exit 1
    -- stderr
    error: update acme/greeter failed at the step `resolve`, and nothing was changed
      caused by: the registry cannot be reached
    hint: run `adx operation show op-1` to see all of it
    ");
}

#[test]
fn an_update_with_nothing_newer_says_so() {
    let mut none = operation("update", "succeeded", "resolve");
    none["to_version"] = Value::Null;
    let agent = Double::start().on(&format!("POST {GREETER}/update"), Answer::json(202, &none));
    assert_snapshot!(tenant(&agent).run(&["update", "acme/greeter"]), @"
    exit 0
    -- stdout
    acme/greeter is already at 1.9.0, the newest that fits
    ");
}

#[test]
fn an_update_that_leads_nowhere_says_what_stands_in_the_way() {
    let mut none = operation("update", "succeeded", "resolve");
    none["to_version"] = Value::Null;
    let staying = |installation: &Value| {
        let agent = Double::start()
            .on(&format!("POST {GREETER}/update"), Answer::json(202, &none))
            .on(&format!("GET {GREETER}"), Answer::json(200, installation));
        let adx = tenant(&agent);
        (adx.run(&["update", "acme/greeter"]), adx.run(&["update", "acme/greeter", "--json"]))
    };
    let mut young = installation();
    young["update_waits"] = json!({"version": "1.10.0", "until": "2026-02-01T00:00:00Z"});
    let (run, json) = staying(&young);
    assert_snapshot!(run, @"
    exit 0
    -- stdout
    acme/greeter stays at 1.9.0, the newest that fits and is old enough
      1.10.0 waits for the cooldown until 2026-02-01T00:00:00Z; for a security fix: adx approve acme/greeter 1.10.0 --reason TEXT
    ");
    let document: Value = serde_json::from_str(&json.stdout).expect("a document");
    assert_eq!(document["update_waits"], young["update_waits"]);

    let mut stopped = installation();
    stopped["quarantined"] = json!("it mines");
    stopped["previous_version"] = json!("1.8.0");
    let (run, json) = staying(&stopped);
    assert_snapshot!(run, @"
    exit 4
    -- stderr
    error: acme/greeter stays at 1.9.0, which takes no calls, and there is none newer that fits
      caused by: it mines
    hint: run one of: adx rollback acme/greeter (to 1.8.0), adx uninstall acme/greeter
    ");
    assert_eq!(json.error()["problem"]["id"], "op-1");
}

#[test]
fn an_agent_that_goes_away_in_the_middle_may_have_begun() {
    // Takes the request, and closes the connection without a word.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let dying = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        std::io::Read::read(&mut stream, &mut [0; 64]).expect("a request");
    });
    let adx = Adx::new().with("ADX_AGENT", url).with("ADX_AGENT_TOKEN", "adx_t_secret").with("ADX_TENANT", "globex");
    let run = adx.run(&["update", "acme/greeter"]);
    dying.join().expect("it died as it should");
    assert_eq!(run.exit, 5, "{run}");
    assert!(run.stderr.contains("went away before it answered"), "{run}");
    assert!(run.stderr.contains("hint: it may have begun what you asked for: look with `adx operation list`"), "{run}");
}

#[test]
fn an_update_that_asks_for_more_waits_for_consent() {
    let mut held = operation("update", "held", "resolve");
    held["error"] = json!("1.10.0 also asks for blob");
    let agent = Double::start()
        .on(&format!("POST {GREETER}/update"), Answer::json(202, &operation("update", "running", "resolve")))
        .on(OPERATION, Answer::json(200, &held));
    assert_snapshot!(tenant(&agent).run(&["update", "acme/greeter"]), @"
    exit 4
    -- stderr
    error: update acme/greeter 1.9.0 → 1.10.0 waits for consent
      caused by: 1.10.0 also asks for blob
    hint: run `adx list` to see what acme/greeter asks for, then `adx grants acme/greeter --grant PERMISSION`
    ");
}

#[test]
fn nothing_to_go_back_to() {
    let nothing = Answer::problem(
        409,
        "no-previous-version",
        "In conflict with the present state",
        "acme/greeter has no version before this one",
        None,
    );
    let agent = Double::start().on(&format!("POST {GREETER}/rollback"), nothing);
    assert_snapshot!(tenant(&agent).run(&["rollback", "acme/greeter"]), @"
    exit 4
    -- stderr
    error: in conflict with the present state
      caused by: acme/greeter has no version before this one
    hint: only an update leaves a version to go back to
    ");
}

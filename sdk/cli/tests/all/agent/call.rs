//! `adx call`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{GREETER, tenant};
use crate::double::{Answer, Double};

#[test]
fn a_call_passes_json_through() {
    let route = format!("POST {GREETER}/activities/greet");
    let answer = json!({"output": {"greeting": "Hello, Ada!", "visits": 1}, "version": "1.9.0"});
    let agent = Double::start().on(&route, Answer::json(200, &answer));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["call", "acme/greeter", "greet", r#"{"name":"Ada"}"#]), @r#"
    exit 0
    -- stdout
    {
      "greeting": "Hello, Ada!",
      "visits": 1
    }
    "#);
    assert_eq!(agent.request(&route).json(), json!({"name": "Ada"}));
    assert_eq!(adx.json(&["call", "acme/greeter", "greet"]), answer);
    adx.run_with_input(&["call", "acme/greeter", "greet", "-"], "[1]");
    let bodies: Vec<Value> = agent.seen().iter().map(crate::double::Request::json).collect();
    assert_eq!(bodies, [json!({"name": "Ada"}), json!({}), json!([1])]);
    assert_snapshot!(adx.run(&["call", "acme/greeter", "greet", "{name: Ada}"]), @r#"
    exit 2
    -- stderr
    error: the input is not JSON
      caused by: key must be a string at line 1 column 2
    hint: quote it for the shell: adx call acme/greeter greet '{"name":"Ada"}'
    "#);
}

#[test]
fn a_call_that_fails_says_whose_fault_it_is() {
    let call = |problem| {
        let agent = Double::start().on(&format!("POST {GREETER}/activities/greet"), problem);
        tenant(&agent).run(&["call", "acme/greeter", "greet"])
    };
    let failed = Answer::problem(422, "module-failed", "The module failed", "`name` is empty", None);
    assert_snapshot!(call(failed), @"
    exit 4
    -- stderr
    error: the module failed
      caused by: `name` is empty
    ");
    let asleep = Answer::problem(
        409,
        "not-active",
        "In conflict with the present state",
        "acme/greeter is installed",
        Some("POST …/activate"),
    );
    assert_snapshot!(call(asleep), @"
    exit 4
    -- stderr
    error: in conflict with the present state
      caused by: acme/greeter is installed
    hint: run `adx activate acme/greeter`
    ");
    let ungranted = Answer::problem(
        422,
        "not-granted",
        "The module needs a permission",
        "kv is not granted",
        Some("grant it: PUT …/grants with \"kv\""),
    );
    assert_snapshot!(call(ungranted), @"
    exit 4
    -- stderr
    error: the module needs a permission
      caused by: kv is not granted
    hint: run `adx grants acme/greeter --grant PERMISSION`
    ");
    let stopped = Answer::problem(
        409,
        "quarantined",
        "In conflict with the present state",
        "acme/greeter 1.9.0 was called back: it mines",
        Some("update it to a version that was not called back, or uninstall it"),
    );
    assert_snapshot!(call(stopped), @"
    exit 4
    -- stderr
    error: in conflict with the present state
      caused by: acme/greeter 1.9.0 was called back: it mines
    hint: run `adx update acme/greeter` for a version that was not called back, `adx rollback acme/greeter` where the one before was not, or `adx uninstall acme/greeter`
    ");
    let missing = Answer::problem(404, "not-found", "Not found", "there is no installation", None);
    assert_snapshot!(call(missing), @"
    exit 3
    -- stderr
    error: not found
      caused by: there is no installation
    hint: run `adx list` to see what is installed
    ");
}

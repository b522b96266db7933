//! `adx install`: consent, then installation.

use insta::assert_snapshot;
use serde_json::json;

use super::{GREETER, INSTALLATIONS, OFFER, OPERATION, installation, offering, operation, tenant};
use crate::double::Answer;

#[test]
fn installing_grants_what_was_agreed_to_and_waits_for_the_end() {
    let agent = offering()
        .on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &operation("install", "running", "resolve")))
        .on(OPERATION, Answer::json(200, &operation("install", "running", "fetch")))
        .on(OPERATION, Answer::json(200, &operation("install", "succeeded", "record")))
        .on(&format!("POST {GREETER}/activate"), Answer::json(202, &operation("activate", "succeeded", "switch")));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["install", "acme/greeter@^1", "--grant-required", "--activate"]), @"
    exit 0
    -- stdout
    acme/greeter is active for globex
    next: adx call acme/greeter ACTIVITY JSON
    -- stderr
           Found acme/greeter 1.10.0
       Installed acme/greeter 1.10.0
    ");
    let request = agent.request(&format!("POST {INSTALLATIONS}"));
    assert_eq!(request.json(), json!({"module": "acme/greeter", "version": "^1", "grants": ["sql"]}));
    assert_eq!(request.headers["authorization"], "Bearer adx_t_secret");
    assert_eq!(agent.lines()[2..4], [format!("{OPERATION}?wait=20"), format!("{OPERATION}?wait=20")]);
}

#[test]
fn nothing_is_granted_that_nobody_agreed_to() {
    let agent = offering();
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["install", "acme/greeter"]), @"
    exit 4
    -- stderr
           Found acme/greeter 1.10.0
    error: acme/greeter cannot do without permissions that were not granted: sql
    hint: grant them with --grant PERMISSION, or all required ones with --grant-required
    ");
    assert_snapshot!(adx.run(&["install", "acme/greeter", "--grant", "notify"]), @"
    exit 2
    -- stderr
           Found acme/greeter 1.10.0
    error: acme/greeter does not ask for `notify`
    hint: it asks for: sql, kv
    ");
    assert_eq!(agent.lines(), [OFFER, OFFER]);
}

#[test]
fn consent_to_everything_includes_the_optional() {
    let agent =
        offering().on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &operation("install", "running", "resolve")));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["install", "acme/greeter", "--yes", "--no-wait"]), @"
    exit 0
    -- stdout
    begun: install acme/greeter 1.10.0: resolve
    next: adx operation show op-1 --wait
    -- stderr
           Found acme/greeter 1.10.0
    ");
    let request = agent.request(&format!("POST {INSTALLATIONS}"));
    assert_eq!(request.json(), json!({"module": "acme/greeter", "grants": ["sql", "kv"]}));
}

#[test]
fn what_is_there_already_is_updated_instead() {
    let there = Answer::problem(
        409,
        "already-installed",
        "In conflict with the present state",
        "acme/greeter is installed already",
        Some("use `update` to change its version"),
    );
    let agent = offering().on(&format!("POST {INSTALLATIONS}"), there);
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["install", "acme/greeter", "--yes"]), @"
    exit 4
    -- stderr
           Found acme/greeter 1.10.0
    error: in conflict with the present state
      caused by: acme/greeter is installed already
    hint: run `adx update acme/greeter` to change its version
    ");
}

#[test]
fn what_happens_by_itself_is_chosen_when_installing_and_changed_later() {
    let mut changed = installation();
    (changed["auto_update"], changed["channel"]) = (json!(false), json!("beta"));
    let agent = offering()
        .on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &operation("install", "succeeded", "record")))
        .on(&format!("PATCH {GREETER}"), Answer::json(200, &changed))
        .on(&format!("POST {GREETER}/update"), Answer::json(202, &operation("update", "succeeded", "retire")));
    let adx = tenant(&agent);
    adx.run(&["install", "acme/greeter", "--yes", "--auto-update", "off", "--channel", "stable"]);
    let request = agent.request(&format!("POST {INSTALLATIONS}")).json();
    assert_eq!((&request["auto_update"], &request["channel"]), (&json!(false), &json!("stable")));

    assert_snapshot!(adx.run(&["update", "acme/greeter", "--auto-update", "off", "--channel", "beta"]), @"
    exit 0
    -- stdout
    acme/greeter: ^1 (beta), auto-update off
    ");
    let request = agent.request(&format!("PATCH {GREETER}"));
    assert_eq!(request.json(), json!({"auto_update": false, "channel": "beta"}));
    assert!(!agent.lines().contains(&format!("POST {GREETER}/update")), "nothing was updated");
    // With a version, both.
    adx.run(&["update", "acme/greeter@^2", "--auto-update", "on"]);
    assert_eq!(agent.request(&format!("POST {GREETER}/update")).json(), json!({"version": "^2"}));
    assert_snapshot!(adx.run(&["update", "acme/greeter", "--channel", "nightly"]), @"
    exit 2
    -- stderr
    error: invalid value 'nightly' for '--channel <stable|beta>'
      [possible values: stable, beta]

    For more information, try '--help'.
    ");
}

//! `adx tenant cooldown` and `adx approve`: how long releases age, and what need not wait.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{GREETER, INSTALLATIONS, OFFER, offering, operation, tenant};
use crate::double::{Answer, Double};

const TENANT: &str = "/api/v1/tenants/globex";

fn document(seconds: i64) -> Value {
    json!({"tenant": "globex", "display_name": "Globex", "cooldown_seconds": seconds, "created_at": "2026-01-01T00:00:00Z"})
}

fn approvals(actors: &[&str]) -> Value {
    let approval =
        |actor| json!({"version": "1.10.0", "actor": actor, "reason": "CVE-2026-1", "at": "2026-01-01T00:00:00Z"});
    json!({"approvals": actors.iter().map(approval).collect::<Vec<_>>()})
}

#[test]
fn a_cooldown_is_shown_and_changed() {
    let agent = Double::start()
        .on(&format!("GET {TENANT}"), Answer::json(200, &document(0)))
        .on(&format!("PATCH {TENANT}"), Answer::json(200, &document(259_200)));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["tenant", "cooldown"]), @"
    exit 0
    -- stdout
    globex installs releases as soon as they are public
    ");
    assert_snapshot!(adx.run(&["tenant", "cooldown", "3d"]), @"
    exit 0
    -- stdout
    globex lets a release age for 3d
    ");
    assert_eq!(adx.json(&["tenant", "cooldown", "3d"]), document(259_200));
    for (text, seconds) in [("off", 0), ("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800)] {
        adx.json(&["tenant", "cooldown", text]);
        let sent = agent.seen().last().expect("a request").json();
        assert_eq!(sent, json!({ "cooldown_seconds": seconds }), "{text}");
    }
    let mut shortened = document(0);
    shortened["held_cooldown"] = json!({"cooldown_seconds": 259_200, "until": "2026-01-04T00:00:00Z"});
    let agent = Double::start().on(&format!("PATCH {TENANT}"), Answer::json(200, &shortened));
    assert_snapshot!(tenant(&agent).run(&["tenant", "cooldown", "off"]), @"
    exit 0
    -- stdout
    globex lets a release age for 3d until 2026-01-04T00:00:00Z
      then it installs releases as soon as they are public: a shorter cooldown counts once the longer one has passed
    ");
    for wrong in ["3", "d", "-3d", "1.5h", "3w"] {
        let run = adx.run(&["tenant", "cooldown", wrong]);
        assert_eq!(run.exit, 2, "{wrong}: {run}");
    }
    assert_snapshot!(adx.run(&["tenant", "cooldown", "3w"]), @"
    exit 2
    -- stderr
    error: invalid value '3w' for '[DURATION]': write for example 90s, 30m, 12h, 7d or off

    For more information, try '--help'.
    ");
}

#[test]
fn two_approve_a_security_fix() {
    let route = format!("POST {GREETER}/approvals");
    let agent = Double::start()
        .on(&route, Answer::json(200, &approvals(&["tenant:globex"])))
        .on(&route, Answer::json(200, &approvals(&["admin"])))
        .on(&route, Answer::json(200, &approvals(&["admin", "tenant:globex"])));
    let adx = tenant(&agent);
    let approve = ["approve", "acme/greeter", "1.10.0", "--reason", "CVE-2026-1"];
    assert_snapshot!(adx.run(&approve), @"
    exit 0
    -- stdout
    acme/greeter 1.10.0 is approved for globex by tenant:globex
    next: the administrator: adx approve acme/greeter 1.10.0 --reason TEXT --administrator
    ");
    assert_eq!(agent.request(&route).json(), json!({"version": "1.10.0", "reason": "CVE-2026-1"}));
    assert_snapshot!(adx.run(&[&approve[..], &["--administrator"]].concat()), @"
    exit 4
    -- stderr
    error: this is not the token of the agent's administrator, and nothing was approved
    hint: run `adx login agent` with the administrator's token, and give no other by --agent-token or ADX_AGENT_TOKEN
    ");
    let administrator = tenant(&agent).with("ADX_AGENT_TOKEN", "adx_a_secret");
    assert_snapshot!(administrator.run(&[&approve[..], &["--administrator"]].concat()), @"
    exit 0
    -- stdout
    acme/greeter 1.10.0 is approved for globex by admin
    next: the tenant: adx approve acme/greeter 1.10.0 --reason TEXT
    ");
    assert_snapshot!(adx.run(&approve), @"
    exit 0
    -- stdout
    acme/greeter 1.10.0 is approved for globex by admin and tenant:globex
    next: adx install acme/greeter@=1.10.0, or adx update where it is installed
    ");
    assert_eq!(adx.json(&approve), approvals(&["admin", "tenant:globex"]));
    assert_eq!(adx.run(&["approve", "acme/greeter", "1.10.0"]).exit, 2, "a reason is needed");
}

/// The token of whoever is meant goes along, of those that are kept.
#[test]
fn the_administrator_speaks_with_the_administrators_token() {
    let route = format!("POST {GREETER}/approvals");
    let agent = Double::start()
        .on("GET /api/v1/tenants", Answer::json(200, &json!({"tenants": []})))
        .on(&format!("GET {INSTALLATIONS}"), Answer::json(200, &json!({"installations": []})))
        .on(&route, Answer::json(200, &approvals(&["admin"])));
    let adx = crate::support::Adx::new().with("ADX_AGENT", agent.url());
    let admin = format!("adx_a_{}", "A".repeat(43));
    let approve = ["approve", "acme/greeter", "1.10.0", "--reason", "CVE-2026-1"];
    assert_eq!(adx.run_with_input(&["login", "agent", "--stdin"], &admin).exit, 0);
    let run = adx.run(&[&approve[..], &["--administrator", "--tenant", "globex"]].concat());
    assert_eq!(run.exit, 0, "{run}");
    let seen = agent.seen();
    let sent = seen.iter().find(|request| request.line == route).expect("an approval");
    assert_eq!(sent.headers["authorization"], format!("Bearer {admin}"));
}

#[test]
fn what_is_too_young_is_refused_with_the_command_that_lets_it_past() {
    let reason = "1.10.0 is public since …, this tenant waits until 2026-02-01T00:00:00Z";
    let young = Answer::problem(409, "cooldown", "In conflict with the present state", reason, None);
    let agent = Double::start().on(OFFER, young);
    assert_snapshot!(tenant(&agent).run(&["install", "acme/greeter", "--yes"]), @"
    exit 4
    -- stderr
    error: in conflict with the present state
      caused by: 1.10.0 is public since …, this tenant waits until 2026-02-01T00:00:00Z
    hint: wait until then; a security fix need not, once the tenant and the administrator both said so: `adx approve acme/greeter VERSION --reason TEXT`
    ");
    let mut failed = operation("update", "failed", "fetch");
    (failed["error_kind"], failed["error"]) = (json!("cooldown"), json!(reason));
    let agent = offering().on(&format!("POST {GREETER}/update"), Answer::json(202, &failed));
    assert_snapshot!(tenant(&agent).run(&["update", "acme/greeter"]), @"
    exit 4
    -- stderr
    error: update acme/greeter 1.9.0 → 1.10.0 was refused, and nothing was changed
      caused by: 1.10.0 is public since …, this tenant waits until 2026-02-01T00:00:00Z
    hint: wait until then; a security fix need not, once the tenant and the administrator both said so: `adx approve acme/greeter 1.10.0 --reason TEXT`
    ");
}

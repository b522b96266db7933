//! `adx list`, `adx operation`, and what is done to what runs.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{GREETER, INSTALLATIONS, OPERATION, installation, operation, tenant};
use crate::double::{Answer, Double};

#[test]
fn the_list_tells_what_became_of_an_update() {
    let mut failed = installation();
    failed["update_failed"] = json!({"version": "1.10.0", "reason": "the health probe failed"});
    let mut spoiled = installation();
    spoiled["update_failed"] =
        json!({"version": "1.10.0", "reason": "refused, package: other bytes", "again_at": "2026-02-01T00:15:00Z"});
    let mut held = installation();
    held["update_held"] = json!({"version": "2.0.0", "permissions": ["blob", "notify:mail"]});
    let mut back = installation();
    back["rolled_back_from"] = json!("1.10.0");
    (back["channel"], back["requirement"], back["auto_update"]) = (json!("beta"), json!("*"), json!(false));
    let mut stopped = installation();
    stopped["quarantined"] = json!("it mines");
    stopped["previous_version"] = json!("1.8.0");
    let mut waits = installation();
    waits["update_waits"] = json!({"version": "1.10.0", "until": "2026-02-01T00:00:00Z"});
    let list = json!({"installations": [failed, spoiled, held, back, stopped, waits]});
    let agent = Double::start().on(&format!("GET {INSTALLATIONS}"), Answer::json(200, &list));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["list"]), @"
    exit 0
    -- stdout
    acme/greeter 1.9.0  active  ^1, auto-update on
      the update to 1.10.0 failed: the health probe failed
    acme/greeter 1.9.0  active  ^1, auto-update on
      the update to 1.10.0 failed: refused, package: other bytes; it is tried again at 2026-02-01T00:15:00Z
    acme/greeter 1.9.0  active  ^1, auto-update on
      the update to 2.0.0 waits for consent to: blob, notify:mail
      next: adx grants acme/greeter --grant blob --grant notify:mail
    acme/greeter 1.9.0  active  any version (beta), auto-update off
      rolled back from 1.10.0, and held here until `adx update acme/greeter`
    acme/greeter 1.9.0  stopped  ^1, auto-update on
      takes no calls: it mines
      next, one of: adx update acme/greeter (to a newer release), adx rollback acme/greeter (to 1.8.0), adx uninstall acme/greeter
    acme/greeter 1.9.0  active  ^1, auto-update on
      1.10.0 waits for the cooldown until 2026-02-01T00:00:00Z; for a security fix: adx approve acme/greeter 1.10.0 --reason TEXT
    ");
    assert_eq!(adx.json(&["list"]), list);
}

#[test]
fn uninstalling_tells_until_when_the_data_is_kept_and_purges_it() {
    let kept = json!({"retained": [{"module": "acme/greeter", "version": "1.9.0", "until": "2026-02-03T04:05:06Z"}]});
    let gone = Answer::problem(404, "not-found", "Not found", "acme/greeter is not installed", None);
    let retained = "DELETE /api/v1/tenants/globex/retained/acme/greeter";
    let agent = Double::start()
        .on(&format!("DELETE {GREETER}"), Answer::json(202, &operation("uninstall", "succeeded", "sweep")))
        .on(&format!("DELETE {GREETER}"), gone)
        .on("GET /api/v1/tenants/globex/retained", Answer::json(200, &kept))
        .on(retained, Answer::json(204, &Value::Null));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["uninstall", "acme/greeter", "--yes"]), @"
    exit 0
    -- stdout
    done: uninstall acme/greeter 1.10.0
    -- stderr
    its data is kept until 2026-02-03; `adx uninstall acme/greeter --purge --tenant globex` removes it now
    ");
    // Uninstalled by now: what is kept goes.
    assert_snapshot!(adx.run(&["uninstall", "acme/greeter", "--purge", "--yes"]), @"
    exit 0
    -- stdout
    done: purge acme/greeter
    ");
    assert!(agent.lines().contains(&format!("DELETE {GREETER}?purge=true")), "{:?}", agent.lines());
    assert_eq!(agent.request(retained).body, b"");
}

#[test]
fn what_runs_can_be_changed_and_looked_at() {
    let done = |kind| Answer::json(202, &operation(kind, "succeeded", "record"));
    let agent = Double::start()
        .on(&format!("POST {GREETER}/update"), done("update"))
        .on(&format!("POST {GREETER}/rollback"), done("rollback"))
        .on(&format!("POST {GREETER}/activate"), done("activate"))
        .on(&format!("POST {GREETER}/deactivate"), done("deactivate"))
        .on(&format!("DELETE {GREETER}"), done("uninstall"))
        .on("GET /api/v1/tenants/globex/retained", Answer::json(200, &json!({"retained": []})))
        .on(
            "GET /api/v1/tenants/globex/operations",
            Answer::json(200, &json!({"operations": [operation("update", "running", "warm")]})),
        )
        .on(OPERATION, Answer::json(200, &operation("update", "running", "warm")))
        .on(OPERATION, done("update"));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["update", "acme/greeter"]), @"
    exit 0
    -- stdout
    done: update acme/greeter 1.9.0 → 1.10.0
    ");
    assert_snapshot!(adx.run(&["rollback", "acme/greeter"]), @"
    exit 0
    -- stdout
    done: rollback acme/greeter 1.10.0
    ");
    assert_snapshot!(adx.run(&["deactivate", "acme/greeter"]), @"
    exit 0
    -- stdout
    done: deactivate acme/greeter 1.10.0
    ");
    assert_snapshot!(adx.run(&["activate", "acme/greeter"]), @"
    exit 0
    -- stdout
    done: activate acme/greeter 1.10.0
    ");
    assert_snapshot!(adx.run(&["operation", "list"]), @"
    exit 0
    -- stdout
    op-1  running  update acme/greeter 1.9.0 → 1.10.0: warm
    ");
    assert_snapshot!(adx.run(&["operation", "show", "op-1", "--wait"]), @"
    exit 0
    -- stdout
    update acme/greeter 1.9.0 → 1.10.0
      succeeded
    ");
    // A yes is needed, and nobody is here to be asked.
    assert_snapshot!(adx.run(&["uninstall", "acme/greeter"]), @"
    exit 2
    -- stderr
    error: uninstalling must be confirmed
    hint: run `adx uninstall acme/greeter --tenant globex --yes`
    ");
    assert_snapshot!(adx.run(&["uninstall", "acme/greeter", "--yes"]), @"
    exit 0
    -- stdout
    done: uninstall acme/greeter 1.10.0
    -- stderr
    its data is removed
    ");
    let line = format!("DELETE {GREETER}");
    assert_eq!(agent.lines().iter().filter(|asked| **asked == line).count(), 1);
}

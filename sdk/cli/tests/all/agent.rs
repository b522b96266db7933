//! What `adx` does at an agent: install, call, configure, update and the rest.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::registry::{detail, module};
use crate::support::Adx;

const INSTALLATIONS: &str = "/api/v1/tenants/globex/installations";
const GREETER: &str = "/api/v1/tenants/globex/installations/acme/greeter";
const OPERATION: &str = "GET /api/v1/tenants/globex/operations/op-1";

fn operation(kind: &str, status: &str, step: &str) -> Value {
    let mut operation = json!({"id": "op-1", "kind": kind, "module": "acme/greeter", "status": status, "step": step,
        "actor": "tenant:globex", "to_version": "1.10.0", "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z"});
    if kind == "update" {
        operation["from_version"] = json!("1.9.0");
    }
    operation
}

fn installation() -> Value {
    json!({"module": "acme/greeter", "state": "active", "version": "1.9.0", "requirement": "^1", "channel": "stable",
        "auto_update": true, "grants": ["sql"], "config_revision": 1, "calls_in_flight": 0,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"})
}

fn registry() -> Double {
    Double::start()
        .on("GET /api/v1/modules/acme/greeter", Answer::json(200, &module()))
        .on("GET /api/v1/modules/acme/greeter/versions/1.10.0", Answer::json(200, &detail()))
}

fn tenant(agent: &Double) -> Adx {
    Adx::new().with("ADX_AGENT", agent.url()).with("ADX_AGENT_TOKEN", "adx_t_secret").with("ADX_TENANT", "globex")
}

#[test]
fn installing_grants_what_was_agreed_to_and_waits_for_the_end() {
    let registry = registry();
    let agent = Double::start()
        .on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &operation("install", "running", "resolve")))
        .on(OPERATION, Answer::json(200, &operation("install", "running", "fetch")))
        .on(OPERATION, Answer::json(200, &operation("install", "succeeded", "record")))
        .on(&format!("POST {GREETER}/activate"), Answer::json(202, &operation("activate", "succeeded", "switch")));
    let adx = tenant(&agent).with("ADX_REGISTRY", registry.url());
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
    assert_eq!(agent.lines()[1..3], [format!("{OPERATION}?wait=20"), format!("{OPERATION}?wait=20")]);
    // The token of the tenant is no business of the registry.
    assert!(registry.seen().iter().all(|request| !request.headers.contains_key("authorization")));
}

#[test]
fn nothing_is_granted_that_nobody_agreed_to() {
    let registry = registry();
    let agent = Double::start();
    let adx = tenant(&agent).with("ADX_REGISTRY", registry.url());
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
    assert_eq!(agent.lines(), [""; 0]);
}

#[test]
fn consent_to_everything_includes_the_optional() {
    let registry = registry();
    let agent = Double::start()
        .on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &operation("install", "running", "resolve")));
    let adx = tenant(&agent).with("ADX_REGISTRY", registry.url());
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
    let registry = registry();
    let there = Answer::problem(
        409,
        "already-installed",
        "In conflict with the present state",
        "acme/greeter is installed already",
        Some("use `update` to change its version"),
    );
    let agent = Double::start().on(&format!("POST {INSTALLATIONS}"), there);
    let adx = tenant(&agent).with("ADX_REGISTRY", registry.url());
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
fn the_list_tells_what_became_of_an_update() {
    let mut failed = installation();
    failed["update_failed"] = json!({"version": "1.10.0", "reason": "the health probe failed"});
    let mut held = installation();
    held["update_held"] = json!({"version": "2.0.0", "permissions": ["blob", "notify:mail"]});
    let mut back = installation();
    back["rolled_back_from"] = json!("1.10.0");
    (back["channel"], back["requirement"], back["auto_update"]) = (json!("beta"), json!("*"), json!(false));
    let list = json!({"installations": [failed, held, back]});
    let agent = Double::start().on(&format!("GET {INSTALLATIONS}"), Answer::json(200, &list));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["list"]), @"
    exit 0
    -- stdout
    acme/greeter 1.9.0  active  ^1, auto-update on
      the update to 1.10.0 failed: the health probe failed
    acme/greeter 1.9.0  active  ^1, auto-update on
      the update to 2.0.0 waits for consent to: blob, notify:mail
      next: adx grants acme/greeter --grant blob --grant notify:mail
    acme/greeter 1.9.0  active  any version (beta), auto-update off
      rolled back from 1.10.0, and held here until `adx update acme/greeter`
    ");
    assert_eq!(adx.json(&["list"]), list);
}

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
    let missing = Answer::problem(404, "not-found", "Not found", "there is no installation", None);
    assert_snapshot!(call(missing), @"
    exit 3
    -- stderr
    error: not found
      caused by: there is no installation
    hint: run `adx list` to see what is installed
    ");
}

#[test]
fn grants_are_added_and_taken_back() {
    let agent = Double::start()
        .on(&format!("GET {GREETER}"), Answer::json(200, &installation()))
        .on(&format!("PUT {GREETER}/grants"), Answer::json(200, &json!({"grants": ["kv"]})));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["grants", "acme/greeter"]), @"
    exit 0
    -- stdout
    sql
    ");
    assert_snapshot!(adx.run(&["grants", "acme/greeter", "--grant", "kv", "--revoke", "sql"]), @"
    exit 0
    -- stdout
    kv
    ");
    assert_eq!(agent.request(&format!("PUT {GREETER}/grants")).json(), json!({"grants": ["kv"]}));
    assert_snapshot!(adx.run(&["grants", "acme/greeter", "--revoke", "blob"]), @"
    exit 2
    -- stderr
    error: `blob` is not granted
    hint: globex grants: sql
    ");
}

/// A version that ran before asked for `sql`, which the agent drops when it is sent back.
#[test]
fn granting_more_tells_what_the_agent_made_of_it() {
    let agent = Double::start()
        .on(&format!("GET {GREETER}"), Answer::json(200, &installation()))
        .on(&format!("PUT {GREETER}/grants"), Answer::json(200, &json!({"grants": ["kv"]})));
    assert_snapshot!(tenant(&agent).run(&["grants", "acme/greeter", "--grant", "kv"]), @"
    exit 0
    -- stdout
    kv
    ");
    assert_eq!(agent.request(&format!("PUT {GREETER}/grants")).json(), json!({"grants": ["sql", "kv"]}));
}

#[test]
fn settings_are_merged_into_what_the_tenant_set() {
    let present = json!({"config": {"loud": true}, "effective": {"greeting": "Hello", "loud": true}, "revision": 1});
    let changed = json!({"config": {"loud": true, "greeting": "Hi"}, "effective": {"greeting": "Hi", "loud": true}, "revision": 2});
    let agent = Double::start()
        .on(&format!("GET {GREETER}/config"), Answer::json(200, &present))
        .on(&format!("PUT {GREETER}/config"), Answer::json(200, &changed));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["config", "get", "acme/greeter"]), @r#"
    exit 0
    -- stdout
    {
      "greeting": "Hello",
      "loud": true
    }
    "#);
    assert_snapshot!(adx.run(&["config", "get", "acme/greeter", "greeting"]), @"
    exit 0
    -- stdout
    Hello
    ");
    assert_snapshot!(adx.run(&["config", "get", "acme/greeter", "volume"]), @"
    exit 3
    -- stderr
    error: acme/greeter has no setting `volume`
    hint: run `adx config get acme/greeter` to see all
    ");
    assert_snapshot!(adx.run(&["config", "set", "acme/greeter", "greeting=Hi"]), @r#"
    exit 0
    -- stdout
    {
      "greeting": "Hi",
      "loud": true
    }
    "#);
    // A default of the schema does not become the tenant's own setting.
    let request = agent.request(&format!("PUT {GREETER}/config"));
    assert_eq!(request.json(), json!({"config": {"loud": true, "greeting": "Hi"}}));
}

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
fn what_happens_by_itself_is_chosen_when_installing_and_changed_later() {
    let registry = registry();
    let mut changed = installation();
    (changed["auto_update"], changed["channel"]) = (json!(false), json!("beta"));
    let agent = Double::start()
        .on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &operation("install", "succeeded", "record")))
        .on(&format!("PATCH {GREETER}"), Answer::json(200, &changed))
        .on(&format!("POST {GREETER}/update"), Answer::json(202, &operation("update", "succeeded", "retire")));
    let adx = tenant(&agent).with("ADX_REGISTRY", registry.url());
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
    its data is kept until 2026-02-03; `adx uninstall acme/greeter --purge` removes it now
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
    hint: run `adx uninstall acme/greeter --yes`
    ");
    assert_snapshot!(adx.run(&["uninstall", "acme/greeter", "--yes"]), @"
    exit 0
    -- stdout
    done: uninstall acme/greeter 1.10.0
    ");
    let line = format!("DELETE {GREETER}");
    assert_eq!(agent.lines().iter().filter(|asked| **asked == line).count(), 1);
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

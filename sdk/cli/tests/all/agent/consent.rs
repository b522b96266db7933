//! `adx grants` and `adx config`.

use insta::assert_snapshot;
use serde_json::json;

use super::{GREETER, installation, tenant};
use crate::double::{Answer, Double};

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

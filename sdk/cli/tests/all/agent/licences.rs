//! `adx licence import` and `adx licence list`.

use insta::assert_snapshot;
use serde_json::json;

use super::{GREETER, INSTALLATIONS, offering, operation, tenant};
use crate::double::{Answer, Double};

const LICENCES: &str = "/api/v1/tenants/globex/licences";
const ID: &str = "019ab6f0-0000-7000-8000-000000000001";

#[test]
fn a_licence_is_given_as_it_came() {
    let route = format!("POST {LICENCES}");
    let agent = Double::start().on(&route, Answer::json(201, &json!({"id": ID, "module": "acme/greeter"})));
    let adx = tenant(&agent);
    std::fs::write(adx.work().join("greeter.licence"), "-----BEGIN ADX LICENCE-----\r\n").expect("a file");
    assert_snapshot!(adx.run(&["licence", "import", "greeter.licence"]), @"
    exit 0
    -- stdout
    globex has the licence 019ab6f0-0000-7000-8000-000000000001 of acme/greeter
    next: adx licence list
    ");
    assert_eq!(agent.request(&route).json(), json!({"licence": "-----BEGIN ADX LICENCE-----\r\n"}));
    assert_eq!(adx.run(&["licence", "import", "none.licence"]).exit, 3);
}

#[test]
fn what_is_refused_says_why_and_what_to_do() {
    let import = |answer: Answer| {
        let agent = Double::start().on(&format!("POST {LICENCES}"), answer);
        let adx = tenant(&agent);
        std::fs::write(adx.work().join("greeter.licence"), "x").expect("a file");
        adx.run(&["licence", "import", "greeter.licence"])
    };
    let changed = Answer::problem(
        422,
        "invalid-licence",
        "The request cannot be carried out",
        "line 7 of the file reads `Seats: 2500`, and what is signed `Seats: 25`: a line was changed",
        Some("give the file as it came: nothing in it may be changed"),
    );
    assert_snapshot!(import(changed), @"
    exit 4
    -- stderr
    error: the request cannot be carried out
      caused by: line 7 of the file reads `Seats: 2500`, and what is signed `Seats: 25`: a line was changed
    hint: give the file as it came: nothing in it may be changed
    ");
    let others = Answer::problem(
        422,
        "other-tenant",
        "The request cannot be carried out",
        "the licence is for the tenant acme, and not for globex",
        Some("give it to that tenant"),
    );
    assert_snapshot!(import(others), @"
    exit 4
    -- stderr
    error: the request cannot be carried out
      caused by: the licence is for the tenant acme, and not for globex
    hint: run it again with --tenant and the tenant that the licence names
    ");
}

#[test]
fn the_list_tells_where_each_stands_and_what_comes() {
    let terms = json!({"kind": "subscription", "versions": "*", "features": ["export", "reports"], "seats": 25,
        "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"});
    let list = json!({
        "clock_set_back_from": "2026-12-24T00:00:00Z",
        "licences": [
            {"id": ID, "module": "acme/greeter", "state": "active", "terms": terms, "people": ["ada"],
                "next": {"state": "grace", "due": "2027-01-01T00:00:00Z", "takes_effect": "2027-01-01T00:00:00Z"}},
            {"id": ID, "module": "acme/hello", "state": "grace", "people": [],
                "terms": {"kind": "perpetual", "versions": "<=1.4.2", "features": [], "from": "2026-01-01T00:00:00Z"},
                "next": {"state": "read-only", "due": "2027-02-01T00:00:00Z"},
                "lease_until": "2026-12-31T00:00:00Z"},
            {"id": ID, "module": "acme/other", "state": "disabled", "people": [],
                "problem": "its registry says of no key that it signs licences"},
        ],
    });
    let agent = Double::start().on(&format!("GET {LICENCES}"), Answer::json(200, &list));
    let adx = tenant(&agent);
    assert_snapshot!(adx.run(&["licence", "list"]), @"
    exit 0
    -- stdout
    acme/greeter *  active
      019ab6f0-0000-7000-8000-000000000001, subscription, until 2027-01-01T00:00:00Z
      features: export, reports
      seats: 1 of 25 are taken
      grace from 2027-01-01T00:00:00Z on
    acme/hello <=1.4.2  grace
      019ab6f0-0000-7000-8000-000000000001, perpetual
      leased until 2026-12-31T00:00:00Z
      read-only once that was announced, not before 2027-02-01T00:00:00Z
    acme/other  disabled
      019ab6f0-0000-7000-8000-000000000001
      its registry says of no key that it signs licences
    -- stderr
    warning: the agent's clock was set back: licences are judged as of 2026-12-24T00:00:00Z, the latest time it saw
    ");
    let agent = Double::start().on(&format!("GET {LICENCES}"), Answer::json(200, &json!({"licences": []})));
    assert_snapshot!(tenant(&agent).run(&["licence", "list"]), @"
    exit 0
    -- stdout
    globex has no licences
    next: adx licence save NS/NAME, then adx licence import FILE
    ");
}

#[test]
fn what_needs_a_licence_leads_to_it() {
    let mut refused = operation("install", "failed", "consent");
    refused["error_kind"] = json!("licence");
    refused["error"] = json!("acme/greeter 1.10.0 is not licensed for this: the tenant has no licence of it");
    let agent = offering().on(&format!("POST {INSTALLATIONS}"), Answer::json(202, &refused));
    assert_snapshot!(tenant(&agent).run(&["install", "acme/greeter", "--grant-required"]), @"
    exit 4
    -- stderr
           Found acme/greeter 1.10.0
    error: install acme/greeter 1.10.0 was refused, and nothing was changed
      caused by: acme/greeter 1.10.0 is not licensed for this: the tenant has no licence of it
    hint: run `adx licence list` to see what the tenant has, and `adx licence import FILE` to give it another
    ");

    let problem = Answer::problem(
        409,
        "not-licensed",
        "In conflict with the present state",
        "acme/greeter 1.9.0 is not licensed for this: the licence is expired",
        Some("see GET …/licences"),
    );
    let agent = Double::start().on(&format!("POST {GREETER}/activities/greet"), problem);
    assert_snapshot!(tenant(&agent).run(&["call", "acme/greeter", "greet"]), @"
    exit 4
    -- stderr
    error: in conflict with the present state
      caused by: acme/greeter 1.9.0 is not licensed for this: the licence is expired
    hint: run `adx licence list` to see what the tenant has, and `adx licence import FILE` to give it another
    ");
}

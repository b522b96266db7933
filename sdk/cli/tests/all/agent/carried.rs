//! `adx bundle load`: a file that was carried to a machine without a network.

use insta::assert_snapshot;
use serde_json::json;

use super::tenant;
use crate::double::{Answer, Double};

const ROUTE: &str = "POST /api/v1/bundles";

#[test]
fn a_bundle_is_sent_as_it_is() {
    let loaded = json!({"registry": "main", "fresh_until": "2026-11-29T08:00:00Z", "timestamp_version": 7, "log_size": 40,
        "releases": [{"module": "acme/greeter", "version": "1.10.0"}, {"module": "acme/hello", "version": "1.0.0"}]});
    let agent = Double::start().on(ROUTE, Answer::json(201, &loaded));
    let adx = tenant(&agent).with("ADX_ROOT", "root.json");
    std::fs::write(adx.work().join("some.adxb"), vec![7; 100_000]).expect("a file");
    assert_snapshot!(adx.run(&["bundle", "load", "some.adxb"]), @"
    exit 0
    -- stdout
    some.adxb is loaded, from the registry `main`
      acme/greeter@1.10.0
      acme/hello@1.0.0
      to be installed before 2026-11-29T08:00:00Z
    next: adx install acme/greeter@=1.10.0
    ");
    let request = agent.request(ROUTE);
    assert_eq!((request.body.len(), request.headers["content-length"].as_str()), (100_000, "100000"));
    assert_eq!(adx.json(&["bundle", "load", "some.adxb"]), loaded);
}

#[test]
fn what_is_refused_says_why_and_what_to_do() {
    let adx = |answer: Answer| {
        let agent = Double::start().on(ROUTE, answer);
        let adx = tenant(&agent);
        std::fs::write(adx.work().join("some.adxb"), "x").expect("a file");
        adx.run(&["bundle", "load", "some.adxb"])
    };
    let stale = Answer::problem(
        422,
        "bundle-refused",
        "The request cannot be carried out",
        "the bundle of `main` is refused, metadata: timestamp expired at 2026-11-26T08:00:00Z",
        Some("make a new bundle, carry it over and load it"),
    );
    assert_snapshot!(adx(stale), @"
    exit 4
    -- stderr
    error: the request cannot be carried out
      caused by: the bundle of `main` is refused, metadata: timestamp expired at 2026-11-26T08:00:00Z
    hint: make a new bundle, carry it over and load it
    ");
    let tenants = Answer::problem(403, "forbidden", "Not allowed", "only the agent's administrator may do this", None);
    assert_snapshot!(adx(tenants), @"
    exit 4
    -- stderr
    error: not allowed
      caused by: only the agent's administrator may do this
    hint: a bundle is for all tenants: run `adx login agent` with the administrator's token
    ");
    let agent = Double::start();
    assert_eq!(tenant(&agent).run(&["bundle", "load", "none.adxb"]).exit, 3);
    assert_eq!(tenant(&agent).run(&["bundle"]).exit, 2);
    assert_eq!(tenant(&agent).run(&["bundle", "acme/greeter"]).exit, 2);
}

//! `adx advisory`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::Adx;

const ONE: &str = "/api/v1/advisories/ADX-2026-0001";

/// What the registry knows of `ADX-2026-0001`.
fn advisory() -> Value {
    json!({"id": "ADX-2026-0001", "module": "acme/greeter", "title": "answers whoever asks", "severity": "high",
        "affected": [{"fixed": "1.4.2"}, {"introduced": "2.0.0", "fixed": "2.0.3"}], "patched": ["1.4.2", "2.0.3"],
        "confirmed": true, "published_at": "2030-01-01T00:00:00Z", "modified_at": "2030-01-01T00:00:00Z", "revision": 3,
        "details": "It **answers**.", "details_html": "<p>", "references": ["https://acme.example/1"],
        "aliases": ["CVE-2026-12345"], "osv": {}})
}

#[test]
fn advisories_are_listed_and_shown() {
    let mut withdrawn = advisory();
    withdrawn["id"] = json!("ADX-2026-0002");
    withdrawn["withdrawn_at"] = json!("2030-01-02T00:00:00Z");
    let list = json!({"advisories": [advisory(), withdrawn], "next_cursor": "ADX-2026-0002"});
    let none = json!({"advisories": []});
    let registry = Double::start()
        .on("GET /api/v1/advisories", Answer::json(200, &list))
        .on("GET /api/v1/advisories", Answer::json(200, &none))
        .on(&format!("GET {ONE}"), Answer::json(200, &advisory()));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["advisory", "list"]), @"
    exit 0
    -- stdout
    ADX-2026-0001  acme/greeter  high  answers whoever asks
    ADX-2026-0002  acme/greeter  high (withdrawn)  answers whoever asks
    more with --cursor ADX-2026-0002
    ");
    assert_snapshot!(adx.run(&["advisory", "list", "acme/greeter", "--cursor", "ADX-2026-0002"]), @"
    exit 0
    -- stdout
    there is no advisory about acme/greeter
    ");
    assert_eq!(registry.lines()[1], "GET /api/v1/advisories?module=acme%2Fgreeter&cursor=ADX-2026-0002");
    assert_snapshot!(adx.run(&["advisory", "show", "ADX-2026-0001"]), @"
    exit 0
    -- stdout
    ADX-2026-0001  acme/greeter  high  answers whoever asks
      affected: all before 1.4.2; 2.0.0 and later, before 2.0.3
      mended in: 1.4.2, 2.0.3
      elsewhere: CVE-2026-12345
      read on: https://acme.example/1
      published: 2030-01-01T00:00:00Z
      an operator of the registry stands for it

    It **answers**.
    ");
    assert_eq!(adx.json(&["advisory", "show", "ADX-2026-0001"]), advisory());
    assert_eq!(adx.run(&["advisory", "show", "one"]).exit, 2);
}

#[test]
fn an_advisory_is_published() {
    let route = "POST /api/v1/modules/acme/greeter/advisories";
    let registry = Double::start().on(route, Answer::json(201, &advisory()));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    let needed = ["advisory", "publish", "acme/greeter", "--title", "answers whoever asks", "--severity", "high"];
    let which = ["--affected", "<1.4.2", "--affected", ">=2.0.0, <2.0.3", "--alias", "CVE-2026-12345"];
    assert_snapshot!(adx.run(&[&needed[..], &which].concat()), @"
    exit 0
    -- stdout
    ADX-2026-0001 about acme/greeter is published
    next: adx advisory show ADX-2026-0001
    ");
    let sent = json!({"title": "answers whoever asks", "severity": "high", "aliases": ["CVE-2026-12345"],
        "affected": [{"requirement": "<1.4.2"}, {"requirement": ">=2.0.0, <2.0.3"}]});
    assert_eq!(registry.request(route).json(), sent);
    assert_eq!(adx.run(&needed).exit, 2, "of no version nothing is said");
    assert_eq!(adx.run(&[&needed[..], &["--affected", "all of them"]].concat()).exit, 2);
}

#[test]
fn a_change_keeps_what_is_not_given_and_overwrites_nobody() {
    let changed = Answer::problem(412, "changed", "Changed meanwhile", "it was changed", None);
    let put = format!("PUT {ONE}");
    let registry = Double::start()
        .on(&format!("GET {ONE}"), Answer::json(200, &advisory()))
        .on(&put, Answer::json(200, &advisory()))
        .on(&put, changed);
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["advisory", "change", "ADX-2026-0001", "--severity", "low"]), @"
    exit 0
    -- stdout
    ADX-2026-0001 is changed
    next: adx advisory show ADX-2026-0001
    ");
    let request = registry.request(&put);
    assert_eq!(request.headers["if-match"], "\"3\"");
    let kept = json!({"title": "answers whoever asks", "details": "It **answers**.", "severity": "low", "cvss": null,
        "affected": advisory()["affected"], "references": ["https://acme.example/1"], "aliases": ["CVE-2026-12345"]});
    assert_eq!(request.json(), kept);
    assert_eq!(adx.run(&["advisory", "change", "ADX-2026-0001", "--affected", "<1"]).exit, 4);
    let last = registry.seen().pop().expect("a request").json();
    assert_eq!(last["affected"], json!([{"requirement": "<1"}]));
}

#[test]
fn an_advisory_is_withdrawn() {
    let route = format!("POST {ONE}/withdraw");
    let unknown = Answer::problem(404, "not-found", "Not found", "there is no advisory", Some("of HTTP"));
    let registry = Double::start()
        .on(&format!("GET {ONE}"), Answer::json(200, &advisory()))
        .on(&route, Answer::json(200, &advisory()))
        .on(&route, unknown);
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["advisory", "withdraw", "ADX-2026-0001"]), @"
    exit 0
    -- stdout
    ADX-2026-0001 is withdrawn: it holds of nothing any more, and stays to be read
    next: adx info acme/greeter
    ");
    let run = adx.run(&["advisory", "withdraw", "ADX-2026-0001"]);
    assert!(run.exit == 3 && run.stderr.ends_with("hint: run `adx advisory list`\n"), "{run}");
}

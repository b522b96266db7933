//! `adx buy`, `adx order`, `adx tenant register` and `registered`, `adx licence bought`: as whom, and what helps whoever is nobody there.

use std::fs;

use serde_json::json;

use crate::double::{Answer, Double};
use crate::support::{Adx, set_mode};

const TENANTS: &str = "/api/v1/tenants";

fn token(kind: &str, letter: &str) -> String {
    format!("adx_{kind}_{}", letter.repeat(43))
}

/// Somebody with tokens of owners of acme (`A`) and globex (`E`), of which acme is the one that is set.
fn owner_of_two(registry: &Double) -> Adx {
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TENANT", "office");
    let file = adx.home().join("credentials.toml");
    let (url, acme, globex) = (registry.url(), token("w", "A"), token("w", "E"));
    fs::write(&file, format!("[owners.\"{url}\"]\nacme = \"{acme}\"\nglobex = \"{globex}\"\n")).expect("written");
    set_mode(&file, 0o600);
    fs::write(adx.home().join("config.toml"), "publisher = \"acme\"\n").expect("written");
    adx
}

#[test]
fn the_owner_is_the_one_of_the_organisation_that_buys() {
    let order = json!({"id": "o-1", "state": "active", "module": "acme/greeter", "tenant": "office"});
    let registry = Double::start()
        .on(&format!("GET {TENANTS}"), Answer::json(200, &json!({"tenants": [{"tenant": "office"}]})))
        .on(&format!("GET {TENANTS}/office/orders"), Answer::json(200, &json!({"orders": [order]})))
        .on(&format!("GET {TENANTS}/office/licences"), Answer::json(200, &json!({"licences": []})))
        .on("GET /api/v1/orders/o-1", Answer::json(200, &json!({"order": order, "events": []})))
        .on("POST /api/v1/orders/o-1/cancel", Answer::json(200, &json!({"order": order, "events": []})))
        .on("POST /api/v1/quotes", Answer::json(200, &json!({"lines": [], "model": "free", "may_buy": true})))
        .on("POST /api/v1/orders", Answer::json(201, &order));
    let adx = owner_of_two(&registry);
    for arguments in [
        &["tenant", "registered"] as &[_],
        &["order", "list"],
        &["order", "show", "o-1"],
        &["order", "cancel", "o-1"],
        &["licence", "bought"],
        &["buy", "acme/greeter", "--yes"],
    ] {
        for (more, letter) in [(&[] as &[_], "A"), (&["--publisher", "globex"], "E")] {
            let run = adx.run(&[arguments, more].concat());
            assert_eq!(run.exit, 0, "{run}");
            let asked = registry.seen().pop().expect("a request");
            assert_eq!(asked.headers["authorization"], format!("Bearer {}", token("w", letter)), "{arguments:?}");
            if !more.is_empty() && run.stdout.contains("next: ") {
                assert!(run.stdout.ends_with(" --publisher globex\n"), "{run}");
            }
        }
    }
}

#[test]
fn a_tenant_that_is_not_named_is_one_of_the_registry() {
    let adx = Adx::new().with("ADX_REGISTRY", "http://127.0.0.1:1");
    for arguments in [&["order", "list"] as &[_], &["buy", "acme/greeter"], &["licence", "bought"]] {
        let run = adx.run(arguments);
        assert_eq!(run.exit, 2, "{run}");
        assert!(run.stderr.contains("`adx tenant register NAME --bill-to TEXT`"), "{run}");
        assert!(!run.stderr.contains("adx tenant create"), "{run}");
    }
}

#[test]
fn who_is_no_owner_is_told_how_to_be_one() {
    let refused = Answer::problem(403, "forbidden", "Not allowed", "only an owner of the namespace may do this", None);
    let hidden = Answer::problem(404, "tenant", "No such tenant", "there is no tenant office", None);
    let registry = Double::start()
        .on(&format!("POST {TENANTS}"), refused)
        .on(&format!("GET {TENANTS}"), Answer::json(200, &json!({"tenants": []})))
        .on(&format!("GET {TENANTS}/office/orders"), hidden);
    let adx =
        Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", token("p", "A")).with("ADX_TENANT", "office");
    fs::write(adx.home().join("config.toml"), "publisher = \"acme\"\n").expect("written");
    for arguments in
        [&["tenant", "register", "office", "--bill-to", "ACME"] as &[_], &["tenant", "registered"], &["order", "list"]]
    {
        let run = adx.run(arguments);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("this is for the owners of acme") && said.contains("`adx owner accept CODE`"), "{run}");
    }
}

#[test]
fn an_owner_whose_token_counts_no_more_is_told_how_to_get_another() {
    let stale = Answer::problem(401, "unauthenticated", "Authentication needed", "the token is not valid", None);
    let registry =
        Double::start().on(&format!("POST {TENANTS}"), stale.clone()).on("GET /api/v1/publishers/acme/owners", stale);
    let adx = owner_of_two(&registry);
    for arguments in [&["tenant", "register", "office", "--bill-to", "ACME"] as &[_], &["owner", "list"]] {
        let run = adx.run(arguments);
        assert!(run.stderr.contains("`adx-registry admin owner renew-token acme OWNER-ID`"), "{run}");
    }
}

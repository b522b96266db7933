//! `adx search` and `adx info`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::Adx;

fn hit() -> Value {
    json!({"module": "acme/greeter", "display_name": "Greeter", "description": "Greets people.", "latest": "1.10.0",
        "category": "examples", "tags": []})
}

fn version(version: &str, yanked: bool) -> Value {
    json!({"version": version, "sha256": "0".repeat(64), "size_bytes": 1, "adx_core_version": ">=0.1.0",
        "yanked": yanked, "released_at": "2026-01-01T00:00:00Z"})
}

/// The page of `acme/greeter`.
fn module() -> Value {
    json!({"module": "acme/greeter", "display_name": "Greeter", "description": "Greets people.", "category": null,
        "tags": [], "publisher": {"namespace": "acme", "display_name": "Acme"}, "latest": "1.10.0", "license": "MIT",
        "homepage": null, "repository": null, "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "versions": [version("1.9.0", false), version("1.11.0", true), version("1.10.0", false)],
        "permissions": permissions(), "readme_html": null})
}

/// What `acme/greeter` asks for.
pub(crate) fn permissions() -> Value {
    json!([
        {"permission": "sql", "required": true, "words": "Keep records in a database of your tenant"},
        {"permission": "kv", "required": false, "words": "Store small values for your tenant"}
    ])
}

/// One version of `acme/greeter`.
fn detail() -> Value {
    json!({"module": "acme/greeter", "version": "1.10.0", "sha256": "0".repeat(64), "size_bytes": 1,
        "released_at": "2026-01-01T00:00:00Z", "yanked": false, "key_id": "1".repeat(64),
        "adx_core_version": ">=0.1.0", "world": "adx:module/module@1.0.0", "dependencies": [],
        "permissions": permissions(), "manifest": {}, "envelope": {}, "package_url": "/packages/…",
        "readme_html": null, "changelog_html": null})
}

/// A version that was yanked once.
fn offered_again() -> Value {
    let mut detail = detail();
    detail["version"] = json!("1.9.0");
    detail["unyanked_for"] = json!("loses nothing");
    detail
}

fn yanked() -> Value {
    let mut detail = detail();
    detail["version"] = json!("1.11.0");
    detail["yanked"] = json!(true);
    detail
}

#[test]
fn search_shows_what_was_found_and_where_to_go_on() {
    let page = json!({"total": 3, "hits": [hit()], "next_cursor": "b2Zm"});
    let registry = Double::start().on("GET /api/v1/search", Answer::json(200, &page));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["search", "greets", "people", "--sort", "updated", "--limit", "1"]), @"
    exit 0
    -- stdout
    acme/greeter 1.10.0  Greets people.
    1 of 3; more with --cursor b2Zm
    ");
    assert_eq!(registry.lines(), ["GET /api/v1/search?q=greets+people&limit=1&sort=updated"]);
    assert_eq!(adx.json(&["search"]), page);
    assert_snapshot!(adx.run(&["search", "--sort", "stars"]), @"
    exit 2
    -- stderr
    error: invalid value 'stars' for '--sort <ORDER>'
      [possible values: relevance, new, updated, name]

    For more information, try '--help'.
    ");
}

#[test]
fn search_refuses_what_no_registry_takes() {
    let registry = Double::start().on("GET /api/v1/search", Answer::json(200, &json!({"total": 0, "hits": []})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    for (option, value, allowed) in [
        ("--limit", "0", "1..=100"),
        ("--limit", "101", "1..=100"),
        ("--price", "cheap", "free, one-time, subscription"),
    ] {
        let run = adx.run(&["search", option, value]);
        assert_eq!(run.exit, 2, "{run}");
        assert!(run.stderr.contains(allowed), "{run}");
    }
    assert_eq!(registry.lines(), [""; 0]);
    assert_eq!(adx.run(&["search", "--price", "free,one-time", "--limit", "100"]).exit, 0);
    assert_eq!(registry.lines(), ["GET /api/v1/search?q=&limit=100&price=free%2Cone-time"]);
}

#[test]
fn search_says_that_nothing_was_found() {
    let page = json!({"total": 0, "hits": []});
    let registry = Double::start().on("GET /api/v1/search", Answer::json(200, &page));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["search", "mail"]), @"
    exit 0
    -- stdout
    nothing found for `mail`
    ");
    assert_snapshot!(adx.run(&["search"]), @"
    exit 0
    -- stdout
    nothing is published there yet
    ");
    assert_snapshot!(adx.run(&["search", "--tag", "mail"]), @"
    exit 0
    -- stdout
    nothing is of what these filters ask for
    ");
    assert_snapshot!(adx.run(&["search", "letters", "--verified"]), @"
    exit 0
    -- stdout
    nothing found for `letters` of what these filters ask for
    ");
}

#[test]
fn info_says_why_a_version_is_offered_again() {
    let mut module = module();
    let versions = module["versions"].as_array_mut().expect("versions");
    let again = versions.iter_mut().find(|version| version["version"] == "1.9.0").expect("a version");
    again["unyanked_for"] = json!("loses nothing");
    let registry = Double::start()
        .on("GET /api/v1/modules/acme/greeter", Answer::json(200, &module))
        .on("GET /api/v1/modules/acme/greeter/versions/1.9.0", Answer::json(200, &offered_again()));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    let shown = adx.run(&["info", "acme/greeter"]).stdout;
    assert!(shown.contains("1.9.0  2026-01-01T00:00:00Z (offered again: loses nothing)\n"), "{shown}");
    let shown = adx.run(&["info", "acme/greeter@=1.9.0"]).stdout;
    assert!(shown.contains("acme/greeter 1.9.0\n") && shown.contains("  offered again: loses nothing\n"), "{shown}");
}

#[test]
fn info_shows_a_module_or_one_version() {
    let registry = Double::start()
        .on("GET /api/v1/modules/acme/greeter", Answer::json(200, &module()))
        .on("GET /api/v1/modules/acme/greeter/versions/1.10.0", Answer::json(200, &detail()))
        .on("GET /api/v1/modules/acme/greeter/versions/1.11.0", Answer::json(200, &yanked()));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["info", "acme/greeter"]), @"
    exit 0
    -- stdout
    acme/greeter 1.10.0
      Greeter
      Greets people.
      publisher: Acme
      licence: MIT
    permissions
      sql: Keep records in a database of your tenant
      kv (optional): Store small values for your tenant
    versions
      1.11.0  2026-01-01T00:00:00Z (yanked)
      1.10.0  2026-01-01T00:00:00Z
      1.9.0  2026-01-01T00:00:00Z
    next: adx install acme/greeter --activate
    ");
    // The newest by version, which is not the last by letters, and not the yanked one.
    assert_snapshot!(adx.run(&["info", "acme/greeter@^1.9"]), @"
    exit 0
    -- stdout
    acme/greeter 1.10.0
      sha256 [DIGEST]
    permissions
      sql: Keep records in a database of your tenant
      kv (optional): Store small values for your tenant
    ");
    assert_snapshot!(adx.run(&["info", "acme/greeter@=1.11.0"]), @"
    exit 0
    -- stdout
    acme/greeter 1.11.0 (yanked)
      sha256 [DIGEST]
    permissions
      sql: Keep records in a database of your tenant
      kv (optional): Store small values for your tenant
    ");
    assert_snapshot!(adx.run(&["info", "acme/greeter@^2"]), @"
    exit 3
    -- stderr
    error: no version of acme/greeter matches ^2
    hint: run `adx info acme/greeter` to see the versions
    ");
    assert_snapshot!(adx.run(&["info", "greeter"]), @"
    exit 2
    -- stderr
    error: invalid value 'greeter' for '<MODULE>': `greeter` is not a module: write `namespace/name`, with exactly one `/`

    For more information, try '--help'.
    ");
}

#[test]
fn info_tells_whose_it_is_and_under_what_terms() {
    let mut module = module();
    module["publisher"]["verified_domain"] = json!("acme.example");
    module["listing"] =
        json!({"pricing": {"model": "monthly", "amount_minor": 500, "currency": "EUR"}, "trial_days": 30});
    module["category"] = json!("mail");
    module["tags"] = json!(["letters", "greetings"]);
    let registry = Double::start().on("GET /api/v1/modules/acme/greeter", Answer::json(200, &module));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    let shown = adx.run(&["info", "acme/greeter"]).stdout;
    let facts = "  publisher: Acme, verified as acme.example\n  licence: MIT\n  price: 5.00 EUR a month, free to try for 30 days\n  category: mail\n  \
                 tags: letters, greetings\n";
    assert!(shown.contains(facts), "{shown}");
    let document = adx.json(&["info", "acme/greeter"]);
    assert_eq!(document["listing"], module["listing"]);
    assert_eq!(document["price"], "5.00 EUR a month, free to try for 30 days");
}

#[test]
fn an_unknown_module_is_searched_for() {
    let missing = Answer::problem(
        404,
        "not-found",
        "Not found",
        "there is no module `acme/greter`",
        Some("Search for it: GET /api/v1/search?q=…"),
    );
    let registry = Double::start().on("GET /api/v1/modules/acme/greter", missing);
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["info", "acme/greter"]), @"
    exit 3
    -- stderr
    error: not found
      caused by: there is no module `acme/greter`
    hint: run `adx search greter`
    ");
}

#[test]
fn info_tells_what_an_installed_module_can_be_asked() {
    let registry = Double::start().on("GET /api/v1/modules/acme/greeter", Answer::json(200, &module()));
    let agent = Double::start().on(
        "GET /api/v1/tenants/globex/installations/acme/greeter/activities",
        Answer::json(200, &json!({"activities": ["greet", "forget"]})),
    );
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert!(!adx.run(&["info", "acme/greeter"]).stdout.contains("activities"), "nobody knows");
    let adx = adx.with("ADX_AGENT", agent.url()).with("ADX_AGENT_TOKEN", "adx_t_secret").with("ADX_TENANT", "globex");
    let run = adx.run(&["info", "acme/greeter"]);
    assert!(run.stdout.contains("\nactivities (as installed): greet, forget\n"), "{run}");
    assert_eq!(adx.json(&["info", "acme/greeter"])["activities"], json!(["greet", "forget"]));
    // Not installed, or not active: no failure of what was asked for.
    let elsewhere = adx.with("ADX_TENANT", "initech");
    assert_eq!(elsewhere.run(&["info", "acme/greeter"]).exit, 0);
}

//! Where a setting comes from: a flag, else the environment, else `config.toml`.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use crate::double::{Answer, Double};
use crate::support::Adx;

fn registry() -> Double {
    Double::start().on("GET /api/v1/search", Answer::json(200, &json!({"total": 0, "hits": []})))
}

#[test]
fn a_flag_wins_over_the_environment_which_wins_over_the_file() {
    let [by_flag, by_variable, by_file] = [registry(), registry(), registry()];
    let adx = Adx::new();
    fs::write(adx.home().join("config.toml"), format!("registry = \"{}\"\n", by_file.url())).expect("written");
    let asked = || [&by_flag, &by_variable, &by_file].map(|registry| registry.seen().len());

    adx.json(&["search"]);
    assert_eq!(asked(), [0, 0, 1]);
    let adx = adx.with("ADX_REGISTRY", by_variable.url());
    adx.json(&["search"]);
    assert_eq!(asked(), [0, 1, 1]);
    adx.json(&["search", "--registry", &by_flag.url()]);
    assert_eq!(asked(), [1, 1, 1]);
}

#[test]
fn a_variable_set_to_nothing_is_not_set() {
    let registry = registry();
    let adx = Adx::new();
    fs::write(adx.home().join("config.toml"), format!("registry = \"{}\"\n", registry.url())).expect("written");
    let adx = adx.with("ADX_REGISTRY", "").with("ADX_TOKEN", "").with("ADX_TENANT", "").with("ADX_RETRIES", "");
    adx.json(&["search"]);
    assert!(!registry.request("GET /api/v1/search").headers.contains_key("authorization"));
    let nowhere = adx.with("ADX_HOME", "").run(&["verify", "none.adxm"]);
    assert!(!nowhere.stderr.contains("--home"), "{nowhere}");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known() {
    let adx = Adx::new();
    let file = adx.home().join("config.toml");
    fs::write(&file, "registri = \"https://registry.example\"\n").expect("written");
    assert_snapshot!(adx.run(&["search"]), @"
    exit 2
    -- stderr
    error: [HOME]/config.toml has an unknown key `registri`
    hint: did you mean `registry`?
    ");
    fs::write(&file, "colour = true\n").expect("written");
    assert_snapshot!(adx.run(&["search"]), @"
    exit 2
    -- stderr
    error: [HOME]/config.toml has an unknown key `colour`
    hint: known keys: registry, agent, tenant, publisher, key
    ");
    fs::write(&file, "registry = 7\n").expect("written");
    assert_snapshot!(adx.run(&["search"]), @"
    exit 2
    -- stderr
    error: [HOME]/config.toml cannot be read
      caused by: TOML parse error at line 1, column 12
          |
        1 | registry = 7
          |            ^
        invalid type: integer `7`, expected a string representing an URL
    ");
}

#[test]
fn what_is_not_set_says_how_to_set_it() {
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["search"]), @"
    exit 2
    -- stderr
    error: no registry is set
    hint: pass --registry URL, set ADX_REGISTRY, or run `adx login --registry URL` once
    ");
    assert_snapshot!(adx.run(&["list"]), @"
    exit 2
    -- stderr
    error: no tenant is set
    hint: pass --tenant NAME or set ADX_TENANT; `adx tenant create NAME` makes one
    ");
    let adx = adx.with("ADX_TENANT", "acme");
    assert_snapshot!(adx.run(&["list"]), @"
    exit 2
    -- stderr
    error: no agent is set
    hint: pass --agent URL, set ADX_AGENT, or run `adx login agent --agent URL` once
    ");
    let adx = adx.with("ADX_REGISTRY", "file:///etc/passwd");
    assert_snapshot!(adx.run(&["search"]), @"
    exit 2
    -- stderr
    error: `file:///etc/passwd` is not an address on the web
      caused by: its scheme is `file`
    hint: addresses start with https:// or http://
    ");
}

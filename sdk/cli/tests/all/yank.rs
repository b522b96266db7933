//! `adx yank`.

use insta::assert_snapshot;
use serde_json::json;

use crate::double::{Answer, Double};
use crate::support::Adx;

const YANK: &str = "POST /api/v1/modules/acme/greeter/versions/1.0.0/yank";
const UNYANK: &str = "POST /api/v1/modules/acme/greeter/versions/1.0.0/unyank";

fn version(yanked: bool) -> serde_json::Value {
    json!({"version": "1.0.0", "sha256": "0".repeat(64), "size_bytes": 1, "adx_core_version": ">=0.1.0",
        "yanked": yanked, "released_at": "2026-01-01T00:00:00Z"})
}

#[test]
fn a_version_is_yanked_and_offered_again() {
    let registry =
        Double::start().on(YANK, Answer::json(200, &version(true))).on(UNYANK, Answer::json(200, &version(false)));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    assert_snapshot!(adx.run(&["yank", "acme/greeter", "1.0.0"]), @"
    exit 0
    -- stdout
    acme/greeter 1.0.0 is yanked
    next: adx info acme/greeter
    ");
    assert_eq!(registry.request(YANK).headers["authorization"], "Bearer adx_p_secret");
    assert_snapshot!(adx.run(&["yank", "acme/greeter", "1.0.0", "--undo"]), @"
    exit 0
    -- stdout
    acme/greeter 1.0.0 is offered again
    next: adx info acme/greeter
    ");
}

#[test]
fn a_version_that_is_not_there_is_not_found() {
    let refused = Answer::problem(404, "not-found", "Not found", "there is no version 1.0.0 of `acme/greeter`", None);
    let registry = Double::start().on(YANK, refused);
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    assert_snapshot!(adx.run(&["yank", "acme/greeter", "1.0.0"]), @"
    exit 3
    -- stderr
    error: not found
      caused by: there is no version 1.0.0 of `acme/greeter`
    hint: run `adx info acme/greeter`
    ");
}

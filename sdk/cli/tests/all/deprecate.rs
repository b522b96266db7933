//! `adx deprecate`, and the reason of `adx yank`.

use insta::assert_snapshot;
use serde_json::json;

use crate::double::{Answer, Double};
use crate::support::Adx;

const DEPRECATE: &str = "PUT /api/v1/modules/acme/greeter/deprecation";
const UNDO: &str = "DELETE /api/v1/modules/acme/greeter/deprecation";
const YANK: &str = "POST /api/v1/modules/acme/greeter/versions/1.0.0/yank";
const UNYANK: &str = "POST /api/v1/modules/acme/greeter/versions/1.0.0/unyank";

#[test]
fn a_module_is_deprecated_and_not_any_more() {
    let said = json!({"message": "not maintained", "versions": "<2", "replacement": "acme/other"});
    let registry = Double::start().on(DEPRECATE, Answer::json(200, &said)).on(UNDO, Answer::json(204, &json!(null)));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    let arguments = ["deprecate", "acme/greeter@<2", "--message", "not maintained", "--replacement", "acme/other"];
    assert_snapshot!(adx.run(&arguments), @"
    exit 0
    -- stdout
    acme/greeter <2 is deprecated
    next: adx info acme/greeter
    ");
    let sent = registry.request(DEPRECATE);
    assert_eq!(sent.headers["authorization"], "Bearer adx_p_secret");
    assert_eq!(sent.json(), said);
    assert_snapshot!(adx.run(&["deprecate", "acme/greeter", "--undo"]), @"
    exit 0
    -- stdout
    acme/greeter is not deprecated any more
    ");
    assert_eq!(adx.run(&["deprecate", "acme/greeter"]).exit, 2, "a message is needed");
}

#[test]
fn the_reason_of_a_yank_is_sent() {
    let registry = Double::start().on(YANK, Answer::json(200, &json!({"version": "1.0.0", "yanked": true})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    assert_eq!(adx.run(&["yank", "acme/greeter", "1.0.0", "--reason", "loses lines"]).exit, 0);
    assert_eq!(registry.request(YANK).json(), json!({"reason": "loses lines"}));
}

#[test]
fn the_reason_why_a_version_is_offered_again_is_sent() {
    let registry = Double::start().on(UNYANK, Answer::json(200, &json!({"version": "1.0.0", "yanked": false})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", "adx_p_secret");
    assert_eq!(adx.run(&["yank", "acme/greeter", "1.0.0", "--undo", "--reason", "it loses nothing"]).exit, 0);
    assert_eq!(registry.request(UNYANK).json(), json!({"reason": "it loses nothing"}));
}

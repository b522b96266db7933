//! `adx delete`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::Adx;

const MODULE: &str = "DELETE /api/v1/modules/acme/hello";
const PROPOSALS: &str = "POST /api/v1/publishers/acme/proposals";

fn owner_of_acme(registry: &Double) -> Adx {
    Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", format!("adx_w_{}", "A".repeat(43)))
}

fn proposal(state: &str, more: &Value) -> Value {
    let ada = json!({"owner": "o-1", "name": "Ada", "at": "2030-01-03T00:00:00Z"});
    let mut proposal = json!({"id": "p-1", "namespace": "acme", "action": {"kind": "give-up"}, "state": state, "opened_by": ada,
        "opened_at": "2030-01-03T00:00:00Z", "expires_at": "2030-01-17T00:00:00Z", "approvals": [ada], "needed": 2});
    for (name, value) in more.as_object().expect("members") {
        proposal[name] = value.clone();
    }
    proposal
}

#[test]
fn a_module_goes_once_that_is_confirmed() {
    let registry = Double::start().on(MODULE, Answer::text(204, ""));
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["delete", "acme/hello"]), @"
    exit 2
    -- stderr
    error: deleting must be confirmed
    hint: run `adx delete acme/hello --yes`
    ");
    assert_eq!(registry.lines(), [""; 0]);
    assert_snapshot!(adx.run(&["delete", "acme/hello", "--yes"]), @"
    exit 0
    -- stdout
    acme/hello is deleted: nobody finds it, and its versions stay taken
    ");
    assert_eq!(registry.lines(), [MODULE]);
}

#[test]
fn a_module_that_others_need_is_advised_against_instead() {
    let hint = Some("Advise against it instead: PUT /api/v1/modules/{namespace}/{name}/deprecation.");
    let why = "`other/shop` depends on `acme/hello`, whose first release was more than 72 hours ago";
    let refused = Answer::problem(409, "module-needed", "Others need the module", why, hint);
    let registry = Double::start().on(MODULE, refused);
    assert_snapshot!(owner_of_acme(&registry).run(&["delete", "acme/hello", "--yes"]), @"
    exit 4
    -- stderr
    error: others need the module
      caused by: `other/shop` depends on `acme/hello`, whose first release was more than 72 hours ago
    hint: advise against it instead: `adx deprecate acme/hello --message TEXT`
    ");
}

#[test]
fn a_namespace_is_proposed_to_be_given_up() {
    let announced = proposal("announced", &json!({ "effective_at": "2030-01-06T00:00:00Z" }));
    let registry = Double::start()
        .on(PROPOSALS, Answer::json(201, &proposal("open", &json!({}))))
        .on(PROPOSALS, Answer::json(201, &announced))
        .on(
            PROPOSALS,
            Answer::problem(409, "namespace-has-modules", "Namespace has modules", "`acme` has modules", None),
        );
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["delete", "acme", "--yes"]), @"
    exit 0
    -- stdout
    proposed: give the namespace up
      approved by 1 of 2: Ada; open until 2030-01-17T00:00:00Z
    next, as another owner: adx proposal approve acme p-1
    ");
    assert_eq!(registry.request(PROPOSALS).json(), json!({ "action": { "kind": "give-up" } }));
    assert_snapshot!(adx.run(&["delete", "acme", "--yes"]), @"
    exit 0
    -- stdout
    announced: give the namespace up
      it is done at 2030-01-06T00:00:00Z unless an owner objects
    next: adx proposal show acme p-1
    ");
    let refused = adx.run(&["delete", "acme", "--yes"]);
    assert!(refused.stderr.contains("hint: run `adx delete acme/NAME` for each of them first"), "{refused}");
}

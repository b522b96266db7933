//! `adx webhook`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::Adx;

const ALL: &str = "/api/v1/webhooks";
const ONE: &str = "/api/v1/webhooks/w-1";

/// Somebody with the token of an owner of acme.
fn owner_of_acme(registry: &Double) -> Adx {
    Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", format!("adx_w_{}", "A".repeat(43)))
}

fn webhook(more: &Value) -> Value {
    let mut webhook = json!({"id": "w-1", "url": "https://example.org/hook", "events": ["release.published", "key.added"],
        "of_operators": false, "created_at": "2030-01-01T00:00:00Z", "enabled": true});
    for (name, value) in more.as_object().expect("members") {
        webhook[name] = value.clone();
    }
    webhook
}

fn with_secret(more: &Value) -> Value {
    json!({ "webhook": webhook(more), "secret": "whsec_c2VjcmV0" })
}

fn delivery(id: &str, state: &str, attempts: &Value) -> Value {
    json!({"id": id, "event": "release.published", "state": state, "created_at": "2030-01-02T00:00:00Z", "body": "{}",
        "attempts": attempts})
}

#[test]
fn a_webhook_is_added_and_listed_and_its_secret_is_shown_once() {
    let paused = json!({"id": "w-2", "events": [], "enabled": false, "disabled_at": "2030-01-03T00:00:00Z",
        "disabled_for": "it was turned off"});
    let list = json!({ "webhooks": [webhook(&json!({})), webhook(&paused)] });
    let registry = Double::start()
        .on(&format!("POST {ALL}"), Answer::json(201, &with_secret(&json!({}))))
        .on(&format!("GET {ALL}"), Answer::json(200, &list));
    let adx = owner_of_acme(&registry);
    let add = ["webhook", "add", "https://example.org/hook", "--event", "release.published", "--event", "key.added"];
    assert_snapshot!(adx.run(&[&add[..], &["--publisher", "acme"]].concat()), @"
    exit 0
    -- stdout
    w-1  https://example.org/hook  release.published key.added
    shown this once: whsec_c2VjcmV0
    next: adx webhook ping w-1 --publisher acme
    ");
    let sent =
        json!({"namespace": "acme", "url": "https://example.org/hook", "events": ["release.published", "key.added"]});
    assert_eq!(registry.request(&format!("POST {ALL}")).json(), sent);
    assert_snapshot!(adx.run(&["webhook", "list", "--publisher", "acme"]), @"
    exit 0
    -- stdout
    w-1  https://example.org/hook  release.published key.added
    w-2  https://example.org/hook  every event, paused since 2030-01-03T00:00:00Z: it was turned off
    ");
    assert_eq!(registry.lines().last().map(String::as_str), Some("GET /api/v1/webhooks?namespace=acme"));
    assert_eq!(adx.json(&["webhook", "list", "--publisher", "acme"]), list);
}

#[test]
fn a_webhook_is_changed_as_far_as_it_is_said() {
    for (arguments, sent) in [
        (&["--url", "https://example.org/other"] as &[_], json!({ "url": "https://example.org/other" })),
        (&["--event", "release.yanked"], json!({ "events": ["release.yanked"] })),
        (&["--every-event", "--resume"], json!({ "events": [], "enabled": true })),
        (&["--pause"], json!({ "enabled": false })),
    ] {
        let registry = Double::start().on(&format!("PUT {ONE}"), Answer::json(200, &webhook(&json!({}))));
        let run =
            owner_of_acme(&registry).run(&[&["webhook", "change", "w-1", "--publisher", "acme"], arguments].concat());
        assert_eq!(run.exit, 0, "{run}");
        assert_eq!(registry.request(&format!("PUT {ONE}")).json(), sent);
    }
    let registry = Double::start();
    let adx = owner_of_acme(&registry);
    for nonsense in [&[] as &[_], &["--pause", "--resume"], &["--event", "key.added", "--every-event"]] {
        let run = adx.run(&[&["webhook", "change", "w-1", "--publisher", "acme"], nonsense].concat());
        assert_eq!(run.exit, 2, "{run}");
    }
    assert_eq!(registry.lines(), [""; 0]);
}

#[test]
fn what_was_sent_is_shown_and_sent_once_more() {
    let log = json!({ "next": "d-2", "deliveries": [
        delivery("d-3", "waiting", &json!([])),
        delivery("d-2", "delivered", &json!([
            {"at": "2030-01-02T00:00:05Z", "status": 204, "duration_ms": 12},
            {"at": "2030-01-02T00:00:00Z", "duration_ms": 10_000, "error": "the receiver did not answer: timed out"},
        ])),
        delivery("d-1", "failed", &json!([{"at": "2030-01-02T00:00:00Z", "duration_ms": 3, "error": "no route"}])),
    ]});
    let registry = Double::start()
        .on(&format!("GET {ONE}/deliveries"), Answer::json(200, &log))
        .on(&format!("POST {ONE}/replay"), Answer::json(202, &json!({ "deliveries": 1 })))
        .on(&format!("POST {ONE}/ping"), Answer::json(202, &delivery("d-4", "waiting", &json!([]))));
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["webhook", "deliveries", "w-1", "--limit", "3", "--publisher", "acme"]), @"
    exit 0
    -- stdout
    2030-01-02T00:00:00Z  d-3  release.published  waiting
    2030-01-02T00:00:00Z  d-2  release.published  delivered: answered 204 in 12 ms, after 2 attempts
    2030-01-02T00:00:00Z  d-1  release.published  failed: no route
    there are older ones: adx webhook deliveries w-1 --publisher acme --before d-2
    ");
    assert_eq!(registry.lines(), ["GET /api/v1/webhooks/w-1/deliveries?limit=3"]);
    assert_snapshot!(adx.run(&["webhook", "replay", "w-1", "--delivery", "d-1", "--publisher", "acme"]), @"
    exit 0
    -- stdout
    1 delivery is sent once more
    next: adx webhook deliveries w-1 --publisher acme
    ");
    assert_eq!(registry.request(&format!("POST {ONE}/replay")).json(), json!({ "delivery": "d-1" }));
    let neither = adx.run(&["webhook", "replay", "w-1", "--publisher", "acme"]);
    assert_eq!(neither.exit, 2, "{neither}");
    assert_snapshot!(adx.run(&["webhook", "ping", "w-1", "--publisher", "acme"]), @"
    exit 0
    -- stdout
    a test event is sent: d-4
    next: adx webhook deliveries w-1 --publisher acme
    ");
}

#[test]
fn another_secret_is_shown_once_and_what_is_removed_is_gone() {
    let registry = Double::start()
        .on(
            &format!("POST {ONE}/secret"),
            Answer::json(200, &with_secret(&json!({ "previous_secret_until": "2030-01-02T00:00:00Z" }))),
        )
        .on(&format!("DELETE {ONE}"), Answer::text(204, ""));
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["webhook", "secret", "w-1", "--publisher", "acme"]), @"
    exit 0
    -- stdout
    shown this once: whsec_c2VjcmV0
    the one before signs as well until 2030-01-02T00:00:00Z
    ");
    assert_eq!(adx.json(&["webhook", "remove", "w-1", "--publisher", "acme"]), json!({ "id": "w-1" }));
}

#[test]
fn refusals_say_what_to_type() {
    let refused = |status, slug, hint| Answer::problem(status, slug, "Refused", "why", hint);
    let over_http = Some("Turn it on first: PUT /api/v1/webhooks/{id} with {\"enabled\": true}.");
    let registry = Double::start()
        .on(&format!("POST {ALL}"), refused(422, "event-for-operators", None))
        .on(&format!("POST {ONE}/ping"), refused(409, "webhook-off", over_http))
        .on(&format!("DELETE {ONE}"), refused(404, "not-found", None))
        .on(&format!("GET {ALL}"), refused(403, "forbidden", None));
    let adx = owner_of_acme(&registry);
    for (arguments, hint) in [
        (&["add", "https://example.org/hook", "--event", "report.sent"] as &[_], "give one of them with --event"),
        (&["ping", "w-1"], "run `adx webhook change w-1 --resume --publisher acme` first"),
        (&["remove", "w-1"], "run `adx webhook list --publisher acme`"),
    ] {
        let run = adx.run(&[&["webhook"], arguments, &["--publisher", "acme"]].concat());
        assert_eq!(run.stdout, "", "{run}");
        assert!(run.stderr.contains(&format!("hint: {hint}")), "{run}");
    }
    // A publisher's token sets up nothing: that is what is stolen first.
    let adx = adx.with("ADX_TOKEN", format!("adx_p_{}", "A".repeat(43)));
    let run = adx.run(&["webhook", "list", "--publisher", "acme"]);
    assert!(run.stderr.contains("hint: this is for the owners of acme"), "{run}");
}

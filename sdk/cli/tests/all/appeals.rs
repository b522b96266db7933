//! `adx appeal`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::Adx;

const APPEALS: &str = "POST /api/v1/publishers/acme/appeals";
const NAMES: &str = "GET /api/v1/publishers/acme/names";
const SUBMISSIONS: &str = "GET /api/v1/publishers/acme/submissions";

fn opened() -> Answer {
    Answer::json(201, &json!({"id": "a-1", "state": "open"}))
}

fn names() -> Answer {
    let name = |id: &str, name: &str, state: &str| {
        json!({"id": id, "name": name, "resembles": "adhera/invoices", "likeness": "omitted", "state": state,
            "asked_at": "2030-01-01T00:00:00Z"})
    };
    let names = [
        name("n-1", "acme/invoces", "refused"),
        name("n-2", "acme/invoicse", "held"),
        name("n-3", "acme/bill", "allowed"),
    ];
    Answer::json(200, &json!({ "names": names }))
}

fn submission(id: &str, version: &str) -> Value {
    json!({"id": id, "module": "acme/invoices", "version": version, "state": "rejected"})
}

fn open<'a>(kind: &'a str, subject: &'a str) -> [&'a str; 6] {
    ["appeal", "open", kind, subject, "--text", "look once more"]
}

#[test]
fn a_name_is_named_by_itself() {
    let registry = Double::start().on(NAMES, names()).on(APPEALS, opened());
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&open("name", "acme/invoces")), @"
    exit 0
    -- stdout
    an operator looks at acme/invoces once more, and the owners of acme are told
    next: adx appeal list acme
    ");
    let sent = json!({"kind": "name", "subject": "n-1", "text": "look once more"});
    assert_eq!(registry.request(APPEALS).json(), sent);
    for (name, hint) in [
        ("acme/invoicse", "hint: an operator looks at it still"),
        ("acme/bill", "hint: it is allowed"),
        ("acme/other", "hint: name it as it was refused"),
    ] {
        let run = adx.run(&open("name", name));
        assert_eq!(run.exit, 3, "{run}");
        assert!(
            run.stderr.contains(&format!("error: `{name}` was not refused to acme")) && run.stderr.contains(hint),
            "{run}"
        );
    }
    assert_eq!(registry.request(APPEALS).json(), sent, "nothing else was sent");
}

#[test]
fn a_namespace_is_for_whoever_asked_for_it() {
    let registry = Double::start();
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&open("name", "invoicess")), @"
    exit 2
    -- stderr
    error: `invoicess` is a namespace, and no publisher's: it was refused to whoever asked for it
    hint: who asked for it signs in and appeals at http://127.0.0.1:[PORT]/account/appeals; the name of a module is written ns/name
    ");
    assert_eq!(registry.lines(), [""; 0], "nothing is sent");
}

#[test]
fn an_id_needs_no_list() {
    let registry = Double::start().on(APPEALS, opened());
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    let id = "01".repeat(16);
    for kind in ["name", "submission"] {
        assert_eq!(adx.run(&[&open(kind, &id)[..], &["--publisher", "acme"]].concat()).exit, 0);
    }
    let sent: Vec<_> = registry.seen().iter().map(|request| request.json()["subject"].clone()).collect();
    assert_eq!(sent, [id.as_str(), id.as_str()]);
}

#[test]
fn a_submission_is_named_by_its_version() {
    let first = json!({"submissions": [submission("s-3", "1.3.0"), submission("s-2", "1.2.0")], "next": "s-2"});
    let second = json!({"submissions": [submission("s-1", "1.3.0")]});
    let registry = Double::start()
        .on(SUBMISSIONS, Answer::json(200, &first))
        .on(SUBMISSIONS, Answer::json(200, &second))
        .on(SUBMISSIONS, Answer::json(200, &first))
        .on(SUBMISSIONS, Answer::json(200, &second))
        .on(APPEALS, opened());
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_eq!(adx.run(&open("submission", "acme/invoices@1.2.0")).exit, 0);
    assert_eq!(registry.request(APPEALS).json()["subject"], "s-2");
    let asked = &registry.lines()[..2];
    let path = "GET /api/v1/publishers/acme/submissions?state=rejected";
    assert_eq!(asked, [path.to_owned(), format!("{path}&before=s-2")]);
    assert_snapshot!(adx.run(&open("submission", "acme/invoices@1.3.0")), @"
    exit 2
    -- stderr
    error: 2 submissions of acme/invoices@1.3.0 were rejected
    hint: name one by its id, the newest first: s-3, s-1
    ");
    assert_snapshot!(adx.run(&open("submission", "acme/invoices@2.0.0")), @"
    exit 3
    -- stderr
    error: no submission of acme/invoices@2.0.0 was rejected
    hint: run `adx submissions list acme`
    ");
}

#[test]
fn the_list_tells_what_appeals_are_about() {
    let told = json!({"id": "a-1", "kind": "name", "subject": "n-1", "about": "the name `acme/invoces`", "state": "denied",
        "opened_at": "2030-01-01T00:00:00Z", "reason": "it is too alike"});
    let of_an_older_registry = json!({"id": "a-2", "kind": "version", "subject": "acme/greeter@1.2.3", "state": "open",
        "opened_at": "2030-01-02T00:00:00Z"});
    let list = json!({"appeals": [of_an_older_registry, told]});
    let registry = Double::start().on("GET /api/v1/publishers/acme/appeals", Answer::json(200, &list));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["appeal", "list", "acme"]), @"
    exit 0
    -- stdout
    2030-01-02T00:00:00Z  open  version acme/greeter@1.2.3
    2030-01-01T00:00:00Z  denied  the name `acme/invoces`: it is too alike
    ");
}

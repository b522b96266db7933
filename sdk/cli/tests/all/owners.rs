//! `adx owner`, `adx proposal` and `adx key recover`.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::double::{Answer, Double};
use crate::support::{Adx, mode, set_mode};

const OWNERS: &str = "GET /api/v1/publishers/acme/owners";
const ACCEPT: &str = "POST /api/v1/owners/accept";
const PROPOSALS: &str = "/api/v1/publishers/acme/proposals";

fn token(prefix: &str) -> String {
    format!("{prefix}{}", "A".repeat(43))
}

fn owner(id: &str, name: &str, state: &str) -> Value {
    json!({"id": id, "name": name, "email": format!("{id}@example.org"), "state": state,
        "created_at": "2030-01-01T00:00:00Z", "accepted_at": "2030-01-02T00:00:00Z"})
}

fn owners(items: &[Value]) -> Answer {
    Answer::json(
        200,
        &json!({"namespace": "acme", "threshold": 2, "recovery_delay_seconds": 604_800,
            "recovery_expires_seconds": 1_209_600, "owners": items}),
    )
}

fn accepted() -> Answer {
    let owner = owner("o-1", "Ada", "accepted");
    Answer::json(201, &json!({"token": token("adx_w_"), "owner": owner, "namespace": "acme"}))
}

/// A proposal with what an approval of Ada's makes of it, and the members of `more`.
fn proposal(action: &Value, more: &Value) -> Value {
    let mut proposal = json!({"id": "p-1", "namespace": "acme", "action": action, "state": "open", "opened_by": {"owner": "o-1", "name": "Ada"},
        "opened_at": "2030-01-03T00:00:00Z", "expires_at": "2030-01-17T00:00:00Z",
        "approvals": [{"owner": "o-1", "name": "Ada", "at": "2030-01-03T00:00:00Z"}], "needed": 2});
    for (name, value) in more.as_object().expect("members") {
        proposal[name] = value.clone();
    }
    proposal
}

/// Somebody who has accepted an invitation, with nothing else kept.
fn owner_of_acme(registry: &Double) -> Adx {
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_eq!(adx.run(&["owner", "accept", "the-code"]).exit, 0);
    adx
}

#[track_caller]
fn authorized_by(registry: &Double, route: &str, token: &str) {
    assert_eq!(registry.request(route).headers["authorization"], format!("Bearer {token}"));
}

#[test]
fn a_code_makes_an_owner_whose_token_is_kept_and_used() {
    let owners =
        owners(&[owner("o-1", "Ada", "accepted"), owner("o-2", "Grace", "accepted"), owner("o-3", "Alan", "invited")]);
    let registry = Double::start().on(ACCEPT, accepted()).on(OWNERS, owners);
    let adx = Adx::new();
    assert_snapshot!(adx.run(&["owner", "accept", "the-code", "--registry", &registry.url()]), @"
    exit 0
    -- stdout
    you are an owner of acme; your token is kept in
      [HOME]/credentials.toml
    next: adx owner list acme
    ");
    let request = registry.request(ACCEPT);
    assert_eq!(request.json(), json!({"code": "the-code"}));
    assert!(!request.headers.contains_key("authorization"), "the code says who asks");
    let credentials = adx.home().join("credentials.toml");
    assert_eq!(mode(&credentials), 0o600);

    // Neither address, publisher nor token is given any more.
    assert_snapshot!(adx.run(&["owner", "list"]), @"
    exit 0
    -- stdout
    o-1  accepted  Ada <o-1@example.org>
    o-2  accepted  Grace <o-2@example.org>
    o-3  invited  Alan <o-3@example.org>
    2 of 2 decide
    a change of keys that they decide is announced to all of them 7 days ahead
    next: adx proposal list acme
    ");
    authorized_by(&registry, OWNERS, &token("adx_w_"));
}

#[test]
fn the_token_of_the_publisher_stays_and_publishes() {
    let me = json!({"kind": "publisher", "namespace": "acme", "token": {"id": "t-1"}});
    let registry = Double::start()
        .on(ACCEPT, accepted())
        .on("GET /api/v1/me", Answer::json(200, &me))
        .on(OWNERS, owners(&[]))
        .on("GET /api/v1/publishers/globex/owners", owners(&[]))
        .on("GET /api/v1/search", Answer::json(200, &json!({"total": 0, "hits": []})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_eq!(adx.run_with_input(&["login", "--stdin"], &token("adx_p_")).exit, 0);
    assert_eq!(adx.run_with_input(&["owner", "accept", "--stdin"], "the-code\n").exit, 0);
    assert_eq!(registry.request(ACCEPT).json(), json!({"code": "the-code"}));
    assert_eq!(adx.run(&["search"]).exit, 0);
    authorized_by(&registry, "GET /api/v1/search", &token("adx_p_"));
    assert_eq!(adx.run(&["owner", "list"]).exit, 0);
    authorized_by(&registry, OWNERS, &token("adx_w_"));
    // Of another publisher one is no owner, and may look only.
    assert_eq!(adx.run(&["owner", "list", "globex"]).exit, 0);
    authorized_by(&registry, "GET /api/v1/publishers/globex/owners", &token("adx_p_"));
}

#[test]
fn a_code_is_not_spent_when_the_token_could_not_be_kept() {
    let registry = Double::start().on(ACCEPT, accepted());
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    let file = adx.home().join("credentials.toml");
    fs::write(&file, "").expect("written");
    set_mode(&file, 0o644);
    assert_eq!(adx.run(&["owner", "accept", "the-code"]).exit, 4);
    assert_eq!(registry.lines(), [""; 0], "the code is spent, and the token is lost");
}

#[test]
fn a_wrong_code_says_how_to_come_by_another() {
    let refused = Answer::problem(404, "invitation", "No such invitation", "no invitation has this code", None);
    let registry = Double::start().on(ACCEPT, refused);
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_snapshot!(adx.run(&["owner", "accept", "wrong"]), @"
    exit 3
    -- stderr
    error: no such invitation
      caused by: no invitation has this code
    hint: ask for another invitation: a code works once, for seven days, and the newest only
    ");
    assert_snapshot!(adx.run(&["owner", "accept"]), @"
    exit 2
    -- stderr
    error: a code is needed and nobody is here to be asked
    hint: run `adx owner accept CODE`, or pass the code on stdin with --stdin
    ");
}

#[test]
fn an_operator_invites_the_first_owner_and_owners_propose_the_next() {
    let invite = json!({"kind": "invite-owner", "name": "Ada", "email": "ada@example.org"});
    let registry = Double::start()
        .on(ACCEPT, accepted())
        .on("POST /api/v1/publishers/acme/owners", Answer::json(202, &owner("o-1", "Ada", "invited")))
        .on(&format!("POST {PROPOSALS}"), Answer::json(201, &proposal(&invite, &json!({}))));
    let arguments = ["owner", "invite", "--name", "Ada", "--email", "ada@example.org", "--publisher", "acme"];
    let operator = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", token("adx_o_"));
    assert_snapshot!(operator.run(&arguments), @"
    exit 0
    -- stdout
    Ada is sent a code, with which to type: adx owner accept CODE
    next: adx owner list acme
    ");
    let sent = registry.request("POST /api/v1/publishers/acme/owners").json();
    assert_eq!(sent, json!({"name": "Ada", "email": "ada@example.org"}));

    assert_snapshot!(owner_of_acme(&registry).run(&arguments), @"
    exit 0
    -- stdout
    proposed: invite Ada <ada@example.org>
      approved by 1 of 2: Ada; open until 2030-01-17T00:00:00Z
    next, as another owner: adx proposal approve acme p-1
    ");
    assert_eq!(registry.request(&format!("POST {PROPOSALS}")).json(), json!({"action": invite}));
}

#[test]
fn owners_change_who_they_are_and_how_many_decide() {
    let remove = json!({"kind": "remove-owner", "owner": "o-2"});
    let threshold = json!({"kind": "set-threshold", "threshold": 1});
    let route = format!("POST {PROPOSALS}");
    let of_grace = json!({"removes": {"owner": "o-2", "name": "Grace"}});
    let no_id = Answer::problem(422, "invalid", "Not valid", "`grace` is no owner's id", None);
    let registry = Double::start()
        .on(ACCEPT, accepted())
        .on(&route, Answer::json(201, &proposal(&remove, &of_grace)))
        .on(&route, Answer::json(201, &proposal(&threshold, &json!({"state": "done", "needed": 1}))))
        .on(&route, no_id);
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["owner", "remove", "o-2"]), @"
    exit 0
    -- stdout
    proposed: remove owner Grace (o-2)
      approved by 1 of 2: Ada; open until 2030-01-17T00:00:00Z
    next, as another owner: adx proposal approve acme p-1
    ");
    assert_snapshot!(adx.run(&["owner", "threshold", "1"]), @"
    exit 0
    -- stdout
    done: set the threshold to 1
    ");
    assert_snapshot!(adx.run(&["owner", "remove", "grace"]), @"
    exit 4
    -- stderr
    error: not valid
      caused by: `grace` is no owner's id
    hint: run `adx owner list acme`: who is meant is told by the id
    ");
    let sent: Vec<_> =
        registry.seen().iter().filter(|request| request.line == route).map(crate::double::Request::json).collect();
    let by_name = json!({"kind": "remove-owner", "owner": "grace"});
    assert_eq!(sent, [remove, threshold, by_name].map(|action| json!({ "action": action })));
    assert_eq!(adx.run(&["owner", "threshold", "0"]).exit, 2, "nobody would decide");
}

#[test]
fn lost_keys_are_recovered_by_proposing_a_new_one() {
    let adx = Adx::new();
    let made = adx.json(&["key", "new", "fresh", "--no-passphrase"]);
    let add = json!({"kind": "add-key", "public_key_pem": made["public_key_pem"], "purposes": ["release"],
        "not_after": "2035-01-01T00:00:00Z"});
    let route = format!("POST {PROPOSALS}");
    let registry = Double::start().on(ACCEPT, accepted()).on(&route, Answer::json(201, &proposal(&add, &json!({}))));
    let adx = adx.with("ADX_REGISTRY", registry.url());
    assert_eq!(adx.run(&["owner", "accept", "the-code"]).exit, 0);
    let limits = ["--purpose", "release", "--until", "2035-01-01T00:00:00Z"];
    assert_snapshot!(adx.run(&[&["key", "recover", "acme", "--key", "fresh"], &limits[..]].concat()), @"
    exit 0
    -- stdout
    proposed: add key [DIGEST] for release, until 2035-01-01T00:00:00Z
      approved by 1 of 2: Ada; open until 2030-01-17T00:00:00Z
    next, as another owner: adx proposal approve acme p-1
    ");
    authorized_by(&registry, &route, &token("adx_w_"));
    assert_eq!(registry.request(&route).json(), json!({"action": add}));
}

/// With an owner's token no key is registered.
#[test]
fn a_new_key_of_an_owner_is_proposed_next() {
    let registry = Double::start().on(ACCEPT, accepted());
    let made = owner_of_acme(&registry).run(&["key", "new", "fresh", "--no-passphrase"]);
    assert!(made.stdout.ends_with("next: adx key recover acme --key fresh\n"), "{made}");
}

#[test]
fn a_stolen_key_is_removed_by_proposing_it() {
    let key = "1".repeat(64);
    let remove = json!({"kind": "remove-key", "key_id": key});
    let announced =
        json!({"state": "announced", "needed": 1, "effective_at": "2030-01-10T00:00:00Z", "announced_leaf": 41});
    let route = format!("POST {PROPOSALS}");
    let registry = Double::start().on(ACCEPT, accepted()).on(&route, Answer::json(201, &proposal(&remove, &announced)));
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["key", "recover", "--remove", &key]), @"
    exit 0
    -- stdout
    announced: remove key [DIGEST]
      it is done at 2030-01-10T00:00:00Z unless an owner objects
    next: adx proposal show acme p-1
    ");
    assert_eq!(registry.request(&route).json(), json!({"action": remove}));
}

#[test]
fn a_recovery_is_of_one_key() {
    let adx = Adx::new();
    let key = "1".repeat(64);
    for wrong in [
        &["key", "recover", "acme"][..],
        &["key", "recover", "acme", "--key", "fresh", "--remove", &key],
        &["key", "recover", "acme", "--remove", &key, "--purpose", "release"],
        &["key", "recover", "acme", "--remove", "no-key-id"],
    ] {
        assert_eq!(adx.run(wrong).exit, 2, "{wrong:?}");
    }
}

#[test]
fn proposals_are_listed_shown_approved_and_objected_to() {
    let key = "1".repeat(64);
    let remove = json!({"kind": "remove-key", "key_id": key});
    let open = proposal(&remove, &json!({}));
    let announced = proposal(
        &remove,
        &json!({"state": "announced", "effective_at": "2030-01-10T00:00:00Z", "announced_leaf": 41, "approvals": [
            {"owner": "o-1", "name": "Ada", "at": "2030-01-03T00:00:00Z"},
            {"owner": "o-2", "name": "Grace", "at": "2030-01-03T00:00:00Z"}]}),
    );
    let cancelled = proposal(&remove, &json!({"state": "cancelled", "leaf": 42}));
    let failed = proposal(&remove, &json!({"state": "failed", "failure": "it is the last key for key changes"}));
    let registry = Double::start()
        .on(ACCEPT, accepted())
        .on(&format!("GET {PROPOSALS}"), Answer::json(200, &json!({"proposals": [open, failed]})))
        .on(&format!("GET {PROPOSALS}/p-1"), Answer::json(200, &announced))
        .on(&format!("POST {PROPOSALS}/p-1/approve"), Answer::json(200, &announced))
        .on(&format!("POST {PROPOSALS}/p-1/cancel"), Answer::json(200, &cancelled));
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["proposal", "list"]), @"
    exit 0
    -- stdout
    p-1  open  remove key [DIGEST]
    p-1  failed  remove key [DIGEST]
    next: adx proposal show acme ID
    ");
    assert_snapshot!(adx.run(&["proposal", "show", "acme", "p-1"]), @"
    exit 0
    -- stdout
    p-1  announced
    what: remove key [DIGEST]
    opened: 2030-01-03T00:00:00Z by Ada
    approved: 2 of 2: Ada, Grace
    announced in leaf: 41
    is done at: 2030-01-10T00:00:00Z
    to object: adx proposal cancel acme p-1
    ");
    assert_snapshot!(adx.run(&["proposal", "approve", "acme", "p-1"]), @"
    exit 0
    -- stdout
    announced: remove key [DIGEST]
      it is done at 2030-01-10T00:00:00Z unless an owner objects
    next: adx proposal show acme p-1
    ");
    assert_snapshot!(adx.run(&["proposal", "cancel", "acme", "p-1"]), @"
    exit 0
    -- stdout
    cancelled: remove key [DIGEST]
    ");
    authorized_by(&registry, &format!("POST {PROPOSALS}/p-1/approve"), &token("adx_w_"));
    assert_eq!(adx.json(&["proposal", "show", "acme", "p-1"])["approvals"], announced["approvals"]);
}

#[test]
fn whose_approval_counts_no_more_and_who_objected_is_told() {
    let key = "1".repeat(64);
    let remove = json!({"kind": "remove-key", "key_id": key});
    let left = json!({"approvals": [
        {"owner": "o-1", "name": "Ada", "at": "2030-01-03T00:00:00Z", "counts": true},
        {"owner": "o-3", "name": "Cid", "at": "2030-01-04T00:00:00Z", "counts": false}]});
    let cancelled = json!({"state": "cancelled", "effective_at": "2030-01-10T00:00:00Z", "announced_leaf": 41, "leaf": 42,
        "ended_at": "2030-01-05T00:00:00Z", "cancelled_by": {"owner": "o-2", "name": "Grace"}});
    let show = format!("GET {PROPOSALS}/p-1");
    let registry = Double::start()
        .on(ACCEPT, accepted())
        .on(&show, Answer::json(200, &proposal(&remove, &left)))
        .on(&show, Answer::json(200, &proposal(&remove, &cancelled)));
    let adx = owner_of_acme(&registry);
    assert_snapshot!(adx.run(&["proposal", "show", "acme", "p-1"]), @"
    exit 0
    -- stdout
    p-1  open
    what: remove key [DIGEST]
    opened: 2030-01-03T00:00:00Z by Ada
    approved: 1 of 2: Ada; owners no more, not counted: Cid
    expires: 2030-01-17T00:00:00Z
    next: adx proposal approve acme p-1
    ");
    assert_snapshot!(adx.run(&["proposal", "show", "acme", "p-1"]), @"
    exit 0
    -- stdout
    p-1  cancelled
    what: remove key [DIGEST]
    opened: 2030-01-03T00:00:00Z by Ada
    approved: 1 of 2: Ada
    announced in leaf: 41
    ended at: 2030-01-05T00:00:00Z
    cancelled by: Grace
    objection in leaf: 42
    ");
}

#[test]
fn who_is_no_owner_is_told_where_owners_decide() {
    let refused = || Answer::problem(403, "forbidden", "Not allowed", "owners only", Some("of HTTP"));
    let under = |rest: &str| format!("POST /api/v1/publishers/acme/{rest}");
    let registry = Double::start()
        .on(&under("proposals/p-1/approve"), refused())
        .on(&under("proposals"), refused())
        .on(&under("members"), refused());
    let adx = Adx::new().with("ADX_REGISTRY", registry.url()).with("ADX_TOKEN", token("adx_p_"));
    assert_snapshot!(adx.run(&["proposal", "approve", "acme", "p-1"]), @"
    exit 4
    -- stderr
    error: not allowed
      caused by: owners only
    hint: this is for the owners of acme: with an account, sign in at http://127.0.0.1:[PORT]/account/publishers/acme and do it there; `adx owner accept CODE` with the code of the invitation makes you one
    ");
    let person = ["--name", "Ada", "--email", "ada@example.org", "--publisher", "acme"];
    for command in [&["owner", "invite"][..], &["owner", "transfer"], &["member", "invite", "--role", "reader"]] {
        let run = adx.run(&[command, &person].concat());
        assert!(run.exit == 4 && run.stderr.contains("/account/publishers/acme"), "{run}");
    }
}

/// The words of the registry say which owner may, and the code of an invitation would change nothing.
#[test]
fn an_owner_who_may_not_is_told_why() {
    let refused = Answer::problem(403, "forbidden", "Not allowed", "another opened it", Some("Do not approve it."));
    let registry = Double::start().on(ACCEPT, accepted()).on(&format!("POST {PROPOSALS}/p-1/cancel"), refused);
    let run = owner_of_acme(&registry).run(&["proposal", "cancel", "acme", "p-1"]);
    assert!(run.stderr.ends_with("hint: Do not approve it.\n"), "{run}");
}

#[test]
fn the_same_proposal_twice_names_the_first() {
    let problem = json!({"type": "https://adx-core.dev/problems/same-proposal", "title": "Proposed already",
        "status": 409, "detail": "the owners decide about it", "proposal": "p-1"});
    let registry = Double::start().on(ACCEPT, accepted()).on(&format!("POST {PROPOSALS}"), Answer::json(409, &problem));
    assert_snapshot!(owner_of_acme(&registry).run(&["owner", "threshold", "1"]), @"
    exit 4
    -- stderr
    error: proposed already
      caused by: the owners decide about it
    hint: run `adx proposal show acme p-1`
    ");
}

#[test]
fn the_token_of_an_owner_from_another_machine_is_kept_as_one() {
    let me = json!({"kind": "owner", "namespace": "acme", "token": {"id": "t-1"}});
    let registry = Double::start()
        .on("GET /api/v1/me", Answer::json(200, &me))
        .on(OWNERS, owners(&[]))
        .on("GET /api/v1/search", Answer::json(200, &json!({"total": 0, "hits": []})));
    let adx = Adx::new().with("ADX_REGISTRY", registry.url());
    assert_eq!(adx.run_with_input(&["login", "--stdin"], &token("adx_w_")).exit, 0);
    assert_eq!(adx.run(&["owner", "list"]).exit, 0);
    authorized_by(&registry, OWNERS, &token("adx_w_"));
    assert_eq!(adx.run(&["search"]).exit, 0);
    assert!(!registry.request("GET /api/v1/search").headers.contains_key("authorization"));
}

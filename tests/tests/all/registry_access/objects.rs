//! What belongs to one organisation, by its real id, asked for by whoever belongs to another, and by a member who only reads.

use adx_tests::hello::{self, Behaviour};
use adx_tests::person::Person;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Rule, Shown, call, call_in, operations, token_with};

/// Kinds of which no registry of a test has one by itself: a job that was given up is operators' business and names no organisation, an
/// identity takes a provider, a passkey a device (tests of these show them to whom they belong only).
const ELSEWHERE: [&str; 3] = ["/jobs/given-up/{id}", "/account/identities/{id}", "/account/passkeys/{id}"];

/// `adx` with one of everything that has an id, and those who have no business with it.
struct World {
    registry: Registry,
    running: Process,
    operator: String,
    /// Own `adx` together.
    ada: Person,
    ben: Person,
    /// Reads in `adx`.
    rita: Person,
    /// Is invited to `adx`.
    nina: Person,
    /// Owns `harbour`.
    mallory: Person,
    /// Publisher's and owner's token of `stranger`.
    stranger: String,
    eve: String,
    /// Parts of addresses up to their `{id}`, and the id.
    ids: Vec<(&'static str, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn ok(person: &Person, method: Method, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = person.send(method.clone(), path, body).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

impl World {
    async fn new() -> Self {
        let registry = Registry::new();
        let operator = registry.create_operator_token();
        let stranger = registry.create_publisher("stranger");
        let running = registry.start_with(|command| {
            command.env("ADX_REGISTRY__PUBLISHERS__OPEN", "true").env("ADX_REGISTRY__REVIEW__WHEN", "always");
        });
        let owner = registry.owner(&running, &operator, "adx", "ada").await;
        let eve = registry.owner(&running, &operator, "stranger", "eve").await;
        registry.register_key(&running).await;
        let sign_up = async |name: &str| Person::sign_up(&registry, &running, name).await;
        let (ada, ben, rita) = (sign_up("ada").await, sign_up("ben").await, sign_up("rita").await);
        let (nina, mallory) = (sign_up("nina").await, sign_up("mallory").await);
        ok(&ada, Method::POST, "/api/v1/account/publishers/connect", Some(json!({ "token": owner }))).await;
        let harbour = json!({ "namespace": "harbour", "display_name": "Harbour", "kind": "organisation" });
        ok(&mallory, Method::POST, "/api/v1/publishers", Some(harbour)).await;
        let mut world =
            Self { registry, running, operator, ada, ben, rita, nina, mallory, stranger, eve, ids: Vec::new() };
        world.invite().await;
        world.publish().await;
        world.make().await;
        world
    }

    async fn by_operator(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = request(&self.running, &self.operator, method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Ben is an owner besides, Rita reads, Nina has not accepted.
    async fn invite(&mut self) {
        for (person, role) in [(&self.rita, "reader"), (&self.nina, "reader")] {
            let invited = json!({ "role": role, "name": "Somebody", "email": person.email });
            ok(&self.ada, Method::POST, "/api/v1/publishers/adx/members", Some(invited)).await;
        }
        let action = json!({ "action": { "kind": "invite-owner", "name": "Ben", "email": self.ben.email } });
        ok(&self.ada, Method::POST, "/api/v1/publishers/adx/proposals", Some(action)).await;
        for person in [&self.rita, &self.ben] {
            let code = json!({ "code": self.registry.code_of_letter_to(&person.email, "invitation").await });
            ok(person, Method::POST, "/api/v1/account/invitations/accept", Some(code)).await;
        }
        let mine = ok(&self.ben, Method::GET, "/api/v1/account/publishers", None).await;
        self.ids.push(("/members/", text(&mine["publishers"][0]["member"])));
        let mine = ok(&self.nina, Method::GET, "/api/v1/account/publishers", None).await;
        self.ids.push(("/account/invitations/", text(&mine["invitations"][0]["id"])));
        let sessions = ok(&self.ada, Method::GET, "/api/v1/account/sessions", None).await;
        self.ids.push(("/account/sessions/", text(&sessions["sessions"][0]["id"])));
    }

    /// 1.0.0 is released, 1.1.0 waits.
    async fn publish(&mut self) {
        for version in ["1.0.0", "1.1.0"] {
            let package = hello::package(version, Behaviour::Plain);
            let sent = self.registry.publish(&self.running, &package).await.expect("the registry answers");
            assert_eq!(sent.status(), StatusCode::ACCEPTED);
            let id = text(&sent.json::<Value>().await.expect("JSON")["id"]);
            if version == "1.0.0" {
                self.by_operator(Method::POST, &format!("/api/v1/submissions/{id}/approve"), Some(json!({}))).await;
            } else {
                self.ids.push(("/submissions/", id));
            }
        }
    }

    async fn make(&mut self) {
        let module = "/api/v1/modules/adx/hello";
        let by_ada = async |path: &str, body: Value| ok(&self.ada, Method::POST, path, Some(body)).await;
        let advisory =
            json!({ "title": "answers strangers", "severity": "high", "affected": [{ "requirement": "<1.1" }] });
        let (status, advisory) =
            request(&self.running, &self.registry.token, Method::POST, &format!("{module}/advisories"), Some(advisory))
                .await;
        assert_eq!(status, StatusCode::CREATED, "{advisory}");
        let webhook = json!({ "namespace": "adx", "url": "https://example.org/hook", "events": ["release.yanked"] });
        let webhook = by_ada("/api/v1/webhooks", webhook).await;
        let workflow = json!({
            "provider": "github", "repository_id": "74", "repository": "adx/hello", "workflow": "publish.yml", "modules": "*",
        });
        let proposed = by_ada("/api/v1/publishers/adx/trusted-publishers", workflow).await;
        let approve = format!("/api/v1/publishers/adx/proposals/{}/approve", text(&proposed["id"]));
        ok(&self.ben, Method::POST, &approve, None).await;
        let trusted = ok(&self.ada, Method::GET, "/api/v1/publishers/adx/trusted-publishers", None).await;
        let action = json!({ "action": { "kind": "set-threshold", "threshold": 1 } });
        let proposal = by_ada("/api/v1/publishers/adx/proposals", action).await;
        assert_eq!(proposal["state"], "open", "{proposal}");
        let why = json!({ "category": "malware", "text": "it steals", "email": "max@example.org" });
        ok(&self.mallory, Method::POST, &format!("{module}/report"), Some(why)).await;
        let order = self.order().await;
        let reports = self.by_operator(Method::GET, "/api/v1/reports", None).await;
        self.by_operator(Method::POST, &format!("{module}/quarantine"), Some(json!({ "reason": "it steals" }))).await;
        let appeal = json!({ "kind": "module", "subject": "adx/hello", "text": "it does not" });
        let appeal = by_ada("/api/v1/publishers/adx/appeals", appeal).await;
        let alike = json!({ "namespace": "harbuor", "display_name": "Harbuor" });
        let (status, held) = self.ada.send(Method::POST, "/api/v1/publishers", Some(alike)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{held}");
        let held = self.by_operator(Method::GET, "/api/v1/names/held", None).await;
        let (_, token) = token_with(&self.running, &self.registry.token, "publish").await;
        self.ids.extend([
            ("/advisories/", text(&advisory["id"])),
            ("/webhooks/", text(&webhook["webhook"]["id"])),
            ("/trusted-publishers/", text(&trusted["trusted_publishers"][0]["id"])),
            ("/proposals/", text(&proposal["id"])),
            ("/reports/", text(&reports["reports"][0]["id"])),
            ("/appeals/", text(&appeal["id"])),
            ("/names/held/", text(&held["names"][0]["id"])),
            ("/tokens/", token),
            ("/orders/", order),
        ]);
    }

    /// An order of what costs nothing, for a tenant of `adx`.
    async fn order(&self) -> String {
        let tenant = json!({ "tenant": "adx-office", "namespace": "adx", "bill_to": "ADX" });
        ok(&self.ada, Method::POST, "/api/v1/tenants", Some(tenant)).await;
        let answer = client()
            .post(format!("{}/api/v1/orders", self.running.url))
            .header("cookie", &self.ada.cookie)
            .header("x-csrf-token", &self.ada.csrf)
            .header("idempotency-key", "one")
            .json(&json!({ "tenant": "adx-office", "module": "adx/hello" }))
            .send()
            .await
            .expect("the registry answers");
        assert_eq!(answer.status(), StatusCode::CREATED);
        let order: Value = answer.json().await.expect("JSON");
        assert_eq!(order["state"], "active", "{order}");
        text(&order["id"])
    }

    /// The id of the object that an operation is about.
    fn id_for(&self, operation: &str) -> &str {
        let found = self.ids.iter().find(|(part, _)| operation.contains(&format!("{part}{{id}}")));
        &found.unwrap_or_else(|| panic!("there is none of what `{operation}` is about")).1
    }

    /// All of it as those see it whose it is.
    async fn all(&self) -> Vec<Value> {
        let by_id = |path: &str| format!("/api/v1{path}{}", self.id_for(&format!("{path}{{id}}")));
        let of = |list: &str| format!("/api/v1/publishers/adx/{list}");
        let mut all = Vec::new();
        for path in [
            by_id("/submissions/"),
            by_id("/webhooks/"),
            by_id("/advisories/"),
            by_id("/orders/"),
            format!("/api/v1/publishers/adx/proposals/{}", self.id_for("/proposals/{id}")),
            of("members"),
            of("trusted-publishers"),
            of("appeals"),
        ] {
            all.push(ok(&self.ada, Method::GET, &path, None).await);
        }
        let tokens = ok(&self.ada, Method::GET, &of("tokens"), None).await;
        all.push(tokens["tokens"].as_array().expect("tokens").iter().map(|token| token["id"].clone()).collect());
        for path in ["/api/v1/reports", "/api/v1/names/held", "/api/v1/appeals"] {
            all.push(self.by_operator(Method::GET, path, None).await);
        }
        let mine = ok(&self.nina, Method::GET, "/api/v1/account/publishers", None).await;
        all.push(mine["invitations"].clone());
        all
    }
}

/// The id of nothing.
const NEVER_MADE: &str = "00000000000000000000000000000000";

/// What a member may read whose role is to read.
const READ: [&str; 4] = [
    "GET /api/v1/submissions/{id}",
    "GET /api/v1/submissions/{id}/diff",
    "GET /api/v1/orders/{id}",
    "GET /api/v1/publishers/{namespace}/proposals/{id}",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_neither_shown_nor_changed_for_another_organisation_or_a_member_who_reads() {
    let world = World::new().await;
    let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
    let before = world.all().await;
    for (operation, rule) in operations() {
        let is_elsewhere = ELSEWHERE.iter().any(|kind| operation.contains(kind));
        if rule == Rule::Public || !operation.contains("{id}") || is_elsewhere {
            continue;
        }
        let id = world.id_for(&operation);
        let strangers = [
            ("another publisher's token", Shown::Token(&world.stranger), "stranger"),
            ("a token of another's owner", Shown::Token(&world.eve), "stranger"),
            ("a session of another's owner", Shown::Session(&world.mallory), "harbour"),
        ];
        for (who, shown, own) in strangers {
            let status = call(&world.running, &operation, shown, id).await;
            assert!(refused.contains(&status), "{operation} of `adx` with {who}: {status}");
            // Everybody reads advisories. Of all else nobody learns whether there is one.
            if rule != Rule::AnyAuthor {
                let unknown = call(&world.running, &operation, shown, NEVER_MADE).await;
                assert_eq!(status, unknown, "{operation} tells {who} that it is there");
            }
            if operation.contains("{namespace}") {
                let status = call_in(&world.running, &operation, shown, own, id).await;
                assert!(refused.contains(&status), "{operation} by the own namespace with {who}: {status}");
            }
        }
        let status = call(&world.running, &operation, Shown::Session(&world.rita), id).await;
        if READ.contains(&&*operation) {
            assert_eq!(status, StatusCode::OK, "{operation} by a reader");
        } else {
            assert!(refused.contains(&status), "{operation} by a reader: {status}");
        }
    }
    assert_eq!(world.all().await, before, "nothing came of it");

    // And it was there all the time.
    let operating = Shown::Token(&world.operator);
    let (ada, publisher) = (Shown::Session(&world.ada), Shown::Token(&world.registry.token));
    for (operation, shown) in [
        ("PUT /api/v1/advisories/{id}", publisher),
        ("POST /api/v1/advisories/{id}/withdraw", publisher),
        ("GET /api/v1/submissions/{id}/diff", ada),
        ("GET /api/v1/submissions/{id}/package", operating),
        ("POST /api/v1/submissions/{id}/ask", operating),
        ("POST /api/v1/submissions/{id}/comments", ada),
        ("POST /api/v1/submissions/{id}/withdraw", ada),
        ("GET /api/v1/webhooks/{id}/deliveries", ada),
        ("PUT /api/v1/webhooks/{id}", ada),
        ("DELETE /api/v1/webhooks/{id}", ada),
        ("POST /api/v1/publishers/{namespace}/proposals/{id}/cancel", ada),
        ("DELETE /api/v1/publishers/{namespace}/trusted-publishers/{id}", ada),
        ("POST /api/v1/appeals/{id}/deny", operating),
        ("POST /api/v1/reports/{id}/confirm", operating),
        ("POST /api/v1/names/held/{id}/refuse", operating),
        ("DELETE /api/v1/publishers/{namespace}/tokens/{id}", ada),
        ("POST /api/v1/account/invitations/{id}/accept", Shown::Session(&world.nina)),
        ("POST /api/v1/orders/{id}/cancel", ada),
        ("DELETE /api/v1/account/sessions/{id}", ada),
    ] {
        let status = call(&world.running, operation, shown, world.id_for(operation)).await;
        assert!(status.is_success(), "{operation} by whom it is for: {status}");
    }
}

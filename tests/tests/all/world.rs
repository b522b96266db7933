//! A registry that has one of everything.

use adx_tests::hello::{self, Behaviour};
use adx_tests::person::Person;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// `adx` with one of everything that has an id, and those who have no business with it.
pub(crate) struct World {
    pub(crate) registry: Registry,
    pub(crate) running: Process,
    pub(crate) operator: String,
    /// Own `adx` together.
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    /// Reads in `adx`.
    pub(crate) rita: Person,
    /// Is invited to `adx`.
    pub(crate) nina: Person,
    /// Owns `harbour`.
    pub(crate) mallory: Person,
    /// Publisher's and owner's token of `stranger`.
    pub(crate) stranger: String,
    pub(crate) eve: String,
    /// Parts of addresses up to their `{id}`, and the id.
    pub(crate) ids: Vec<(&'static str, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// What is answered to a person's request that is granted.
pub(crate) async fn ok(person: &Person, method: Method, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = person.send(method.clone(), path, body).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

impl World {
    /// On a registry that nobody has started. Everybody may make publishers, and every release waits for an operator.
    pub(crate) async fn of(registry: Registry) -> Self {
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

    /// What is answered to a request that an operator is granted.
    pub(crate) async fn by_operator(&self, method: Method, path: &str, body: Option<Value>) -> Value {
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
        self.ids.push(("/accounts/", self.nina.id.clone()));
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
        let webhook = json!({ "namespace": "adx", "url": "https://hook.invalid/", "events": ["release.yanked"] });
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
}

/// A token of the namespace `adx` with one scope, and its id.
pub(crate) async fn token_with(registry: &Process, issuer: &str, scope: &str) -> (String, String) {
    let answer = client()
        .post(format!("{}/api/v1/tokens", registry.url))
        .bearer_auth(issuer)
        .json(&json!({ "label": scope, "scopes": [{ "scope": scope }] }))
        .send()
        .await
        .expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
    let answer: Value = answer.json().await.expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&answer["secret"]), text(&answer["token"]["id"]))
}

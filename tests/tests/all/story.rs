//! What a company does with a registry from signing up to leaving it, over HTTP, on SQLite with files and on PostgreSQL with S3.

use std::process::Command;

use adx_signing::envelope::Envelope;
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::issuer::Issuer;
use adx_tests::moto::Moto;
use adx_tests::person::{PASSWORD, Person, post};
use adx_tests::postgres::Cluster;
use adx_tests::process::Process;
use adx_tests::stage::{Agent, Registry, Tenant, client};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Where the world reaches the registry.
const HERE: &str = "https://registry.example.org";
const PUBLISHER: &str = "/api/v1/publishers/harbour";
const MODULE: &str = "/api/v1/modules/harbour/hello";

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_and_files() {
    Story::begin(Vec::new()).await.whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_and_s3() {
    let (Some(cluster), Some(moto)) = (Cluster::shared(), Moto::shared()) else { return };
    let mut environment = Moto::settings(moto.endpoint(), &moto.make_bucket().await);
    environment.push(("ADX_REGISTRY__DATABASE__URL".to_owned(), cluster.create_database(None).1));
    Story::begin(environment).await.whole().await;
}

struct Story {
    registry: Registry,
    running: Process,
    issuer: Issuer,
    /// Operates the registry.
    olga: Person,
    /// Founds the company.
    ada: Person,
    /// Owns it too, by and by.
    grace: Person,
    /// Gets it in the end.
    eve: Person,
    agent: (Agent, Process),
}

impl Story {
    async fn begin(mut environment: Vec<(String, String)>) -> Self {
        let issuer = Issuer::start();
        for (key, value) in [
            ("SERVER__PUBLIC_URL", HERE),
            ("PUBLISHERS__OPEN", "true"),
            ("REVIEW__WHEN", "first-release"),
            ("TRUSTED_PUBLISHING__ISSUERS", &format!("github={}", issuer.url)),
        ] {
            environment.push((format!("ADX_REGISTRY__{key}"), value.to_owned()));
        }
        let registry = Registry::with_environment(environment);
        let running = registry.start();
        let olga = Person::operator(&registry, &running, "olga").await;
        let sign_up = async |name: &str| Person::sign_up(&registry, &running, name).await;
        let (ada, grace, eve) = (sign_up("ada").await, sign_up("grace").await, sign_up("eve").await);
        let agent = Agent::of(&registry);
        let agent_running = agent.start_with(&running.url, |command: &mut Command| {
            command.env("ADX_AGENT__SYNC__REFRESH", "1s");
        });
        Self { agent: (agent, agent_running), registry, running, issuer, olga, ada, grace, eve }
    }

    async fn whole(self) {
        self.a_company_takes_its_name().await;
        self.its_owners_trust_a_workflow().await;
        let first = self.the_first_release_passes_an_operator_and_an_owner().await;
        let tenant = self.a_tenant_installs(&first).await;
        self.the_second_is_yanked().await;
        self.an_advisory_moves_the_tenant_on(&tenant, &first).await;
        self.a_quarantine_is_appealed_against().await;
        self.somebody_else_gets_it().await;
        self.all_of_it_is_deleted().await;
    }

    async fn a_company_takes_its_name(&self) {
        let found = async |person: &Person, namespace: &str, kind: &str| {
            let body = json!({ "namespace": namespace, "display_name": "Harbour Ltd", "kind": kind });
            person.send(Method::POST, "/api/v1/publishers", Some(body)).await
        };
        let (status, founded) = found(&self.ada, "harbour", "organisation").await;
        assert_eq!(status, StatusCode::CREATED, "{founded}");
        let (status, problem) = found(&self.eve, "harbuor", "person").await;
        assert_eq!((status, slug(&problem)), (StatusCode::CONFLICT, "name-held"), "{problem}");
        let held = ok(&self.olga, Method::GET, "/api/v1/names/held", None).await;
        let refuse = format!("/api/v1/names/held/{}/refuse", text(&held["names"][0]["id"]));
        ok(&self.olga, Method::POST, &refuse, Some(json!({ "reason": "it is mistaken for harbour" }))).await;
        let (status, problem) = found(&self.eve, "harbuor", "person").await;
        assert_eq!((status, slug(&problem)), (StatusCode::CONFLICT, "name-refused"), "{problem}");

        let key = json!({ "public_key_pem": self.registry.key.public().to_pem() });
        ok(&self.ada, Method::POST, &format!("{PUBLISHER}/keys"), Some(key)).await;
        let action = json!({ "kind": "invite-owner", "name": "Grace", "email": self.grace.email });
        let invited = self.propose(&self.ada, action).await;
        assert_eq!(invited["state"], "done", "{invited}");
        let code = self.registry.code_of_letter_to(&self.grace.email, "invitation").await;
        ok(&self.grace, Method::POST, "/api/v1/account/invitations/accept", Some(json!({ "code": code }))).await;
        let members = ok(&self.grace, Method::GET, &format!("{PUBLISHER}/members"), None).await;
        let roles: Vec<_> = members["members"].as_array().unwrap().iter().map(|member| &member["role"]).collect();
        assert_eq!(roles, ["owner", "owner"], "{members}");
    }

    async fn its_owners_trust_a_workflow(&self) {
        let workflow = json!({
            "provider": "github", "repository_id": "74", "repository": "harbour/hello", "workflow": "publish.yml",
            "environment": "release", "modules": "hel*", "staged": true,
        });
        let path = format!("{PUBLISHER}/trusted-publishers");
        let (status, problem) = self.eve.send(Method::POST, &path, Some(workflow.clone())).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
        let proposed = ok(&self.ada, Method::POST, &path, Some(workflow)).await;
        self.grace_approves(&proposed).await;
    }

    async fn the_first_release_passes_an_operator_and_an_owner(&self) -> String {
        let (status, waits) = self.publish("one", "1.0.0").await;
        assert_eq!((status, &waits["state"]), (StatusCode::ACCEPTED, &json!("in-review")), "{waits}");
        assert_eq!(self.status(MODULE).await, StatusCode::NOT_FOUND, "nobody sees it");
        let of = |verb: &str| format!("/api/v1/submissions/{}{verb}", text(&waits["id"]));
        let queue = ok(&self.olga, Method::GET, "/api/v1/submissions", None).await;
        assert_eq!((&queue["submissions"][0]["id"], queue["submissions"].as_array().unwrap().len()), (&waits["id"], 1));
        ok(&self.olga, Method::POST, &of("/ask"), Some(json!({ "text": "Whom does it greet?" }))).await;
        ok(&self.ada, Method::POST, &of("/comments"), Some(json!({ "text": "Whoever asks." }))).await;
        let diff = ok(&self.olga, Method::GET, &of("/diff"), None).await;
        assert!(diff["files"].as_array().is_some_and(|files| !files.is_empty()), "{diff}");
        let staged =
            ok(&self.olga, Method::POST, &of("/approve"), Some(json!({ "reason": "it is what it says" }))).await;
        assert_eq!(staged["state"], "staged", "{staged}");
        let released = ok(&self.grace, Method::POST, &of("/confirm"), None).await;
        assert_eq!(released["version"], "1.0.0", "{released}");
        let told = ok(&self.ada, Method::GET, &of(""), None).await;
        let states: Vec<_> =
            told["events"].as_array().unwrap().iter().filter_map(|event| event["state"].as_str()).collect();
        assert_eq!(states, ["started", "validating", "scanning", "in-review", "staged", "released"], "{told}");
        let shown = self.json(&format!("{MODULE}/versions/1.0.0")).await;
        assert_eq!(shown["provenance"]["repository"], "harbour/hello", "{shown}");
        text(&released["sha256"]).to_owned()
    }

    async fn a_tenant_installs(&self, sha256: &str) -> Tenant {
        self.running.wait_until_signed().await;
        assert_eq!(self.status(&format!("/packages/{sha256}.adxm")).await, StatusCode::OK);
        let (tenant, installed) = self.install("first").await;
        assert_eq!(installed["status"], "succeeded", "{installed}");
        assert_eq!(self.installed(&tenant).await["version"], "1.0.0");
        tenant
    }

    async fn the_second_is_yanked(&self) {
        let (status, waits) = self.publish("two", "1.1.0").await;
        assert_eq!((status, &waits["state"]), (StatusCode::ACCEPTED, &json!("staged")), "{waits}");
        let confirm = format!("/api/v1/submissions/{}/confirm", text(&waits["id"]));
        ok(&self.ada, Method::POST, &confirm, None).await;
        let yank = format!("{MODULE}/versions/1.1.0/yank");
        ok(&self.grace, Method::POST, &yank, Some(json!({ "reason": "greets twice" }))).await;
        self.running.wait_until_signed().await;
        assert_eq!(self.json(&format!("{MODULE}/versions/1.1.0")).await["yanked_for"], "greets twice");
        let (tenant, installed) = self.install("second").await;
        assert_eq!(installed["status"], "succeeded", "{installed}");
        assert_eq!(self.installed(&tenant).await["version"], "1.0.0", "a yanked one is not chosen");
        ok(&self.ada, Method::POST, &format!("{MODULE}/versions/1.1.0/unyank"), None).await;
    }

    async fn an_advisory_moves_the_tenant_on(&self, tenant: &Tenant, sha256: &str) {
        let advisory = json!({
            "title": "answers strangers", "severity": "critical", "affected": [{ "requirement": "<1.1.0" }],
        });
        let filed = ok(&self.olga, Method::POST, &format!("{MODULE}/advisories"), Some(advisory)).await;
        assert_eq!(filed["patched"], json!(["1.1.0"]), "{filed}");
        eventually("the agent leaves what is affected", async || self.installed(tenant).await["version"] == "1.1.0")
            .await;
        assert_eq!(self.status(&format!("/packages/{sha256}.adxm")).await, StatusCode::OK, "whoever pinned it has it");
    }

    async fn a_quarantine_is_appealed_against(&self) {
        let report = json!({ "category": "malware", "text": "It sends what it hears to a stranger.", "email": "mallory@example.org" });
        let sent = post(&self.running, &format!("{MODULE}/report"), &report).await;
        assert_eq!(sent.status(), StatusCode::ACCEPTED);
        let reports = ok(&self.olga, Method::GET, "/api/v1/reports", None).await;
        let confirm = format!("/api/v1/reports/{}/confirm", text(&reports["reports"][0]["id"]));
        let body = json!({ "reason": "it does", "act": "quarantine-module" });
        ok(&self.olga, Method::POST, &confirm, Some(body)).await;
        self.running.wait_until_signed().await;
        eventually("nobody finds it", async || self.json("/api/v1/search?q=hello").await["total"] == 0).await;
        assert_eq!(self.install("third").await.1["status"], "failed");

        let appeal = json!({ "kind": "module", "subject": "harbour/hello", "text": "The stranger is our own server." });
        let opened = ok(&self.ada, Method::POST, &format!("{PUBLISHER}/appeals"), Some(appeal)).await;
        let grant = format!("/api/v1/appeals/{}/grant", text(&opened["id"]));
        let (status, problem) = self.ada.send(Method::POST, &grant, Some(json!({ "reason": "mine" }))).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
        ok(&self.olga, Method::POST, &grant, Some(json!({ "reason": "so it is" }))).await;
        self.running.wait_until_signed().await;
        eventually("it is found again", async || self.json("/api/v1/search?q=hello").await["total"] == 1).await;
        let (_, installed) = self.install("fourth").await;
        assert_eq!(installed["status"], "succeeded", "{installed}");
    }

    async fn somebody_else_gets_it(&self) {
        let offer = json!({ "kind": "transfer", "name": "Eve", "email": self.eve.email });
        let offered = self.propose(&self.ada, offer).await;
        self.grace_approves(&offered).await;
        let code = self.registry.code_of_letter_to(&self.eve.email, "transfer").await;
        ok(&self.eve, Method::POST, "/api/v1/account/transfers/accept", Some(json!({ "code": code }))).await;
        let (status, _) = self.ada.send(Method::GET, &format!("{PUBLISHER}/members"), None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, refused) = self.exchange("three").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "what the old owners trusted is trusted no more: {refused}");
        let owned = ok(&self.eve, Method::GET, &format!("{PUBLISHER}/members"), None).await;
        assert_eq!(owned["members"].as_array().map(Vec::len), Some(1), "{owned}");
    }

    async fn all_of_it_is_deleted(&self) {
        for version in ["1.0.0", "1.1.0"] {
            ok(&self.eve, Method::POST, &format!("{MODULE}/versions/{version}/yank"), None).await;
        }
        for name in ["harbour/hello", "harbour"] {
            self.registry.admin(&["names", "delete", name, "--reason", "its owner leaves"]);
        }
        assert_eq!(self.status(MODULE).await, StatusCode::NOT_FOUND);
        assert_eq!(self.status(PUBLISHER).await, StatusCode::NOT_FOUND);
        let again = json!({ "namespace": "harbour", "display_name": "Harbour" });
        let (status, problem) = self.ada.send(Method::POST, "/api/v1/publishers", Some(again)).await;
        assert_eq!((status, slug(&problem)), (StatusCode::CONFLICT, "namespace-deleted"), "{problem}");
        let password = json!({ "password": PASSWORD });
        let (status, answer) = self.eve.send(Method::DELETE, "/api/v1/account", Some(password)).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");

        // Nothing is lost or damaged over it, and all of it is told.
        self.running.wait_until_signed().await;
        let verified = self.registry.command(&["verify", "--json"]).output().expect("the registry runs");
        let verified: Value = serde_json::from_slice(&verified.stdout).expect("one JSON document");
        assert_eq!(verified["damages"], json!([]), "{verified}");
        let audit = ok(&self.olga, Method::GET, "/api/v1/audit?limit=1000", None).await;
        let acts: Vec<_> =
            audit["entries"].as_array().unwrap().iter().filter_map(|entry| entry["act"].as_str()).collect();
        for act in [
            "account.create",
            "publisher.create",
            "trusted-publisher.add",
            "submission.approve",
            "submission.confirm",
            "release.publish",
            "release.yank",
            "advisory.file",
            "report.decide",
            "appeal.decide",
            "transfer.accept",
            "name.delete",
            "account.erase",
        ] {
            assert!(acts.contains(&act), "{act}: {acts:?}");
        }
    }

    async fn propose(&self, owner: &Person, action: Value) -> Value {
        ok(owner, Method::POST, &format!("{PUBLISHER}/proposals"), Some(json!({ "action": action }))).await
    }

    /// The other owner agrees, and what was proposed is done.
    async fn grace_approves(&self, proposal: &Value) {
        assert_eq!(proposal["state"], "open", "it takes two: {proposal}");
        let path = format!("{PUBLISHER}/proposals/{}/approve", text(&proposal["id"]));
        let approved = ok(&self.grace, Method::POST, &path, None).await;
        assert_eq!(approved["state"], "done", "{approved}");
    }

    /// What a run of the workflow gets for its identity.
    async fn exchange(&self, jti: &str) -> (StatusCode, Value) {
        let identity = self.issuer.workflow_token(&json!({
            "aud": HERE, "jti": jti, "repository_id": "74", "repository": "harbour/hello", "environment": "release",
            "ref": "refs/tags/v1.0.0", "workflow_ref": "harbour/hello/.github/workflows/publish.yml@refs/tags/v1.0.0",
            "sha": "0f1e2d", "run_id": "9001", "event_name": "push",
        }));
        let body = json!({ "namespace": "harbour", "token": identity });
        let answer = post(&self.running, "/api/v1/trusted-publishing/token", &body).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// A run of the workflow publishes a version of hello.
    async fn publish(&self, jti: &str, version: &str) -> (StatusCode, Value) {
        let (status, exchanged) = self.exchange(jti).await;
        assert_eq!(status, StatusCode::CREATED, "{exchanged}");
        let mut files = hello::files(version, Behaviour::Plain);
        let manifest = String::from_utf8(files[&hello::path("module.toml")].clone()).expect("text");
        let mut manifest: toml_edit::DocumentMut = manifest.parse().expect("TOML");
        manifest["module"]["publisher"] = toml_edit::value("harbour");
        files.insert(hello::path("module.toml"), manifest.to_string().into_bytes());
        let package = hello::pack(&files);
        let envelope: Envelope = self.registry.envelope(&package);
        let answer = client()
            .put(format!("{}{MODULE}/versions/{version}", self.running.url))
            .bearer_auth(text(&exchanged["secret"]))
            .header("adx-envelope", STANDARD.encode(envelope.to_json()))
            .body(package)
            .send()
            .await
            .expect("the registry answers");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// A new tenant installs hello, and what comes of it.
    async fn install(&self, name: &str) -> (Tenant, Value) {
        let (agent, running) = &self.agent;
        let tenant = agent.create_tenant(running, name).await;
        let body = json!({ "module": "harbour/hello", "version": "^1", "grants": ["config", "kv", "sql"] });
        let done = tenant.operate(running, Method::POST, "/installations", Some(body)).await;
        (tenant, done)
    }

    async fn installed(&self, tenant: &Tenant) -> Value {
        tenant.request(&self.agent.1, Method::GET, "/installations/harbour/hello", None).await.1
    }

    async fn status(&self, path: &str) -> StatusCode {
        client().get(format!("{}{path}", self.running.url)).send().await.expect("the registry answers").status()
    }

    async fn json(&self, path: &str) -> Value {
        let answer = client().get(format!("{}{path}", self.running.url)).send().await.expect("the registry answers");
        answer.json().await.expect("JSON")
    }
}

/// What a person asks for is done.
async fn ok(person: &Person, method: Method, path: &str, body: Option<Value>) -> Value {
    let (status, answer) = person.send(method, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

fn slug(problem: &Value) -> &str {
    problem["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

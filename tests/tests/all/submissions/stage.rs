//! A registry that runs in the test, on an engine, with checks of the test's own.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use adx_index::package::{Package, PackagePath};
use adx_registry::config::Loader;
use adx_registry::http::{CacheLimits, FileCache, Metrics, State, serve};
use adx_registry::world::Commits;
use adx_registry_core::Ports;
use adx_registry_core::authenticate::authenticate;
use adx_registry_core::change_keys::{AddKeyRequest, add_key};
use adx_registry_core::checks::{Check, CheckBroke, Finding, Severity, Subject};
use adx_registry_core::create_publisher::create_publisher_on_the_machine;
use adx_registry_core::issue_token::issue_operator_token_on_the_machine;
use adx_registry_core::job::{Lane, Task};
use adx_registry_core::networks::Networks;
use adx_registry_core::operator_scope::OperatorScopes;
use adx_registry_core::owners::{accept_invitation, invite_owner_on_the_machine};
use adx_registry_core::review::{CheckRule, Configured, Pipeline};
use adx_registry_core::run_jobs::{claim, run_job};
use adx_signing::digest::Digest;
use adx_signing::statement::sign_release;
use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::{client, release};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::engines::{Engine, Samples};
use crate::owners::{Mailbox, SetClock, both, ports, secret};

/// A check that finds what a file of the package says: `severity code`, a line each. `panic` and `break` in it do that.
pub(crate) struct ByFile(pub(super) &'static str);

impl Check for ByFile {
    fn name(&self) -> &'static str {
        self.0
    }

    fn run(&self, subject: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        let file = PackagePath::new(&format!("docs/{}.txt", self.0)).expect("a path");
        let text = subject.package.files.get(&file).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let text = text.unwrap_or_default();
        assert!(!text.contains("panic"), "the check was made to panic");
        if text.contains("break") {
            return Err(CheckBroke { check: self.0, reason: "it was made to".to_owned() });
        }
        let finding = |line: &str| {
            let (severity, code) = line.split_once(' ').expect("severity and code");
            let place = Some(file.to_string());
            let (severity, code) = (severity.parse::<Severity>().expect("a severity"), code.to_owned());
            Finding { severity, message: format!("there is a {code}: remove it"), code, place, rule: None }
        };
        Ok(text.lines().map(finding).collect())
    }
}

/// A check that breaks as long as somebody says so.
pub(crate) struct Breaks(pub(super) Arc<AtomicBool>);

impl Check for Breaks {
    fn name(&self) -> &'static str {
        "breaks"
    }

    fn run(&self, _: &Subject<'_>) -> Result<Vec<Finding>, CheckBroke> {
        if self.0.load(Ordering::Relaxed) {
            return Err(CheckBroke { check: "breaks", reason: "the database of advisories is gone".to_owned() });
        }
        Ok(Vec::new())
    }
}

pub(crate) fn with(check: impl Check + 'static, rule: CheckRule) -> Configured {
    Configured { check: Arc::new(check), rule }
}

/// Checks that do what packages say, enforced, and the policy of these words.
pub(crate) fn pipeline(policy: &str) -> Pipeline {
    let checks = vec![with(ByFile("first"), CheckRule::ENFORCED), with(ByFile("second"), CheckRule::ENFORCED)];
    Pipeline { checks, policy: policy.parse().expect("a policy"), ..Pipeline::default() }
}

/// A package of hello with more files.
pub(crate) fn package(version: &str, more: &[(&str, &str)]) -> Vec<u8> {
    hello::pack(&files(version, more))
}

pub(crate) fn files(version: &str, more: &[(&str, &str)]) -> BTreeMap<PackagePath, Vec<u8>> {
    let mut files = hello::files(version, Behaviour::Plain);
    files.extend(more.iter().map(|(path, text)| (hello::path(path), text.as_bytes().to_vec())));
    files
}

pub(crate) struct Stage {
    pub(crate) ports: Ports,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) mail: Arc<Mailbox>,
    pub(crate) publisher: String,
    pub(crate) operator: String,
    pub(crate) owner: String,
    url: String,
    server: ServerHandle,
    engine: Engine,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

impl Stage {
    /// The publisher `adx` with a key and the owner Ada, and an operator's token.
    pub(crate) async fn new(engine: Engine, pipeline: Pipeline) -> Self {
        let clock = Arc::new(SetClock::at(Samples::now()));
        let mail = Arc::new(Mailbox::default());
        let ports = Ports { pipeline: Arc::new(pipeline), ..ports(Arc::clone(&engine.store), &clock, &mail) };
        let namespace: adx_signing::name::Namespace = "adx".parse().unwrap();
        let (_, issued) = create_publisher_on_the_machine(&ports, namespace.clone(), "ADX").await.unwrap();
        let publisher = issued.text.expose().to_owned();
        let actor = authenticate(&ports, Some(&publisher)).await.unwrap();
        let request = AddKeyRequest { key: secret(1).public(), purposes: both(), not_after: None, envelope: None };
        add_key(&ports, &actor, &namespace, request).await.unwrap();
        let (name, email) = ("ada".parse().unwrap(), "ada@example.org".parse().unwrap());
        invite_owner_on_the_machine(&ports, &namespace, name, email).await.unwrap();
        let scopes = OperatorScopes::ALL;
        let operator = issue_operator_token_on_the_machine(&ports, "tests", scopes, Networks::default(), None).await;
        let operator = operator.unwrap().text.expose().to_owned();

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = Loader::new().text("a.toml", "[server]\nworkers = 1\n").unwrap().load().unwrap();
        let files = Arc::new(FileCache::new(CacheLimits {
            index_bytes: 0,
            package_bytes: 0,
            largest_bytes: 0,
            revalidate: std::time::Duration::ZERO,
        }));
        let state = State::new(ports.clone(), Arc::new(config), Commits::default(), files, Metrics::new().unwrap());
        let server = serve(&Data::new(state), listener).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        let mut stage =
            Self { ports, clock, mail, publisher, operator, owner: String::new(), url, server: handle, engine };
        stage.work().await;
        let accepted = accept_invitation(&stage.ports, &stage.mail.code("ada")).await.unwrap();
        stage.owner = accepted.issued.text.expose().to_owned();
        stage.mail.take();
        stage
    }

    /// Executes statements that every engine takes, past the product.
    pub(crate) async fn execute(&self, statements: &'static str) {
        self.engine.execute(statements).await;
    }

    /// The server's address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Signs a package and sends it.
    pub(crate) async fn send(&self, package: &[u8]) -> (StatusCode, Value) {
        // So that one comes after the other.
        self.clock.pass(time::Duration::MILLISECOND);
        let read = Package::read(package).unwrap();
        let (module, version) = (read.manifest.id(), read.manifest.module.version.clone());
        let envelope = sign_release(&release(&read), Digest::of(package), &secret(1));
        let answer = client()
            .put(format!("{}/api/v1/modules/{module}/versions/{version}", self.url))
            .bearer_auth(&self.publisher)
            .header("adx-envelope", STANDARD.encode(envelope.to_json()))
            .body(package.to_vec())
            .send()
            .await
            .unwrap();
        let status = answer.status();
        if status == StatusCode::ACCEPTED {
            let location = answer.headers()["location"].to_str().unwrap().to_owned();
            let body: Value = answer.json().await.unwrap();
            assert_eq!(location, format!("/api/v1/submissions/{}", text(&body["id"])));
            return (status, body);
        }
        (status, answer.json().await.unwrap())
    }

    /// A request with a token, and its answer.
    pub(crate) async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = client().request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        self.call(token, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(token, Method::POST, path, Some(body)).await
    }

    /// The bytes of an address, whatever they are.
    pub(crate) async fn bytes(&self, token: Option<&str>, path: &str) -> (StatusCode, Vec<u8>) {
        let mut request = client().get(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap().to_vec())
    }

    /// A submission with what happened to it, as its publisher sees it, and as operators do.
    pub(crate) async fn both_views(&self, id: &Value) -> (Value, Value) {
        let path = format!("/submissions/{}", text(id));
        let (status, told) = self.get(&self.publisher, &path).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let (status, seen) = self.get(&self.operator, &path).await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        (told, seen)
    }

    /// Runs every job that is due but those of search, which nothing here asks.
    pub(crate) async fn work(&self) {
        for job in claim(&self.ports, Lane::Others, 1_000).await.unwrap() {
            if !matches!(job.task, Task::UpdateSearch { .. }) {
                run_job(&self.ports, &job).await.unwrap();
            }
        }
    }

    /// An operator holds or trusts the publisher.
    pub(crate) async fn stand(&self, standing: &str) {
        let body = json!({ "standing": standing, "reason": "for this test" });
        let (status, answer) = self.call(&self.operator, Method::PUT, "/publishers/adx/review", Some(body)).await;
        assert_eq!((status, &answer["standing"]), (StatusCode::OK, &json!(standing)), "{answer}");
    }

    /// Nothing of a package is seen by the public: neither page nor bytes, neither change nor list.
    pub(crate) async fn assert_unseen(&self, package: &[u8]) {
        let digest = Digest::of(package);
        let read = Package::read(package).unwrap();
        let (module, version) = (read.manifest.id(), read.manifest.module.version.clone());
        for path in [
            format!("/api/v1/modules/{module}/versions/{version}"),
            format!("/packages/{digest}.adxm"),
            format!("/packages/{digest}.dsse.json"),
        ] {
            assert_eq!(self.bytes(None, &path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        let (_, changes) = self.bytes(None, "/api/v1/changes?after=0").await;
        assert!(!String::from_utf8(changes).unwrap().contains(&digest.to_string()), "the feed tells of it");
        let reader = &mut *self.ports.store.read().await.unwrap();
        assert!(reader.release_by_digest(&digest).await.unwrap().is_none());
    }

    /// How many releases there are.
    pub(crate) async fn releases(&self) -> u64 {
        self.ports.store.read().await.unwrap().counts().await.unwrap().releases
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The kind of a problem.
pub(crate) fn kind(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

/// The states that a submission has been in.
pub(crate) fn path_of(view: &Value) -> Vec<&str> {
    view["events"].as_array().unwrap().iter().filter_map(|event| event["state"].as_str()).collect()
}

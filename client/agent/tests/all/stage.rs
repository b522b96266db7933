//! An agent with the registry of the tests, and whoever talks to it.

use crate::{
    registry::Registry,
    release::{Draft, MODULE},
};
use actix_web::dev::ServerHandle;
use adx_agent::{
    agent::Agent,
    config::{Config, Span},
    http,
};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A running agent in a folder of its own.
pub(crate) struct Stage {
    pub(crate) registry: Registry,
    pub(crate) folder: TempDir,
    pub(crate) running: Running,
}

/// An agent that serves.
pub(crate) struct Running {
    pub(crate) agent: Arc<Agent>,
    pub(crate) url: String,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) url: String,
}

impl Stage {
    /// An agent that follows the feed of an empty registry.
    pub(crate) async fn new() -> Self {
        Self::with(Registry::start(), |_| {}).await
    }

    /// The same with releases, and settings of its own.
    pub(crate) async fn with(registry: Registry, adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let running = Running::start(settings(&registry, folder.path(), adjust)).await;
        Self { registry, folder, running }
    }

    /// Publishes a draft.
    pub(crate) fn publish(&self, draft: &Draft) {
        self.registry.publish(&draft.release());
    }

    /// The administrator's token.
    pub(crate) fn admin_token(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("admin.token")).expect("the agent wrote it");
        text.trim().to_owned()
    }

    /// Adds a tenant.
    pub(crate) async fn tenant(&self, name: &str) -> Tenant {
        add_tenant(&self.running.url, &self.admin_token(), name).await
    }

    /// Stops the agent, and starts it again on the same folder.
    pub(crate) async fn restart(self, adjust: impl FnOnce(&mut Config)) -> Self {
        let Self { registry, folder, running } = self;
        running.stop().await;
        let running = Running::start(settings(&registry, folder.path(), adjust)).await;
        Self { registry, folder, running }
    }

    /// Everything below a folder of the agent's data, files only, relative.
    pub(crate) fn files(&self, below: &str) -> Vec<String> {
        files(&self.folder.path().join(below))
    }

    /// Waits until no package is on the shelf: it is swept when the operation has ended.
    pub(crate) async fn swept(&self) {
        let empty = async {
            while !self.files("packages").is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), empty).await.expect("packages stay that nobody needs");
    }
}

impl Running {
    pub(crate) async fn start(config: Config) -> Self {
        let agent = Agent::start(config).await.expect("the agent starts");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = http::serve(&agent, listener).expect("it listens");
        Self { agent, url, server: server.handle(), serving: tokio::spawn(server) }
    }

    /// Stops the way SIGTERM does.
    pub(crate) async fn stop(self) {
        self.agent.begin_stopping();
        self.server.stop(true).await;
        self.serving.await.expect("the server does not panic").expect("the server ends well");
        self.agent.stop().await.expect("the agent stops in good order");
    }
}

impl Tenant {
    /// A request below this tenant's resource.
    pub(crate) async fn request(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        request(&self.url, Some(&self.token), method, &format!("/api/v1/tenants/{}{path}", self.name), body).await
    }

    /// The same, for what must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.request(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// Begins an operation and waits for its end.
    pub(crate) async fn operate(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, operation) = self.request(method, path, body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{path}: {operation}");
        self.wait_for(operation["id"].as_str().expect("an operation has an id")).await
    }

    pub(crate) async fn wait_for(&self, operation: &str) -> Value {
        loop {
            let operation = self.get(&format!("/operations/{operation}?wait=30")).await;
            if operation["status"] != "running" {
                return operation;
            }
        }
    }

    /// What [`Tenant::operate`] gives, which must have succeeded.
    pub(crate) async fn succeed(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let operation = self.operate(method, path, body).await;
        assert_eq!(operation["status"], "succeeded", "{path}: {operation}");
        operation
    }

    /// Installs and activates `acme/guest` with what it needs; no updates by itself.
    pub(crate) async fn install(&self, version: &str) {
        self.succeed(Method::POST, "/installations", Some(installing(version))).await;
        self.succeed(Method::POST, &at("/activate"), None).await;
    }

    /// The installation of `acme/guest`.
    pub(crate) async fn installation(&self) -> Value {
        self.get(&at("")).await
    }

    /// Calls an activity of `acme/guest`.
    pub(crate) async fn call(&self, activity: &str, input: Value) -> (StatusCode, Value) {
        self.request(Method::POST, &at(&format!("/activities/{activity}")), Some(input)).await
    }

    /// Visits, this one included.
    pub(crate) async fn visit(&self) -> Value {
        let (status, answer) = self.call("visit", Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["output"].clone()
    }
}

/// An address below the installation of `acme/guest`.
pub(crate) fn at(path: &str) -> String {
    format!("/installations/{MODULE}{path}")
}

/// The body that installs `acme/guest` with what it needs, without updates by itself.
pub(crate) fn installing(version: &str) -> Value {
    json!({ "module": MODULE, "version": version, "grants": ["kv"], "auto_update": false })
}

pub(crate) async fn add_tenant(url: &str, admin_token: &str, name: &str) -> Tenant {
    let body = json!({ "tenant": name, "display_name": name });
    let (status, answer) = request(url, Some(admin_token), Method::POST, "/api/v1/tenants", Some(body)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    Tenant { name: name.to_owned(), token: answer["token"].as_str().expect("a token").to_owned(), url: url.to_owned() }
}

/// A JSON request; without patience, so that an agent that hangs fails the test.
pub(crate) async fn request(
    url: &str,
    token: Option<&str>,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    try_request(url, token, method, path, body).await.expect("the agent answers")
}

/// The same to an agent that may die over it.
pub(crate) async fn try_request(
    url: &str,
    token: Option<&str>,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> reqwest::Result<(StatusCode, Value)> {
    let client = Client::builder().timeout(Duration::from_secs(90)).build()?;
    let mut request = client.request(method, format!("{url}{path}"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

/// Settings for a folder and a registry.
pub(crate) fn settings(registry: &Registry, folder: &Path, adjust: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    config.data.dir = folder.to_owned();
    config.registry.url = registry.url.parse().expect("a URL");
    config.registry.root = registry.root();
    config.sandbox.instances = 8;
    config.calls.memory = adx_agent::config::Size::mib(16);
    config.server.drain = Span::secs(20);
    config.sync.wait = Span::secs(20);
    config.sync.backoff_min = Span::millis(20);
    config.sync.backoff_max = Span::millis(200);
    adjust(&mut config);
    config
}

/// Asks until it holds: for what happens soon after an answer, in a task of the agent's own.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}: not within a minute");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Files below a folder, relative, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.push(path.strip_prefix(root).expect("below the root").display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

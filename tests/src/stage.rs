//! A registry, a publisher and an agent in a folder of their own.

use adx_index::package::Package;
use adx_signing::digest::Digest;
use adx_signing::envelope::Envelope;
use adx_signing::key::SecretKey;
use adx_signing::statement::{Release, sign_release};
use base64::Engine as _;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

use crate::process::Process;
use crate::programs::programs;

/// The variable that aborts a debug build at a fail point.
pub const ABORT_AT: &str = "ADX_ABORT_AT";

/// An HTTP client without patience: a server that hangs fails the test.
pub fn client() -> Client {
    Client::builder().timeout(Duration::from_secs(90)).build().expect("an HTTP client")
}

/// A registry's folder, and the publisher `adx` in it.
pub struct Registry {
    folder: TempDir,
    /// The publisher's token.
    pub token: String,
    /// The key that the publisher's releases are signed with; registered.
    pub key: SecretKey,
    environment: Vec<(String, String)>,
}

impl Registry {
    /// A new registry with the publisher `adx` and its key, and a ceremony for a first look; not started.
    pub fn new() -> Self {
        let registry = Self::begin();
        trust_trial(&registry.data());
        registry.with_publisher()
    }

    /// The same, of parts that the environment names.
    pub fn with_environment(environment: Vec<(String, String)>) -> Self {
        let registry = Self::empty(environment);
        trust_trial(&registry.data());
        registry.with_publisher()
    }

    /// A registry that has nothing yet, of parts that the environment names.
    pub fn empty(environment: Vec<(String, String)>) -> Self {
        Self { environment, ..Self::begin() }
    }

    /// The same, with the ceremony's folder and its offline keys kept in [`Registry::kept`].
    pub fn with_kept_ceremony() -> Self {
        let registry = Self::begin();
        let kept = registry.kept();
        registry.trust(&["trial", "--keep", kept.to_str().expect("a path of text")]);
        registry.with_publisher()
    }

    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, token: String::new(), key: SecretKey::generate(&mut random()), environment: Vec::new() }
    }

    fn with_publisher(mut self) -> Self {
        self.token = self.create_publisher("adx");
        self
    }

    /// Where the ceremony is kept: `ceremony/`, `root.pem`, `targets.pem`.
    pub fn kept(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    /// Gives every online role of the kept ceremony a new key, and installs that.
    pub fn replace_online_keys(&self) {
        let next = self.folder.path().join("next.json");
        let next = next.to_str().expect("a path of text");
        self.trust(&["online-keys", "--out", next]);
        self.rotate(&["--online", next]);
    }

    /// Changes the kept ceremony, signs that and installs it.
    pub fn rotate(&self, change: &[&str]) {
        let text = |path: PathBuf| path.to_str().expect("a path of text").to_owned();
        let kept = self.kept();
        let carried = text(kept.join("ceremony"));
        run_trust(Command::new(&programs().registry).args(["trust", "rotate", &carried]).args(change));
        for key in ["root.pem", "targets.pem"] {
            let key = text(kept.join(key));
            run_trust(Command::new(&programs().registry).args(["trust", "sign", "--yes", "--key", &key, &carried]));
        }
        self.trust(&["install", &carried]);
    }

    fn trust(&self, arguments: &[&str]) {
        run_trust(Command::new(&programs().registry).arg("trust").args(arguments).arg("--data").arg(self.data()));
    }

    /// The registry's data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("registry")
    }

    /// The file of its first root, which agents are given.
    pub fn first_root(&self) -> PathBuf {
        self.data().join("trust/1.root.json")
    }

    /// Where tests of this registry may put files of their own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Creates a publisher and returns its token.
    pub fn create_publisher(&self, namespace: &str) -> String {
        self.admin_token_of(&["create-publisher", namespace])
    }

    /// Issues an operator's token.
    pub fn create_operator_token(&self) -> String {
        self.admin_token_of(&["create-operator-token", "tests"])
    }

    /// The code of the last invitation to an address, once the server has mailed it.
    pub async fn invitation_code(&self, address: &str) -> String {
        let letter = self.letter_to(address, "adx owner accept").await;
        let (_, code) = letter.split_once("adx owner accept ").expect("an invitation");
        code.split_whitespace().next().expect("a code").to_owned()
    }

    /// The code of the last letter to an address that leads to a page, once the server has mailed it.
    pub async fn code_of_letter_to(&self, address: &str, page: &str) -> String {
        let link = format!("/{page}#");
        let letter = self.letter_to(address, &link).await;
        let (_, code) = letter.split_once(&link).expect("a link");
        code.split_whitespace().next().expect("a code").to_owned()
    }

    /// The last letter to an address that holds a text, once the server has mailed it.
    pub async fn letter_to(&self, address: &str, text: &str) -> String {
        let folder = self.data().join("mail");
        let to = format!("To: {address}");
        let mut found = None;
        crate::eventually("the letter is mailed", async || {
            let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|file| file.path());
            let mut letters: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "eml")).collect();
            letters.sort();
            let letters = letters.iter().rev().filter_map(|letter| std::fs::read_to_string(letter).ok());
            found = letters.into_iter().find(|letter| letter.contains(&to) && letter.contains(text));
            found.is_some()
        })
        .await;
        found.expect("it was found")
    }

    /// Invites the first owner of a namespace, who accepts; its token.
    pub async fn owner(&self, registry: &Process, operator: &str, namespace: &str, name: &str) -> String {
        let address = format!("{name}@example.org");
        let invitation = json!({ "name": name, "email": address });
        let owners = format!("/api/v1/publishers/{namespace}/owners");
        let (status, answer) = request(registry, operator, Method::POST, &owners, Some(invitation)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        let code = json!({ "code": self.invitation_code(&address).await });
        let (status, answer) = request(registry, operator, Method::POST, "/api/v1/owners/accept", Some(code)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer["token"].as_str().expect("a token").to_owned()
    }

    fn admin_token_of(&self, arguments: &[&str]) -> String {
        self.admin(arguments)["token"].as_str().expect("a token").to_owned()
    }

    /// Runs an `admin` command that succeeds, beside the server if there is one, and returns its document.
    pub fn admin(&self, arguments: &[&str]) -> Value {
        let output = self.try_admin(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    /// Runs an `admin` command.
    pub fn try_admin(&self, arguments: &[&str]) -> Output {
        let arguments: Vec<_> = ["admin"].iter().chain(arguments).copied().collect();
        self.command(&arguments).arg("--json").output().expect("the registry runs")
    }

    /// A command on the registry's data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&programs().registry);
        command.args(arguments).arg("--data").arg(self.data());
        // What a test sends is seldom as it should be in every respect; tests of the review say otherwise.
        command.env("ADX_REGISTRY__REVIEW__WHEN", "never");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the registry.
    pub fn start(&self) -> Process {
        self.start_with(|_| {})
    }

    /// Starts the registry so that it dies at a fail point.
    pub fn start_to_abort_at(&self, point: &str) -> Process {
        self.start_with(|command| {
            command.env(ABORT_AT, point);
        })
    }

    /// Starts the registry by a command that was prepared further.
    pub fn start_with(&self, prepare: impl FnOnce(&mut Command)) -> Process {
        let mut command = self.serve();
        prepare(&mut command);
        Process::start("registry", &mut command, self.folder.path())
    }

    /// Starts the registry so that it dies before it answers, and waits until it has.
    pub fn run_to_its_end_aborting_at(&self, point: &str) -> ExitStatus {
        self.serve().env(ABORT_AT, point).stderr(Stdio::null()).status().expect("the registry runs")
    }

    /// Starts a second server on the same rows and files; it has a search index of its own.
    pub fn start_beside(&self) -> Process {
        self.start_beside_with(|_| {})
    }

    /// Starts a second server by a command that was prepared further.
    pub fn start_beside_with(&self, prepare: impl FnOnce(&mut Command)) -> Process {
        let mut command = self.serve();
        command.env("ADX_REGISTRY__SEARCH__URL", self.folder.path().join("search-beside"));
        prepare(&mut command);
        Process::start("registry-beside", &mut command, self.folder.path())
    }

    fn serve(&self) -> Command {
        let mut command = self.command(&["serve"]);
        command.args(["--listen", "127.0.0.1:0"]);
        command
    }

    /// Registers the publisher's key.
    pub async fn register_key(&self, registry: &Process) {
        let answer = client()
            .post(format!("{}/api/v1/publishers/adx/keys", registry.url))
            .bearer_auth(&self.token)
            .json(&json!({ "public_key_pem": self.key.public().to_pem() }))
            .send()
            .await
            .expect("the registry answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// The signed envelope of a package, as its publisher makes it.
    pub fn envelope(&self, package: &[u8]) -> Envelope {
        envelope(package, &self.key)
    }

    /// Publishes a sound package.
    ///
    /// # Errors
    /// When no answer arrives, as when the registry dies.
    pub async fn publish(&self, registry: &Process, package: &[u8]) -> reqwest::Result<Response> {
        self.publish_with(&client(), registry, package).await
    }

    /// Publishes a sound package over a client's open connections.
    ///
    /// # Errors
    /// When no answer arrives, as when the registry dies.
    pub async fn publish_with(&self, client: &Client, registry: &Process, package: &[u8]) -> reqwest::Result<Response> {
        let version = Package::read(package).expect("a sound package").manifest.module.version.to_string();
        self.put(client, registry, &version, package.to_vec(), &self.envelope(package)).await
    }

    /// Uploads any bytes as a version of `adx/hello`.
    ///
    /// # Errors
    /// When no answer arrives.
    pub async fn upload(
        &self,
        registry: &Process,
        version: &str,
        bytes: Vec<u8>,
        envelope: &Envelope,
    ) -> reqwest::Result<Response> {
        self.put(&client(), registry, version, bytes, envelope).await
    }

    async fn put(
        &self,
        client: &Client,
        registry: &Process,
        version: &str,
        bytes: Vec<u8>,
        envelope: &Envelope,
    ) -> reqwest::Result<Response> {
        self.upload_request(client, registry, version, envelope).body(bytes).send().await
    }

    /// An upload of a version of `adx/hello` that has no body yet.
    pub fn upload_request(
        &self,
        client: &Client,
        registry: &Process,
        version: &str,
        envelope: &Envelope,
    ) -> RequestBuilder {
        client
            .put(format!("{}/api/v1/modules/adx/hello/versions/{version}", registry.url))
            .bearer_auth(&self.token)
            .header("adx-envelope", base64::engine::general_purpose::STANDARD.encode(envelope.to_json()))
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

/// The signed envelope of a package, by a publisher's key.
pub fn envelope(package: &[u8], key: &SecretKey) -> Envelope {
    let read = Package::read(package).expect("a sound package");
    sign_release(&release(&read), Digest::of(package), key)
}

/// Installs a ceremony for a first look on a registry's data.
pub fn trust_trial(data: &Path) {
    run_trust(Command::new(&programs().registry).args(["trust", "trial", "--data"]).arg(data));
}

fn run_trust(command: &mut Command) {
    let output = command.output().expect("the registry runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What a publisher states about a package.
pub fn release(package: &Package) -> Release {
    Release {
        module: package.manifest.id(),
        version: package.manifest.module.version.clone(),
        permissions: package.manifest.permissions.texts(),
        sbom_sha256: package.sbom_sha256(),
    }
}

/// Randomness of the operating system.
pub fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// A tenant of an agent under test.
pub struct Tenant {
    /// The tenant's id.
    pub name: String,
    /// The token that reaches only it.
    pub token: String,
}

/// An agent's folder.
pub struct Agent {
    folder: TempDir,
    root: PathBuf,
}

impl Agent {
    /// A new agent that believes a registry; not started.
    pub fn of(registry: &Registry) -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), root: registry.first_root() }
    }

    /// The agent's data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// Starts the agent.
    pub fn start(&self, registry_url: &str) -> Process {
        self.start_with(registry_url, |_| {})
    }

    /// Starts the agent so that it dies at a fail point.
    pub fn start_to_abort_at(&self, registry_url: &str, point: &str) -> Process {
        self.start_with(registry_url, |command| {
            command.env(ABORT_AT, point);
        })
    }

    /// Starts the agent by a command that was prepared further.
    pub fn start_with(&self, registry_url: &str, prepare: impl FnOnce(&mut Command)) -> Process {
        let mut command = Command::new(&programs().agent);
        command.arg("serve").arg("--data").arg(self.data()).args([
            "--registry",
            registry_url,
            "--listen",
            "127.0.0.1:0",
        ]);
        command.arg("--root").arg(&self.root).arg("--admin-token-file").arg(self.admin_token_file());
        prepare(&mut command);
        Process::start("agent", &mut command, self.folder.path())
    }

    fn admin_token_file(&self) -> PathBuf {
        self.folder.path().join("admin-token")
    }

    /// The token of the agent's administrator.
    pub fn admin_token(&self) -> String {
        std::fs::read_to_string(self.admin_token_file()).expect("the agent wrote its admin token").trim().to_owned()
    }

    /// Creates a tenant.
    pub async fn create_tenant(&self, agent: &Process, name: &str) -> Tenant {
        let (status, body) = request(
            agent,
            &self.admin_token(),
            Method::POST,
            "/api/v1/tenants",
            Some(json!({ "tenant": name, "display_name": name })),
        )
        .await;
        assert!(status.is_success(), "{status}: {body}");
        Tenant { name: name.to_owned(), token: body["token"].as_str().expect("a token").to_owned() }
    }
}

impl Tenant {
    /// A request below this tenant's resource, with this tenant's token.
    pub async fn request(
        &self,
        agent: &Process,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        request(agent, &self.token, method, &format!("/api/v1/tenants/{}{path}", self.name), body).await
    }

    /// Starts an operation and waits for its end.
    pub async fn operate(&self, agent: &Process, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, operation) = self.request(agent, method, path, body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{operation}");
        self.wait_for(agent, operation["id"].as_str().expect("an operation has an id")).await
    }

    /// Waits for the end of an operation.
    pub async fn wait_for(&self, agent: &Process, operation: &str) -> Value {
        loop {
            let (status, operation) =
                self.request(agent, Method::GET, &format!("/operations/{operation}?wait=30"), None).await;
            assert_eq!(status, StatusCode::OK, "{operation}");
            if operation["status"] != "running" {
                return operation;
            }
        }
    }

    /// Installs hello with everything it requires, and activates it.
    pub async fn install_hello(&self, agent: &Process, requirement: &str) {
        let installed = self.operate(agent, Method::POST, "/installations", Some(install_hello(requirement))).await;
        assert_eq!(installed["status"], "succeeded", "{installed}");
        let active = self.operate(agent, Method::POST, "/installations/adx/hello/activate", None).await;
        assert_eq!(active["status"], "succeeded", "{active}");
    }

    /// Calls hello's `greet`.
    pub async fn greet(&self, agent: &Process, name: &str) -> (StatusCode, Value) {
        self.request(agent, Method::POST, "/installations/adx/hello/activities/greet", Some(json!({ "name": name })))
            .await
    }
}

/// The body that installs hello with everything it requires.
pub fn install_hello(requirement: &str) -> Value {
    json!({ "module": "adx/hello", "version": requirement, "grants": ["config", "kv", "sql"] })
}

/// A JSON request.
pub async fn request(
    server: &Process,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    try_request(server, token, method, path, body).await.expect("the server answers")
}

/// A JSON request to a server that may die over it.
///
/// # Errors
/// When no answer arrives.
pub async fn try_request(
    server: &Process,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> reqwest::Result<(StatusCode, Value)> {
    let mut request = client().request(method, format!("{}{path}", server.url)).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    Ok((status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) }))
}

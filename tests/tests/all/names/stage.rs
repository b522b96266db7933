//! Publishers of any namespace, and modules of any name.

use adx_index::package::Package;
use adx_signing::digest::Digest;
use adx_signing::key::SecretKey;
use adx_signing::statement::sign_release;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, random, release, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A publisher with a key that is registered.
pub(super) struct Publisher {
    token: String,
    key: SecretKey,
}

impl Publisher {
    /// Creates one on the machine.
    pub(super) async fn new(registry: &Registry, running: &Process, namespace: &str) -> Self {
        let token = registry.create_publisher(namespace);
        Self::with_token(running, namespace, token).await
    }

    /// The publisher whose token this is.
    pub(super) async fn with_token(running: &Process, namespace: &str, token: String) -> Self {
        let key = SecretKey::generate(&mut random());
        let keys = format!("/api/v1/publishers/{namespace}/keys");
        let pem = json!({ "public_key_pem": key.public().to_pem() });
        let (status, answer) = request(running, &token, Method::POST, &keys, Some(pem)).await;
        assert!(status.is_success(), "{answer}");
        Self { token, key }
    }

    /// Its token.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Publishes version 1.0.0 of a module that is written so.
    pub(super) async fn publish(&self, running: &Process, module: &str) -> (StatusCode, Value) {
        self.publish_version(running, module, "1.0.0").await
    }

    /// Publishes a version of a module that is written so.
    pub(super) async fn publish_version(&self, running: &Process, module: &str, version: &str) -> (StatusCode, Value) {
        let package = package(module, version);
        let read = Package::read(package.as_slice()).unwrap();
        let envelope = sign_release(&release(&read), Digest::of(&package), &self.key);
        let answer = client()
            .put(format!("{}/api/v1/modules/{module}/versions/{version}", running.url))
            .bearer_auth(&self.token)
            .header("adx-envelope", STANDARD.encode(envelope.to_json()))
            .body(package)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

/// The package of hello under another name.
fn package(module: &str, version: &str) -> Vec<u8> {
    let (namespace, name) = module.split_once('/').unwrap();
    let mut files = hello::files(version, Behaviour::Plain);
    let path = hello::path("module.toml");
    let mut manifest: toml_edit::DocumentMut = String::from_utf8(files[&path].clone()).unwrap().parse().unwrap();
    manifest["module"]["publisher"] = toml_edit::value(namespace);
    manifest["module"]["name"] = toml_edit::value(name);
    files.insert(path, manifest.to_string().into_bytes());
    hello::pack(&files)
}

/// A document that everybody may read.
pub(super) async fn get(running: &Process, path: &str) -> (StatusCode, Value) {
    let answer = client().get(format!("{}{path}", running.url)).send().await.unwrap();
    let status = answer.status();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

/// The kind of a problem.
pub(super) fn kind(problem: &Value) -> &str {
    problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

//! Publishers and readers who do not stop, and what they were told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::stage::Registry;
use base64::Engine as _;
use reqwest::{Client, Response, StatusCode};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Publishers at once, each with versions of its own.
const PUBLISHERS: u64 = 3;
/// Readers at once.
const READERS: u64 = 2;

/// What was told so far.
#[derive(Default)]
pub(super) struct Told {
    /// Versions that were acknowledged, with the digest of their package.
    pub(super) acknowledged: Mutex<BTreeMap<String, Digest>>,
    /// Answers that no client can make sense of.
    pub(super) unreadable: Mutex<Vec<String>>,
    /// Publishes that were refused, and reads.
    pub(super) refused: AtomicU64,
    /// Reads that were answered.
    pub(super) read: AtomicU64,
    /// Packages that were read, each the bytes that were acknowledged.
    pub(super) packages: AtomicU64,
    stopping: AtomicBool,
}

/// A load that goes on.
pub(super) struct Load {
    pub(super) told: Arc<Told>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins. Publishers take the servers in turn; a server may be gone.
    pub(super) fn begin(registry: &Registry, servers: &[String]) -> Self {
        let told = Arc::new(Told::default());
        let mut tasks = Vec::new();
        for publisher in 0..PUBLISHERS {
            let publish = Publish {
                told: Arc::clone(&told),
                servers: servers.to_owned(),
                token: registry.token.clone(),
                key: registry.key.clone(),
                publisher,
            };
            tasks.push(tokio::spawn(publish.run()));
        }
        for reader in 0..READERS {
            tasks.push(tokio::spawn(read(Arc::clone(&told), servers.to_owned(), reader)));
            tasks.push(tokio::spawn(read_packages(Arc::clone(&told), servers.to_owned(), reader)));
        }
        Self { told, tasks }
    }

    /// Waits until so many more versions were acknowledged.
    pub(super) async fn acknowledges(&self, more: usize) {
        let before = self.told.acknowledged.lock().await.len();
        adx_tests::eventually("publishes are acknowledged", async || {
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.told.acknowledged.lock().await.len() >= before + more
        })
        .await;
    }

    /// Ends, once what is under way has been answered.
    pub(super) async fn end(self) -> Arc<Told> {
        self.told.stopping.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.told
    }
}

struct Publish {
    told: Arc<Told>,
    servers: Vec<String>,
    token: String,
    key: adx_signing::key::SecretKey,
    publisher: u64,
}

impl Publish {
    async fn run(self) {
        let client = client();
        let mut number = 0;
        while !self.told.stopping.load(Ordering::Relaxed) {
            let version = format!("1.{}.{number}", self.publisher);
            let package = hello::package(&version, Behaviour::Plain);
            let envelope = adx_tests::stage::envelope(&package, &self.key).to_json();
            let envelope = base64::engine::general_purpose::STANDARD.encode(envelope);
            let mut attempt = number;
            // The same bytes again until they are acknowledged: that is what a publisher does.
            while !self.told.stopping.load(Ordering::Relaxed) {
                let server = &self.servers[usize::try_from(attempt).unwrap() % self.servers.len()];
                attempt += 1;
                let sent = client
                    .put(format!("{server}/api/v1/modules/adx/hello/versions/{version}"))
                    .bearer_auth(&self.token)
                    .header("adx-envelope", &envelope)
                    .body(package.clone())
                    .send()
                    .await;
                match self.told.judge(sent, self.servers.len() > 1).await {
                    Some(status) if status.is_success() => {
                        self.told.acknowledged.lock().await.insert(version, Digest::of(&package));
                        break;
                    }
                    _ => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
            number += 1;
        }
    }
}

async fn read(told: Arc<Told>, servers: Vec<String>, reader: u64) {
    let client = client();
    let paths = [
        "/index/ad/he/adx/hello",
        "/api/v1/modules/adx/hello",
        "/api/v1/search?q=hello",
        "/api/v1/changes?after=0",
        "/tuf/timestamp.json",
        "/tuf/1.root.json",
        "/log/checkpoint",
        "/api/v1/modules/adx/hello/versions",
    ];
    let mut turn = usize::try_from(reader).unwrap();
    while !told.stopping.load(Ordering::Relaxed) {
        let (path, server) = (paths[turn % paths.len()], &servers[turn % servers.len()]);
        turn += 1;
        let sent = client.get(format!("{server}{path}")).send().await;
        if told.judge(sent, servers.len() > 1).await.is_some_and(|status| status.is_success()) {
            told.read.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads what was acknowledged, the newest and the oldest in turn: storage is asked for what no cache holds.
async fn read_packages(told: Arc<Told>, servers: Vec<String>, reader: u64) {
    let client = client();
    let mut turn = usize::try_from(reader).unwrap();
    while !told.stopping.load(Ordering::Relaxed) {
        turn += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let acknowledged = told.acknowledged.lock().await;
        let chosen =
            if turn.is_multiple_of(2) { acknowledged.values().next_back() } else { acknowledged.values().next() };
        let Some(sha256) = chosen.copied() else { continue };
        drop(acknowledged);
        let server = &servers[turn % servers.len()];
        let sent = client.get(format!("{server}/packages/{sha256}.adxm")).send().await;
        // One that ends half-way is no answer, which the client sees; one that is whole is what was published.
        let sent = match sent {
            Ok(answer) if answer.status().is_success() => {
                let Ok(package) = answer.bytes().await else { continue };
                if Digest::of(&package) == sha256 {
                    told.packages.fetch_add(1, Ordering::Relaxed);
                } else {
                    told.unreadable.lock().await.push(format!("{sha256} has other bytes"));
                }
                continue;
            }
            other => other,
        };
        told.judge(sent, servers.len() > 1).await;
    }
}

impl Told {
    /// Whether an answer is one that a client can make sense of; its status.
    async fn judge(&self, sent: reqwest::Result<Response>, may_be_gone: bool) -> Option<StatusCode> {
        let answer = match sent {
            Ok(answer) => answer,
            Err(_) if may_be_gone => return None,
            Err(error) => {
                self.unreadable.lock().await.push(format!("no answer: {error:?}"));
                return None;
            }
        };
        let (status, url) = (answer.status(), answer.url().path().to_owned());
        if status.is_success() {
            return Some(status);
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok().map(str::to_owned));
        let body = answer.text().await.unwrap_or_default();
        // What is not there yet is no fault; else the fault is said to be a passing one.
        let is_problem = kind.as_deref() == Some("application/problem+json");
        let is_passing =
            matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_FOUND | StatusCode::CONFLICT);
        if !is_problem || !is_passing {
            self.unreadable.lock().await.push(format!("{url}: {status} {kind:?} {body}"));
        }
        Some(status)
    }
}

fn client() -> Client {
    Client::builder().timeout(Duration::from_secs(60)).build().unwrap()
}

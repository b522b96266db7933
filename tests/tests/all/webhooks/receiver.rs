//! A receiver that answers as it is told to, and keeps what it got.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adx_tests::process::Process;
use adx_tests::stage::{Registry, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How a request is answered.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// With a status.
    Status(u16),
    /// With the way to somewhere else.
    Redirect(String),
    /// A byte at a time, and never to its end.
    Slowly,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Received {
    pub(super) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn event(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of the signatures is that of a secret, as the specification of Standard Webhooks says.
    pub(super) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert!((24..=64).contains(&key.len()), "the specification's bounds");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.headers["webhook-signature"].split(' ').any(|signature| signature == expected)
    }

    pub(super) fn signatures(&self) -> usize {
        self.headers["webhook-signature"].split(' ').count()
    }
}

#[derive(Default)]
struct Kept {
    received: Vec<Received>,
    answers: VecDeque<Answer>,
    otherwise: Option<Answer>,
}

/// A receiver on this machine.
#[derive(Clone)]
pub(super) struct Receiver {
    kept: Arc<Mutex<Kept>>,
    pub(super) url: String,
}

impl Receiver {
    /// One that takes everything.
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?from=adx", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Kept::default()));
        let serving = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&serving)));
            }
        });
        Self { kept, url }
    }

    /// Answers the next requests so.
    pub(super) fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.kept.lock().unwrap().answers.extend(answers);
    }

    /// Answers everything so from now on.
    pub(super) fn answer_all(&self, answer: Answer) {
        self.kept.lock().unwrap().otherwise = Some(answer);
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.kept.lock().unwrap().received.clone()
    }

    /// Waits until so many came.
    pub(super) async fn wait_for(&self, count: usize) -> Vec<Received> {
        adx_tests::eventually("the webhook is called", async || self.received().len() >= count).await;
        self.received()
    }
}

async fn serve(mut socket: TcpStream, kept: Arc<Mutex<Kept>>) -> Option<()> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut chunk = [0; 4096];
        let read = socket.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    assert!(head.starts_with("POST "), "{head}");
    let headers: BTreeMap<_, _> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers["content-length"].parse().unwrap();
    while bytes.len() < end + length {
        let mut chunk = [0; 4096];
        let read = socket.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
    let body = String::from_utf8(bytes[end..].to_vec()).unwrap();
    let answer = {
        let mut kept = kept.lock().unwrap();
        kept.received.push(Received { headers, body });
        let next = kept.answers.pop_front();
        next.or_else(|| kept.otherwise.clone()).unwrap_or(Answer::Status(204))
    };
    let text = match answer {
        Answer::Status(status) => format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
        Answer::Redirect(to) => {
            format!("HTTP/1.1 307 X\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Answer::Slowly => {
            for byte in "HTTP/1.1 200 OK\r\nx-slow: ".bytes().chain(std::iter::repeat(b'x')) {
                socket.write_all(&[byte]).await.ok()?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            return None;
        }
    };
    socket.write_all(text.as_bytes()).await.ok()?;
    socket.shutdown().await.ok()
}

/// A registry that may call webhooks on this machine, and does not wait long.
pub(super) fn start(registry: &Registry, retry_for: &str) -> Process {
    registry.start_with(|command| {
        configure(command, retry_for);
    })
}

pub(super) fn configure(command: &mut std::process::Command, retry_for: &str) {
    command
        .env("ADX_REGISTRY__WEBHOOKS__ALLOW_LOOPBACK", "true")
        .env("ADX_REGISTRY__WEBHOOKS__FIRST_RETRY", "100ms")
        .env("ADX_REGISTRY__WEBHOOKS__RETRY_FOR", retry_for)
        .env("ADX_REGISTRY__WORKER__POLL", "100ms");
}

/// Sets a webhook up; its id and secret.
pub(super) async fn create(running: &Process, token: &str, hook: Value) -> (String, String) {
    let (status, answer) = request(running, token, Method::POST, "/api/v1/webhooks", Some(hook)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer["webhook"]["id"]), text(&answer["secret"]))
}

pub(super) async fn ping(running: &Process, token: &str, id: &str) -> StatusCode {
    request(running, token, Method::POST, &format!("/api/v1/webhooks/{id}/ping"), None).await.0
}

pub(super) async fn deliveries(running: &Process, token: &str, id: &str) -> Vec<Value> {
    let (_, answer) = request(running, token, Method::GET, &format!("/api/v1/webhooks/{id}/deliveries"), None).await;
    answer["deliveries"].as_array().unwrap().clone()
}

pub(super) async fn webhook(running: &Process, token: &str, id: &str) -> Value {
    request(running, token, Method::GET, &format!("/api/v1/webhooks/{id}"), None).await.1
}

/// What `/metrics` says of a figure without labels.
pub(super) async fn metric(running: &Process, name: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", running.url)).await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap_or_else(|| panic!("{name}"));
    line.parse().unwrap()
}

pub(super) fn everything_of_adx(receiver: &Receiver) -> Value {
    json!({ "namespace": "adx", "url": receiver.url })
}

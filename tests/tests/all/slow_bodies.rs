//! Callers that begin a body and do not go on, who are told that it is they who are slow, and those who do not read what they are sent: nobody
//! holds a connection open that way.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Far beyond the second that a request may take here, and far below what an upload may.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a head that says 40 bytes and `sent` of the body, then waits until the registry hangs up: status line and body of its answer.
fn stall(running: &Process, method: &str, path: &str, token: &str, sent: &str) -> (String, Value) {
    let address = running.url.strip_prefix("http://").expect("an address");
    let mut socket = TcpStream::connect(address).expect("the registry listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket has a time limit");
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\nhost: registry\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 40\r\n\r\n{sent}"
    )
    .expect("the registry reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{method} {path}: {error} after `{answer}`"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: `{answer}`"));
    (head.lines().next().unwrap_or_default().to_owned(), serde_json::from_str(body).expect("a problem is JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_a_body_slowly_is_told_so_and_a_slow_registry_says_that_it_is_slow() {
    let registry = Registry::new();
    let operator = registry.create_operator_token();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__LIMITS__REQUEST", "1s");
    });
    for (method, path, token, sent) in [
        ("PUT", "/api/v1/modules/adx/hello/deprecation", &registry.token, ""),
        ("PUT", "/api/v1/modules/adx/hello/takedown", &operator, ""),
        ("PUT", "/api/v1/modules/adx/hello/versions/1.0.0/takedown", &operator, "{"),
        ("POST", "/api/v1/tokens", &registry.token, "{\"label\":"),
    ] {
        let (status, problem) = stall(&running, method, path, token, sent);
        assert_eq!(status, "HTTP/1.1 408 Request Timeout", "{method} {path}: {problem}");
        assert_eq!(problem["type"], "https://adx-core.dev/problems/timeout", "{problem}");
        assert_eq!(problem["hint"], "Send it whole within 1 s.", "{problem}");
    }

    // Somebody else writes, and does not end.
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let label = json!({ "label": "ci", "scopes": [{ "scope": "publish" }] });
    let (status, problem) = request(&running, &registry.token, Method::POST, "/api/v1/tokens", Some(label)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{problem}");
    assert_eq!(problem["type"], "https://adx-core.dev/problems/unavailable", "{problem}");
    let metrics = client().get(format!("{}/metrics", running.url)).send().await.unwrap().text().await.unwrap();
    for (status, count) in [("4xx", 4), ("5xx", 1)] {
        let line = format!("adx_http_requests_total{{area=\"api\",status=\"{status}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
}

/// The HTTP parser answers by itself, and lets nobody put a problem into its answer.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_answered_without_a_body() {
    let registry = Registry::new();
    let running = registry.start();
    let address = running.url.strip_prefix("http://").expect("an address");
    let headers: String = (0..97).map(|number| format!("x-{number}: 1\r\n")).collect();
    for (sent, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\n{headers}\r\n"), "431 Request Header Fields Too Large"),
    ] {
        let mut socket = TcpStream::connect(address).expect("the registry listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket has a time limit");
        socket.write_all(sent.as_bytes()).expect("the registry reads");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{status}: {error} after `{answer}`"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{status}: `{answer}`"));
        assert_eq!((head.lines().next(), body), (Some(&*format!("HTTP/1.1 {status}")), ""), "{answer}");
    }
}

/// Asks for more than fits on the way, again and again, and reads nothing.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_read_is_let_go() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__WRITE_TIMEOUT", "1s");
    });
    let address = running.url.strip_prefix("http://").expect("an address");
    let mut socket = TcpStream::connect(address).expect("the registry listens");
    let requests = "GET /openapi.json HTTP/1.1\r\nhost: registry\r\n\r\n".repeat(64);
    let began = Instant::now();
    socket.write_all(requests.as_bytes()).expect("the registry reads");
    loop {
        // What is sent to a connection that is closed comes back as a refusal.
        std::thread::sleep(Duration::from_millis(200));
        if socket.write_all(b"GET / HTTP/1.1\r\nhost: registry\r\n\r\n").is_err() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "it is still open");
    }
    // Whoever reads, however late, is served.
    let answer = client().get(format!("{}/openapi.json", running.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_holds_so_many_connections_and_no_more() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__MAX_CONNECTIONS_PER_ADDRESS", "3");
    });
    let address = running.url.strip_prefix("http://").expect("an address");
    let ask = || {
        let mut socket = TcpStream::connect(address).expect("the registry listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket has a time limit");
        // A connection that is closed at once may refuse this as well.
        let _closed = socket.write_all(b"GET /healthz HTTP/1.1\r\nhost: registry\r\n\r\n");
        let mut answer = [0; 15];
        let is_answered = socket.read_exact(&mut answer).is_ok() && answer == *b"HTTP/1.1 200 OK";
        (socket, is_answered)
    };
    let began = Instant::now();
    // The harness itself may hold one still that it looked with whether the registry is ready.
    let mut held = Vec::new();
    loop {
        let (socket, is_answered) = ask();
        if !is_answered {
            break;
        }
        held.push(socket);
        assert!(held.len() <= 3, "more than three are held");
    }
    assert!(!held.is_empty());
    held.clear();
    while !ask().1 {
        assert!(began.elapsed() < PATIENCE, "those that are closed count still");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_packages_slowly_keeps_nobody_else_waiting() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__LIMITS__CONCURRENT_UPLOADS", "2");
    });
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    let address = running.url.strip_prefix("http://").expect("an address");
    let mut slow = TcpStream::connect(address).expect("the registry listens");
    write!(
        slow,
        "PUT /api/v1/modules/adx/hello/versions/1.0.0 HTTP/1.1\r\nhost: registry\r\nauthorization: Bearer {}\r\n\
         adx-envelope: {}\r\ncontent-length: {}\r\n\r\n",
        registry.token,
        BASE64_STANDARD.encode(registry.envelope(&package).to_json()),
        package.len()
    )
    .expect("the registry reads");
    let publish =
        async || registry.publish(&running, &hello::package("1.0.1", Behaviour::Plain)).await.unwrap().status();
    // One of two places is a publisher's share. Whoever is refused has sent nothing that is kept.
    let stranger = registry.create_publisher("stranger");
    let mut refused = StatusCode::OK;
    for _ in 0..200 {
        refused = publish().await;
        if refused == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    let other = client().put(format!("{}/api/v1/modules/stranger/hello/versions/1.0.0", running.url));
    let other = other.bearer_auth(&stranger).header("adx-envelope", BASE64_STANDARD.encode("{}")).body("no package");
    assert_ne!(other.send().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS, "another publisher's share");
    drop(slow);
    eventually("the place is free again", async || matches!(publish().await, StatusCode::CREATED | StatusCode::OK))
        .await;
}

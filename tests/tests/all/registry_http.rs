//! How the registry speaks HTTP, whatever is asked: HEAD, other methods, and what it says of bodies and queries it cannot read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::time::Duration;

use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use futures::SinkExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// What is served and not described by the API's description.
const PAGES: [&str; 6] = ["/", "/docs", "/docs/", "/docs/style.css", "/openapi.json", "/openapi.yaml"];

/// Every address of the description, filled in with what belongs to `adx/hello`, and the methods it answers to.
fn addresses(Served { sha256, shard }: &Served) -> BTreeMap<String, BTreeSet<String>> {
    let document = serde_json::to_value(adx_registry::http::document()).expect("the description is JSON");
    let described = document["paths"].as_object().expect("paths").iter().map(|(path, item)| {
        let path = path
            .replace("{namespace}", "adx")
            .replace("{name}", "hello")
            .replace("{version}", "1.0.0")
            .replace("{sha256}", sha256)
            .replace("{first}", "ad")
            .replace("{second}", "he")
            .replace("{id}", "none")
            .replace("{key_id}", sha256)
            .replace("{file}", "timestamp.json")
            .replace("{target}", &format!("{sha256}.adx--hello--1.0.0.adxm"))
            .replace("{shard}", shard)
            .replace("{advisory}", &format!("{sha256}.json"))
            .replace("{tile}", "entries/000.p/4")
            .replace("{switch}", "staged")
            .replace("{page}", "guide.md")
            .replace("{number}", "1")
            .replace("{tenant}", "none")
            .replace("{invoice}", "none");
        assert!(!path.contains('{'), "{path}: a parameter this test does not know");
        (path, item.as_object().expect("operations").keys().map(|method| method.to_uppercase()).collect())
    });
    let pages = PAGES.map(|page| (page.to_owned(), BTreeSet::from(["GET".to_owned()])));
    described.chain(pages).collect()
}

/// What of a registry has an address that nobody can guess.
struct Served {
    /// The digest of the package.
    sha256: String,
    /// The file of the index's one shard.
    shard: String,
}

/// A registry with `adx/hello` 1.0.0, signed.
async fn registry() -> (Registry, Process, Served) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    let published = registry.publish(&running, &package).await.expect("the registry answers");
    assert_eq!(published.status(), StatusCode::CREATED);
    running.wait_until_signed().await;
    let shards = std::fs::read_dir(registry.data().join("files/index/shards")).expect("a folder");
    let shard = shards.flatten().next().expect("one shard").file_name().into_string().expect("text");
    let sha256 = adx_signing::digest::Digest::of(&package).to_string();
    (registry, running, Served { sha256, shard })
}

/// Head and body of an answer, byte for byte: a client library would not show a body that should not be there.
fn exchange(running: &Process, method: &str, path: &str, token: &str) -> (String, Vec<u8>) {
    let address = running.url.strip_prefix("http://").expect("an address");
    let mut socket = std::net::TcpStream::connect(address).expect("the registry listens");
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\nhost: registry\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    )
    .expect("the registry reads");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("the registry answers and hangs up");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head ends with an empty line");
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).expect("a head is text"), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answers_get_answers_head_without_a_body() {
    let (registry, running, served) = registry().await;
    let mut others = Vec::new();
    for (path, methods) in addresses(&served) {
        let (head, body) = exchange(&running, "HEAD", &path, &registry.token);
        if methods.contains("GET") {
            let (got, got_body) = exchange(&running, "GET", &path, &registry.token);
            let line = |head: &str| head.lines().next().expect("a status line").to_owned();
            let kind = |head: &str| head.lines().find(|line| line.starts_with("content-type:")).map(str::to_owned);
            let status = match path.as_str() {
                // Nobody is offered the namespace.
                path if path.ends_with("/transfer") => "204 No Content",
                // A proposal takes owners to be there first (tests of owners read one), a domain somebody who asks for it, and nobody named a provider of identities. Nor was any submission held, or any advisory filed.
                path if path.ends_with("/proposals/none")
                    || path.ends_with("/domain")
                    || path.ends_with("/openid/callback")
                    // Nobody has bought anything.
                    || ["/api/v1/tenants/", "/api/v1/orders/", "/api/v1/invoices/"]
                        .iter()
                        .any(|below| path.starts_with(below))
                    || path.starts_with("/index/advisories/")
                    // Hello has neither pictures nor documentation nor a bill of materials.
                    || path.ends_with("/docs/guide.md")
                    || path.ends_with("/screenshots/1")
                    || path.ends_with("/sbom")
                    || matches!(
                        path,
                        "/api/v1/submissions/none" | "/api/v1/submissions/none/diff" | "/api/v1/advisories/none"
                    ) =>
                {
                    "404 Not Found"
                }
                // For operators, and a token is nobody's session.
                "/api/v1/submissions"
                | "/api/v1/submissions/none/package"
                | "/api/v1/publishers/adx/review"
                | "/api/v1/names/held"
                | "/api/v1/reports"
                | "/api/v1/reports/modules"
                | "/api/v1/appeals"
                | "/api/v1/orders"
                | "/api/v1/publishers/adx/statement"
                | "/api/v1/publishers/adx/statement.csv"
                | "/api/v1/publishers/adx/coupons"
                | "/api/v1/takedowns"
                | "/api/v1/accounts"
                | "/api/v1/audit"
                | "/api/v1/audit/head"
                | "/api/v1/jobs/given-up"
                | "/api/v1/webhooks"
                | "/api/v1/webhooks/none"
                | "/api/v1/webhooks/none/deliveries"
                | "/api/v1/account/appeals"
                | "/api/v1/account/publishers"
                | "/api/v1/account/sessions"
                | "/api/v1/account/identities"
                | "/api/v1/account/passkeys" => "403 Forbidden",
                _ => "200 OK",
            };
            if line(&head) != format!("HTTP/1.1 {status}") {
                others.push(format!("HEAD {path}: {}", line(&head)));
            }
            assert_eq!((line(&head), kind(&head)), (line(&got), kind(&got)), "HEAD {path} is GET without a body");
            assert_eq!(got_body.is_empty(), status.starts_with("204"), "GET {path}");
        } else {
            assert!(head.starts_with("HTTP/1.1 405 "), "HEAD {path}: {head}");
        }
        assert!(body.is_empty(), "HEAD {path}: {} bytes follow", body.len());
    }
    assert!(others.is_empty(), "{others:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_refused_with_those_that_are_allowed() {
    let (_registry, running, served) = registry().await;
    for (path, mut methods) in addresses(&served) {
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let allowed = methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            // Deleted is what is called so, as any token or passkey.
            let is_called_so = ["/api/v1/tokens/report", "/api/v1/account/passkeys/assertion"].contains(&path.as_str());
            if methods.contains(method) || (method == "DELETE" && is_called_so) {
                continue;
            }
            let method: Method = method.parse().expect("a method");
            let answer = client().request(method.clone(), format!("{}{path}", running.url)).send().await;
            let answer = answer.expect("the registry answers");
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.headers()["allow"], allowed, "{method} {path}");
            let problem: Value = answer.json().await.expect("a problem is JSON");
            assert_eq!(problem["detail"], format!("this address answers to {allowed}"), "{method} {path}");
        }
    }
    for path in [
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/search/",
        "/index/nothing",
        "/packages/nothing",
        "/docs/nothing",
        "/log/nothing",
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = client().request(method.clone(), format!("{}{path}", running.url)).send().await;
            assert_eq!(answer.expect("the registry answers").status(), StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_shown_a_page_where_there_is_none_and_programs_a_problem() {
    let registry = Registry::new();
    let running = registry.start();
    let ask = async |method: Method, path: &str, accept: &str| {
        let request = client().request(method, format!("{}{path}", running.url)).header("accept", accept);
        let answer = request.send().await.expect("the registry answers");
        let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
        (answer.status(), kind, answer)
    };
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in ["/nothing", "/account/nothing", "/modules/adx", "/docs/nothing", "/assets/nothing.js"] {
        let (status, kind, answer) = ask(Method::GET, path, browser).await;
        assert_eq!((status, &*kind), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"), "{path}");
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"), "{path}");
        assert!(answer.headers().get_all("vary").iter().any(|vary| vary == "accept"), "{path}: {:?}", answer.headers());
        assert!(!answer.headers().contains_key("etag"), "{path}");
        assert!(answer.text().await.expect("a page").contains("<html"), "{path}");
        assert_eq!(ask(Method::HEAD, path, browser).await.0, StatusCode::NOT_FOUND, "{path}");
        for (method, accept) in [(Method::GET, "*/*"), (Method::GET, "application/json"), (Method::POST, browser)] {
            let (status, kind, _) = ask(method.clone(), path, accept).await;
            let problem = (StatusCode::NOT_FOUND, "application/problem+json");
            assert_eq!((status, &*kind), problem, "{method} {path} {accept}");
        }
    }
    for path in
        ["/api/v1/nothing", "/api/nothing", "/index/nothing", "/packages/nothing", "/tuf/nothing", "/log/nothing"]
    {
        let (status, kind, _) = ask(Method::GET, path, browser).await;
        assert_eq!((status, &*kind), (StatusCode::NOT_FOUND, "application/problem+json"), "{path}");
    }
    for path in ["/", "/account", "/modules/adx/hello", "/modules/adx/hello/1.0.0", "/review/1"] {
        assert_eq!(ask(Method::GET, path, browser).await.0, StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_docs_are_there_with_and_without_a_slash() {
    let registry = Registry::new();
    let running = registry.start();
    let page = async |path: &str| {
        let answer = client().get(format!("{}{path}", running.url)).send().await.expect("the registry answers");
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.expect("a page")
    };
    let docs = page("/docs").await;
    assert!(docs.contains("<h1>ADX registry</h1>"), "{docs}");
    assert!(docs.contains("<a class=\"wordmark\" href=\"/\""), "the way back to the site: {docs}");
    assert_eq!(page("/docs/").await, docs);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_sent_once_to_whoever_keeps_it() {
    let registry = Registry::new();
    let running = registry.start();
    for path in ["/docs", "/docs/", "/docs/style.css", "/openapi.yaml", "/openapi.json"] {
        let ask = || client().get(format!("{}{path}", running.url));
        let first = ask().send().await.expect("the registry answers");
        let tag = first.headers()["etag"].clone();
        assert_eq!(first.status(), StatusCode::OK, "{path}");
        let known = ask().header("if-none-match", &tag).send().await.expect("the registry answers");
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED, "{path}");
        let other = ask().header("if-none-match", "\"other\"").send().await.expect("the registry answers");
        assert_eq!(other.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_bears_the_headers_of_its_area() {
    let registry = Registry::new();
    let running = registry.start();
    let data = ("content-security-policy", "default-src 'none'");
    let page = [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "script-src 'self'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=()"),
    ];
    for (path, expected) in [
        ("/", &page[..]),
        ("/nothing", &page),
        ("/docs", &page[3..]),
        ("/api/v1/search", &[data, ("cache-control", "no-cache"), ("cross-origin-resource-policy", "cross-origin")]),
        ("/api/v1/nothing", &[data, ("cache-control", "no-store")]),
        ("/api/v1/session", &[data]),
        ("/index/nothing", &[("cross-origin-resource-policy", "cross-origin")]),
        ("/packages/nothing", &[("access-control-allow-origin", "*")]),
        ("/log/checkpoint", &[("access-control-allow-origin", "*")]),
    ] {
        let answer = client().get(format!("{}{path}", running.url)).header("accept", "text/html").send().await;
        let headers = answer.expect("the registry answers").headers().clone();
        for (name, words) in expected.iter().chain(&[("x-content-type-options", "nosniff")]) {
            let value = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            assert!(value.contains(words), "{path}: `{name}` is `{value}`, and not `{words}`");
        }
        assert!(!headers.contains_key("strict-transport-security"), "{path}: over plain http nothing is promised");
        let is_personal = path == "/api/v1/session";
        assert!(!is_personal || !headers.contains_key("access-control-allow-origin"), "{path} is the person's alone");
    }
}

/// What is sent is refused with the status, in these words and in none of the framework's.
async fn assert_refused(request: reqwest::RequestBuilder, status: StatusCode, words: &str) {
    let answer = request.send().await.expect("the registry answers");
    assert_eq!(answer.status(), status, "{words}");
    let problem: Value = answer.json().await.expect("a problem is JSON");
    assert_eq!(problem["detail"], words, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_parameter_is_named() {
    let registry = Registry::new();
    let running = registry.start();
    for (path, words) in [
        ("/api/v1/search?limit=ten", "`limit` in the query: a whole number is needed, 0 or more"),
        ("/api/v1/search?limit=0", "`limit` in the query: a whole number from 1 to 100 is needed"),
        ("/api/v1/search?limit=101", "`limit` in the query: a whole number from 1 to 100 is needed"),
        ("/api/v1/advisories?limit=101", "`limit` in the query: a whole number from 1 to 100 is needed"),
        ("/api/v1/changes?limit=0", "`limit` in the query: a whole number from 1 to 1000 is needed"),
        ("/api/v1/modules/adx/hello/versions?limit=0", "`limit` in the query: a whole number from 1 to 100 is needed"),
        ("/api/v1/search?price=free,cheap", "`price` in the query: `cheap` is no way to pay"),
        (
            "/api/v1/search?sort=price",
            "`sort` in the query: unknown variant `price`, expected one of `relevance`, `new`, `updated`, `name`",
        ),
        (
            "/api/v1/search?query=mail",
            "`query` in the query: unknown field `query`, expected one of `q`, `category`, `tag`, `price`, `publisher`, `verified`, \
             `platform`, `exclude`, `facets`, `sort`, `limit`, `cursor`",
        ),
        ("/api/v1/changes?after=-1", "`after` in the query: a whole number is needed, 0 or more"),
        ("/api/v1/modules/adx/hello/versions?limit=5000000000", "`limit` in the query: the number is too large"),
    ] {
        assert_refused(client().get(format!("{}{path}", running.url)), StatusCode::BAD_REQUEST, words).await;
    }
    for allowed in ["limit=1", "limit=100", "price=free,%20one-time,subscription", "price="] {
        let answer = client().get(format!("{}/api/v1/search?{allowed}", running.url)).send().await;
        assert_eq!(answer.expect("the registry answers").status(), StatusCode::OK, "{allowed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_in_words() {
    let registry = Registry::new();
    let running = registry.start();
    let tokens = || client().post(format!("{}/api/v1/tokens", running.url)).bearer_auth(&registry.token);
    let malformed = StatusCode::BAD_REQUEST;
    let sent = |text: &'static str| tokens().header("content-type", "application/json; charset=utf-8").body(text);
    assert_refused(sent("{"), malformed, "the body is not JSON: look at line 1, column 1").await;
    assert_refused(tokens().json(&json!({ "label": "ci" })), malformed, "the body: missing field `scopes`").await;
    assert_refused(
        tokens().json(&json!({ "label": ["ci"], "scopes": [] })),
        malformed,
        "`label` in the body: invalid type: sequence, expected a string",
    )
    .await;
    let not_json = tokens().header("content-type", "text/plain").body("{}");
    assert_refused(not_json, StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be JSON, and say so").await;
    let large = json!({ "label": "x".repeat(64 * 1024), "scopes": [] });
    let words = "a JSON body has at most 65536 bytes";
    assert_refused(tokens().json(&large), StatusCode::PAYLOAD_TOO_LARGE, words).await;
    let chunks = futures::stream::iter([Ok::<_, std::convert::Infallible>(large.to_string())]);
    let chunked = tokens().header("content-type", "application/json").body(reqwest::Body::wrap_stream(chunks));
    assert_refused(chunked, StatusCode::PAYLOAD_TOO_LARGE, words).await;
}

#[tokio::test]
async fn a_caller_that_asks_too_often_is_told_when_to_ask_again() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.envs([
            ("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true"),
            ("ADX_REGISTRY__LIMITS__REQUESTS_PER_SECOND", "1"),
            ("ADX_REGISTRY__LIMITS__BURST", "3"),
        ]);
    });
    let ask = async |caller: &str| {
        let request = client().get(format!("{}/api/v1/search", running.url)).header("X-Forwarded-For", caller);
        request.send().await.expect("the registry answers")
    };
    for _ in 0..3 {
        assert_eq!(ask("203.0.113.9").await.status(), StatusCode::OK);
    }
    let mut refused = ask("203.0.113.9").await;
    // A second may have passed: then one more was let through.
    for _ in 0..10 {
        if refused.status() == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        refused = ask("203.0.113.9").await;
    }
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().expect("seconds");
    assert!((1..=3).contains(&wait), "{wait}");
    let problem: Value = refused.json().await.expect("a problem");
    assert_eq!(problem["type"].as_str().unwrap().rsplit('/').next(), Some("too-many-requests"), "{problem}");
    // What another one did is not held against this one.
    assert_eq!(ask("198.51.100.7").await.status(), StatusCode::OK);
}

/// The one place among the checks is not taken by those who only send: they may take their time.
#[tokio::test]
async fn a_slow_upload_keeps_nobody_else_from_publishing() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__LIMITS__CONCURRENT_PUBLISHES", "1");
    });
    registry.register_key(&running).await;
    let (slow, quick) = (hello::package("1.0.0", Behaviour::Plain), hello::package("1.1.0", Behaviour::Plain));
    let (mut sender, body) = futures::channel::mpsc::channel::<std::io::Result<Vec<u8>>>(1);
    let uploading = tokio::spawn(
        registry
            .upload_request(&client(), &running, "1.0.0", &registry.envelope(&slow))
            .body(reqwest::Body::wrap_stream(body))
            .send(),
    );
    sender.send(Ok(slow[..1].to_vec())).await.expect("the upload has begun");
    let published = tokio::time::timeout(Duration::from_secs(20), registry.publish(&running, &quick)).await;
    let published = published.expect("the slow upload holds it up").expect("the registry answers");
    assert_eq!(published.status(), StatusCode::CREATED);

    sender.send(Ok(slow[1..].to_vec())).await.expect("it goes on");
    drop(sender);
    let late = uploading.await.expect("no panic").expect("the registry answers");
    assert_eq!(late.status(), StatusCode::CREATED);
}

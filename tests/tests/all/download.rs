//! Files as a client, a proxy or a mirror meets them: validators, ranges, lifetimes, and the feed that tells of new ones.

use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

/// A registry with hello 1.0.0, and that package.
async fn published() -> (Registry, Process, Vec<u8>) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    let answer = registry.publish(&running, &package).await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
    (registry, running, package)
}

async fn ask(registry: &Process, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = client().request(method, format!("{}{path}", registry.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the registry answers")
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_immutable_and_comes_in_parts() {
    let (_registry, running, package) = published().await;
    let digest = Digest::of(&package);
    let path = format!("/packages/{digest}.adxm");
    let whole = ask(&running, Method::GET, &path, &[]).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(header(&whole, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&whole, "etag"), format!("\"{digest}\""));
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    assert_eq!(whole.bytes().await.expect("bytes"), package);

    let size = package.len();
    let parts: [(&str, std::ops::Range<usize>); 4] = [
        ("bytes=0-99", 0..100),
        ("bytes=100-", 100..size),
        ("bytes=-10", size - 10..size),
        ("bytes=5-999999999", 5..size),
    ];
    for (asked, expected) in parts {
        let part = ask(&running, Method::GET, &path, &[("range", asked)]).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{asked}");
        assert_eq!(
            header(&part, "content-range"),
            format!("bytes {}-{}/{size}", expected.start, expected.end - 1),
            "{asked}"
        );
        assert_eq!(part.bytes().await.expect("bytes"), package[expected], "{asked}");
    }
    let past = ask(&running, Method::GET, &path, &[("range", &format!("bytes={size}-"))]).await;
    assert_eq!(past.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let other = ask(&running, Method::GET, &path, &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await;
    assert_eq!(other.status(), StatusCode::OK, "a range of something else is answered with the whole");
    let known = ask(&running, Method::GET, &path, &[("if-none-match", &format!("\"{digest}\""))]).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert!(known.bytes().await.expect("no bytes").is_empty());
    let head = ask(&running, Method::HEAD, &path, &[]).await;
    assert_eq!((head.status(), header(&head, "content-length")), (StatusCode::OK, size.to_string()));

    let missing = ask(&running, Method::GET, &format!("/packages/{}.adxm", "0".repeat(64)), &[]).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let foreign = ask(&running, Method::GET, "/packages/..%2f..%2fregistry.sqlite", &[]).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_file_changes_with_each_release_and_not_otherwise() {
    let (registry, running, _) = published().await;
    let path = format!("/index/{}", adx_index::line::index_path(&"adx/hello".parse().expect("a module")));
    adx_tests::eventually("the index file is there", async || {
        ask(&running, Method::GET, &path, &[]).await.status() == StatusCode::OK
    })
    .await;
    let first = ask(&running, Method::GET, &path, &[]).await;
    let etag = header(&first, "etag");
    assert!(!etag.is_empty() && !header(&first, "cache-control").contains("immutable"));
    let again = ask(&running, Method::GET, &path, &[("if-none-match", &etag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);

    let next = hello::package("1.1.0", Behaviour::Plain);
    assert_eq!(registry.publish(&running, &next).await.expect("an answer").status(), StatusCode::CREATED);
    adx_tests::eventually("the validator no longer holds", async || {
        ask(&running, Method::GET, &path, &[("if-none-match", &etag)]).await.status() == StatusCode::OK
    })
    .await;
    let lines = ask(&running, Method::GET, &path, &[]).await.text().await.expect("text");
    let versions: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("a line is JSON")["version"].as_str().expect("text").to_owned()
        })
        .collect();
    assert_eq!(versions, ["1.0.0", "1.1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_are_compressed_for_who_takes_that() {
    let (_registry, running, _) = published().await;
    let client = reqwest::Client::builder().no_gzip().no_brotli().build().expect("a client");
    let get = async |encodings: &str| {
        let request = client.get(format!("{}/tuf/1.root.json", running.url)).header("accept-encoding", encodings);
        request.send().await.expect("the registry answers")
    };
    let (plain, packed) = (get("identity").await, get("br, gzip").await);
    assert_eq!((header(&plain, "content-encoding"), header(&plain, "vary")), (String::new(), "accept-encoding".into()));
    assert_eq!((&*header(&packed, "content-encoding"), &*header(&packed, "vary")), ("gzip", "accept-encoding"));
    let etag = header(&packed, "etag");
    assert_eq!(etag, format!("W/{}", header(&plain, "etag")), "other bytes under the same validator");
    let (plain, packed) = (plain.bytes().await.expect("bytes"), packed.bytes().await.expect("bytes"));
    let mut unpacked = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&packed[..]), &mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain);
    assert!(packed.len() < plain.len());
    let again = ask(&running, Method::GET, "/tuf/1.root.json", &[("if-none-match", &etag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_on_the_feed_is_told_of_a_release() {
    let (registry, running, _) = published().await;
    let seen = ask(&running, Method::GET, "/api/v1/changes?after=0", &[]).await;
    let etag = header(&seen, "etag");
    let seen: Value = seen.json().await.expect("JSON");
    assert_eq!(seen["changes"].as_array().map(Vec::len), Some(1), "{seen}");
    let unchanged = ask(&running, Method::GET, "/api/v1/changes?after=0", &[("if-none-match", &etag)]).await;
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);

    let path = format!("/api/v1/changes?after={}&wait=60", seen["next"]);
    let waiting = ask(&running, Method::GET, &path, &[]);
    let package = hello::package("1.1.0", Behaviour::Plain);
    let (told, published) = tokio::join!(waiting, registry.publish(&running, &package));
    assert_eq!(published.expect("an answer").status(), StatusCode::CREATED);
    let told: Value = told.json().await.expect("JSON");
    assert_eq!(told["changes"][0]["version"], "1.1.0", "{told}");
    assert_eq!(told["changes"].as_array().map(Vec::len), Some(1));

    let beyond: Value =
        ask(&running, Method::GET, "/api/v1/changes?after=2000000&wait=60", &[]).await.json().await.expect("JSON");
    assert_eq!(beyond, json!({ "changes": [], "next": told["next"] }), "at once, and where the feed ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn public_answers_are_not_sent_again_to_whoever_has_them() {
    let (registry, running, _) = published().await;
    let advisory = json!({ "title": "answers strangers", "severity": "high", "affected": [{ "requirement": "<1.1" }] });
    let filed =
        request(&running, &registry.token, Method::POST, "/api/v1/modules/adx/hello/advisories", Some(advisory));
    let (status, filed) = filed.await;
    assert_eq!(status, StatusCode::CREATED, "{filed}");
    running.wait_until_signed().await;
    adx_tests::eventually("it is found", async || {
        let found: Value = ask(&running, Method::GET, "/api/v1/search", &[]).await.json().await.expect("JSON");
        found["total"] == 1
    })
    .await;
    let advisory = format!("/api/v1/advisories/{}", filed["id"].as_str().expect("an id"));
    let paths = [
        "/api/v1/modules/adx/hello",
        "/api/v1/modules/adx/hello/versions",
        "/api/v1/modules/adx/hello/versions/1.0.0",
        "/api/v1/publishers/adx",
        "/api/v1/search?q=hello",
        "/api/v1/advisories",
        &advisory,
        "/api/v1/changes",
    ];
    let mut tags = Vec::new();
    for path in paths {
        let whole = ask(&running, Method::GET, path, &[]).await;
        let tag = header(&whole, "etag");
        assert!(whole.status() == StatusCode::OK && tag.trim_start_matches("W/").len() > 2, "{path}: {tag}");
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(header(&ask(&running, method.clone(), path, &[]).await, "etag"), tag, "{method} {path}");
            for known in [&*tag, &format!("\"other\", {tag}"), "*"] {
                let again = ask(&running, method.clone(), path, &[("if-none-match", known)]).await;
                assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{method} {path} with {known}");
                assert_eq!(header(&again, "etag").trim_start_matches("W/"), tag.trim_start_matches("W/"), "{path}");
                assert_eq!(again.text().await.expect("text"), "", "{method} {path}");
            }
            let other = ask(&running, method.clone(), path, &[("if-none-match", "\"other\"")]).await;
            assert_eq!(other.status(), StatusCode::OK, "{method} {path}");
        }
        tags.push(tag);
    }

    let package = hello::package("1.1.0", Behaviour::Plain);
    assert_eq!(registry.publish(&running, &package).await.expect("an answer").status(), StatusCode::CREATED);
    for (path, tag) in paths.iter().zip(&tags).take(2) {
        let changed = ask(&running, Method::GET, path, &[("if-none-match", tag)]).await;
        assert!(changed.status() == StatusCode::OK && header(&changed, "etag") != *tag, "{path}");
    }
    let other = ask(&running, Method::GET, "/api/v1/modules/adx/none", &[("if-none-match", "*")]).await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND, "what is not there is no match");
}

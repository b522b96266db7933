//! A module's page: pictures drawn anew, documentation, other languages, prices, and what is new since the version before.

use std::collections::BTreeMap;

use adx_index::package::PackagePath;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// One pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const VERSIONS: &str = "/api/v1/modules/adx/hello/versions";

/// Hello, with all that a listing shows; the manifest is changed by `change`.
fn package(version: &str, picture: &[u8], change: impl FnOnce(&mut toml_edit::DocumentMut)) -> Vec<u8> {
    let mut files: BTreeMap<PackagePath, Vec<u8>> = hello::files(version, Behaviour::Plain);
    let manifest = String::from_utf8(files[&hello::path("module.toml")].clone()).unwrap();
    let mut manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
    let listing = r#"
        screenshots = ["screenshots/first.png"]
        demo = "https://demo.example.com"
        support = "help@example.com"
        trial_days = 14
        pricing = { model = "subscription", interval = "month", amount_minor = 1900, currency = "EUR" }
        localised = [{ language = "de", display_name = "Hallo", description = "Grüßt.", readme = "docs/README.de.md" }]
    "#;
    let listing: toml_edit::DocumentMut = listing.parse().unwrap();
    let mut marketplace = toml_edit::Table::new();
    for (key, value) in listing.as_table() {
        marketplace.insert(key, value.clone());
    }
    manifest["module"]["marketplace"] = toml_edit::Item::Table(marketplace);
    change(&mut manifest);
    let docs = [
        ("docs/README.de.md", "# Hallo\n\nGrüßt Leute."),
        ("docs/guide/first.md", "# First steps\n\n<script>alert(1)</script>\n\nGo ahead."),
        ("sbom.cdx.json", r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}"#),
    ];
    files.extend(docs.map(|(path, text)| (hello::path(path), text.as_bytes().to_vec())));
    files.insert(hello::path("screenshots/first.png"), picture.to_vec());
    files.insert(hello::path("module.toml"), manifest.to_string().into_bytes());
    hello::pack(&files)
}

async fn get(running: &Process, path: &str) -> Response {
    client().get(format!("{}{path}", running.url)).send().await.unwrap()
}

async fn json_of(running: &Process, path: &str) -> Value {
    let answer = get(running, path).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

/// A registry with a version whose listing is full, which asks for one permission more than the version before.
async fn published() -> (Registry, Process) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let picture = BASE64_STANDARD.decode(PNG).unwrap();
    let first = package("1.0.0", &picture, |manifest| {
        manifest["module"]["marketplace"]["pricing"]["amount_minor"] = toml_edit::value(1500);
        manifest["module"]["marketplace"]["pricing"]["per"] = toml_edit::value("seat");
        let tier = "[[tiers]]\nfrom = 11\namount_minor = 1000".parse::<toml_edit::DocumentMut>().unwrap();
        let tiers = tier["tiers"].clone().into_value().unwrap();
        manifest["module"]["marketplace"]["pricing"]["tiers"] = toml_edit::value(tiers);
    });
    let second = package("1.1.0", &picture, |manifest| {
        let required =
            manifest["module"]["permissions"]["optional"].or_insert(toml_edit::value(toml_edit::Array::new()));
        required.as_array_mut().unwrap().push("notify:mail");
    });
    for package in [first, second] {
        let answer = registry.publish(&running, &package).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    }
    (registry, running)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_tells_what_the_manifest_says_and_what_is_new() {
    let (_registry, running) = published().await;
    let module = json_of(&running, "/api/v1/modules/adx/hello").await;
    let listing = &module["listing"];
    assert_eq!(listing["pricing"], json!({ "model": "monthly", "amount_minor": 1900, "currency": "EUR" }));
    assert_eq!((&listing["trial_days"], &listing["support"]), (&json!(14), &json!("help@example.com")));
    assert_eq!(listing["languages"], json!(["de"]));
    let changes = &listing["changes"];
    assert_eq!((&changes["since"], &changes["removed_permissions"]), (&json!("1.0.0"), &json!([])), "{changes}");
    assert_eq!(changes["added_permissions"][0]["permission"], "notify:mail", "{changes}");
    let tiers = json!([{ "from": 11, "amount_minor": 1000 }]);
    let before =
        json!({ "model": "monthly", "amount_minor": 1500, "currency": "EUR", "per_seat": true, "tiers": tiers });
    assert_eq!(changes["pricing_before"], before);
    let first = json_of(&running, &format!("{VERSIONS}/1.0.0")).await;
    assert_eq!(first.get("changes"), None, "there is none before it");

    let german = json_of(&running, "/api/v1/modules/adx/hello?language=de-AT").await;
    assert_eq!((&german["display_name"], &german["description"]), (&json!("Hallo"), &json!("Grüßt.")));
    assert_eq!(german["listing"]["language"], "de");
    assert!(german["readme_html"].as_str().unwrap().contains("Grüßt Leute."), "{german}");
    let french = json_of(&running, "/api/v1/modules/adx/hello?language=fr").await;
    assert_eq!(french["display_name"], module["display_name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_package_is_shown_and_nothing_that_runs() {
    let (registry, running) = published().await;
    let module = json_of(&running, "/api/v1/modules/adx/hello").await;
    let screenshot = &module["listing"]["screenshots"][0];
    for url in [&screenshot["url"], &screenshot["thumbnail_url"]] {
        let answer = get(&running, url.as_str().unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        let etag = answer.headers()["etag"].clone();
        assert!(answer.bytes().await.unwrap().starts_with(&[0xff, 0xd8]), "{url}");
        let again = client().get(format!("{}{}", running.url, url.as_str().unwrap())).header("if-none-match", etag);
        assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    }
    let pages = json_of(&running, &format!("{VERSIONS}/1.1.0/docs")).await;
    let wanted = json!([
        { "path": "README.de.md", "title": "Hallo" },
        { "path": "guide/first.md", "title": "First steps" },
    ]);
    assert_eq!(pages["pages"], wanted);
    let page = json_of(&running, &format!("{VERSIONS}/1.1.0/docs/guide/first.md")).await;
    let html = page["html"].as_str().unwrap();
    assert!(html.contains("Go ahead.") && !html.contains("<script"), "{html}");
    let detail = json_of(&running, &format!("{VERSIONS}/1.1.0")).await;
    assert_eq!(detail["sbom_url"], json!(format!("{VERSIONS}/1.1.0/sbom")));
    assert_eq!(json_of(&running, &format!("{VERSIONS}/1.1.0/sbom")).await["bomFormat"], "CycloneDX");

    for nothing in ["screenshots/0", "screenshots/2", "docs/gone.md", "docs/../module.toml", "docs/guide"] {
        let answer = get(&running, &format!("{VERSIONS}/1.1.0/{nothing}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{nothing}");
    }
    // What is not there was looked for once, however often it is asked for.
    let misses = async || {
        let metrics = get(&running, "/metrics").await.text().await.unwrap();
        let figure = metrics.lines().find_map(|line| line.strip_prefix("adx_file_cache_misses ")).map(str::to_owned);
        figure.expect("misses are counted")
    };
    get(&running, &format!("{VERSIONS}/1.0.0/docs/gone.md")).await;
    let before = misses().await;
    for page in ["gone.md", "gone.md", "never.md", "a/b.md"] {
        get(&running, &format!("{VERSIONS}/1.0.0/docs/{page}")).await;
    }
    assert_eq!(misses().await, before);
    assert_eq!(get(&running, &format!("{VERSIONS}/9.9.9/sbom")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(get(&running, &format!("{VERSIONS}/1.1.0/screenshots/one")).await.status(), StatusCode::BAD_REQUEST);

    let put = ["takedown", "put", "adx/hello", "1.1.0", "--reason", "a court", "--reference", "7 O 12/26"];
    registry.admin(&put);
    for taken in ["screenshots/1", "docs", "docs/guide/first.md", "sbom"] {
        let answer = get(&running, &format!("{VERSIONS}/1.1.0/{taken}")).await;
        assert_eq!(answer.status(), StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS, "{taken}, though it is in memory");
    }
    // The case against all of it is what its page names, whatever was said of one version.
    registry.admin(&["takedown", "put", "adx/hello", "--reason", "another court", "--reference", "9 O 1/26"]);
    let answer = get(&running, "/api/v1/modules/adx/hello").await;
    assert_eq!(answer.status(), StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS);
    let problem: Value = answer.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("another court (9 O 1/26)"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_none_is_refused() {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let package = package("1.0.0", b"<svg onload=\"alert(1)\">", |_| {});
    let answer = registry.publish(&running, &package).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.unwrap();
    let finding = &problem["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["place"]),
        (&json!("screenshot-unreadable"), &json!("screenshots/first.png")),
        "{problem}"
    );
}

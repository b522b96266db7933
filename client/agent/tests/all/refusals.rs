//! Packages that are not what they should be: refused in words, nothing on the shelf, nothing installed.

use crate::{
    registry::Registry,
    release::{Draft, MODULE, Release, key, statement},
    stage::{Stage, Tenant, at, installing},
};
use adx_agent::config::Span;
use adx_signing::{digest::Digest, key::SecretKey};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Publishes what a registry would serve, installs it, and expects to be refused with these words.
async fn refuses(what: &str, release: Release, words: &[&str]) {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.registry.publish(&release);
    refused(&stage, &tenant, what, words).await;
}

async fn refused(stage: &Stage, tenant: &Tenant, what: &str, words: &[&str]) {
    let operation = tenant.operate(Method::POST, "/installations", Some(installing("*"))).await;
    assert_eq!(operation["status"], "failed", "{what}: {operation}");
    let error = operation["error"].as_str().unwrap_or_default();
    for words in words {
        assert!(error.contains(words), "{what}: {error:?} does not say {words:?}");
    }
    assert_eq!(stage.files("packages"), Vec::<String>::new(), "{what}: nothing on the shelf");
    assert_eq!(stage.files("incoming"), Vec::<String>::new(), "{what}: nothing half-done");
    assert_eq!(stage.files("tenants"), Vec::<String>::new(), "{what}: no data");
    let (status, _) = tenant.request(Method::GET, &at(""), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{what}: not installed");
}

fn release() -> Release {
    Draft::new("1.0.0").release()
}

/// The bytes changed, the name kept: what a damaged disk or a meddling proxy makes.
fn with_flipped_bit(bytes: &[u8]) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    flipped
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_the_publishers() {
    let package = Draft::new("1.0.0").pack();
    refuses("wrong key", Release::signed(package, &SecretKey::from_seed(&[8; 32])), &["publisher key"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_line_that_names_another_signer() {
    let mut release = release();
    release.line.key_id = SecretKey::from_seed(&[8; 32]).public().id();
    refuses("other signer", release, &["index", "key_id", "envelope"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_package() {
    let mut release = release();
    release.package = with_flipped_bit(&release.package);
    refuses("flipped bit", release, &["target", "the metadata lists"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_payload_or_the_signature() {
    for field in ["payload", "sig"] {
        let mut release = release();
        let begins = format!("\"{field}\":\"");
        let at = release.envelope.find(&begins).expect("the field") + begins.len() + 20;
        let other = if release.envelope.as_bytes()[at] == b'A' { "B" } else { "A" };
        release.envelope.replace_range(at..=at, other);
        refuses(field, release, &["signature"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_that_is_not_one() {
    let mut release = release();
    release.envelope = "<html>502 Bad Gateway</html>".to_owned();
    refuses("no envelope", release, &["signature", "not DSSE JSON"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_about_something_else() {
    let other = |change: fn(&mut adx_index::line::IndexLine)| {
        let mut release = release();
        let mut line = release.line.clone();
        change(&mut line);
        release.envelope = statement(&line, &key()).to_json();
        release
    };
    refuses("other module", other(|line| line.module = "acme/other".parse().unwrap()), &["signature", "module"]).await;
    refuses("other version", other(|line| line.version = "1.0.1".parse().unwrap()), &["signature", "version"]).await;
    refuses("other package", other(|line| line.sha256 = Digest::of(b"other")), &["signature", "package"]).await;
    refuses("fewer permissions", other(|line| line.permissions.clear()), &["statement", "permissions"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_whose_manifest_is_another_ones() {
    // Signed and listed as 1.0.0, but the manifest inside says 2.0.0: the statement was made for other words.
    let mut release = Draft::new("2.0.0").release();
    release.line.version = "1.0.0".parse().unwrap();
    release.envelope = statement(&release.line, &key()).to_json();
    refuses("manifest differs", release, &["statement", "version", "manifest"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_line_that_says_less_than_the_manifest() {
    let mut draft = Draft::new("1.0.0");
    draft.core = ">=0.2.0".to_owned();
    let mut release = draft.release();
    release.line.adx_core_version = "*".parse().unwrap();
    refuses("platform in the index", release, &["index", "adx_core_version"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_not_the_size_listed() {
    let mut longer = release();
    longer.package.extend_from_slice(&[0; 100]);
    refuses("longer", longer, &["sends more than"]).await;
    let mut shorter = release();
    shorter.package.truncate(100);
    refuses("shorter", shorter, &["target", "has 100 bytes"]).await;
    let mut oversized = release();
    oversized.line.size_bytes = adx_index::limits::MAX_PACKAGE_BYTES + 1;
    oversized.package = vec![0; usize::try_from(oversized.line.size_bytes).unwrap()];
    refuses("oversized", oversized, &["sends more than the 67108864 bytes"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_registry_lists_and_does_not_have() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    let release = release();
    stage.registry.publish(&release);
    let keys = stage.registry.change(|contents| {
        let keys = std::mem::take(&mut contents.world.publisher_keys);
        contents.sign();
        keys
    });
    refused(&stage, &tenant, "no keys", &["publisher key", "told of leaf 0 before"]).await;
    let package = format!("packages/{}.adxm", release.line.sha256);
    stage.registry.change(|contents| {
        contents.world.publisher_keys = keys;
        contents.replaced.insert(package.clone(), None);
        contents.sign();
    });
    refused(&stage, &tenant, "no package", &["package", "is not at"]).await;
    stage.registry.change(|contents| {
        contents.replaced.clear();
        contents.world.lines.clear();
        contents.sign();
    });
    refused(&stage, &tenant, "no index", &["the registry has no module acme/guest"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_serves_garbage_is_down_or_silent() {
    let stage = Stage::with(Registry::start(), |config| config.registry.answer = Span::millis(200)).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    stage.registry.change(|contents| contents.garble_index(MODULE));
    refused(&stage, &tenant, "garbage", &["index", "is not the one that the metadata lists"]).await;
    stage.registry.change(|contents| contents.replaced.clear());
    stage.registry.change(|contents| contents.is_down = true);
    refused(&stage, &tenant, "down", &["503"]).await;
    stage.registry.change(|contents| (contents.is_down, contents.silent) = (false, Some("/index/".to_owned())));
    refused(&stage, &tenant, "silent", &["too slow"]).await;
    // And then it is as if nothing had been.
    stage.registry.change(|contents| contents.silent = None);
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_do_not_fit() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    let mut newer = Draft::new("1.0.0");
    newer.core = ">=9.0.0".to_owned();
    stage.publish(&newer);
    refused(&stage, &tenant, "platform too old", &["acme/guest", "9.0.0", "1.0.0"]).await;

    let mut needy = Draft::new("1.1.0");
    needy.dependencies = vec![("acme/base", "^1")];
    stage.publish(&needy);
    refused(&stage, &tenant, "dependency unknown", &["acme/base"]).await;
    stage.publish(&Draft::new("1.0.0").of("acme/base"));
    refused(&stage, &tenant, "dependency not installed", &["acme/base 1.0.0", "install that first"]).await;

    let base = json!({ "module": "acme/base", "grants": ["kv"] });
    tenant.succeed(Method::POST, "/installations", Some(base)).await;
    let asked = tenant.operate(Method::POST, "/installations", Some(installing("^2"))).await;
    assert_eq!(asked["status"], "failed");
    assert!(asked["error"].as_str().unwrap_or_default().contains("acme/guest"), "{asked}");
    tenant.install("^1").await;
    assert_eq!(tenant.installation().await["version"], "1.1.0");

    // What vanished from the index must not keep the tenant's other modules from moving.
    stage.registry.change(|contents| {
        contents.world.lines.remove(&"acme/base".parse().unwrap());
        contents.sign();
    });
    stage.publish(&Draft::new("1.2.0"));
    let updated = tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!(updated["to_version"], "1.2.0", "{updated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_others_need_is_not_uninstalled() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0").of("acme/base"));
    for name in ["acme/first", "acme/second"] {
        let mut needy = Draft::new("1.0.0").of(name);
        needy.dependencies = vec![("acme/base", "^1")];
        stage.publish(&needy);
    }
    for module in ["acme/base", "acme/first", "acme/second"] {
        let body = json!({ "module": module, "grants": ["kv"] });
        tenant.succeed(Method::POST, "/installations", Some(body)).await;
    }
    let (status, problem) = tenant.request(Method::DELETE, "/installations/acme/base", None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["type"], "https://adx-core.dev/problems/needed");
    assert_eq!(problem["detail"], "acme/base is needed by acme/first, acme/second");
    // Another tenant's modules need another tenant's.
    let other = stage.tenant("two").await;
    other.succeed(Method::POST, "/installations", Some(json!({ "module": "acme/base", "grants": ["kv"] }))).await;
    other.succeed(Method::DELETE, "/installations/acme/base", None).await;
    for module in ["acme/second", "acme/first", "acme/base"] {
        tenant.succeed(Method::DELETE, &format!("/installations/{module}"), None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_make_no_sense() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    for (body, kind) in [
        (json!({ "module": "../etc" }), "invalid-module"),
        (json!({ "module": MODULE, "version": "latest" }), "invalid-requirement"),
        (json!({ "module": MODULE, "grants": ["everything"] }), "invalid-permission"),
    ] {
        let (status, problem) = tenant.request(Method::POST, "/installations", Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["type"], format!("https://adx-core.dev/problems/{kind}"));
    }
    for path in ["/activate", "/deactivate", "/update", "/rollback"] {
        let (status, problem) = tenant.request(Method::POST, &at(path), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
    }
}

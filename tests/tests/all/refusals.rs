//! Hostile and mistaken publishes, over HTTP: each is refused in words, and nothing of it is stored.

use adx_index::package::{PackagePath, SBOM};
use adx_signing::digest::Digest;
use adx_signing::envelope::Envelope;
use adx_signing::key::SecretKey;
use adx_signing::statement::{Release, sign_release};
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, random, release};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use getrandom::rand_core::Rng as _;
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::path::Path;

const VERSION: &str = "1.0.0";

/// A registry with a registered key, and what is stored in it before the test.
struct Target {
    registry: Registry,
    running: Process,
    before: usize,
}

impl Target {
    async fn new() -> Self {
        let registry = Registry::new();
        let running = registry.start();
        registry.register_key(&running).await;
        let before = stored_files(&registry.data().join("files"));
        Self { registry, running, before }
    }

    /// An envelope that states the truth about any bytes, sound package or not.
    fn sign(&self, bytes: &[u8]) -> Envelope {
        let sound = adx_index::package::Package::read(hello::package(VERSION, Behaviour::Plain).as_slice())
            .expect("hello is sound");
        sign_release(&release(&sound), Digest::of(bytes), &self.registry.key)
    }

    /// Uploads and expects a refusal whose problem says `words`; then nothing may be stored.
    async fn refuses(&self, what: &str, bytes: Vec<u8>, envelope: &Envelope, status: StatusCode, words: &str) {
        let answer = self.registry.upload(&self.running, VERSION, bytes, envelope).await.expect("the registry answers");
        assert_refusal(what, answer, status, words).await;
        self.assert_nothing_stored(what).await;
    }

    async fn assert_nothing_stored(&self, what: &str) {
        let module = client()
            .get(format!("{}/api/v1/modules/adx/hello", self.running.url))
            .send()
            .await
            .expect("the registry answers");
        assert_eq!(module.status(), StatusCode::NOT_FOUND, "{what}: a module appeared");
        let changes: Value = client()
            .get(format!("{}/api/v1/changes?after=0", self.running.url))
            .send()
            .await
            .expect("the registry answers")
            .json()
            .await
            .expect("JSON");
        assert_eq!(changes["changes"].as_array().map(Vec::len), Some(0), "{what}: {changes}");
        assert_eq!(stored_files(&self.registry.data().join("files")), self.before, "{what}: a file was left behind");
    }
}

async fn assert_refusal(what: &str, answer: reqwest::Response, status: StatusCode, words: &str) {
    let got = answer.status();
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = answer.text().await.expect("a whole answer");
    assert_eq!(got, status, "{what}: {text}");
    assert_eq!(kind, "application/problem+json", "{what}: {text}");
    let problem: Value = serde_json::from_str(&text).expect("a problem is JSON");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(words), "{what}: `{detail}` does not say `{words}`");
}

/// Files below a folder, but for those that the rounds of signing write whenever they come to it.
fn stored_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let entries = entries.flatten().filter(|entry| entry.file_name() != "tuf" && entry.file_name() != "log");
    entries.map(|entry| if entry.path().is_dir() { stored_files(&entry.path()) } else { 1 }).sum()
}

/// An archive of any entries, as no honest tool writes it.
fn archive(entries: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    entries(&mut builder);
    compress(&builder.into_inner().expect("an archive in memory"))
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("bytes in memory")
}

/// An entry under a name that `tar` itself would refuse to write.
fn entry(builder: &mut tar::Builder<Vec<u8>>, name: &[u8], kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    if kind == tar::EntryType::Symlink {
        header.set_link_name("/etc/passwd").expect("a short link");
    }
    header.set_cksum();
    builder.append(&header, content).expect("an archive in memory");
}

fn hello_entries(builder: &mut tar::Builder<Vec<u8>>) {
    for (path, content) in hello::files(VERSION, Behaviour::Plain) {
        entry(builder, path.as_str().as_bytes(), tar::EntryType::Regular, &content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_archives() {
    let target = Target::new().await;
    let sound = hello::package(VERSION, Behaviour::Plain);
    let with = |name: &'static [u8], kind| {
        archive(move |builder| {
            hello_entries(builder);
            entry(builder, name, kind, if kind == tar::EntryType::Regular { b"x" } else { b"" });
        })
    };
    let regular = tar::EntryType::Regular;
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("truncated", sound[..sound.len() / 2].to_vec(), "truncated"),
        ("path traversal", with(b"docs/../../evil", regular), "docs/../../evil"),
        ("absolute path", with(b"/etc/cron.d/evil", regular), "/etc/cron.d/evil"),
        ("symlink", with(b"docs/link", tar::EntryType::Symlink), "docs/link"),
        ("duplicate entry", with(b"module.toml", regular), "twice"),
        ("non-UTF-8 name", with(b"docs/\xff\xfe", regular), "not UTF-8"),
        ("not a package", b"PK\x03\x04 not a package".to_vec(), "not a package"),
        ("empty", Vec::new(), "not a package"),
    ];
    for (what, bytes, words) in cases {
        let envelope = target.sign(&bytes);
        target.refuses(what, bytes, &envelope, StatusCode::UNPROCESSABLE_ENTITY, words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_makes_a_bill_of_materials_and_a_licence_a_must() {
    let mut registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let mut bare = hello::files(VERSION, Behaviour::Plain);
    bare.remove(&hello::path("LICENSE"));
    let bytes = hello::pack(&bare);
    let released: Value = registry.publish(&running, &bytes).await.expect("an answer").json().await.expect("JSON");
    assert_eq!(found(&released, "warning"), ["licence-file-missing", "sbom-missing"], "{released}");
    running.stop();

    registry = Registry::with_environment(vec![
        ("ADX_REGISTRY__CHECKS__SBOM".to_owned(), "strict".to_owned()),
        ("ADX_REGISTRY__CHECKS__LICENCE".to_owned(), "strict".to_owned()),
    ]);
    let running = registry.start();
    registry.register_key(&running).await;
    let answer = registry.publish(&running, &bytes).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(found(&problem, "error"), ["licence-file-missing", "sbom-missing"], "{problem}");
    let detail = problem["detail"].as_str().expect("words");
    assert!(detail.starts_with("the package was refused: ") && detail.ends_with("(and 1 more)"), "{detail}");

    let mut empty = hello::files(VERSION, Behaviour::Plain);
    empty.insert(hello::path(SBOM), bill("").into_bytes());
    let answer = registry.publish(&running, &hello::pack(&empty)).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(found(&problem, "error"), ["sbom-empty"], "a bill that lists nothing: {problem}");

    empty.insert(hello::path(SBOM), bill(r#"{"name": "serde", "purl": "pkg:cargo/serde@1.0.0"}"#).into_bytes());
    let answer = registry.publish(&running, &hello::pack(&empty)).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::CREATED);
    running.stop();
}

/// A bill of materials of hello with these components.
fn bill(components: &str) -> String {
    format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{components}],
            "metadata": {{"component": {{"name": "adx/hello", "version": "{VERSION}"}}}}}}"#
    )
}

/// The codes of what was found of this severity by the checks that the bill and the licence are of.
fn found(answer: &Value, severity: &str) -> Vec<String> {
    let findings = answer["findings"].as_array().expect("findings").iter();
    let of = |finding: &&Value| {
        finding["severity"] == severity && ["sbom", "licence"].contains(&finding["check"].as_str().unwrap_or_default())
    };
    let mut codes: Vec<_> =
        findings.filter(of).map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect();
    codes.sort();
    codes
}

/// The start of a sound package, and then so many entries of so many MiB each, which `fill` makes one by one. Written straight
/// into the compressor: what it unpacks to does not fit into memory.
fn bomb(entries: usize, entry_mib: usize, mut fill: impl FnMut(&mut [u8])) -> Vec<u8> {
    let mut sound = tar::Builder::new(Vec::new());
    hello_entries(&mut sound);
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    encoder.write_all(sound.get_ref()).expect("bytes in memory");
    let mut block = vec![0; MIB];
    for number in 0..entries {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("docs/zeros-{number}")).expect("a short name");
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size((entry_mib * MIB) as u64);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).expect("bytes in memory");
        for _ in 0..entry_mib {
            fill(&mut block);
            encoder.write_all(&block).expect("bytes in memory");
        }
    }
    encoder.finish().expect("bytes in memory")
}

const MIB: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn bombs() {
    let target = Target::new().await;
    // Each entry and their sum are below their caps: how much came out of how little is what betrays it.
    let repetition = bomb(3, 63, |_| {});
    // One part in fifty is random: that many times as much is honest, but not that much.
    let dense =
        bomb(5, 63, |block| block.chunks_mut(4096).for_each(|page| random().fill_bytes(&mut page[..4096 / 50])));
    // ustar writes sizes up to 8 GiB; two entries of 5 GiB make ten.
    let huge = bomb(2, 5 << 10, |_| {});
    let cases = [
        ("repetition", repetition, "more than 200 times as many: this is a decompression bomb"),
        ("too much", dense, "the package unpacks to more than 268435456 bytes"),
        ("ten gigabytes", huge, "`docs/zeros-0` has 5368709120 bytes, the cap is 67108864"),
    ];
    for (what, bytes, words) in cases {
        assert!(bytes.len() < 16 * MIB, "{what}: it is small: {} bytes", bytes.len());
        let envelope = target.sign(&bytes);
        target.refuses(what, bytes, &envelope, StatusCode::UNPROCESSABLE_ENTITY, words).await;
    }
}

const OVERSIZED: &str = "a package has at most 67108864 bytes";

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_upload_whose_length_is_not_said() {
    let target = Target::new().await;
    let bytes = vec![0x28; usize::try_from(adx_index::limits::MAX_PACKAGE_BYTES).expect("a cap that fits") + 1];
    let envelope = target.sign(&bytes);
    let chunks: Vec<_> = bytes.chunks(MIB).map(|chunk| Ok::<_, Infallible>(chunk.to_vec())).collect();
    let answer = client()
        .put(format!("{}/api/v1/modules/adx/hello/versions/{VERSION}", target.running.url))
        .bearer_auth(&target.registry.token)
        .header("adx-envelope", STANDARD.encode(envelope.to_json()))
        .body(reqwest::Body::wrap_stream(futures::stream::iter(chunks)))
        .send()
        .await
        .expect("the registry reads what little is left and answers");
    assert_refusal("chunked", answer, StatusCode::PAYLOAD_TOO_LARGE, OVERSIZED).await;
    target.assert_nothing_stored("chunked").await;
}

/// The registry answers at once, and hangs up on whoever sends on regardless. A client library may take the broken pipe for
/// the answer, so this speaks HTTP by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_upload_whose_length_is_said() {
    let target = Target::new().await;
    let size_bytes = adx_index::limits::MAX_PACKAGE_BYTES + 1;
    let head = format!(
        "PUT /api/v1/modules/adx/hello/versions/{VERSION} HTTP/1.1\r\nhost: registry\r\nauthorization: Bearer {}\r\n\
         adx-envelope: {}\r\ncontent-length: {size_bytes}\r\nconnection: close\r\n\r\n",
        target.registry.token,
        STANDARD.encode(target.sign(b"any").to_json()),
    );
    let address = target.running.url.strip_prefix("http://").expect("an address").to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        let mut socket = std::net::TcpStream::connect(address).expect("the registry listens");
        let mut sending = socket.try_clone().expect("a socket has two ends");
        let sender = std::thread::spawn(move || {
            let chunk = vec![0x28; MIB];
            // Where it breaks off is the registry's choice.
            sending.write_all(head.as_bytes()).is_ok() && (0..64).all(|_| sending.write_all(&chunk).is_ok())
        });
        let mut answer = Vec::new();
        // What was received before the connection broke stays read.
        let _ = socket.read_to_end(&mut answer);
        sender.join().expect("the sender ends");
        String::from_utf8(answer).expect("an answer is text")
    });
    let answer = answer.await.expect("nothing panicked");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no whole answer: `{answer}`"));
    assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/problem+json"), "{head}");
    let problem: Value = serde_json::from_str(body).expect("a problem is JSON");
    assert_eq!(problem["detail"], OVERSIZED);
    target.assert_nothing_stored("content-length").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_anywhere_in_the_package() {
    let target = Target::new().await;
    let sound = hello::package(VERSION, Behaviour::Plain);
    let envelope = target.registry.envelope(&sound);
    // Every part of the file: frame header, blocks, checksum; a prime stride visits every bit position.
    for bit in (0..sound.len() * 8).step_by(sound.len() * 8 / 41 + 1) {
        let mut flipped = sound.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        target.refuses(&format!("bit {bit}"), flipped, &envelope, StatusCode::UNPROCESSABLE_ENTITY, "was signed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_anywhere_in_the_envelope() {
    let target = Target::new().await;
    let package = hello::package(VERSION, Behaviour::Plain);
    let envelope = target.registry.envelope(&package).to_json();
    let upload = async |envelope: &[u8]| {
        let answer = client()
            .put(format!("{}/api/v1/modules/adx/hello/versions/{VERSION}", target.running.url))
            .bearer_auth(&target.registry.token)
            .header("adx-envelope", STANDARD.encode(envelope))
            .body(package.clone())
            .send();
        answer.await.expect("the registry answers")
    };
    let flipped = |place: usize| {
        let mut bytes = envelope.clone().into_bytes();
        bytes[place] ^= 1 << (place % 8);
        bytes
    };
    // DSSE does not sign the key's id, which is a hint: neither its name nor its value proves anything.
    let hint = envelope.find("keyid").expect("our envelopes have a hint");
    let hint = hint..envelope[hint..].find("\",").expect("the hint ends") + hint;
    assert!(hint.len() * 4 < envelope.len(), "most of it is no hint: {envelope}");
    // Every part of it; an odd stride visits every bit position.
    for place in (0..envelope.len()).step_by(3).filter(|place| !hint.contains(place)) {
        let what = format!("bit {} of byte {place}", place % 8);
        let answer = upload(&flipped(place)).await;
        let status = answer.status();
        let problem: Value = answer.json().await.expect("a problem is JSON");
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {problem}");
        let kind = problem["type"].as_str().unwrap_or_default();
        assert!(kind.ends_with("/envelope") || kind.ends_with("/signature"), "{what}: {problem}");
        target.assert_nothing_stored(&what).await;
    }
    assert_eq!(upload(&flipped(hint.end - 1)).await.status(), StatusCode::CREATED, "a wrong hint takes no proof away");
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_that_do_not_prove_the_release() {
    let target = Target::new().await;
    let package = hello::package(VERSION, Behaviour::Plain);
    let sound = release(&adx_index::package::Package::read(package.as_slice()).expect("hello is sound"));
    let digest = Digest::of(&package);
    let key = &target.registry.key;
    let cases: [(&str, Envelope, &str); 4] = [
        ("wrong key", sign_release(&sound, digest, &SecretKey::generate(&mut random())), "signature"),
        (
            "other module",
            sign_release(&Release { module: "adx/other".parse().expect("a module"), ..sound.clone() }, digest, key),
            "adx/other",
        ),
        (
            "other version",
            sign_release(&Release { version: semver::Version::new(9, 9, 9), ..sound.clone() }, digest, key),
            "9.9.9",
        ),
        (
            "fewer permissions",
            sign_release(&Release { permissions: Vec::new(), ..sound.clone() }, digest, key),
            "permissions",
        ),
    ];
    for (what, envelope, words) in cases {
        target.refuses(what, package.clone(), &envelope, StatusCode::UNPROCESSABLE_ENTITY, words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_are_not_semver_or_already_there() {
    let target = Target::new().await;
    let package = hello::package(VERSION, Behaviour::Plain);
    let envelope = target.registry.envelope(&package);
    for version in ["1.0", "v1.0.0", "1.0.0.0", "latest", "01.0.0"] {
        let answer = target
            .registry
            .upload(&target.running, version, package.clone(), &envelope)
            .await
            .expect("the registry answers");
        let status = answer.status();
        assert!(status.is_client_error(), "{version}: {status}");
        assert_refusal(version, answer, status, "version").await;
    }
    target.assert_nothing_stored("not SemVer").await;

    let first = target.registry.publish(&target.running, &package).await.expect("the registry answers");
    assert_eq!(first.status(), StatusCode::CREATED);
    let same = target.registry.publish(&target.running, &package).await.expect("the registry answers");
    assert_eq!(same.status(), StatusCode::OK, "the same bytes again");
    let other = target
        .registry
        .publish(&target.running, &hello::package(VERSION, Behaviour::Again))
        .await
        .expect("the registry answers");
    assert_refusal("other bytes", other, StatusCode::CONFLICT, "raise the version").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn components_that_reach_for_more_than_they_may() {
    let target = Target::new().await;
    let component = |text: &str| wat::parse_str(text).expect("a component in words");
    let cases: [(&str, Vec<u8>, &str); 5] = [
        (
            "WASI",
            component(r#"(component (import "wasi:filesystem/types@0.2.0" (instance)))"#),
            "wasi:filesystem/types@0.2.0",
        ),
        (
            "unknown interface",
            component(r#"(component (import "adx:module/backdoor@1.0.0" (instance)))"#),
            "adx:module/backdoor@1.0.0",
        ),
        ("component for another world", component("(component)"), "adx:module/lifecycle"),
        (
            "component with our names and other functions",
            component(
                r#"(component (component $none) (instance $nothing (instantiate $none))
                    (export "adx:module/lifecycle@1.0.0" (instance $nothing))
                    (export "adx:module/activities@1.0.0" (instance $nothing)))"#,
            ),
            "other functions or types",
        ),
        ("core module", component("(module)"), "component"),
    ];
    for (what, wasm, words) in cases {
        let mut files: BTreeMap<PackagePath, Vec<u8>> = hello::files(VERSION, Behaviour::Plain);
        files.insert(hello::path("module.wasm"), wasm);
        let package = hello::pack(&files);
        let envelope = target.sign(&package);
        target.refuses(what, package, &envelope, StatusCode::UNPROCESSABLE_ENTITY, words).await;
    }
    let mut files = hello::files(VERSION, Behaviour::Plain);
    let manifest = String::from_utf8(files[&hello::path("module.toml")].clone()).expect("UTF-8");
    let mut manifest: toml_edit::DocumentMut = manifest.parse().expect("TOML");
    manifest["module"]["permissions"]["required"] = toml_edit::value(toml_edit::Array::from_iter(["config", "kv"]));
    manifest["module"]["permissions"]["optional"] = toml_edit::value(toml_edit::Array::new());
    files.insert(hello::path("module.toml"), manifest.to_string().into_bytes());
    let package = hello::pack(&files);
    let envelope = target.registry.envelope(&package);
    target.refuses("undeclared permission", package, &envelope, StatusCode::UNPROCESSABLE_ENTITY, "sql").await;
}

/// Clients read no index file beyond their cap, and mirrors copy those of every module.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_more_than_the_index_of_its_module_holds() {
    let target = Target::new().await;
    let publish = async |running: &Process, version: &str| {
        let bytes = hello::package(version, Behaviour::Plain);
        let package = adx_index::package::Package::read(bytes.as_slice()).expect("hello is sound");
        let envelope = sign_release(&release(&package), Digest::of(&bytes), &target.registry.key);
        target.registry.upload(running, version, bytes, &envelope).await.expect("the registry answers")
    };
    let served = async || {
        target.running.wait_until_signed().await;
        let index = client().get(format!("{}/index/{}", target.running.url, hello_index())).send().await;
        let index = index.expect("the registry answers").bytes().await.expect("an index file");
        i64::try_from(index.len()).expect("a length")
    };
    assert_eq!(publish(&target.running, "1.0.0").await.status(), StatusCode::CREATED);
    let first = served().await;
    let database = rusqlite::Connection::open(target.registry.data().join("registry.sqlite")).expect("a database");
    let counted =
        || -> i64 { database.query_row("SELECT index_bytes FROM modules", [], |row| row.get(0)).expect("a figure") };
    assert_eq!(counted(), first);

    database.execute_batch("UPDATE modules SET index_bytes = 16 * 1024 * 1024 - 100").expect("set");
    let words = "has as many versions as its index can hold";
    assert_refusal("too many", publish(&target.running, "1.1.0").await, StatusCode::CONFLICT, words).await;
    database.execute_batch("UPDATE modules SET index_bytes = 100").expect("set");
    assert_eq!(publish(&target.running, "1.1.0").await.status(), StatusCode::CREATED);
    assert_eq!(counted(), 100 + served().await - first, "the line that came");
}

fn hello_index() -> String {
    adx_index::line::index_path(&"adx/hello".parse().expect("a module"))
}

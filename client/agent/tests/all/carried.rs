//! A machine without a network: bundles that somebody carries to it.

use crate::{
    registry::{Registry, now},
    release::{Draft, MODULE},
    stage::{Stage, at, eventually, installing},
};
use adx_agent::config::{Config, Size, Span};
use adx_trust::{
    Selection, Source,
    bundle::{Contents, write},
};
use futures::stream;
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use std::io;

/// The registry does not answer.
async fn without_network(adjust: impl FnOnce(&mut Config)) -> Stage {
    let registry = Registry::start();
    registry.change(|contents| contents.is_down = true);
    Stage::with(registry, |config| {
        config.sync.refresh = Span::secs(1);
        config.operations.attempts = 1;
        adjust(config);
    })
    .await
}

/// A bundle of these modules, as the registry has them now.
async fn bundle(registry: &Registry, modules: &[&str]) -> Vec<u8> {
    bundle_of(registry, modules, "*").await
}

/// A bundle of those versions of these modules.
async fn bundle_of(registry: &Registry, modules: &[&str], requirement: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, root) = registry.change(|contents| {
        contents.sign();
        (Source::folder(contents.world.path()), contents.world.read("tuf/1.root.json"))
    });
    let requirement: semver::VersionReq = requirement.parse().expect("a requirement");
    let wanted = |module: &&str| (module.parse().expect("a module"), requirement.clone());
    let selection = Selection::Modules(modules.iter().map(wanted).collect());
    let contents = Contents { source: &source, root: &root, selection: &selection, known_size: None };
    let out = folder.path().join("some.adxb");
    write(&contents, now(), &out, &mut |_| {}).await.expect("a bundle");
    std::fs::read(out).expect("a file")
}

async fn load(stage: &Stage, token: &str, bundle: impl Into<Body>) -> (StatusCode, Value) {
    let request = reqwest::Client::new().post(format!("{}/api/v1/bundles", stage.running.url));
    let answer = request.bearer_auth(token).body(bundle).send().await.expect("the agent answers");
    (answer.status(), answer.json().await.expect("JSON"))
}

fn kind(problem: &Value) -> &str {
    problem["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
}

/// Everything kept of bundles: none is half there.
fn kept(stage: &Stage) -> Vec<String> {
    let bundles = |file: &String| file.contains("/bundles/") || file.contains(".incoming/");
    stage.files("registries").into_iter().filter(bundles).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_is_installed_from_a_bundle_with_what_it_needs() {
    let stage = without_network(|_| {}).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    let mut app = Draft::new("1.0.0").of("acme/app");
    app.dependencies = vec![(MODULE, "^1")];
    stage.publish(&app);
    let refused = tenant.operate(Method::POST, "/installations", Some(installing("*"))).await;
    assert_eq!((&refused["status"], &refused["error_kind"]), (&json!("failed"), &json!("registry")), "{refused}");
    let (status, problem) = tenant.request(Method::GET, "/releases/acme/guest", None).await;
    assert_eq!((status, kind(&problem)), (StatusCode::SERVICE_UNAVAILABLE, "registry"), "{problem}");
    assert!(problem["hint"].as_str().expect("a hint").contains("adx bundle load"), "{problem}");

    let carried = bundle(&stage.registry, &["acme/app"]).await;
    let (status, problem) = load(&stage, &tenant.token, carried.clone()).await;
    assert_eq!((status, kind(&problem)), (StatusCode::FORBIDDEN, "forbidden"), "a tenant's word is not all tenants'");
    assert!(kept(&stage).is_empty());
    let (status, loaded) = load(&stage, &stage.admin_token(), carried).await;
    assert_eq!((status, &loaded["registry"]), (StatusCode::CREATED, &json!("main")), "{loaded}");
    let releases = json!([{ "module": "acme/app", "version": "1.0.0" }, { "module": MODULE, "version": "1.0.0" }]);
    assert_eq!(loaded["releases"], releases);

    let offer = tenant.get("/releases/acme/guest?version=%5E1").await;
    let asked = |permission: &str| {
        let all = offer["permissions"].as_array().expect("permissions");
        all.iter().find(|one| one["permission"] == permission).map(|one| one["required"].clone())
    };
    assert_eq!(
        (&offer["version"], asked("kv"), asked("sql")),
        (&json!("1.0.0"), Some(json!(true)), Some(json!(false)))
    );
    let (status, problem) = tenant.request(Method::GET, "/releases/acme/app", None).await;
    assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "dependencies"), "{problem}");
    let (status, problem) = tenant.request(Method::GET, "/releases/acme/guest?version=2", None).await;
    assert_eq!((status, kind(&problem)), (StatusCode::NOT_FOUND, "no-version"), "{problem}");

    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
    let app = json!({ "module": "acme/app", "grants": ["kv"] });
    tenant.succeed(Method::POST, "/installations", Some(app)).await;
    assert_eq!(stage.registry.count(200, ""), 0, "the registry was down all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_not_carried_is_named_and_the_one_that_is_can_be_installed() {
    let stage = without_network(|_| {}).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    stage.publish(&Draft::new("2.0.0"));
    let carried = bundle_of(&stage.registry, &[MODULE], "^1").await;
    let (status, loaded) = load(&stage, &stage.admin_token(), carried).await;
    assert_eq!(
        (status, &loaded["releases"]),
        (StatusCode::CREATED, &json!([{ "module": MODULE, "version": "1.0.0" }]))
    );
    let (status, problem) = tenant.request(Method::GET, "/releases/acme/guest", None).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "refused"), "{problem}");
    let detail = problem["detail"].as_str().expect("text");
    assert!(detail.contains("acme/guest 2.0.0") && detail.contains("is not at"), "{detail}");
    assert!(problem["hint"].as_str().expect("a hint").contains("name a version that it carries"), "{problem}");
    tenant.install("1.0.0").await;
    assert_eq!(tenant.visit().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_bundle_updates_and_calls_back_and_an_older_one_is_refused() {
    let stage = without_network(|_| {}).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    let first = bundle(&stage.registry, &[MODULE]).await;
    load(&stage, &stage.admin_token(), first.clone()).await;
    tenant.succeed(Method::POST, "/installations", Some(json!({ "module": MODULE, "grants": ["kv"] }))).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;

    let newer = Draft::new("1.1.0").release();
    stage.registry.publish(&newer);
    let (status, _) = load(&stage, &stage.admin_token(), bundle(&stage.registry, &[MODULE]).await).await;
    assert_eq!(status, StatusCode::CREATED);
    eventually("it is updated by itself", async || tenant.installation().await["version"] == "1.1.0").await;
    let before = kept(&stage);
    let (status, problem) = load(&stage, &stage.admin_token(), first).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "bundle-refused"), "{problem}");
    assert!(problem["detail"].as_str().expect("text").contains("this is a rollback"), "{problem}");
    assert!(problem["hint"].as_str().expect("a hint").contains("something newer"), "{problem}");
    assert_eq!(kept(&stage), before);

    stage.publish(&Draft::new("1.0.0").of("acme/other"));
    // A bundle of what was not called back tells of what was.
    stage.registry.change(|contents| {
        let module = MODULE.parse().expect("a module");
        let (version, at, reason) = (newer.line.version.clone(), now(), "it mines".to_owned());
        let revoked = adx_signing::tuf::control::RevokedPackage { module, version, at, reason };
        contents.world.revocations.packages.insert(newer.line.sha256, revoked);
    });
    let (status, loaded) = load(&stage, &stage.admin_token(), bundle(&stage.registry, &["acme/other"]).await).await;
    assert_eq!(status, StatusCode::CREATED, "{loaded}");
    assert_eq!(tenant.installation().await["quarantined"], "it mines");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_bundle_or_of_another_registry_is_refused_and_leaves_nothing() {
    let stage = without_network(|config| config.server.bundle = Size::mib(1)).await;
    stage.publish(&Draft::new("1.0.0"));
    let (admin, carried) = (stage.admin_token(), bundle(&stage.registry, &[MODULE]).await);
    for garbage in [Vec::new(), b"no bundle".to_vec(), carried[..carried.len() / 2].to_vec(), vec![7; 800_000]] {
        let (status, problem) = load(&stage, &admin, garbage).await;
        assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "invalid-bundle"), "{problem}");
    }
    let (status, problem) = load(&stage, &admin, vec![7; 2 << 20]).await;
    assert_eq!((status, kind(&problem)), (StatusCode::PAYLOAD_TOO_LARGE, "too-large"), "{problem}");
    assert!(problem["detail"].as_str().expect("text").contains("`server.bundle`"), "{problem}");

    let other = Registry::start();
    other.change(|contents| {
        contents.world = crate::world::World::begun("other.test/log", "other", crate::release::key(), now());
        contents.world.round();
    });
    other.publish(&Draft::new("1.0.0").release());
    let (status, problem) = load(&stage, &admin, bundle(&other, &[MODULE]).await).await;
    assert_eq!((status, kind(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "other-registry"), "{problem}");

    // Whoever carries it pulls the cable.
    let half = carried[..carried.len() / 2].to_vec();
    let pieces = stream::iter([Ok(half), Err(io::Error::other("the cable"))]);
    let request = reqwest::Client::new().post(format!("{}/api/v1/bundles", stage.running.url)).bearer_auth(&admin);
    request.body(Body::wrap_stream(pieces)).send().await.expect_err("it was cut off");
    eventually("nothing is left", async || kept(&stage).is_empty()).await;
    eventually("the next may come", async || load(&stage, &admin, carried.clone()).await.0 == StatusCode::CREATED)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_still_there_after_a_restart() {
    let stage = without_network(|_| {}).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    load(&stage, &stage.admin_token(), bundle(&stage.registry, &[MODULE]).await).await;
    let stage = stage.restart(|config| config.operations.attempts = 1).await;
    let tenant = crate::stage::Tenant { url: stage.running.url.clone(), ..tenant };
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
}

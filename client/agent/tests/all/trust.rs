//! What a registry called back, what is too young, what another registry offers, and a mirror that has no feed.

use crate::{
    registry::{Registry, now},
    release::{Draft, MODULE, Release},
    stage::{Stage, Tenant, at, eventually, installing, request},
};
use adx_agent::config::{Config, FurtherRegistry, Namespaces, Span};
use adx_signing::{
    SecretKey,
    tuf::control::{RevokedKey, RevokedPackage},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

pub(crate) fn asks_often(config: &mut Config) {
    config.sync.refresh = Span::secs(1);
}

/// Calls back the version, or takes that back.
pub(crate) fn call_back(registry: &Registry, release: &Release, reason: Option<&str>) {
    registry.change(|contents| {
        let packages = &mut contents.world.revocations.packages;
        match reason {
            Some(reason) => {
                let (module, version) = (release.line.module.clone(), release.line.version.clone());
                let at = now();
                packages.insert(release.line.sha256, RevokedPackage { module, version, at, reason: reason.to_owned() });
            }
            None => packages.clear(),
        }
        contents.sign();
    });
}

pub(crate) async fn quarantined(tenant: &Tenant) -> Option<String> {
    tenant.installation().await["quarantined"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_called_back_stops_and_goes_on_when_that_is_taken_back() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    let release = Draft::new("1.0.0").release();
    stage.registry.publish(&release);
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);

    call_back(&stage.registry, &release, Some("it mines"));
    eventually("the module is stopped", async || quarantined(&tenant).await.is_some()).await;
    let (status, problem) = tenant.call("visit", Value::Null).await;
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("https://adx-core.dev/problems/quarantined")));
    assert_eq!(problem["detail"], "acme/guest 1.0.0 takes no calls: it mines");
    let audit = tenant.get("/audit").await;
    let entry = audit["entries"].as_array().expect("entries").iter().find(|entry| entry["action"] == "quarantine");
    let entry = entry.expect("an entry that tells of it");
    assert_eq!((&entry["actor"], &entry["detail"]["reason"]), (&json!("registry"), &json!("it mines")));
    let activated = tenant.operate(Method::POST, &at("/deactivate"), None).await;
    assert_eq!(activated["status"], "succeeded", "who wants it gone gets it gone: {activated}");
    let activated = tenant.operate(Method::POST, &at("/activate"), None).await;
    assert!(activated["error"].as_str().unwrap_or_default().contains("revocation: it mines"), "{activated}");
    let metrics = reqwest::get(format!("{}/metrics", stage.running.url)).await.expect("an answer");
    let text = metrics.text().await.expect("text");
    assert!(text.lines().any(|line| line == "adx_agent_installations_quarantined 1"), "{text}");

    call_back(&stage.registry, &release, None);
    eventually("it may run again", async || quarantined(&tenant).await.is_none()).await;
    tenant.succeed(Method::POST, &at("/activate"), None).await;
    assert_eq!(tenant.visit().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_called_back_stays_so_without_a_network_and_after_a_restart() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    let release = Draft::new("1.0.0").release();
    stage.registry.publish(&release);
    tenant.install("*").await;
    stage.registry.change(|contents| {
        let key = crate::release::key().public().id();
        let at = now();
        let revoked = RevokedKey { from_leaf: 0, at, reason: "the laptop was stolen".to_owned() };
        contents.world.revocations.keys.insert(key, revoked);
        contents.sign();
    });
    eventually("the module is stopped", async || quarantined(&tenant).await.is_some()).await;

    stage.registry.change(|contents| contents.is_down = true);
    let stage = stage.restart(asks_often).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    let (status, problem) = tenant.call("visit", Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("the laptop was stolen"), "{problem}");
}

/// Whoever serves the metadata and withholds the log does not keep a module running that was called back.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_called_back_stops_though_the_log_is_withheld() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    let release = Draft::new("1.0.0").release();
    stage.registry.publish(&release);
    tenant.install("*").await;
    stage.registry.change(|contents| _ = contents.replaced.insert("log/checkpoint".to_owned(), None));
    call_back(&stage.registry, &release, Some("it mines"));
    eventually("the module is stopped", async || quarantined(&tenant).await.as_deref() == Some("it mines")).await;
    assert_eq!(tenant.call("visit", Value::Null).await.0, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_held_against_the_kill_list_stops() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.install("*").await;
    let evidence = stage.files("packages").into_iter().find(|file| file.ends_with(".evidence.json"));
    let evidence = stage.folder.path().join("packages").join(evidence.expect("it is kept with the package"));
    let kept = std::fs::read(&evidence).expect("a file");
    std::fs::write(&evidence, "damaged").expect("a file");
    eventually("the module is stopped", async || quarantined(&tenant).await.is_some()).await;
    let (status, problem) = tenant.call("visit", Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(quarantined(&tenant).await.is_some_and(|reason| reason.contains("cannot be known")));
    assert!(problem["hint"].as_str().unwrap_or_default().starts_with("nobody called it back"), "{problem}");
    std::fs::write(&evidence, kept).expect("a file");
    eventually("it takes calls again", async || tenant.call("visit", Value::Null).await.0 == StatusCode::OK).await;
    assert_eq!(quarantined(&tenant).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_leads_out_of_a_quarantine() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    let bad = Draft::new("1.0.0").release();
    stage.registry.publish(&bad);
    tenant.install("*").await;
    call_back(&stage.registry, &bad, Some("it mines"));
    eventually("the module is stopped", async || quarantined(&tenant).await.is_some()).await;
    stage.publish(&Draft::new("1.0.1"));
    tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!(quarantined(&tenant).await, None);
    assert_eq!(tenant.visit().await, 1);
    let back = tenant.operate(Method::POST, &at("/rollback"), None).await;
    assert!(back["error"].as_str().unwrap_or_default().contains("revocation: it mines"), "{back}");
    assert_eq!(tenant.installation().await["version"], "1.0.1");
}

async fn set_cooldown(tenant: &Tenant, seconds: i64) {
    let path = format!("/api/v1/tenants/{}", tenant.name);
    let body = json!({ "cooldown_seconds": seconds });
    let (status, answer) = request(&tenant.url, Some(&tenant.token), Method::PATCH, &path, Some(body)).await;
    assert_eq!((status, &answer["cooldown_seconds"]), (StatusCode::OK, &json!(seconds)), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_lets_releases_age_unless_two_approve_one() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    let hasty = stage.tenant("two").await;
    stage.publish(&Draft::new("1.0.0"));
    let body = json!({ "module": MODULE, "grants": ["kv"] });
    for tenant in [&tenant, &hasty] {
        tenant.succeed(Method::POST, "/installations", Some(body.clone())).await;
        tenant.succeed(Method::POST, &at("/activate"), None).await;
    }
    set_cooldown(&tenant, 86_400).await;
    stage.publish(&Draft::new("1.0.1"));
    eventually("who does not wait is updated", async || hasty.installation().await["version"] == "1.0.1").await;
    assert_eq!(tenant.installation().await["version"], "1.0.0");
    let asked = json!({ "version": "=1.0.1" });
    let refused = tenant.operate(Method::POST, &at("/update"), Some(asked)).await;
    assert_eq!((&refused["status"], &refused["error_kind"]), (&json!("failed"), &json!("cooldown")), "{refused}");
    let waits = tenant.installation().await["update_waits"].clone();
    assert_eq!(waits["version"], "1.0.1", "what waits is told");
    assert!(!waits["until"].as_str().expect("a time").contains('.'), "no fractions: {waits}");
    assert!(hasty.installation().await["update_waits"].is_null());

    // One person's word is not enough, also not said twice.
    let approval = json!({ "version": "1.0.1", "reason": "CVE-2026-1" });
    for _ in 0..2 {
        let (status, list) = tenant.request(Method::POST, &at("/approvals"), Some(approval.clone())).await;
        assert_eq!((status, list["approvals"].as_array().map(Vec::len)), (StatusCode::OK, Some(1)), "{list}");
    }
    let refused = tenant.operate(Method::POST, &at("/update"), None).await;
    assert_ne!(tenant.installation().await["version"], "1.0.1", "{refused}");
    let admin = Tenant { token: stage.admin_token(), ..tenant.clone() };
    let (status, list) = admin.request(Method::POST, &at("/approvals"), Some(approval)).await;
    assert_eq!((status, list["approvals"].as_array().map(Vec::len)), (StatusCode::OK, Some(2)), "{list}");
    eventually("the approved fix is installed", async || tenant.installation().await["version"] == "1.0.1").await;
    assert!(tenant.installation().await["update_waits"].is_null(), "it waits no more");

    // Nor does it help to turn the cooldown off first: it holds until it has passed once more, whatever is set meanwhile.
    for seconds in [0, 60, 0] {
        set_cooldown(&tenant, seconds).await;
    }
    stage.publish(&Draft::new("1.0.2"));
    eventually("who does not wait is updated", async || hasty.installation().await["version"] == "1.0.2").await;
    let refused = tenant.operate(Method::POST, &at("/update"), Some(json!({ "version": "=1.0.2" }))).await;
    assert_eq!((&refused["status"], &refused["error_kind"]), (&json!("failed"), &json!("cooldown")), "{refused}");

    for body in [json!({ "version": "new", "reason": "x" }), json!({ "version": "1.0.2", "reason": " " })] {
        let (status, problem) = tenant.request(Method::POST, &at("/approvals"), Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    }
    let path = format!("/api/v1/tenants/{}", tenant.name);
    let body = json!({ "cooldown_seconds": -1 });
    let (status, problem) = request(&tenant.url, Some(&tenant.token), Method::PATCH, &path, Some(body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
}

/// Somebody shortens it, somebody else makes it longer again, though not as long, and then it is shortened once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_cooldown_that_is_shortened_twice_holds_until_each_has_passed() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    let held = async || {
        let path = format!("/api/v1/tenants/{}", tenant.name);
        let (_, answer) = request(&tenant.url, Some(&tenant.token), Method::GET, &path, None).await;
        answer["held_cooldown"]["until"]
            .as_str()
            .map(|until| time::OffsetDateTime::parse(until, &Rfc3339).expect("a time"))
    };
    for seconds in [100, 0] {
        set_cooldown(&tenant, seconds).await;
    }
    let first = held().await.expect("it holds");
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    for seconds in [99, 0] {
        set_cooldown(&tenant, seconds).await;
    }
    let second = held().await.expect("it holds");
    assert!(second > first, "{first} {second}");
}

/// Also where the wait of another ends before.
#[tokio::test(flavor = "multi_thread")]
async fn of_the_releases_that_wait_one_is_named_that_was_asked_for() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    set_cooldown(&tenant, 86_400).await;
    stage.publish(&Draft::new("1.0.0"));
    stage.publish(&Draft::new("1.3.0"));
    let asked = |version: &'static str| tenant.request(Method::GET, version, None);
    let (status, problem) = asked("/releases/acme/guest?version=~1.3").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().expect("text").contains(": 1.3.0 waits until "), "{problem}");
    let (status, problem) = asked("/releases/acme/guest?version=~1.4").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nothing that would do waits: {problem}");
    let detail = problem["detail"].as_str().expect("text");
    assert!(detail.contains("there is only 1.0.0 and 1.3.0"), "what is left out is there: {problem}");
}

/// What two approve is what they can see: not whatever comes out under that version some day, nor other bytes.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_of_the_package_that_the_registry_lists() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    set_cooldown(&tenant, 86_400).await;
    let approval = json!({ "version": "1.0.1", "reason": "CVE-2026-1" });
    let (status, problem) = tenant.request(Method::POST, &at("/approvals"), Some(approval.clone())).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    assert_eq!(problem["detail"], "the registry lists no acme/guest 1.0.1");
    assert!(problem["hint"].as_str().unwrap_or_default().contains("once it is released"), "{problem}");

    let release = Draft::new("1.0.1").release();
    stage.registry.publish(&release);
    let (status, list) = tenant.request(Method::POST, &at("/approvals"), Some(approval)).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    assert_eq!(list["approvals"][0]["sha256"], release.line.sha256.to_string());
    let audit = tenant.get("/audit").await;
    let entry = audit["entries"].as_array().expect("entries").iter().find(|entry| entry["action"] == "approve");
    assert_eq!(entry.expect("an entry")["detail"]["sha256"], release.line.sha256.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_release_is_installed_once_it_is_old_enough() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.succeed(Method::POST, "/installations", Some(json!({ "module": MODULE, "grants": ["kv"] }))).await;
    set_cooldown(&tenant, 3).await;
    stage.publish(&Draft::new("1.0.1"));
    let released = std::time::Instant::now();
    eventually("it is old enough", async || tenant.installation().await["version"] == "1.0.1").await;
    assert!(released.elapsed() >= std::time::Duration::from_secs(2), "{:?}", released.elapsed());
}

/// Dependency confusion: somebody offers a newer version under the company's name in the public registry.
#[tokio::test(flavor = "multi_thread")]
async fn a_module_comes_from_the_registry_that_has_its_namespace_and_no_other() {
    let (public, company) = (Registry::start(), Registry::start());
    let (url, root) = (company.url.parse().expect("a URL"), company.root());
    let namespaces = Namespaces(vec!["acme".parse().expect("a namespace")]);
    let further = FurtherRegistry { url, root, namespaces };
    let stage = Stage::with(public, |config| _ = config.further_registries.insert("company".to_owned(), further)).await;
    let tenant = stage.tenant("one").await;
    company.publish(&Draft::new("1.0.0").release());
    stage.publish(&Draft::new("99.0.0"));
    tenant.succeed(Method::POST, "/installations", Some(json!({ "module": MODULE, "grants": ["kv"] }))).await;
    assert_eq!(tenant.installation().await["version"], "1.0.0");
    stage.publish(&Draft::new("99.0.1"));
    company.publish(&Draft::new("1.0.1").release());
    eventually("the company's is followed", async || tenant.installation().await["version"] == "1.0.1").await;
    assert_eq!(stage.registry.count(200, "/index/"), 0, "the other is not even asked");

    // A name that nobody has is not looked for anywhere.
    let stage =
        stage.restart(|config| config.registry.namespaces = Namespaces(vec!["other".parse().expect("one")])).await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    let operation = tenant.operate(Method::POST, "/installations", Some(json!({ "module": "nobody/knows" }))).await;
    assert!(operation["error"].as_str().unwrap_or_default().contains("has the namespace nobody"), "{operation}");
    // Without the company's registry nobody can say whether its module was called back: it does not run.
    let installation = tenant.get("/installations/acme/guest").await;
    assert_eq!(installation["state"], "installed");
    let activated = tenant.operate(Method::POST, &at("/activate"), None).await;
    assert!(activated["error"].as_str().unwrap_or_default().contains("it came from `company`"), "{activated}");
}

/// Neither its updates nor what it calls back: a registry answers for its own modules only.
#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_silent_holds_up_nothing_of_another() {
    let (public, company) = (Registry::start(), Registry::start());
    let (url, root) = (company.url.parse().expect("a URL"), company.root());
    let namespaces = Namespaces(vec!["acme".parse().expect("a namespace")]);
    let further = FurtherRegistry { url, root, namespaces };
    public.change(|contents| _ = contents.world.register("other", &crate::release::key()));
    let stage = Stage::with(public, |config| {
        asks_often(config);
        _ = config.further_registries.insert("company".to_owned(), further);
    })
    .await;
    let tenant = stage.tenant("one").await;
    let theirs = |version| Draft::new(version).of("other/guest").release();
    company.publish(&Draft::new("1.0.0").release());
    stage.registry.publish(&theirs("1.0.0"));
    for module in [MODULE, "other/guest"] {
        tenant.succeed(Method::POST, "/installations", Some(json!({ "module": module, "grants": ["kv"] }))).await;
        tenant.succeed(Method::POST, &format!("/installations/{module}/activate"), None).await;
    }
    let installation = async || tenant.get("/installations/other/guest").await;

    company.change(|contents| contents.silent = Some("timestamp.json".to_owned()));
    company.announce(&Draft::new("1.0.1").release().line);
    // By now it is asked, and answers for half a minute nothing.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let began = std::time::Instant::now();
    let next = theirs("1.0.1");
    stage.registry.publish(&next);
    eventually("the other's update", async || installation().await["version"] == "1.0.1").await;
    for reason in [Some("it mines"), None, Some("it mines again")] {
        call_back(&stage.registry, &next, reason);
        eventually("what it called back", async || installation().await["quarantined"].as_str() == reason).await;
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_without_a_feed_is_followed_by_its_metadata() {
    let registry = Registry::start();
    registry.change(|contents| contents.has_feed = false);
    let stage = Stage::with(registry, asks_often).await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    tenant.succeed(Method::POST, "/installations", Some(json!({ "module": MODULE, "grants": ["kv"] }))).await;
    stage.publish(&Draft::new("1.0.1"));
    eventually("the release is noticed", async || tenant.installation().await["version"] == "1.0.1").await;
    assert!(stage.registry.count(404, "/changes") <= 2, "a feed that is not there is not asked for again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_signs_with_other_keys_from_one_day_to_the_next_is_refused() {
    let stage = Stage::new().await;
    let tenant = stage.tenant("one").await;
    stage.publish(&Draft::new("1.0.0"));
    stage.registry.change(|contents| {
        contents.world.online.timestamp = SecretKey::from_seed(&[9; 32]);
        contents.sign();
    });
    let operation = tenant.operate(Method::POST, "/installations", Some(installing("*"))).await;
    let error = operation["error"].as_str().unwrap_or_default();
    assert_eq!(error, "refused, metadata: timestamp.json is signed by 0 of the 1 keys it needs", "{operation}");
}

//! Licences of modules that are not free: brought as files and as leases, announced before they end, and honoured.

use crate::{
    registry::{Registry, now},
    release::Draft,
    stage::{Stage, Tenant, at, eventually, installing},
    trust::asks_often,
};
use adx_agent::config::{Config, Span};
use adx_signing::{
    SecretKey, UtcSecond,
    licence::{Authority, Kind, Licence, LicenceId, RevokedLicence, armour, verify},
};
use reqwest::{Method, StatusCode};
use semver::VersionReq;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

const DAY: i64 = 86_400;

fn key() -> SecretKey {
    SecretKey::from_seed(&[9; 32])
}

fn authority() -> Authority {
    Authority::new("registry.test/log".parse().expect("an origin"), key().public())
}

fn in_seconds(seconds: i64) -> UtcSecond {
    now().after(Duration::seconds(seconds))
}

/// `acme/guest`, for nineteen euros a month.
fn paid(version: &str) -> Draft {
    Draft { price_minor: Some(1_900), ..Draft::new(version) }
}

/// A year of `acme/guest` for the tenant `one`, from yesterday on.
fn licence(number: u8) -> Licence {
    Licence {
        // The same whenever it is asked for: one that is signed anew takes the place of the one before.
        id: LicenceId::new("2026-01-01T00:00:00Z".parse().expect("an instant"), [number; 10]),
        registry: authority().registry,
        tenant: "one".parse().expect("a tenant"),
        module: "acme/guest".parse().expect("a module"),
        versions: VersionReq::STAR,
        features: ["reports".to_owned()].into(),
        seats: Some(2),
        kind: Kind::Subscription,
        from: in_seconds(-DAY),
        until: Some(in_seconds(364 * DAY)),
        grace: 0,
        read_only: 30 * 86_400,
        retained: 30 * 86_400,
    }
}

fn signed(licence: &Licence) -> String {
    licence.sign(now(), &key()).expect("a licence")
}

/// A registry that signs licences, and its agent; steps are announced a second before they take effect.
async fn stage(adjust: impl FnOnce(&mut Config)) -> (Stage, Tenant) {
    let registry = Registry::start();
    registry.change(|contents| {
        contents.world.revocations.licences = Some(authority());
        contents.sign();
    });
    let stage = Stage::with(registry, |config| {
        asks_often(config);
        config.licences.notice = Span::secs(1);
        adjust(config);
    })
    .await;
    let tenant = stage.tenant("one").await;
    // Whose signature counts is known once the metadata were read.
    eventually("the agent knows its registry", async || {
        let (status, _) = bring(&tenant, "no licence").await;
        status == StatusCode::UNPROCESSABLE_ENTITY
    })
    .await;
    (stage, tenant)
}

async fn bring(tenant: &Tenant, text: &str) -> (StatusCode, Value) {
    tenant.request(Method::POST, "/licences", Some(json!({ "licence": text }))).await
}

async fn take(tenant: &Tenant, licence: &Licence) {
    let (status, answer) = bring(tenant, &signed(licence)).await;
    assert_eq!((status, &answer["id"]), (StatusCode::CREATED, &json!(licence.id)), "{answer}");
}

async fn listed(tenant: &Tenant) -> Value {
    tenant.get("/licences").await["licences"][0].clone()
}

/// What was announced: state, and not before when.
async fn announced(tenant: &Tenant) -> Vec<(String, UtcSecond)> {
    let entries = tenant.get("/audit?limit=1000").await["entries"].clone();
    let entries = entries.as_array().expect("entries").iter().filter(|entry| entry["action"] == "licence.announce");
    let detail = |entry: &Value| {
        let text = |name: &str| entry["detail"][name].as_str().expect("a text").to_owned();
        (text("state"), text("not_before").parse().expect("an instant"))
    };
    entries.map(detail).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_is_not_free_takes_a_licence_and_a_free_one_none() {
    let (stage, tenant) = stage(|_| {}).await;
    stage.publish(&paid("1.0.0"));
    let refused = tenant.operate(Method::POST, "/installations", Some(installing("*"))).await;
    let error = refused["error"].as_str().unwrap_or_default();
    assert!(error.contains("acme/guest 1.0.0 is not licensed") && error.contains("has no licence"), "{refused}");

    // As a file, as it is carried where no network is.
    let token = signed(&licence(1));
    let file = armour::write(&token, &verify(&token, &authority()).expect("signed")).expect("a file");
    let (status, answer) = bring(&tenant, &file).await;
    assert_eq!((status, &answer["module"]), (StatusCode::CREATED, &json!("acme/guest")), "{answer}");
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
    let listed = listed(&tenant).await;
    assert_eq!((&listed["state"], &listed["next"]["state"]), (&json!("active"), &json!("read-only")), "{listed}");
    assert_eq!((&listed["terms"]["features"], &listed["terms"]["seats"]), (&json!(["reports"]), &json!(2)), "{listed}");

    // It is one tenant's.
    let other = stage.tenant("two").await;
    let refused = other.operate(Method::POST, "/installations", Some(installing("*"))).await;
    assert_eq!(refused["status"], "failed", "{refused}");
    assert_eq!(other.get("/licences").await["licences"], json!([]));

    stage.publish(&Draft::new("1.0.0").of("acme/free"));
    let free = json!({ "module": "acme/free", "version": "*", "grants": ["kv"], "auto_update": false });
    other.succeed(Method::POST, "/installations", Some(free)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_licence_of_this_tenant_is_refused_and_leaves_nothing() {
    let (_stage, tenant) = stage(|_| {}).await;
    let refused = async |text: &str| {
        let (status, problem) = bring(&tenant, text).await;
        assert!(status.is_client_error(), "{text}: {problem}");
        problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned()
    };
    assert_eq!(refused("").await, "invalid-licence");
    let token = signed(&licence(1));
    assert_eq!(refused(&token[..token.len() - 2]).await, "invalid-licence");
    let stranger = licence(1).sign(now(), &SecretKey::from_seed(&[8; 32])).expect("a licence");
    assert_eq!(refused(&stranger).await, "invalid-licence");
    let others = Licence { tenant: "two".parse().expect("a tenant"), ..licence(1) };
    assert_eq!(refused(&signed(&others)).await, "other-tenant");
    assert_eq!(tenant.get("/licences").await["licences"], json!([]));

    take(&tenant, &licence(1)).await;
    let before = licence(1).sign(in_seconds(-60), &key()).expect("a licence");
    assert_eq!(refused(&before).await, "older-licence");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_can_be_read_still_and_works_again_once_renewed() {
    let (stage, tenant) = stage(|_| {}).await;
    stage.publish(&paid("1.0.0"));
    take(&tenant, &licence(1)).await;
    tenant.install("*").await;
    assert_eq!(tenant.visit().await, 1);
    // Signed anew, with an end that is near.
    take(&tenant, &Licence { until: Some(in_seconds(1)), ..licence(1) }).await;
    eventually("it is read-only", async || listed(&tenant).await["state"] == "read-only").await;
    let seen = announced(&tenant).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].0 == "read-only" && seen[0].1 <= now(), "it takes effect when that was announced: {seen:?}");
    let (status, answer) = tenant.call("visit", Value::Null).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    assert!(answer["detail"].as_str().unwrap_or_default().contains("nothing may be changed"), "{answer}");
    // What changes nothing goes on.
    assert_eq!(tenant.call("work", json!(1)).await.0, StatusCode::OK);
    stage.publish(&paid("1.1.0"));
    let refused = tenant.operate(Method::POST, &at("/update"), None).await;
    assert!(refused["error"].as_str().unwrap_or_default().contains("is read-only"), "{refused}");

    take(&tenant, &licence(1)).await;
    assert_eq!(tenant.visit().await, 2, "the refused visit was none");
    tenant.succeed(Method::POST, &at("/update"), None).await;
    assert_eq!(tenant.visit().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_off_before_its_notice_is_over() {
    let (stage, tenant) = stage(|config| config.licences.notice = Span::secs(3_600)).await;
    stage.publish(&paid("1.0.0"));
    take(&tenant, &licence(1)).await;
    tenant.install("*").await;
    let short = Licence { until: Some(in_seconds(1)), read_only: 0, retained: 0, ..licence(1) };
    take(&tenant, &short).await;
    eventually("it is over by itself", async || now() > short.until.expect("an end")).await;
    eventually("it was announced", async || !announced(&tenant).await.is_empty()).await;
    let (state, not_before) = announced(&tenant).await.remove(0);
    assert_eq!(state, "expired");
    assert!(not_before > in_seconds(3_000), "{not_before}");
    assert_eq!(tenant.visit().await, 1);
    let listed = listed(&tenant).await;
    assert_eq!((&listed["state"], &listed["next"]["state"]), (&json!("active"), &json!("expired")), "{listed}");
    assert!(listed["next"]["takes_effect"].is_string(), "{listed}");
    // What is asked for anew goes by the licence.
    let other = json!({ "people": ["ada"] });
    let (status, problem) = tenant.request(Method::PUT, &at("/seats"), Some(other)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_registry_takes_back_stops() {
    let (stage, tenant) = stage(|_| {}).await;
    stage.publish(&paid("1.0.0"));
    take(&tenant, &licence(1)).await;
    tenant.install("*").await;
    stage.registry.change(|contents| {
        let revoked = RevokedLicence { at: in_seconds(0), reason: "it was paid back".to_owned() };
        let licences = contents.world.revocations.licences.as_mut().expect("an authority");
        licences.revoked.insert(licence(1).id, revoked);
        contents.sign();
    });
    eventually("it is taken back", async || listed(&tenant).await["state"] == "revoked").await;
    let (status, problem) = tenant.call("work", json!(1)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("it was paid back"), "{problem}");
    assert_eq!(announced(&tenant).await.len(), 1);
    // Another one takes it up where it stood.
    take(&tenant, &licence(2)).await;
    assert_eq!(tenant.visit().await, 1);
    eventually("what is past is not announced any more", async || {
        stage.running.agent.store().announcements().await.expect("read").is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_ends_unless_the_next_one_takes_its_place() {
    let (stage, tenant) = stage(|_| {}).await;
    stage.publish(&paid("1.0.0"));
    let endless = Licence { until: None, read_only: 0, retained: 86_400, ..licence(1) };
    let lease = async |issued, until| {
        let lease = endless.lease(in_seconds(issued), in_seconds(until), &key()).expect("a lease");
        let (status, answer) = bring(&tenant, &lease).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    };
    lease(-4_000, 2_000).await;
    tenant.install("*").await;
    let first = listed(&tenant).await["lease_until"].clone();
    assert!(first.is_string(), "{first}");
    lease(-2_000, 6_000).await;
    assert_ne!(listed(&tenant).await["lease_until"], first);
    assert!(announced(&tenant).await.is_empty(), "its end is far: it is to be renewed before");
    lease(-100, 1).await;
    eventually("it is over", async || listed(&tenant).await["state"] == "disabled").await;
    assert_eq!(tenant.call("work", json!(1)).await.0, StatusCode::CONFLICT);
    lease(0, 6_000).await;
    assert_eq!(tenant.visit().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_as_many_seats_as_the_licence_has() {
    let (stage, tenant) = stage(|_| {}).await;
    stage.publish(&paid("1.0.0"));
    take(&tenant, &licence(1)).await;
    tenant.install("*").await;
    let seats =
        async |people: &[&str]| tenant.request(Method::PUT, &at("/seats"), Some(json!({ "people": people }))).await;
    let (status, problem) = seats(&["ada", "bob", "cleo"]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(seats(&["bob", "ada"]).await, (StatusCode::OK, json!({ "people": ["ada", "bob"] })));
    assert_eq!(listed(&tenant).await["people"], json!(["ada", "bob"]));
    assert_eq!(seats(&["cleo", "ada"]).await.0, StatusCode::OK, "a seat changes hands");
    assert_eq!(seats(&[""]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(seats(&[]).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_of_versions_covers_those_and_no_others() {
    let (stage, tenant) = stage(|_| {}).await;
    stage.publish(&paid("1.0.0"));
    let version = "1.0.0".parse().expect("a version");
    take(&tenant, &licence(1).perpetual_fallback(licence(2).id, &version, in_seconds(-DAY))).await;
    tenant.install("*").await;
    stage.publish(&paid("1.1.0"));
    let refused = tenant.operate(Method::POST, &at("/update"), None).await;
    let error = refused["error"].as_str().unwrap_or_default();
    assert!(error.contains("cover other versions: <=1.0.0"), "{refused}");
    assert_eq!(tenant.visit().await, 1, "the one that is covered goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_brings_no_licence_back() {
    let (stage, tenant) = stage(|_| {}).await;
    take(&tenant, &Licence { until: Some(in_seconds(5 * DAY)), grace: 300 * 86_400, ..licence(1) }).await;
    assert_eq!(listed(&tenant).await["state"], "active");
    // As if the machine had run for ten days more before.
    let seen = OffsetDateTime::from(in_seconds(10 * DAY));
    stage.running.agent.store().see_time(seen).await.expect("remembered");
    let stage = stage
        .restart(|config| {
            asks_often(config);
            config.licences.notice = Span::secs(1);
        })
        .await;
    let tenant = Tenant { url: stage.running.url.clone(), ..tenant };
    assert_eq!(listed(&tenant).await["state"], "grace");
    let list = tenant.get("/licences").await;
    assert!(list["clock_set_back_from"].is_string(), "{list}");
    // Remembered as it was, and no earlier.
    let earlier = OffsetDateTime::from(in_seconds(DAY));
    stage.running.agent.store().see_time(earlier).await.expect("nothing");
    let kept = stage.running.agent.store().seen_time().await.expect("a time");
    assert!(kept.is_some_and(|kept| kept > OffsetDateTime::from(in_seconds(9 * DAY))), "{kept:?}");
}

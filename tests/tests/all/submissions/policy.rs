//! What needs a human, by the policy and by what operators say of a publisher.

use adx_index::package::PackagePath;
use adx_registry_core::Id;
use adx_registry_core::ports::Written;
use adx_registry_core::transfers::{Transfer, TransferState};
use adx_tests::hello;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{Stage, files, package, pipeline, text};
use crate::engines::{Engine, on_every_engine};

on_every_engine!(
    each_cause_holds_what_it_is_for,
    what_checks_find_is_reviewed_by_default,
    a_publisher_is_held_or_trusted,
    nobody_chooses_what_a_version_is_compared_with,
    whoever_a_publisher_is_given_to_begins_with_a_first_release,
);

/// A package of hello whose manifest is changed.
fn changed(version: &str, change: impl FnOnce(&mut toml_edit::DocumentMut)) -> Vec<u8> {
    let mut files = files(version, &[]);
    let path: PackagePath = hello::path("module.toml");
    let mut manifest = String::from_utf8(files[&path].clone()).unwrap().parse().unwrap();
    change(&mut manifest);
    files.insert(path, manifest.to_string().into_bytes());
    hello::pack(&files)
}

fn priced(version: &str, amount: i64) -> Vec<u8> {
    changed(version, |manifest| {
        let mut price = toml_edit::Table::new();
        price.insert("model", toml_edit::value("one-time"));
        price.insert("amount_minor", toml_edit::value(amount));
        price.insert("currency", toml_edit::value("EUR"));
        manifest["module"]["marketplace"]["pricing"] = toml_edit::Item::Table(price);
    })
}

fn wider(version: &str) -> Vec<u8> {
    changed(version, |manifest| {
        manifest["module"]["permissions"]["optional"] = toml_edit::value(toml_edit::Array::from_iter(["notify"]));
    })
}

impl Stage {
    /// Sends what has to wait for these causes, and approves it.
    async fn waits_for(&self, package: &[u8], causes: Value) {
        let (status, waits) = self.send(package).await;
        assert_eq!((status, &waits["causes"]), (StatusCode::ACCEPTED, &causes), "{waits}");
        let approve = format!("/submissions/{}/approve", text(&waits["id"]));
        assert_eq!(self.post(&self.operator, &approve, json!({})).await.0, StatusCode::OK);
    }

    async fn is_released(&self, package: &[u8]) {
        let (status, answer) = self.send(package).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }
}

async fn each_cause_holds_what_it_is_for(engine: Engine) {
    let stage = Stage::new(engine, pipeline("first-release, wider-permissions, price")).await;
    stage.waits_for(&package("1.0.0", &[]), json!(["first-release"])).await;
    stage.is_released(&package("1.0.1", &[("docs/first.txt", "warning strange")])).await;
    stage.waits_for(&wider("1.1.0"), json!(["wider-permissions"])).await;
    stage.is_released(&wider("1.1.1")).await;
    stage.is_released(&package("1.1.2", &[])).await;
    stage.waits_for(&wider("1.1.3"), json!(["wider-permissions"])).await;
    stage.is_released(&package("1.1.4", &[])).await;
    stage.waits_for(&priced("1.2.0", 100), json!(["price"])).await;
    stage.is_released(&priced("1.2.1", 100)).await;
    stage.is_released(&priced("1.2.2", 99)).await;
    stage.waits_for(&priced("1.2.3", 101), json!(["price"])).await;
}

async fn what_checks_find_is_reviewed_by_default(engine: Engine) {
    let stage = Stage::new(engine, pipeline("findings")).await;
    stage.is_released(&package("1.0.0", &[("docs/first.txt", "note curious")])).await;
    stage.waits_for(&package("1.0.1", &[("docs/first.txt", "warning strange")]), json!(["findings"])).await;
}

async fn a_publisher_is_held_or_trusted(engine: Engine) {
    let stage = Stage::new(engine, pipeline("first-release, findings")).await;
    stage.stand("trusted").await;
    stage.is_released(&package("1.0.0", &[])).await;
    stage.waits_for(&package("1.0.1", &[("docs/first.txt", "warning strange")]), json!(["findings"])).await;
    stage.stand("held").await;
    stage.waits_for(&package("1.0.2", &[]), json!(["publisher"])).await;
    let (_, standing) = stage.get(&stage.operator, "/publishers/adx/review").await;
    assert_eq!(standing["reason"], "for this test");
    assert!(text(&standing["by"]).starts_with("token:"), "{standing}");
    let (status, none) = stage.call(&stage.operator, Method::DELETE, "/publishers/adx/review", None).await;
    assert_eq!((status, none), (StatusCode::OK, json!({})));
    stage.is_released(&package("1.0.3", &[])).await;
    let body = json!({ "standing": "trusted", "reason": "x" });
    let (status, _) = stage.call(&stage.operator, Method::PUT, "/publishers/nobody/review", Some(body)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

impl Stage {
    /// What remains of an offer that ended so.
    async fn offer_ended(&self, state: TransferState) {
        self.clock.pass(time::Duration::seconds(1));
        let now = self.ports.now();
        let mut transaction = self.ports.store.begin().await.unwrap();
        let publisher = transaction.publisher_by_namespace(&"adx".parse().unwrap()).await.unwrap().unwrap();
        let offered = Transfer {
            id: Id::new(now, &*self.ports.entropy),
            publisher: publisher.id,
            state: TransferState::Offered,
            name: None,
            email: None,
            offered_at: now,
            expires_at: now,
            ended_at: None,
        };
        transaction.insert_transfer(&offered).await.unwrap();
        transaction.update_transfer(&Transfer { state, ended_at: Some(now), ..offered }).await.unwrap();
        transaction.commit(Written::SAMPLE).await.unwrap();
        self.clock.pass(time::Duration::seconds(1));
    }
}

async fn whoever_a_publisher_is_given_to_begins_with_a_first_release(engine: Engine) {
    let stage = Stage::new(engine, pipeline("first-release")).await;
    stage.waits_for(&package("1.0.0", &[]), json!(["first-release"])).await;
    stage.offer_ended(TransferState::Declined).await;
    stage.is_released(&package("1.0.1", &[])).await;
    stage.offer_ended(TransferState::Accepted).await;
    stage.waits_for(&package("1.1.0", &[]), json!(["first-release"])).await;
    stage.is_released(&package("1.1.1", &[])).await;
}

async fn nobody_chooses_what_a_version_is_compared_with(engine: Engine) {
    let stage = Stage::new(engine, pipeline("wider-permissions")).await;
    let yank = async |version: &str| {
        let path = format!("/modules/adx/hello/versions/{version}/yank");
        assert_eq!(stage.call(&stage.publisher, Method::POST, &path, None).await.0, StatusCode::OK);
    };
    stage.is_released(&package("1.0.0", &[])).await;
    yank("1.0.0").await;
    stage.waits_for(&wider("1.1.0"), json!(["wider-permissions"])).await;
    stage.is_released(&wider("1.1.1")).await;
    // Nor by yanking the newest, so that an older one is shown that may more.
    stage.is_released(&package("1.2.0", &[])).await;
    yank("1.2.0").await;
    stage.waits_for(&wider("1.3.0"), json!(["wider-permissions"])).await;
    // What cannot be compared is looked at.
    let reason = json!({ "reason": "it leaks" });
    assert_eq!(
        stage.post(&stage.operator, "/modules/adx/hello/versions/1.3.0/quarantine", reason.clone()).await.0,
        StatusCode::OK
    );
    for version in ["1.0.0", "1.1.0", "1.1.1", "1.2.0"] {
        let path = format!("/modules/adx/hello/versions/{version}/quarantine");
        stage.post(&stage.operator, &path, reason.clone()).await;
    }
    stage.waits_for(&package("1.4.0", &[]), json!(["wider-permissions"])).await;
}

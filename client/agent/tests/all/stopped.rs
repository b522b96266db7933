//! What is called back while calls and operations are under way.

use crate::{
    registry::Registry,
    release::{Draft, MODULE},
    stage::{Stage, at, eventually},
    trust::{asks_often, call_back, quarantined},
};
use adx_agent::calls::NotRouted;
use adx_signing::name::{ModuleId, TenantId};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::time::Duration;

fn of(tenant: &str) -> (TenantId, ModuleId) {
    (tenant.parse().expect("a tenant"), MODULE.parse().expect("a module"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_record_as_stopped_lets_no_call_through() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    let release = Draft::new("1.0.0").release();
    stage.registry.publish(&release);
    tenant.install("*").await;
    let (id, module) = of("one");
    let routes = stage.running.agent.routes();
    let soon = Duration::from_millis(20);
    let call = routes.enter(&id, &module, soon).await.expect("it takes calls");
    call_back(&stage.registry, &release, Some("it mines"));
    eventually("no further call is let through", async || routes.enter(&id, &module, soon).await.is_err()).await;
    // The last one is still running, and nobody is told that it had ended.
    assert_eq!(quarantined(&tenant).await, None);
    assert!(matches!(routes.enter(&id, &module, soon).await, Err(NotRouted::QueuedTooLong)));
    drop(call);
    eventually("the module is stopped", async || quarantined(&tenant).await.is_some()).await;
    assert!(matches!(routes.enter(&id, &module, soon).await, Err(NotRouted::NotActive)));
    let (status, problem) = tenant.call("visit", Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem["hint"].as_str().unwrap_or_default().contains("its registry revoked it"), "{problem}");
}

/// The gate of an update that is between two versions is the update's: neither what stops the old version opens it, nor what lets
/// it go on.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_called_back_and_released_in_the_midst_of_an_update_opens_no_gate() {
    let stage = Stage::with(Registry::start(), asks_often).await;
    let tenant = stage.tenant("one").await;
    let old = Draft::new("1.0.0").release();
    stage.registry.publish(&old);
    tenant.install("*").await;
    let (id, module) = of("one");
    let agent = &stage.running.agent;
    let routes = agent.routes();
    // The new version's own code finds no place until these are let go of.
    let mut places = Vec::new();
    for _ in 0..agent.config().sandbox.places_each() {
        places.push(routes.place(&id).await.expect("a place"));
    }
    stage.publish(&Draft::new("1.0.1"));
    let (status, operation) = tenant.request(Method::POST, &at("/update"), None).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{operation}");
    let operation = operation["id"].as_str().expect("an operation has an id").to_owned();
    let step = async || tenant.get(&format!("/operations/{operation}")).await["step"].clone();
    eventually("the data is between two versions", async || step().await == "data").await;

    let soon = Duration::from_millis(20);
    call_back(&stage.registry, &old, Some("it mines"));
    eventually("the module is stopped", async || quarantined(&tenant).await.is_some()).await;
    assert!(routes.is_shut(&id, &module), "still the update's");
    assert!(routes.behind(&id, &module).is_none());
    call_back(&stage.registry, &old, None);
    eventually("nothing is against it any more", async || quarantined(&tenant).await.is_none()).await;
    assert!(routes.is_shut(&id, &module), "still the update's");
    assert!(matches!(routes.enter(&id, &module, soon).await, Err(NotRouted::QueuedTooLong)));

    drop(places);
    let ended = tenant.wait_for(&operation).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert_eq!(tenant.visit().await, 1);
    assert_eq!(tenant.installation().await["version"], "1.0.1");
}

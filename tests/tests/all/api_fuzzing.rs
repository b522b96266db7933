//! Every operation of `openapi.yaml`, called by a program that knows the description and nothing else.

use adx_tests::person::Person;
use adx_tests::programs::checkout;
use adx_tests::schemathesis::Schemathesis;
use adx_tests::stage::Registry;

/// Calls with who calls, and from a number on which everything that is tried depends.
async fn call(registry: &Registry, headers: impl AsyncFnOnce(&adx_tests::process::Process) -> Vec<String>, seed: u32) {
    let Some(schemathesis) = Schemathesis::find() else { return };
    let server = registry.start();
    registry.register_key(&server).await;
    let (headers, url) = (headers(&server).await, server.url.clone());
    let description = checkout().join("openapi.yaml");
    let called = tokio::task::spawn_blocking(move || schemathesis.call(&description, &url, &headers, seed));
    if let Err(said) = called.await.unwrap() {
        panic!("{said}\n{}", server.log());
    }
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_publisher_brings_a_fault_about() {
    let registry = Registry::new();
    call(&registry, async |_| vec![format!("Authorization: Bearer {}", registry.token)], 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operator_brings_a_fault_about() {
    let registry = Registry::new();
    let headers = async |server: &adx_tests::process::Process| {
        let person = Person::operator(&registry, server, "ada").await;
        vec![format!("Cookie: {}", person.cookie), format!("X-CSRF-Token: {}", person.csrf)]
    };
    call(&registry, headers, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_brings_a_fault_about() {
    let registry = Registry::new();
    call(&registry, async |_| Vec::new(), 1).await;
}

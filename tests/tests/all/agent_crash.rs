//! kill -9 of the agent at every step of install, update and uninstall, and on the way back from a failed update.

use adx_agent::progress::{STEPS, UNDO_STEPS};
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Agent, Registry, Tenant, install_hello, try_request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const HELLO: &str = "/installations/adx/hello";

/// A registry with hello 1.0.0, 1.1.0 and, whose health probe fails, 1.2.0.
async fn registry() -> (Registry, Process) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    for (version, behaviour) in
        [("1.0.0", Behaviour::Plain), ("1.1.0", Behaviour::Again), ("1.2.0", Behaviour::Unhealthy)]
    {
        let answer =
            registry.publish(&running, &hello::package(version, behaviour)).await.expect("the registry answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }
    adx_tests::eventually("the index file names every version", async || {
        let index = adx_index::line::index_path(&"adx/hello".parse().expect("a module"));
        let answer = reqwest::get(format!("{}/index/{index}", running.url)).await.expect("the registry answers");
        answer.text().await.expect("text").lines().count() == 3
    })
    .await;
    (registry, running)
}

/// The fail points of one kind of operation.
fn points(kind: &str, all: &[&'static str]) -> Vec<&'static str> {
    let points: Vec<_> = all.iter().copied().filter(|point| point.split('.').next() == Some(kind)).collect();
    assert!(!points.is_empty(), "{kind} has fail points");
    points
}

/// An agent with the tenant acme; `prepare` runs before the fail point is armed, `operate` is what it cuts off.
/// Returns the agent started again, with every operation at its end.
async fn cut_off(
    (root, registry): (&Registry, &Process),
    point: &str,
    prepare: impl AsyncFnOnce(&Process, &Tenant),
    (method, path, body): (Method, &str, Value),
) -> (Agent, Process, Tenant) {
    let agent = Agent::of(root);
    let running = agent.start(&registry.url);
    let tenant = agent.create_tenant(&running, "acme").await;
    prepare(&running, &tenant).await;
    assert!(running.stop().success(), "{point}: the agent stops in good order");

    let mut running = agent.start_to_abort_at(&registry.url, point);
    // Whether the answer still arrives depends on the fail point; the operation is in the journal or it never was.
    let _ = try_request(&running, &tenant.token, method, &format!("/api/v1/tenants/acme{path}"), Some(body)).await;
    running.wait_for_abort(point);

    let running = agent.start(&registry.url);
    let (status, operations) = tenant.request(&running, Method::GET, "/operations", None).await;
    assert_eq!(status, StatusCode::OK, "{point}: {operations}");
    for operation in operations["operations"].as_array().expect("a list") {
        tenant.wait_for(&running, operation["id"].as_str().expect("an id")).await;
    }
    (agent, running, tenant)
}

/// Visits that hello has counted for Ada, this one included.
async fn visits(running: &Process, tenant: &Tenant, point: &str) -> Value {
    let (status, answer) = tenant.greet(running, "Ada").await;
    assert_eq!(status, StatusCode::OK, "{point}: {answer}");
    answer["output"]["visits"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_install_cut_off_anywhere_ends_installed_or_absent() {
    let (root, registry) = registry().await;
    for point in points("install", STEPS) {
        let request = (Method::POST, "/installations", install_hello("=1.0.0"));
        let (agent, running, tenant) = cut_off((&root, &registry), point, async |_, _| {}, request).await;
        let (status, installation) = tenant.request(&running, Method::GET, HELLO, None).await;
        match status {
            StatusCode::OK => {
                assert_eq!(installation["state"], "installed", "{point}: {installation}");
                assert_eq!(installation["version"], "1.0.0", "{point}");
            }
            StatusCode::NOT_FOUND => {
                let left: Vec<_> =
                    std::fs::read_dir(agent.data().join("tenants/acme")).into_iter().flatten().flatten().collect();
                assert!(left.is_empty(), "{point}: an absent module left {left:?}");
                tenant.operate(&running, Method::POST, "/installations", Some(install_hello("=1.0.0"))).await;
            }
            status => panic!("{point}: HTTP {status}: {installation}"),
        }
        let active = tenant.operate(&running, Method::POST, &format!("{HELLO}/activate"), None).await;
        assert_eq!(active["status"], "succeeded", "{point}: {active}");
        assert_eq!(visits(&running, &tenant, point).await, 1, "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_cut_off_anywhere_ends_at_one_version_with_its_data() {
    let (root, registry) = registry().await;
    for point in points("update", STEPS) {
        let (_agent, running, tenant) = cut_off((&root, &registry), point, prepare, update_to("=1.1.0")).await;
        let (_, installation) = tenant.request(&running, Method::GET, HELLO, None).await;
        assert_eq!(installation["state"], "active", "{point}: {installation}");
        let version = installation["version"].as_str().unwrap_or_default();
        assert!(["1.0.0", "1.1.0"].contains(&version), "{point}: {installation}");
        assert_eq!(visits(&running, &tenant, point).await, 3, "{point}: the data of two visits is there");
        let updated = tenant
            .operate(&running, Method::POST, &format!("{HELLO}/update"), Some(json!({ "version": "=1.1.0" })))
            .await;
        assert_eq!(updated["status"], "succeeded", "{point}: {updated}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_update_cut_off_on_its_way_back_still_gets_back() {
    let (root, registry) = registry().await;
    for point in points("update", UNDO_STEPS) {
        let (_agent, running, tenant) = cut_off((&root, &registry), point, prepare, update_to("=1.2.0")).await;
        let (_, installation) = tenant.request(&running, Method::GET, HELLO, None).await;
        assert_eq!(installation["state"], "active", "{point}: {installation}");
        assert_eq!(installation["version"], "1.0.0", "{point}: {installation}");
        assert_eq!(visits(&running, &tenant, point).await, 3, "{point}: the data of two visits is there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_cut_off_anywhere_leaves_nothing_or_everything() {
    let (root, registry) = registry().await;
    for point in points("uninstall", STEPS) {
        let (agent, running, tenant) =
            cut_off((&root, &registry), point, prepare, (Method::DELETE, HELLO, Value::Null)).await;
        let (status, installation) = tenant.request(&running, Method::GET, HELLO, None).await;
        if status == StatusCode::OK {
            assert_eq!(installation["state"], "active", "{point}: {installation}");
            assert_eq!(visits(&running, &tenant, point).await, 3, "{point}: the data of two visits is there");
        } else {
            assert_eq!(status, StatusCode::NOT_FOUND, "{point}: {installation}");
            let left: Vec<_> =
                std::fs::read_dir(agent.data().join("tenants/acme")).into_iter().flatten().flatten().collect();
            assert!(left.is_empty(), "{point}: an absent module left {left:?}");
        }
    }
}

/// hello 1.0.0, active, with two visits of Ada, and no update by itself.
async fn prepare(running: &Process, tenant: &Tenant) {
    tenant.install_hello(running, "=1.0.0").await;
    assert_eq!(visits(running, tenant, "prepare").await, 1);
    assert_eq!(visits(running, tenant, "prepare").await, 2);
}

fn update_to(version: &str) -> (Method, &'static str, Value) {
    (Method::POST, "/installations/adx/hello/update", json!({ "version": version }))
}

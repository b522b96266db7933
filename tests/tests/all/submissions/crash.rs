//! kill -9 of the registry at every step of a submission that needs a human: nothing is half released, and nothing is lost.

use adx_registry_core::ports::{PublishStep, ReviewStep};
use adx_signing::digest::Digest;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::Repository;
use adx_tests::stage::{Registry, request, try_request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::text;

fn registry() -> Registry {
    Registry::with_environment(vec![("ADX_REGISTRY__REVIEW__WHEN".to_owned(), "always".to_owned())])
}

async fn queue(running: &Process, operator: &str) -> Vec<Value> {
    let (status, queue) = request(running, operator, Method::GET, "/api/v1/submissions", None).await;
    assert_eq!(status, StatusCode::OK, "{queue}");
    queue["submissions"].as_array().unwrap().clone()
}

/// Whether the version is served.
async fn is_public(running: &Process, package: &[u8]) -> bool {
    let get = async |path: String| {
        adx_tests::stage::client().get(format!("{}{path}", running.url)).send().await.unwrap().status()
            == StatusCode::OK
    };
    let page = get("/api/v1/modules/adx/hello/versions/1.0.0".to_owned()).await;
    // A copy that nobody refers to may lie there, and is swept: whether it is a release is what counts.
    assert!(!page || get(format!("/packages/{}.adxm", Digest::of(package))).await, "a release without its bytes");
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_survives_a_kill_at_every_step() {
    let package = hello::package("1.0.0", Behaviour::Plain);
    for point in ReviewStep::SENDING.iter().map(|step| step.name()) {
        let registry = registry();
        let running = registry.start();
        registry.register_key(&running).await;
        let operator = registry.create_operator_token();
        running.stop();
        let mut running = registry.start_to_abort_at(point);
        let acknowledged = registry.publish(&running, &package).await.is_ok_and(|answer| answer.status().is_success());
        running.wait_for_abort(point);

        let running = registry.start();
        assert!(!is_public(&running, &package).await, "{point}");
        let waiting = queue(&running, &operator).await.len();
        assert!(waiting <= 1 && (waiting == 1 || !acknowledged), "{point}: {waiting} wait");
        let again = registry.publish(&running, &package).await.unwrap();
        assert_eq!(again.status(), StatusCode::ACCEPTED, "{point}");
        let waits = queue(&running, &operator).await;
        assert_eq!(waits.len(), 1, "{point}: sent twice it waits once");
        let approve = format!("/api/v1/submissions/{}/approve", text(&waits[0]["id"]));
        let (status, answer) = request(&running, &operator, Method::POST, &approve, Some(json!({}))).await;
        assert_eq!(status, StatusCode::OK, "{point}: {answer}");
        assert!(is_public(&running, &package).await, "{point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_survives_a_kill_at_every_step() {
    let package = hello::package("1.0.0", Behaviour::Plain);
    let of_publish = [PublishStep::RowsInserted, PublishStep::Committed];
    let points = ReviewStep::APPROVING.iter().map(|step| step.name()).chain(of_publish.iter().map(|step| step.name()));
    for point in points {
        let registry = registry();
        let running = registry.start();
        registry.register_key(&running).await;
        let operator = registry.create_operator_token();
        let sent = registry.publish(&running, &package).await.unwrap();
        assert_eq!(sent.status(), StatusCode::ACCEPTED, "{point}");
        let sent: Value = sent.json().await.unwrap();
        let approve = format!("/api/v1/submissions/{}/approve", text(&sent["id"]));
        running.wait_until_signed().await;
        running.stop();

        let mut running = registry.start_to_abort_at(point);
        let answer = try_request(&running, &operator, Method::POST, &approve, Some(json!({}))).await;
        let acknowledged = answer.is_ok_and(|(status, _)| status == StatusCode::OK);
        running.wait_for_abort(point);

        let running = registry.start();
        let (released, waiting) = (is_public(&running, &package).await, queue(&running, &operator).await.len());
        assert_eq!((released, waiting), (released, usize::from(!released)), "{point}: it waits, or it is released");
        assert!(released || !acknowledged, "{point}: an acknowledged release is gone");
        let (status, answer) = request(&running, &operator, Method::POST, &approve, Some(json!({}))).await;
        assert_eq!(status, if released { StatusCode::CONFLICT } else { StatusCode::OK }, "{point}: {answer}");
        running.wait_until_signed().await;
        let repository = Repository::fetch(&running.url).await;
        assert_eq!(
            (repository.published(), repository.packages.len()),
            (1, 1),
            "{point}: in the log and a target, once"
        );
        assert!(running.stop().success(), "{point}");
    }
}

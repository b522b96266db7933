//! Reserved namespaces: given away by an operator who says so.

use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::kind;

#[tokio::test(flavor = "multi_thread")]
async fn a_reserved_namespace_is_given_away_knowingly_only() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__NAMES__RESERVED", "fabrikam, *contoso");
    });
    let operator = registry.create_operator_token();
    let create = async |body: Value| request(&running, &operator, Method::POST, "/api/v1/publishers", Some(body)).await;
    for reserved in ["admin", "micros0ft", "acme-google", "fabrikam", "contoso_labs"] {
        let (status, problem) = create(json!({ "namespace": reserved, "display_name": "It" })).await;
        assert_eq!((status, kind(&problem)), (StatusCode::CONFLICT, "name-reserved"), "{reserved}: {problem}");
        assert!(problem["hint"].as_str().unwrap().contains("`reserved: true`"), "{problem}");
        let found = request(&running, &operator, Method::GET, &format!("/api/v1/publishers/{reserved}"), None).await;
        assert_eq!(found.0, StatusCode::NOT_FOUND, "{reserved}");
    }
    let (status, made) = create(json!({ "namespace": "contoso-labs", "display_name": "It", "reserved": true })).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let (status, made) = create(json!({ "namespace": "fabrikam-labs", "display_name": "Not reserved" })).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");

    // Whoever sits at the machine is told.
    assert_eq!(registry.admin(&["create-publisher", "microsoft"])["reserved"], true);
    assert_eq!(registry.admin(&["create-publisher", "acme"])["reserved"], false);
}

//! What one tenant has, another neither sees nor touches.

use crate::{
    release::Draft,
    stage::{Stage, at},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn tenant_two_sees_nothing_of_tenant_one() {
    let stage = Stage::new().await;
    let (one, two) = (stage.tenant("one").await, stage.tenant("two").await);
    stage.publish(&Draft::new("1.0.0"));
    one.install("*").await;
    for visits in 1..=3 {
        assert_eq!(one.visit().await, visits);
    }
    let operation = one.get("/operations").await["operations"][0]["id"].as_str().expect("an id").to_owned();
    let before = one.installation().await;

    // Under its own name, two has nothing.
    assert_eq!(two.get("/installations").await, json!({ "installations": [] }));
    assert_eq!(two.get("/operations").await, json!({ "operations": [] }));
    assert_eq!(two.get("/usage").await, json!({ "usage": [] }));
    let audit = two.get("/audit").await;
    let actions: Vec<_> = audit["entries"].as_array().expect("entries").iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["tenant.create"]);
    assert_eq!(two.request(Method::GET, &format!("/operations/{operation}"), None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(two.call("visit", Value::Null).await.0, StatusCode::NOT_FOUND);
    for (method, path) in [
        (Method::GET, at("")),
        (Method::DELETE, at("")),
        (Method::POST, at("/activate")),
        (Method::POST, at("/deactivate")),
        (Method::POST, at("/rollback")),
        (Method::GET, at("/config")),
    ] {
        assert_eq!(two.request(method, &path, None).await.0, StatusCode::NOT_FOUND, "{path}");
    }

    // The same module, installed by two, has data of its own.
    two.install("*").await;
    assert_eq!(two.visit().await, 1);
    two.succeed(Method::DELETE, &at(""), None).await;
    assert_eq!(one.visit().await, 4);
    assert_eq!(one.installation().await["created_at"], before["created_at"]);
    assert_eq!(stage.files("tenants/two"), Vec::<String>::new());
    assert!(!stage.files("packages").is_empty(), "tenant one still needs the package");

    let usage = one.get("/usage").await;
    let calls: i64 = usage["usage"].as_array().expect("hours").iter().filter_map(|hour| hour["calls"].as_i64()).sum();
    // Four visits, and the module's own install, activate and health functions.
    assert_eq!(calls, 7, "{usage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_sees_every_tenant_and_adds_each_once() {
    let stage = Stage::new().await;
    let one = stage.tenant("one").await;
    stage.tenant("two").await;
    let admin = stage.admin_token();
    let ask = async |method, path: &str, body| {
        crate::stage::request(&stage.running.url, Some(&admin), method, path, body).await
    };
    let (_, list) = ask(Method::GET, "/api/v1/tenants", None).await;
    let names: Vec<_> = list["tenants"].as_array().expect("tenants").iter().map(|tenant| &tenant["tenant"]).collect();
    assert_eq!(names, ["one", "two"]);
    assert!(!list.to_string().contains("adx_t_"), "tokens are shown once");
    assert_eq!(ask(Method::GET, "/api/v1/tenants/one", None).await.0, StatusCode::OK);
    assert_eq!(ask(Method::GET, "/api/v1/tenants/three", None).await.0, StatusCode::NOT_FOUND);
    let again = json!({ "tenant": "one", "display_name": "Once more" });
    assert_eq!(ask(Method::POST, "/api/v1/tenants", Some(again)).await.0, StatusCode::CONFLICT);
    let wrong = json!({ "tenant": "../one", "display_name": "x" });
    assert_eq!(ask(Method::POST, "/api/v1/tenants", Some(wrong)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    one.get("").await;
}

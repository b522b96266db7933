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

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_by_its_tenant_and_by_the_administrator() {
    let stage = Stage::new().await;
    let (one, two) = (stage.tenant("one").await, stage.tenant("two").await);
    let ask = async |token: &str, method, path: &str| {
        crate::stage::request(&stage.running.url, Some(token), method, path, None).await
    };
    let renew = "/api/v1/tenants/one/token";
    let mut tokens = vec![one.token.clone()];
    for by in [None, Some(stage.admin_token())] {
        let before = tokens.last().expect("a token").clone();
        let (status, renewed) = ask(by.as_ref().unwrap_or(&before), Method::POST, renew).await;
        assert_eq!((status, &renewed["tenant"]), (StatusCode::OK, &json!("one")));
        tokens.push(renewed["token"].as_str().expect("a token").to_owned());
        // Only the last one counts.
        for (index, token) in tokens.iter().enumerate() {
            let expected = if index + 1 == tokens.len() { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            assert_eq!(ask(token, Method::GET, "/api/v1/tenants/one").await.0, expected, "{index}");
        }
    }
    // Neither another tenant nor one that was renewed away, and nobody else's token changed.
    assert_eq!(ask(&two.token, Method::POST, renew).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(&one.token, Method::POST, renew).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&stage.admin_token(), Method::POST, "/api/v1/tenants/three/token").await.0, StatusCode::NOT_FOUND);
    two.get("").await;

    let (_, audit) = ask(tokens.last().expect("a token"), Method::GET, "/api/v1/tenants/one/audit").await;
    let mut by: Vec<_> = audit["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|row| row["action"] == "tenant.token")
        .map(|row| row["actor"].as_str().expect("an actor"))
        .collect();
    by.sort_unstable();
    assert_eq!(by, ["admin", "tenant:one"]);
    assert!(tokens.iter().all(|token| !audit.to_string().contains(token)));
}

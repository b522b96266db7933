//! Tokens that are lost or stolen, replaced by whoever sits at the registry's machine while the server runs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn me(running: &Process, token: &str) -> (StatusCode, Value) {
    request(running, token, Method::GET, "/api/v1/me", None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publishers_tokens_are_listed_revoked_and_replaced() {
    let registry = Registry::new();
    let other = registry.create_publisher("other");
    let running = registry.start();
    let narrow = json!({ "label": "robot", "scopes": [{ "scope": "publish", "modules": "hel*" }] });
    let (status, made) = request(&running, &registry.token, Method::POST, "/api/v1/tokens", Some(narrow)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let (robot, id) = (made["secret"].as_str().unwrap(), made["token"]["id"].as_str().unwrap());

    let listed = registry.admin(&["token", "list", "adx"]);
    let tokens = listed["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2, "{listed}");
    assert_eq!(
        (&tokens[0]["id"], &tokens[0]["label"], &tokens[0]["scopes"]),
        (&json!(id), &json!("robot"), &json!(["publish:hel*"]))
    );
    assert!(!listed.to_string().contains("adx_p_"), "{listed}");

    // One.
    assert_eq!(me(&running, robot).await.0, StatusCode::OK);
    registry.admin(&["token", "revoke", id]);
    assert_eq!(me(&running, robot).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&running, &registry.token).await.0, StatusCode::OK);
    for wrong in [id, &"0".repeat(32)] {
        let refused = registry.try_admin(&["token", "revoke", wrong]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("hint: `adx-registry admin token list"), "{said}");
    }

    // All, and one in their place that can do everything.
    let renewed = registry.admin(&["token", "renew", "adx"]);
    assert_eq!(renewed["revoked"], 1);
    let token = renewed["token"].as_str().unwrap();
    assert_eq!(me(&running, &registry.token).await.0, StatusCode::UNAUTHORIZED);
    let (_, who) = me(&running, token).await;
    assert_eq!((&who["kind"], &who["namespace"]), (&json!("publisher"), &json!("adx")));
    let (status, listed) = request(&running, token, Method::GET, "/api/v1/tokens", None).await;
    assert_eq!((status, listed["tokens"].as_array().unwrap().len()), (StatusCode::OK, 1), "{listed}");
    assert_eq!(me(&running, &other).await.0, StatusCode::OK, "another's token counts as before");
    let refused = registry.try_admin(&["token", "renew", "nobody"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("there is no publisher `nobody`"), "{said}");
    assert!(said.contains("hint: adx-registry admin create-publisher nobody"), "{said}");
    let said = String::from_utf8_lossy(&registry.try_admin(&["create-publisher", "adx"]).stderr).into_owned();
    assert!(said.contains("where it is yours and its token is lost: adx-registry admin token renew adx"), "{said}");
}

/// Sends the head of a request with the publisher's token, has every token replaced, and sends the body. What is answered, and the
/// new token.
async fn held_until_renewed(registry: &Registry, running: &Process, path: &str, body: Value) -> (String, String) {
    let address = running.url.strip_prefix("http://").unwrap();
    let body = body.to_string();
    let mut connection = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        registry.token,
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    // By then its token was looked up, and counted.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let renewed = registry.admin(&["token", "renew", "adx"]);
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    (answer, renewed["token"].as_str().unwrap().to_owned())
}

/// Who has a stolen token asks for another with a body that comes late: after every token was replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_counts_no_more_makes_no_other_for_a_request_that_began_before() {
    let registry = Registry::new();
    let running = registry.start();
    let wanted = json!({ "label": "mine", "scopes": [{ "scope": "tokens", "modules": "*" }] });
    let (answer, renewed) = held_until_renewed(&registry, &running, "/api/v1/tokens", wanted).await;
    let (_, listed) = request(&running, &renewed, Method::GET, "/api/v1/tokens", None).await;
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 1, "{listed}");
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("revoked while"), "{answer}");
}

/// Nor does it give the namespace its first key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_counts_no_more_registers_no_first_key_for_a_request_that_began_before() {
    let registry = Registry::new();
    let running = registry.start();
    let path = "/api/v1/publishers/adx";
    let key = json!({ "public_key_pem": registry.key.public().to_pem() });
    let (answer, renewed) = held_until_renewed(&registry, &running, &format!("{path}/keys"), key).await;
    let (_, publisher) = request(&running, &renewed, Method::GET, path, None).await;
    assert_eq!(publisher["keys"], json!([]), "{publisher}");
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("revoked while"), "{answer}");
}

/// Nor does it yank.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_counts_no_more_yanks_nothing_for_a_request_that_began_before() {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let package = hello::package("1.0.0", Behaviour::Plain);
    assert_eq!(registry.publish(&running, &package).await.unwrap().status(), StatusCode::CREATED);
    let path = "/api/v1/modules/adx/hello/versions/1.0.0";
    let why = json!({ "reason": "it is mine" });
    let (answer, renewed) = held_until_renewed(&registry, &running, &format!("{path}/yank"), why).await;
    let (_, release) = request(&running, &renewed, Method::GET, path, None).await;
    assert_eq!(release["yanked"], false, "{release}");
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("revoked while"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_who_lost_its_token_gets_another() {
    let registry = Registry::new();
    registry.create_publisher("other");
    let operator = registry.create_operator_token();
    let running = registry.start();
    let before = registry.owner(&running, &operator, "adx", "ada").await;
    let owners = registry.admin(&["owner", "list", "adx"]);
    assert_eq!(owners["owners"][0]["name"], "ada", "{owners}");
    assert!(!owners.to_string().contains("example.org"), "who they are is enough: {owners}");
    let id = owners["owners"][0]["id"].as_str().unwrap();

    for wrong in [["owner", "renew-token", "other", id], ["owner", "renew-token", "adx", &"0".repeat(32)]] {
        let refused = registry.try_admin(&wrong);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("hint: `adx-registry admin owner list"), "{said}");
    }
    assert_eq!(me(&running, &before).await.0, StatusCode::OK, "nothing was renewed");

    let renewed = registry.admin(&["owner", "renew-token", "adx", id]);
    let after = renewed["token"].as_str().unwrap();
    assert_eq!(me(&running, &before).await.0, StatusCode::UNAUTHORIZED);
    let (_, who) = me(&running, after).await;
    assert_eq!((&who["kind"], &who["namespace"], &who["owner"]), (&json!("owner"), &json!("adx"), &json!(id)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_operators_token_is_revoked() {
    let registry = Registry::new();
    let (stolen, kept) = (registry.create_operator_token(), registry.create_operator_token());
    let running = registry.start();
    let (_, who) = me(&running, &stolen).await;
    let id = who["token"]["id"].as_str().unwrap();
    let listed = registry.admin(&["token", "list"]);
    let ids: Vec<_> = listed["tokens"].as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 2 && ids.contains(&id), "the publisher's is not among them: {listed}");
    registry.admin(&["token", "revoke", id]);
    assert_eq!(me(&running, &stolen).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&running, &kept).await.0, StatusCode::OK);
    assert_eq!(registry.admin(&["token", "list"])["tokens"].as_array().unwrap().len(), 1);
}

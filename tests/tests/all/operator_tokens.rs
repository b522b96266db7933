//! Tokens of operators that count from some networks, or until a time, and that may do some things only.

use adx_tests::eventually;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const HERE: &str = "203.0.113.9";
const THERE: &str = "198.51.100.7";

async fn reports(running: &Process, token: &str, from: &str) -> (StatusCode, String) {
    let asked = client().get(format!("{}/api/v1/reports", running.url)).bearer_auth(token);
    let answer = asked.header("x-forwarded-for", from).send().await.unwrap();
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap();
    (status, problem["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_several_proxies_a_token_counts_from_where_the_first_of_them_was_asked() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8");
    });
    let made = registry.admin(&["create-operator-token", "tickets", "--from", "203.0.113.0/24"]);
    let token = made["token"].as_str().unwrap();
    for from in [HERE, "203.0.113.9, 10.0.0.2", "198.51.100.7, 203.0.113.9, 10.0.0.3, 10.0.0.2"] {
        assert_eq!(reports(&running, token, from).await.0, StatusCode::OK, "{from}");
    }
    // What the caller wrote itself, and what nobody can read.
    for from in [THERE, "203.0.113.9, 198.51.100.7, 10.0.0.2", "203.0.113.9, somebody, 10.0.0.2", "203.0.113.9,"] {
        let elsewhere = (StatusCode::FORBIDDEN, "token-elsewhere".to_owned());
        assert_eq!(reports(&running, token, from).await, elsewhere, "{from}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_operators_counts_from_where_and_until_when_it_was_made_for() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true");
    });
    let made = registry.admin(&["create-operator-token", "tickets", "--from", "203.0.113.0/24"]);
    let token = made["token"].as_str().unwrap();
    assert_eq!(reports(&running, token, HERE).await.0, StatusCode::OK);
    assert_eq!(reports(&running, token, THERE).await, (StatusCode::FORBIDDEN, "token-elsewhere".to_owned()));

    #[expect(clippy::disallowed_methods, reason = "the process of the registry reads the machine's clock as well")]
    let soon = time::OffsetDateTime::now_utc() + time::Duration::seconds(5);
    let soon = adx_signing::UtcSecond::from(soon).to_string();
    let made = registry.admin(&["create-operator-token", "today", "--until", &soon]);
    let token = made["token"].as_str().unwrap();
    assert_eq!(reports(&running, token, THERE).await.0, StatusCode::OK);
    eventually("it has ended", async || reports(&running, token, THERE).await.0 == StatusCode::UNAUTHORIZED).await;

    for (arguments, words) in [
        (["--until", "2020-01-01T00:00:00Z"], "a token expires in the future"),
        (["--from", "everywhere"], "`everywhere` is no network"),
    ] {
        let refused = registry.try_admin(&[&["create-operator-token", "x"][..], &arguments].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_operators_says_what_it_may_do_and_what_it_lacks() {
    let registry = Registry::new();
    let running = registry.start();
    let made = registry.admin(&["create-operator-token", "tickets", "--may", "moderate", "--may", "read"]);
    let scopes = json!(["read", "moderate"]);
    assert_eq!(made["operator_scopes"], scopes);
    assert_eq!(registry.admin(&["token", "list"])["tokens"][0]["operator_scopes"], scopes);
    let token = made["token"].as_str().unwrap();
    let me = async |token: &str| request(&running, token, Method::GET, "/api/v1/me", None).await.1;
    assert_eq!(me(token).await["operator_scopes"], scopes);
    assert_eq!(me(&registry.create_operator_token()).await["operator_scopes"], Value::Null, "everything");

    let publisher = json!({ "namespace": "acme", "display_name": "Acme" });
    let (status, refused) = request(&running, token, Method::POST, "/api/v1/publishers", Some(publisher)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    assert_eq!(refused["detail"], "this operators' token lacks the scope `publishers`");
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.contains("adx-registry admin create-operator-token LABEL --may publishers"), "{hint}");

    let unknown = registry.try_admin(&["create-operator-token", "x", "--may", "everything"]);
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && said.contains("`everything` is no scope: read, review, "), "{said}");
}

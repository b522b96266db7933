//! Tokens of operators that count from some networks, or until a time.

use adx_tests::eventually;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use reqwest::StatusCode;
use serde_json::Value;

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

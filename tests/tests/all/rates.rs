//! How often a caller may do what.

use adx_tests::process::Process;
use adx_tests::stage::{Registry, client};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn ask(running: &Process, address: &str, token: Option<&str>, path: &str) -> (StatusCode, HeaderMap) {
    let mut request =
        client().request(Method::GET, format!("{}{path}", running.url)).header("x-forwarded-for", address);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.headers().clone())
}

fn start(registry: &Registry, rates: &[(&str, &str)]) -> Process {
    registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true");
        for (action, rate) in rates {
            command.env(format!("ADX_REGISTRY__RATES__{action}"), rate);
        }
    })
}

const HERE: &str = "203.0.113.9";
const THERE: &str = "198.51.100.7";

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_action_is_counted_apart_and_told() {
    let registry = Registry::new();
    let running = start(&registry, &[("SEARCH", "3/h"), ("REPORT", "1/h")]);
    for left in [2, 1, 0] {
        let (status, headers) = ask(&running, HERE, None, "/api/v1/search").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["ratelimit-policy"], "\"search\";q=3;w=3600");
        assert_eq!(headers["ratelimit"], format!("\"search\";r={left}"));
    }
    let (status, headers) = ask(&running, HERE, None, "/api/v1/search").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=1_200).contains(&wait), "{wait}");
    assert_eq!(headers["ratelimit"], format!("\"search\";r=0;t={wait}"));
    assert_eq!(ask(&running, HERE, None, "/api/v1/changes?wait=0").await.0, StatusCode::OK, "reading is no searching");
    assert_eq!(ask(&running, THERE, None, "/api/v1/search").await.0, StatusCode::OK, "somebody else");
    let (status, headers) = ask(&running, HERE, None, "/index/advisories").await;
    assert!(status != StatusCode::TOO_MANY_REQUESTS && !headers.contains_key("ratelimit"), "files are not counted");

    let report = async || {
        let asked = client().post(format!("{}/api/v1/tokens/report", running.url)).header("x-forwarded-for", HERE);
        asked.json(&json!({ "token": "nothing" })).send().await.unwrap()
    };
    assert_eq!(report().await.status(), StatusCode::OK);
    let refused = report().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["type"].as_str().unwrap().rsplit('/').next(), Some("too-many-requests"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_counted_wherever_it_is_shown_and_one_made_up_where_it_comes_from() {
    let registry = Registry::new();
    let other = registry.create_publisher("other");
    let running = start(&registry, &[("READ", "4/h")]);
    let me = async |address: &str, token: &str| ask(&running, address, Some(token), "/api/v1/me").await.0;
    // The first request shows that the token counts: it is the address's, the others are the token's.
    for address in [HERE, THERE, HERE, THERE, HERE] {
        assert_eq!(me(address, &registry.token).await, StatusCode::OK);
    }
    for address in [HERE, THERE, "192.0.2.1"] {
        assert_eq!(me(address, &registry.token).await, StatusCode::TOO_MANY_REQUESTS, "{address}");
    }
    assert_eq!(me(HERE, &other).await, StatusCode::OK, "others behind the same address");

    let made_up = "192.0.2.77";
    for number in 0..4 {
        assert_eq!(me(made_up, &format!("adx_p_{number:043}")).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(me(made_up, &format!("adx_p_{:043}", 5)).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_let_the_tokens_of_one_publisher_do_more() {
    let registry = Registry::new();
    let (other, operator) = (registry.create_publisher("other"), registry.create_operator_token());
    let running = start(&registry, &[("READ", "2/h")]);
    let set = json!({ "rate_factor": 3, "reason": "it mirrors" });
    let asked = client().put(format!("{}/api/v1/publishers/adx/quota", running.url)).bearer_auth(&operator).json(&set);
    assert_eq!(asked.header("x-forwarded-for", "192.0.2.1").send().await.unwrap().status(), StatusCode::OK);
    let me = async |address: &str, token: &str| ask(&running, address, Some(token), "/api/v1/me").await;
    assert_eq!(me(HERE, &registry.token).await.0, StatusCode::OK);
    for left in (0..6).rev() {
        let (status, headers) = me(HERE, &registry.token).await;
        assert_eq!((status, headers["ratelimit"].to_str().unwrap()), (StatusCode::OK, &*format!("\"read\";r={left}")));
        assert_eq!(headers["ratelimit-policy"], "\"read\";q=6;w=3600");
    }
    assert_eq!(me(HERE, &registry.token).await.0, StatusCode::TOO_MANY_REQUESTS);
    for expected in [StatusCode::OK, StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(me(THERE, &other).await.0, expected);
    }
}

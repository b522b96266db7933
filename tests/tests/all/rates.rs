//! How often a caller may do what.

use adx_tests::eventually;
use adx_tests::person::Person;
use adx_tests::process::Process;
use adx_tests::stage::{Registry, client, request};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::token_with;

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
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert!(headers.contains_key("x-request-id"), "{headers:?}");
    let metrics = client().get(format!("{}/metrics", running.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("adx_http_requests_total{area=\"api\",status=\"4xx\"} 1\n"), "{metrics}");
    let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=1_200).contains(&wait), "{wait}");
    assert_eq!(headers["ratelimit"], format!("\"search\";r=0;t={wait}"));
    assert_eq!(
        ask(&running, HERE, None, "/api/v1/%73earch").await.0,
        StatusCode::TOO_MANY_REQUESTS,
        "the same address"
    );
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
async fn a_token_that_counts_no_more_uses_up_nothing_of_its_publishers() {
    let registry = Registry::new();
    let running = start(&registry, &[("READ", "6/h")]);
    let (spent, id) = token_with(&running, &registry.token, "publish").await;
    let me = async |address: &str, token: &str| ask(&running, address, Some(token), "/api/v1/me").await.0;
    assert_eq!(me(HERE, &spent).await, StatusCode::OK);
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(request(&running, &registry.token, Method::DELETE, &path, None).await.0, StatusCode::OK);
    for _ in 0..5 {
        assert_eq!(me(HERE, &spent).await, StatusCode::UNAUTHORIZED);
    }
    // The first of those was the publisher's still.
    for _ in 0..5 {
        assert_eq!(me(THERE, &registry.token).await, StatusCode::OK);
    }
    assert_eq!(me(THERE, &registry.token).await, StatusCode::TOO_MANY_REQUESTS);
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

/// Whether an address is told that it may do something so many times an hour.
async fn may(running: &Process, address: &str, token: Option<&str>, path: &str, expected: &str) -> bool {
    ask(running, address, token, path).await.1["ratelimit-policy"] == expected
}

#[tokio::test(flavor = "multi_thread")]
async fn one_action_of_a_publisher_is_raised_on_every_server_and_after_a_restart() {
    let registry = Registry::new();
    let other = registry.create_publisher("other");
    let rates = [("READ", "2/h"), ("SEARCH", "2/h")];
    let running = start(&registry, &rates);
    let beside = registry.start_beside_with(|command| {
        command.env("ADX_REGISTRY__SERVER__BEHIND_PROXY", "true").env("ADX_REGISTRY__RATES__SEARCH", "2/h");
    });
    let raise = ["rate", "set", "--publisher", "adx", "--action", "search", "--factor", "3", "--reason", "it mirrors"];
    registry.admin(&raise);
    let (search, me) = ("/api/v1/search", "/api/v1/me");
    let token = Some(&*registry.token);
    for server in [&running, &beside] {
        // So that the token is known, and then until the server has learned of it.
        assert_eq!(ask(server, HERE, token, me).await.0, StatusCode::OK);
        eventually("searching is raised", async || may(server, HERE, token, search, "\"search\";q=6;w=3600").await)
            .await;
        assert!(may(server, THERE, Some(&other), search, "\"search\";q=2;w=3600").await, "of others");
    }
    assert!(may(&running, HERE, token, me, "\"read\";q=2;w=3600").await, "reading is as before");
    running.stop();
    beside.stop();

    let running = start(&registry, &rates);
    assert_eq!(ask(&running, HERE, token, me).await.0, StatusCode::OK);
    eventually("it is after a restart", async || may(&running, HERE, token, search, "\"search\";q=6;w=3600").await)
        .await;

    // All of it at once, beside what one action has; and back again.
    registry.admin(&["rate", "set", "--publisher", "adx", "--factor", "5", "--reason", "it moves here"]);
    eventually("reading is raised", async || may(&running, HERE, token, me, "\"read\";q=10;w=3600").await).await;
    assert!(may(&running, HERE, token, search, "\"search\";q=6;w=3600").await, "an action's own factor holds");
    assert_eq!(registry.admin(&["quota", "show", "adx"])["allowance"]["rate_factor"], 5, "one and the same");
    let listed = registry.admin(&["rate", "list"]);
    let told: Vec<_> =
        listed["rates"].as_array().unwrap().iter().map(|rate| (&rate["action"], &rate["factor"])).collect();
    assert_eq!(told, [(&json!("search"), &json!(3)), (&json!("all"), &json!(5))]);
    assert_eq!(listed["rates"][0]["caller"], json!({ "publisher": "adx" }));
    // What it may do in everything holds of an action again that has no factor of its own.
    let reset = ["rate", "reset", "--publisher", "adx", "--action", "search"];
    assert_eq!(registry.admin(&reset)["factor"], 5);
    let refused = String::from_utf8(registry.try_admin(&reset).stderr).unwrap();
    assert!(refused.contains("no factor of its own for `search`") && refused.contains("5 times"), "{refused}");
    assert_eq!(registry.admin(&["rate", "reset", "--publisher", "adx"])["factor"], json!(null));
    assert_eq!(registry.admin(&["rate", "list"]), json!({ "rates": [] }));
    eventually("as for all", async || may(&running, HERE, token, search, "\"search\";q=2;w=3600").await).await;

    let log = registry.admin(&["audit", "--act", "rate.change"]);
    assert!(log.to_string().contains("\"factor\":3") && log.to_string().contains("\"search\""), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_addresses_are_raised_by_action() {
    let registry = Registry::new();
    let running = start(&registry, &[("READ", "2/h"), ("SEARCH", "2/h")]);
    let ada = Person::sign_up(&registry, &running, "ada").await;
    assert_eq!(ada.send(Method::GET, "/api/v1/me", None).await.0, StatusCode::OK, "so that the session is known");
    let action = ["--action", "search", "--reason", "it is well known"];
    registry.admin(&[&["rate", "set", "--account", "ada@example.org", "--factor", "4"][..], &action].concat());
    registry.admin(&[&["rate", "set", "--address", "2001:db8::9", "--factor", "6"][..], &action].concat());
    let search = async |address: &str| {
        let asked = ada.request(Method::GET, "/api/v1/search").header("x-forwarded-for", address).send().await.unwrap();
        asked.headers()["ratelimit-policy"].clone()
    };
    eventually("a person is raised", async || search(HERE).await == "\"search\";q=8;w=3600").await;
    eventually("a network is raised", async || {
        may(&running, "2001:db8::1", None, "/api/v1/search", "\"search\";q=12;w=3600").await
    })
    .await;
    assert!(may(&running, "2001:db8::1", None, "/api/v1/changes?wait=0", "\"read\";q=2;w=3600").await);
    assert!(may(&running, THERE, None, "/api/v1/search", "\"search\";q=2;w=3600").await, "of others");
    let callers: Vec<_> = registry.admin(&["rate", "list"])["rates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rate| rate["caller"].clone())
        .collect();
    assert_eq!(callers, [json!({ "account": "ada@example.org" }), json!({ "address": "2001:db8::" })]);
    registry.admin(&["rate", "reset", "--address", "2001:db8::77"]);

    for (arguments, words) in [
        (["rate", "reset", "--address", "2001:db8::9"], "`adx-registry admin rate list`"),
        (["rate", "reset", "--account", "bob@example.org"], "`adx-registry admin account list`"),
    ] {
        let refused = registry.try_admin(&arguments);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("hint: ") && said.contains(words), "{said}");
    }
}

//! The dashboard and the alerts ask for what a registry exports, and for nothing else.

use std::collections::BTreeSet;
use std::fs;

use adx_tests::hello::{self, Behaviour};
use adx_tests::programs::checkout;
use adx_tests::stage::{Registry, client};
use regex::Regex;
use reqwest::StatusCode;
use serde_json::Value;

/// Every text under a key, wherever it stands.
fn texts_of(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if name == key => found.push(text.to_owned()),
                    _ => texts_of(member, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, key, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboard_and_alerts_name_figures_that_there_are() {
    let folder = checkout().join("ops/monitoring");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let alerts: Value = serde_yaml_ng::from_str(&read("alerts.yaml")).unwrap();
    let mut asked = Vec::new();
    texts_of(&dashboard, "expr", &mut asked);
    texts_of(&alerts, "expr", &mut asked);
    assert!(asked.len() >= 30, "{}", asked.len());

    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    assert!(
        registry.publish(&running, &hello::package("1.0.0", Behaviour::Plain)).await.unwrap().status().is_success()
    );
    running.wait_until_signed().await;
    let exported = reqwest::get(format!("{}/metrics", running.url)).await.unwrap().text().await.unwrap();
    let samples: Vec<&str> = exported.lines().filter(|line| !line.starts_with('#')).collect();

    let selector = Regex::new(r"(adx_[a-z_]+)(?:\{([^}]*)\})?").unwrap();
    let label = Regex::new(r#"([a-z_]+="[^"]*")"#).unwrap();
    let mut named = BTreeSet::new();
    for expression in &asked {
        for found in selector.captures_iter(expression) {
            let (name, labels) = (&found[1], found.get(2).map_or("", |labels| labels.as_str()));
            // `k="v"` holds of some sample; what `=~` selects is not looked at.
            let wanted: Vec<_> = label.find_iter(labels).map(|found| found.as_str()).collect();
            let is_there = |sample: &&str| {
                let rest = sample.strip_prefix(name);
                rest.is_some_and(|rest| rest.starts_with(['{', ' ']) && wanted.iter().all(|label| rest.contains(label)))
            };
            assert!(samples.iter().any(is_there), "`{expression}`: nothing is {name} with {labels}");
            named.insert(name.to_owned());
        }
    }
    assert!(named.len() >= 15, "{named:?}");
    for part in ["server", "database", "storage", "search", "signing"] {
        assert!(samples.contains(&format!("adx_ready{{part=\"{part}\"}} 1").as_str()), "{part}");
    }

    // Whatever waits for operators has an alert: no operator may have an account, and nobody a letter then.
    let mut alerting = Vec::new();
    texts_of(&alerts, "expr", &mut alerting);
    for waits in [
        "adx_decisions_waiting",
        "adx_submissions_waiting{state=\"in-review\"}",
        "adx_submissions_waiting{state=\"quarantined\"}",
        "adx_jobs{state=\"dead\"}",
    ] {
        assert!(alerting.iter().any(|expression| expression.contains(waits)), "nothing alerts to {waits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_shown_to_whoever_has_their_token_if_there_is_one() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__SERVER__METRICS_TOKEN", "watch-this");
    });
    let ask = async |shown: Option<&str>| {
        let request = client().get(format!("{}/metrics", running.url));
        let request = shown.into_iter().fold(request, |request, shown| request.header("authorization", shown));
        request.send().await.unwrap().status()
    };
    for wrong in [None, Some("Bearer "), Some("Bearer watch-thi"), Some("watch-this"), Some("Bearer watch-this2")] {
        assert_eq!(ask(wrong).await, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    assert_eq!(ask(Some("Bearer watch-this")).await, StatusCode::OK);
    assert!(!running.log().contains("watch-this"));
}

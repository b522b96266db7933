//! A publisher with the `adx` command and a registry: logs in, publishes, sees whether agents see it, renews the token, logs out.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::{Registry, request};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Types an `adx` command line.
fn types(home: &Path, registry: &Process, token: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(&programs().adx);
    for name in ["ADX_AGENT", "ADX_AGENT_TOKEN", "ADX_TENANT", "ADX_ROOT", "ADX_KEY_PASSPHRASE", "ADX_TOKEN"] {
        command.env_remove(name);
    }
    if let Some(token) = token {
        command.env("ADX_TOKEN", token);
    }
    command.env("ADX_HOME", home).env("ADX_REGISTRY", &registry.url).args(arguments).arg("--json").output().unwrap()
}

fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_logging_in_to_logging_out() {
    let registry = Registry::new();
    let running = registry.start();
    let home = tempfile::tempdir().unwrap();
    let adx = |arguments: &[&str]| types(home.path(), &running, None, arguments);
    done(&types(home.path(), &running, Some(&registry.token), &["login"]));

    done(&adx(&["key", "new", "--no-passphrase"]));
    done(&adx(&["key", "register"]));
    let package = home.path().join("adx--hello--1.0.0.adxm");
    fs::write(&package, hello::package("1.0.0", Behaviour::Plain)).unwrap();
    let published = done(&adx(&["publish", package.to_str().unwrap()]));
    assert!(published["seen_by_agents"].is_boolean(), "a registry shows its metadata: {published}");
    eventually("agents see it", async || done(&adx(&["info", "adx/hello@=1.0.0"]))["seen_by_agents"] == true).await;
    assert_eq!(done(&adx(&["publish", package.to_str().unwrap()]))["seen_by_agents"], true);

    let robot = done(&adx(&["token", "create", "robot", "--scope", "publish:hel*"]));
    let renewed = done(&adx(&["token", "renew"]));
    assert_eq!(renewed["secret"], Value::Null, "it is kept, not shown");
    let me = async |token: &str| request(&running, token, Method::GET, "/api/v1/me", None).await.0;
    assert_eq!(me(&registry.token).await, StatusCode::UNAUTHORIZED, "the one before counts no more");
    let listed = done(&adx(&["token", "list"]));
    let labels: Vec<_> = listed["tokens"].as_array().unwrap().iter().map(|token| token["label"].clone()).collect();
    assert_eq!(labels, ["first token", "robot"]);
    assert_eq!(me(robot["secret"].as_str().unwrap()).await, StatusCode::OK);
    done(&adx(&["token", "revoke", robot["token"]["id"].as_str().unwrap()]));
    assert_eq!(me(robot["secret"].as_str().unwrap()).await, StatusCode::UNAUTHORIZED);

    assert_eq!(done(&adx(&["logout"]))["removed"], json!(["the publisher adx"]));
    assert_eq!(adx(&["token", "list"]).status.code(), Some(4), "nobody is logged in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_operators_decide_is_reported_and_appealed_against() {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    let answer = registry.publish(&running, &hello::package("1.0.0", Behaviour::Plain)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let home = tempfile::tempdir().unwrap();
    let adx = |token: Option<&str>, arguments: &[&str]| types(home.path(), &running, token, arguments);
    let report =
        ["report", "adx/hello", "1.0.0", "--category", "malware", "--text", "it steals", "--email", "eve@example.org"];
    done(&adx(None, &report));
    assert_eq!(registry.admin(&["report", "list"])["reports"][0]["text"], "it steals");

    let open = ["appeal", "open", "version", "adx/hello@1.0.0", "--text", "it is what it says"];
    let refused = adx(Some(&registry.token), &open);
    let said: Value = serde_json::from_slice(&refused.stderr).unwrap();
    let kind = said["error"]["problem"]["type"].as_str().unwrap_or_default();
    assert!(!refused.status.success() && kind.ends_with("/nothing-decided"), "{said}");
    registry.admin(&["quarantine", "adx/hello", "1.0.0", "--reason", "it steals"]);
    let opened = done(&adx(Some(&registry.token), &open));
    registry.admin(&["appeal", "grant", opened["id"].as_str().unwrap(), "--reason", "so it is"]);
    let listed = done(&adx(Some(&registry.token), &["appeal", "list", "adx"]));
    let appeal = &listed["appeals"][0];
    assert_eq!((&appeal["state"], &appeal["reason"]), (&json!("granted"), &json!("so it is")), "{listed}");
}

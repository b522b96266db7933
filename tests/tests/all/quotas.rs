//! Quotas at the machine, and the sums that are kept for them.

use std::process::Command;

use adx_tests::hello::{self, Behaviour};
use adx_tests::programs::programs;
use adx_tests::stage::Registry;
use reqwest::StatusCode;
use serde_json::{Value, json};

fn verify(registry: &Registry) -> Value {
    let mut command = Command::new(&programs().registry);
    let output = command.args(["verify", "--json", "--data"]).arg(registry.data()).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_allow_more_at_the_machine_and_a_wrong_sum_is_found() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__QUOTAS__RELEASES_A_DAY", "1");
    });
    registry.register_key(&running).await;
    let [first, second] = ["1.0.0", "1.1.0"].map(|version| hello::package(version, Behaviour::Plain));
    assert_eq!(registry.publish(&running, &first).await.unwrap().status(), StatusCode::CREATED);
    let refused = registry.publish(&running, &second).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["detail"], "`adx` may have 1 releases a day, and has 1");

    let set = ["quota", "set", "adx", "--releases-a-day", "2", "--reason", "a large update"];
    assert_eq!(registry.admin(&set)["releases_today"], json!({ "used": 1, "limit": 2 }));
    assert_eq!(registry.publish(&running, &second).await.unwrap().status(), StatusCode::CREATED);
    let bytes = (first.len() + second.len()) as u64;
    let shown = registry.admin(&["quota", "show", "adx"]);
    assert_eq!((&shown["package_bytes"]["used"], &shown["allowance"]["by"]), (&json!(bytes), &json!("machine")));
    assert_eq!(registry.admin(&["quota", "reset", "adx"])["allowance"], Value::Null);

    running.wait_until_signed().await;
    assert!(running.stop().success());
    assert_eq!(verify(&registry)["damages"], json!([]));
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).unwrap();
    database.execute_batch("UPDATE modules SET package_bytes = 1; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
    let found = verify(&registry);
    assert_eq!(found["damages"][0]["kind"], "sum", "{found}");
    assert!(found["damages"][0]["what"].as_str().unwrap().contains(&format!("take {bytes} bytes")), "{found}");
}

//! The command, the server that does it, and what the doctor says.

use std::fs;

use adx_tests::hello;
use adx_tests::stage::{Registry, request};
use reqwest::Method;
use serde_json::json;

use super::world::{MATCHED, NEEDLE, NOTHING};
use crate::submissions::stage::files;

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_has_what_is_released_looked_over_again_on_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("a.yar");
    fs::write(&rules, NOTHING).unwrap();
    let registry = Registry::with_environment(vec![
        ("ADX_REGISTRY__CHECKS__RULES_DIR".to_owned(), folder.path().display().to_string()),
        ("ADX_REGISTRY__WORKER__POLL".to_owned(), "100ms".to_owned()),
    ]);
    let running = registry.start();
    let operator = registry.create_operator_token();
    registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    let package = hello::pack(&files("1.0.0", &MATCHED));
    assert!(registry.publish(&running, &package).await.unwrap().status().is_success());

    // Refused before anything begins, with what to do.
    let refused = |arguments: &[&str]| {
        let arguments = [&["admin", "recheck"][..], arguments].concat();
        let output = registry.command(&arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for (what, words) in [
        ("adx/other", "`adx search` finds modules"),
        ("adx/hello@9.9.9", "`adx info adx/hello` lists the versions"),
        ("adx/hello@new", "`new` is no version"),
    ] {
        let said = refused(&[what]);
        assert!(said.contains(words), "{said}");
    }
    fs::write(&rules, "rule").unwrap();
    let said = refused(&[]);
    assert!(said.contains("a.yar:1") && said.contains("hint: mend"), "{said}");

    fs::write(&rules, NEEDLE).unwrap();
    let begun = registry.admin(&["recheck", "adx/hello@1.0.0", "--quarantine"]);
    assert_eq!((&begun["version"], &begun["checks"]), (&json!("1.0.0"), &json!(["secrets", "content"])), "{begun}");
    let path = "/api/v1/modules/adx/hello/versions/1.0.0";
    adx_tests::eventually("it is withheld", async || {
        let (_, shown) = request(&running, &operator, Method::GET, path, None).await;
        shown["quarantined_for"] == "the check content refuses it: needle"
    })
    .await;
    registry.letter_to("ada@example.org", "error[content/known-content]").await;
    let listed = registry.admin(&["review", "list", "--state", "released"]);
    let submission = &listed["submissions"][0];
    assert_eq!(submission["findings"][0]["rule"], "needle", "{listed}");
    assert!(submission["checked_at"].is_string() && submission["findings"][0]["found_at"].is_string(), "{listed}");

    registry.admin(&["recheck"]);
    adx_tests::eventually("the doctor knows that it ended", async || {
        let output = registry.command(&["doctor"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("ok    recheck: the last one ended")
    })
    .await;
    assert!(running.stop().success());
}

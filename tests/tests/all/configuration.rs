//! `adx-registry config check`: what is wrong is told at once, for people and for programs.

use std::process::{Command, Output};

use adx_tests::programs::programs;
use serde_json::Value;

fn check(folder: &std::path::Path, text: &str, more: &[&str]) -> Output {
    let file = folder.join("registry.toml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(&programs().registry);
    command.args(["config", "check", "--config"]).arg(&file).arg("--data").arg(folder).args(more).env_clear();
    command.output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

#[test]
fn what_is_wrong_is_told_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let sound = check(folder.path(), "[checks]\nsbom = \"strict\"\n", &["--json"]);
    assert_eq!(
        (sound.status.code(), document(&sound)),
        (Some(0), serde_json::json!({ "valid": true, "mistakes": [] }))
    );

    let wrong = check(folder.path(), "[server]\nlisen = \"x\"\n[checks]\nsbom = \"enforcd\"\n", &["--json"]);
    let told = document(&wrong);
    assert_eq!((wrong.status.code(), &told["valid"]), (Some(2), &Value::Bool(false)));
    let of = |key: &str| told["mistakes"].as_array().unwrap().iter().find(|mistake| mistake["key"] == key).unwrap();
    assert!(of("server.lisen")["message"].as_str().unwrap().contains("did you mean `server.listen`?"), "{told}");
    assert!(of("checks.sbom")["message"].as_str().unwrap().contains("did you mean `enforced`?"), "{told}");
    assert!(of("checks.sbom")["place"].as_str().unwrap().ends_with("registry.toml:4"), "{told}");
}

#[test]
fn a_folder_of_rules_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[checks]\nrules_dir = {:?}\n", folder.path().join("rules").display().to_string());
    let wrong = check(folder.path(), &text, &[]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(said.contains("`checks.rules_dir` is not valid") && said.contains("is no folder"), "{said}");
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    assert!(check(folder.path(), &text, &[]).status.success());
}

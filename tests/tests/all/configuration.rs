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

/// A folder with a ceremony, which is all that has to be there.
fn with_ceremony() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = Command::new(&programs().registry);
    let made = trial.args(["trust", "trial", "--data"]).arg(folder.path()).env_clear().output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

fn entries(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

#[test]
fn what_is_wrong_is_told_as_json() {
    let folder = with_ceremony();
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
fn what_serve_would_refuse_is_told_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[storage]\nurl = \"gs://bucket\"\n";
    let refused = document(&check(folder.path(), text, &["--json"]));
    assert_eq!(refused["mistakes"][0]["key"], "storage.url", "{refused}");

    let refused = document(&check(folder.path(), "", &["--json"]));
    assert_eq!((&refused["valid"], &refused["mistakes"][0]["key"]), (&Value::Bool(false), &"trust.dir".into()));
    let said = refused["mistakes"][0]["message"].as_str().unwrap();
    assert!(said.contains("no ceremony is installed") && said.contains("`adx-registry trust trial`"), "{said}");
    assert_eq!(entries(folder.path()), ["registry.toml"], "looking made something");

    let missing = folder.path().join("missing.toml");
    let mut command = Command::new(&programs().registry);
    command.args(["config", "check", "--json", "--config"]).arg(&missing).env_clear();
    let refused = document(&command.output().unwrap());
    assert!(refused["mistakes"][0]["causes"][0].as_str().unwrap().contains("No such file"), "{refused}");
}

#[test]
fn passwords_are_off_only_where_there_is_another_way_in() {
    let folder = with_ceremony();
    let off = "[accounts]\npasswords = \"off\"\n";
    let wrong = check(folder.path(), off, &[]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(said.contains("`accounts.passwords` is not valid") && said.contains("set `openid.issuer`"), "{said}");
    assert!(said.contains("hint:"), "{said}");
    let with_provider = format!("{off}[openid]\nissuer = \"https://id.example.org\"\nclient_id = \"adx\"\n");
    let sound = check(folder.path(), &with_provider, &[]);
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
}

#[test]
fn a_folder_of_rules_that_is_none_is_told() {
    let folder = with_ceremony();
    let text = format!("[checks]\nrules_dir = {:?}\n", folder.path().join("rules").display().to_string());
    let wrong = check(folder.path(), &text, &[]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(said.contains("`checks.rules_dir` is not valid") && said.contains("is no folder"), "{said}");
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    assert!(check(folder.path(), &text, &[]).status.success());
}

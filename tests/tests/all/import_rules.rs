//! Who may import whom: the layout is the data flow, and this holds the two together.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crate → the crates of ours that it may depend on. `xtask` drives programs and depends on none.
const RULES: [(&str, &[&str]); 13] = [
    ("adx-signing", &[]),
    ("adx-index", &["adx-signing"]),
    ("adx-registry-core", &["adx-signing", "adx-index"]),
    ("adx-registry", &["adx-registry-core", "adx-signing", "adx-index", "adx-sandbox"]),
    ("adx-sandbox", &[]),
    ("adx-workflow", &[]),
    ("adx-trust", &["adx-signing", "adx-index"]),
    ("adx-agent", &["adx-sandbox", "adx-workflow", "adx-trust", "adx-signing", "adx-index"]),
    ("adx-module", &["adx-module-macros"]),
    ("adx-module-macros", &[]),
    ("adx-cli", &["adx-sandbox", "adx-workflow", "adx-trust", "adx-signing", "adx-index"]),
    (
        "adx-tests",
        &[
            "adx-signing",
            "adx-index",
            "adx-registry-core",
            "adx-registry",
            "adx-sandbox",
            "adx-workflow",
            "adx-trust",
            "adx-agent",
        ],
    ),
    ("xtask", &[]),
];

/// Crates free of I/O, and what would bring I/O in.
const PURE: [&str; 3] = ["adx-signing", "adx-index", "adx-registry-core"];
const IMPURE: [&str; 9] =
    ["tokio", "actix-web", "sqlx", "rusqlite", "reqwest", "object_store", "wasmtime", "getrandom", "rand"];

/// Crate → its direct, non-development dependencies.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let names = dependencies
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
                .collect();
            (package["name"].as_str().expect("a name").to_owned(), names)
        })
        .collect()
}

#[test]
fn crates_import_only_whom_they_may() {
    let dependencies = dependencies();
    let ours: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    let ruled: BTreeSet<&str> = RULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, ruled, "every crate of the workspace needs a rule, and every rule a crate");
    for (name, allowed) in RULES {
        for dependency in dependencies[name].iter().filter(|dependency| ours.contains(dependency.as_str())) {
            assert!(allowed.contains(&dependency.as_str()), "{name} may not depend on {dependency}");
        }
    }
}

#[test]
fn pure_crates_do_no_input_or_output() {
    let dependencies = dependencies();
    for name in PURE {
        for dependency in IMPURE {
            assert!(
                !dependencies[name].contains(dependency),
                "{name} is free of I/O and may not depend on {dependency}"
            );
        }
    }
}

/// Package → the features it is built with, of what the programs need or of what the tests need besides.
fn features(edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}|{f}", "--edges", edges])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut features: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // Of what was shown before, cargo says so behind it.
        if let Some((package, chosen)) = line.trim_end_matches(" (*)").split_once('|') {
            features.entry(package.to_owned()).or_default().insert(chosen.to_owned());
        }
    }
    features
}

#[test]
fn programs_are_built_with_the_features_that_their_tests_ask_for() {
    let tests = features("normal,build,dev");
    let programs = features("normal,build");
    assert!(programs.len() > 100, "{programs:?}");
    for (package, features) in programs {
        assert_eq!(
            tests.get(&package),
            Some(&features),
            "{package}: cargo would build it, and all that is above it, twice: name in Cargo.toml the features that tests ask for too"
        );
    }
}

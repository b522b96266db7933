//! Checks that need files and engines, on packages that must pass and packages that must not.

mod advisories;
mod content;
mod readme;
mod screenshots;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use adx_index::{Manifest, Package, PackagePath};
use adx_registry_core::checks::{Check, Finding, Subject};
use adx_signing::Digest;

use super::{NAMES, checks, run_again};
use crate::config::Config;

const MANIFEST: &str = r#"[module]
publisher = "adx"
name = "hello"
version = "1.1.0"
description = "Greets people."
license = "MIT"

[module.compatibility]
adx_core_version = ">=0.1.0"
world = "adx:module/module@1.0.0"

"#;

/// A package whose manifest ends in `more`.
fn package(more: &str, component: &[u8], files: &[(&str, &str)]) -> Package {
    let manifest_text = format!("{MANIFEST}{more}");
    Package {
        manifest: Manifest::parse(&manifest_text).unwrap(),
        manifest_text,
        component: component.to_vec(),
        files: files
            .iter()
            .map(|(path, text)| (PackagePath::new(path).unwrap(), text.as_bytes().to_vec()))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn run(check: &dyn Check, package: &Package) -> Vec<Finding> {
    check.run(&Subject { package, sha256: Digest::of(b""), before: None }).expect("the check ends")
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn all_checks_are_there_in_their_order_and_two_where_they_have_something_to_look_for() {
    let mut config = Config::default();
    let names = |config: &Config| checks(config).unwrap().iter().map(|check| check.name()).collect::<Vec<_>>();
    let without: Vec<_> = NAMES.into_iter().filter(|name| !["advisories", "content"].contains(name)).collect();
    assert_eq!(names(&config), without);

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yar"), "rule a { condition: true }").unwrap();
    std::fs::write(folder.path().join("a.json"), r#"{"id": "A", "affected": []}"#).unwrap();
    config.checks.rules_dir = Some(folder.path().to_owned());
    config.checks.osv_database = Some(folder.path().to_owned());
    assert_eq!(names(&config), NAMES);
    let again = run_again(&config).unwrap().iter().map(|check| check.name()).collect::<BTreeSet<_>>();
    let those = checks(&config).unwrap().into_iter().filter(|check| check.is_run_again());
    assert_eq!(those.map(|check| check.name()).collect::<BTreeSet<_>>(), again);

    config.checks.osv_database = Some(folder.path().join("nowhere"));
    let refusal = format!("{:#}", checks(&config).err().expect("there is no database"));
    assert!(refusal.starts_with("`checks.osv_database`") && refusal.contains("nowhere"), "{refusal}");
}

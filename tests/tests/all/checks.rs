//! Checks on our own modules: who begins with one of them begins without a warning.

use std::path::Path;
use std::process::Command;

use adx_index::Package;
use adx_registry::checks::checks;
use adx_registry::config::Config;
use adx_registry_core::checks::{Severity, Subject};
use adx_signing::Digest;
use adx_tests::programs::{checkout, programs};

/// Builds and packs the module in a folder with `adx`.
fn pack(folder: &Path) -> Package {
    adx(folder, &["build", ".", "--", "--locked", "--offline"]);
    adx(folder, &["pack", ".", "--output", "packed.adxm"]);
    let bytes = std::fs::read(folder.join("packed.adxm")).expect("adx packs");
    Package::read(bytes.as_slice()).expect("adx packs what can be read")
}

fn adx(folder: &Path, arguments: &[&str]) {
    let output = Command::new(&programs().adx)
        .args(arguments)
        .current_dir(folder)
        // What is compiled of dependencies is kept from run to run.
        .env("CARGO_BUILD_BUILD_DIR", programs().target.join("hello/adx"))
        .env("ADX_SDK_PATH", checkout().join("sdk/guest"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .expect("adx runs");
    assert!(output.status.success(), "adx {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What somebody would have to look at, by check.
fn warnings(package: &Package, before: Option<&Package>) -> Vec<String> {
    let subject = Subject { package, sha256: Digest::of(b""), before };
    let checks = checks(&Config::default()).expect("the checks are there");
    let mut found = Vec::new();
    for check in checks {
        let findings = check.run(&subject).expect("the check ends");
        let worth = findings.into_iter().filter(|finding| finding.severity >= Severity::Warning);
        found.extend(worth.map(|finding| format!("{}: {finding:?}", check.name())));
    }
    found
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder is made");
    for entry in std::fs::read_dir(from).expect("a folder can be listed") {
        let entry = entry.expect("a folder can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            if entry.file_name() != "target" {
                copy(&entry.path(), &target);
            }
        } else {
            std::fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}

#[test]
fn the_module_of_the_demo_gives_no_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(&checkout().join("modules/hello"), folder.path());
    let cargo = folder.path().join("Cargo.toml");
    let text = std::fs::read_to_string(&cargo).expect("readable");
    let sdk = checkout().join("sdk/guest").display().to_string();
    std::fs::write(&cargo, text.replace("../../sdk/guest", &sdk)).expect("written");
    let package = pack(folder.path());
    assert_eq!(warnings(&package, None), Vec::<String>::new());
    let mut before = package.clone();
    before.manifest.module.version = "0.9.0".parse().expect("a version");
    assert_eq!(warnings(&package, Some(&before)), Vec::<String>::new());
}

#[test]
fn a_new_module_gives_no_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    adx(folder.path(), &["new", "acme/greeter", "--path", "greeter"]);
    let folder = folder.path().join("greeter");
    // The versions that modules/hello is built with, so that nothing is fetched.
    let lock = std::fs::read_to_string(checkout().join("modules/hello/Cargo.lock")).expect("a lock file");
    let renamed = lock.replace("name = \"hello\"\nversion = \"1.0.0\"", "name = \"greeter\"\nversion = \"0.1.0\"");
    std::fs::write(folder.join("Cargo.lock"), renamed).expect("written");
    assert_eq!(warnings(&pack(&folder), None), Vec::<String>::new());
}

//! Packages for the tests of checks.

use std::collections::BTreeMap;

use adx_index::{Manifest, Package, PackagePath};
use adx_signing::Digest;

use super::{Finding, Subject};

/// A component that imports and exports nothing. Checks see packages that were accepted already; what they do not look at is
/// left out here.
pub(super) const PLAIN: &str = "(component)";

const MANIFEST: &str = r#"[module]
publisher = "adx"
name = "hello"
version = "1.0.0"
description = "Greets people."
license = "MIT"

[module.compatibility]
adx_core_version = ">=0.1.0"
world = "adx:module/module@1.0.0"

"#;

/// A manifest that ends in `more`.
pub(super) fn with_manifest(more: &str) -> String {
    format!("{MANIFEST}{more}")
}

/// Files by their paths.
pub(super) fn files(files: &[(&str, &str)]) -> BTreeMap<PackagePath, Vec<u8>> {
    files.iter().map(|(path, text)| (PackagePath::new(path).unwrap(), text.as_bytes().to_vec())).collect()
}

/// A package of a component in the text format.
pub(super) fn package(wat: &str, manifest: &str, files: BTreeMap<PackagePath, Vec<u8>>) -> Package {
    Package {
        manifest: Manifest::parse(manifest).unwrap(),
        manifest_text: manifest.to_owned(),
        component: wat::parse_str(wat).unwrap(),
        files,
    }
}

/// A package of the given files, nothing else about it worth a word.
pub(super) fn of_files(list: &[(&str, &str)]) -> Package {
    package(PLAIN, &with_manifest(""), files(list))
}

/// A first release.
pub(super) fn subject(package: &Package) -> Subject<'_> {
    Subject { package, sha256: Digest::of(b"package"), before: None }
}

/// What was found, by code.
pub(super) fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.code.as_str()).collect()
}

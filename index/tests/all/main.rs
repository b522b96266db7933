//! Packages, manifests, components, index lines and resolution, through the crate's public door.

mod archive;
mod component;
mod hostile;
mod line;
mod manifest;
mod network;
mod resolve;

use std::collections::BTreeMap;

use adx_index::PackagePath;

/// The manifest that uses every key.
const FULL: &str = include_str!("../fixtures/full/module.toml");

/// The least that is a manifest.
const LEAST: &str = r#"
[module]
publisher = "adx"
name = "hello"
version = "1.0.0"
description = "Greets people."
license = "MIT"

[module.compatibility]
adx_core_version = ">=0.1.0"
world = "adx:module/module@1.0.0"
"#;

type Files = BTreeMap<PackagePath, Vec<u8>>;

fn path(text: &str) -> PackagePath {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The least that is a package, with more files.
fn files(more: &[(&str, &[u8])]) -> Files {
    let least: [(&str, &[u8]); 2] = [("module.toml", LEAST.as_bytes()), ("module.wasm", b"\0asm")];
    least.iter().chain(more).map(|(name, content)| (path(name), content.to_vec())).collect()
}

fn pack(files: &Files) -> Vec<u8> {
    let mut bytes = Vec::new();
    adx_index::package::write(files, &mut bytes).expect("a sound package");
    bytes
}

//! Modules to pack: small folders with a component that has the right border and no inside.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Adx;

pub(crate) const MANIFEST: &str = r#"[module]
publisher = "acme"
name = "greeter"
display_name = "Greeter"
version = "1.0.0"
description = "Greets people."
license = "MIT"

[module.compatibility]
adx_core_version = ">=0.1.0"
world = "adx:module/module@1.0.0"

[module.permissions]
required = ["sql"]
optional = ["kv"]
"#;

/// A component that imports `imports` and exports what every module does.
pub(crate) fn component(imports: &[&str]) -> Vec<u8> {
    let imports: String = imports.iter().map(|import| format!("(import \"{import}\" (instance))\n")).collect();
    let text = include_str!("../../../../index/tests/least.wat");
    let text = text.replacen("(component IMPORTS", &format!("(component {imports}"), 1);
    wat::parse_str(text).expect("a component")
}

/// The folder `greeter` in the working folder, built.
pub(crate) fn greeter(adx: &Adx) -> PathBuf {
    let folder = adx.work().join("greeter");
    write(&folder, "module.toml", MANIFEST);
    write(&folder, "README.md", "# Greeter\n");
    write(&folder, "migrations/0001_visits.up.sql", "CREATE TABLE visits (name TEXT) STRICT;\n");
    write(&folder, "migrations/0001_visits.down.sql", "DROP TABLE visits;\n");
    write(&folder, "target/adx/module.wasm", component(&["adx:module/sql@1.0.0"]));
    folder
}

/// Writes a file, and the folders above it.
pub(crate) fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders can be made");
    fs::write(path, content).expect("files can be written");
}

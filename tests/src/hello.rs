//! `modules/hello`, built once a test run, packed in any version and with any change that a test wants.

use adx_index::package::{self, PackagePath};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::programs::{checkout, programs};

/// How the module behaves: the cargo features of `modules/hello`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// "Hello, Ada!"
    Plain,
    /// "Hello again, Ada!" from the second visit on.
    Again,
    /// The health probe fails.
    Unhealthy,
}

impl Behaviour {
    fn feature(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Again => Some("again"),
            Self::Unhealthy => Some("unhealthy"),
        }
    }
}

/// The component of `modules/hello`.
pub fn component(behaviour: Behaviour) -> &'static [u8] {
    static COMPONENTS: [OnceLock<Vec<u8>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    COMPONENTS[behaviour as usize].get_or_init(|| build(behaviour))
}

fn build(behaviour: Behaviour) -> Vec<u8> {
    // One folder for each behaviour, kept between runs: parallel tests do not wait for one another's features.
    let target = programs().target.join("hello").join(behaviour.feature().unwrap_or("plain"));
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--quiet", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target);
    if let Some(feature) = behaviour.feature() {
        command.args(["--features", feature]);
    }
    #[expect(clippy::disallowed_methods, reason = "where the wasm target comes from elsewhere, xtask says so here")]
    if let Ok(compiler) = std::env::var("ADX_WASM_RUSTC") {
        command.env("RUSTC", compiler);
    }
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-component-ld");
    // Flags meant for the host's tests do not fit the guest.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    let status =
        command.current_dir(checkout().join("modules/hello")).stdin(Stdio::null()).status().expect("cargo runs");
    assert!(status.success(), "modules/hello does not build");
    std::fs::read(target.join("wasm32-unknown-unknown/release/hello.wasm")).expect("cargo wrote the component")
}

/// The files of a package of `modules/hello` at `version`, to change before they are packed.
pub fn files(version: &str, behaviour: Behaviour) -> BTreeMap<PackagePath, Vec<u8>> {
    let folder = checkout().join("modules/hello");
    let mut files = BTreeMap::new();
    for name in ["module.toml", "config.schema.json", "README.md", "CHANGELOG.md", "LICENSE"] {
        insert(&mut files, name, &folder.join(name));
    }
    for entry in std::fs::read_dir(folder.join("migrations")).expect("hello has migrations") {
        let entry = entry.expect("a folder can be listed");
        insert(&mut files, &format!("migrations/{}", entry.file_name().to_string_lossy()), &entry.path());
    }
    files.insert(path("module.wasm"), component(behaviour).to_vec());
    let manifest = with_version(&files, version);
    files.insert(path("module.toml"), manifest);
    files
}

/// The manifest in `files`, for another version.
pub fn with_version(files: &BTreeMap<PackagePath, Vec<u8>>, version: &str) -> Vec<u8> {
    let manifest = String::from_utf8(files[&path("module.toml")].clone()).expect("a manifest is UTF-8");
    let mut manifest: toml_edit::DocumentMut = manifest.parse().expect("hello's manifest is TOML");
    manifest["module"]["version"] = toml_edit::value(version);
    manifest.to_string().into_bytes()
}

/// A package of `modules/hello` at `version`.
pub fn package(version: &str, behaviour: Behaviour) -> Vec<u8> {
    pack(&files(version, behaviour))
}

/// Packs files.
pub fn pack(files: &BTreeMap<PackagePath, Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    package::write(files, &mut bytes).expect("the files are a sound package");
    bytes
}

/// A path within a package.
pub fn path(text: &str) -> PackagePath {
    PackagePath::new(text).expect("a path within a package")
}

fn insert(files: &mut BTreeMap<PackagePath, Vec<u8>>, name: &str, from: &Path) {
    files.insert(path(name), std::fs::read(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())));
}

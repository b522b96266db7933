//! From source to component: cargo does it, this finds what came out and looks at it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Finished, Stdio};

use adx_index::component::{self, Interfaces};
use serde_json::Value;

use super::{Project, sbom};
use crate::App;
use crate::failure::Failure;

pub(super) const TARGET: &str = "wasm32-unknown-unknown";
/// Makes rustc's output a component; comes with rustup and is found by rustc.
const LINKER: &str = "wasm-component-ld";
/// How much of cargo's output goes into a JSON error.
const TAIL_LINES: usize = 40;

/// A component that was built.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) path: PathBuf,
    pub(crate) size_bytes: u64,
    pub(crate) interfaces: Interfaces,
}

/// Builds `project` and puts the component where `adx pack` finds it.
pub(crate) fn compile(app: &App, project: &Project, arguments: &[String]) -> Result<Built, Failure> {
    let finished = run_cargo(app, project.folder(), arguments)?;
    if !finished.status.success() {
        return Err(explain(app, project.folder(), &finished));
    }
    let artifact = find_artifact(&String::from_utf8_lossy(&finished.stdout)).ok_or_else(|| {
        Failure::failed("cargo built no WebAssembly library").hint("Cargo.toml needs [lib] crate-type = [\"cdylib\"]")
    })?;
    let unreadable =
        |error: std::io::Error| Failure::failed(format!("cannot read {}", artifact.display())).because(&error);
    let bytes = fs::read(&artifact).map_err(unreadable)?;
    let interfaces = component::inspect(&bytes).map_err(|error| {
        Failure::refused("what cargo built is not a component")
            .because(&error)
            .hint(format!(".cargo/config.toml must not set another linker than {LINKER} for {TARGET}"))
    })?;
    if let Err(error) = component::check(&bytes, project.manifest()) {
        app.output.warn(&format!("this would not be accepted yet: {error}"));
    }
    let path = project.component();
    fs::create_dir_all(project.build_folder())
        .and_then(|()| fs::write(&path, &bytes))
        .map_err(|error| Failure::failed(format!("cannot write {}", path.display())).because(&error))?;
    if let Err(reason) = sbom::write(app, project, arguments) {
        app.output.warn(&format!("the package will have no bill of materials: {reason}"));
    }
    Ok(Built { path, size_bytes: bytes.len() as u64, interfaces })
}

fn run_cargo(app: &App, folder: &Path, arguments: &[String]) -> Result<Finished, Failure> {
    let cargo = app.environment.cargo.clone().unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command
        .current_dir(folder)
        .args(["build", "--release", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        // In a target folder that modules share, cargo takes another module's component for this one's where the two
        // have one name: it knows a package by its place in its workspace, and each of them is at the root of its own.
        .args(["--target-dir", "target"])
        .args(arguments)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER)
        .stdin(Stdio::null());
    if let Some(rustc) = &app.environment.wasm_rustc {
        command.env("RUSTC", rustc);
    }
    if !app.output.is_json() {
        // People watch cargo work; programs get its last lines if it fails.
        command.stderr(Stdio::inherit());
    }
    command.output().map_err(|error| {
        Failure::failed(format!("cannot run {}", cargo.display()))
            .because(&error)
            .hint("install Rust: https://rustup.rs")
    })
}

fn explain(app: &App, folder: &Path, finished: &Finished) -> Failure {
    let mut failure = Failure::failed("cargo could not build the module");
    let said = String::from_utf8_lossy(&finished.stderr);
    let lines: Vec<&str> = said.lines().collect();
    if !lines.is_empty() {
        failure = failure.cause(lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n"));
    }
    if has_target(app, folder) { failure } else { failure.hint(format!("run `rustup target add {TARGET}`")) }
}

/// Whether the compiler knows the standard library for the target.
fn has_target(app: &App, folder: &Path) -> bool {
    let rustc = app.environment.wasm_rustc.clone().unwrap_or_else(|| "rustc".into());
    let printed =
        Command::new(rustc).current_dir(folder).args(["--print", "target-libdir", "--target", TARGET]).output();
    printed.is_ok_and(|printed| Path::new(String::from_utf8_lossy(&printed.stdout).trim()).is_dir())
}

/// The file of the last `cdylib` in cargo's messages: dependencies come before what depends on them.
fn find_artifact(messages: &str) -> Option<PathBuf> {
    let mut found = None;
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let kinds = message["target"]["crate_types"].as_array();
        let is_library = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"));
        if message["reason"] != "compiler-artifact" || !is_library {
            continue;
        }
        let files = message["filenames"].as_array().into_iter().flatten();
        let wasm = files
            .filter_map(Value::as_str)
            .map(PathBuf::from)
            .find(|file| file.extension().is_some_and(|extension| extension == "wasm"));
        found = wasm.or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cdylib_is_the_module() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"crate_types":["lib"]},"filenames":["/t/libserde.rlib"]}
not json
{"reason":"compiler-artifact","target":{"crate_types":["cdylib"]},"filenames":["/t/hello.wasm"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(find_artifact(messages), Some(PathBuf::from("/t/hello.wasm")));
        assert_eq!(find_artifact("{}"), None);
    }
}

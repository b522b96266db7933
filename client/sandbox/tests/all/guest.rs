//! The component of `tests/guest`, built by cargo.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The component; built on first use. Cargo itself lets parallel builds wait for one another and builds once.
pub(crate) fn component() -> &'static [u8] {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    COMPONENT.get_or_init(build)
}

/// A folder of this crate's tests that stays from run to run.
pub(crate) fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox").join(name)
}

fn build() -> Vec<u8> {
    let target = kept("guest");
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--quiet", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&target);
    #[expect(clippy::disallowed_methods, reason = "where the wasm target comes from elsewhere, xtask says so here")]
    if let Ok(compiler) = std::env::var("ADX_WASM_RUSTC") {
        command.env("RUSTC", compiler);
    }
    // Flags meant for the host's tests do not fit the guest.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest");
    let status = command.current_dir(folder).stdin(Stdio::null()).status().expect("cargo runs");
    assert!(status.success(), "tests/guest does not build; `rustup target add wasm32-unknown-unknown` may be missing");
    let component = target.join("wasm32-unknown-unknown/release/adx_sandbox_test_guest.wasm");
    std::fs::read(component).expect("cargo wrote the component")
}

//! The programs under test, built once for a test run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The three programs of the product.
pub struct Programs {
    /// The registry server.
    pub registry: PathBuf,
    /// The tenant agent.
    pub agent: PathBuf,
    /// The command line tool.
    pub adx: PathBuf,
    /// The folder cargo writes to; tests keep what is worth keeping between runs below it.
    pub target: PathBuf,
}

/// Builds the programs (nothing to do where they are up to date) and tells where they are. The profile is the test's own.
pub fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        // …/<target>/<profile>/deps/all-0123456789abcdef
        let test = std::env::current_exe().expect("a test has a path");
        let profile = test.ancestors().nth(2).expect("a test lies in <target>/<profile>/deps").to_path_buf();
        let target = profile.parent().expect("a profile lies in the target folder").to_path_buf();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--workspace", "--bins"]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let status = build
            .arg("--target-dir")
            .arg(&target)
            .current_dir(checkout())
            .stdin(Stdio::null())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the programs do not build");
        Programs {
            registry: profile.join("adx-registry"),
            agent: profile.join("adx-agent"),
            adx: profile.join("adx"),
            target,
        }
    })
}

/// The root of the checkout.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate stands in the checkout")
}

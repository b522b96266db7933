//! Where things lie in the checkout, and how its programs are built.

use crate::process::{output, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    // Where cargo runs us, not where we were compiled: checkouts that share a target directory share this program.
    #[expect(clippy::disallowed_methods, reason = "what cargo says to whom it runs")]
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&here).ancestors().nth(2).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A cargo command in the checkout.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command.current_dir(root());
    command
}

/// Where cargo writes, as cargo itself says it (a configuration or the environment may move it).
pub(crate) fn target_directory() -> Result<PathBuf> {
    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cargo metadata printed no JSON")?;
    metadata["target_directory"].as_str().map(PathBuf::from).context("cargo metadata names no target_directory")
}

/// The three programs of the product, built.
pub(crate) struct Programs {
    /// The registry server.
    pub(crate) registry: PathBuf,
    /// The tenant agent.
    pub(crate) agent: PathBuf,
    /// The command line tool.
    pub(crate) adx: PathBuf,
}

/// Builds the three programs. `quiet` leaves cargo's own progress out.
///
/// The whole workspace is named, as the tests name it: cargo chooses features of shared crates by what is named, and would
/// build half of them twice otherwise.
pub(crate) fn build_programs(release: bool, quiet: bool) -> Result<Programs> {
    let mut command = cargo();
    command.args(["build", "--locked", "--workspace", "--bins"]);
    if release {
        command.arg("--release");
    }
    if quiet {
        command.arg("--quiet");
    }
    run(&mut command)?;
    let folder = target_directory()?.join(if release { "release" } else { "debug" });
    Ok(Programs { registry: folder.join("adx-registry"), agent: folder.join("adx-agent"), adx: folder.join("adx") })
}

/// Writes both API documents anew from the code.
pub(crate) fn write_openapi() -> Result<()> {
    let programs = build_programs(false, false)?;
    for (program, path) in [(&programs.registry, "openapi.yaml"), (&programs.agent, "client/agent/openapi.yaml")] {
        let document = output(Command::new(program).arg("openapi"))?;
        std::fs::write(root().join(path), document).with_context(|| format!("cannot write {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

//! schemathesis, which calls every operation of an API with all that its description allows, and with what it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::skip;

/// What is looked at in every answer: no fault of the server, and none that the description does not know.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// What is changed of requests before they are sent.
const HOOKS: &str = include_str!("schemathesis/hooks.py");

/// The program.
pub struct Schemathesis(PathBuf);

impl Schemathesis {
    /// The one at `ADX_TEST_SCHEMATHESIS`, else in PATH; `None` where there is none.
    ///
    /// # Panics
    /// If there is none in CI.
    pub fn find() -> Option<Self> {
        let named = skip::variable("ADX_TEST_SCHEMATHESIS").map(PathBuf::from);
        let found = named.or_else(|| skip::program("schemathesis"));
        if found.is_none() {
            skip::skipped("schemathesis", "pip install schemathesis");
        }
        found.map(Self)
    }

    /// Calls a server with headers that show who calls; what was wrong, if something was.
    ///
    /// # Errors
    /// All that it said.
    pub fn call(&self, description: &Path, url: &str, headers: &[String], seed: u32) -> Result<(), String> {
        // It keeps what it found where it is run: nobody reads that.
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut command = Command::new(&self.0);
        command.current_dir(folder.path());
        command.arg("run").arg(description).args(["--url", url, "--checks", CHECKS, "--seed", &seed.to_string()]);
        command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--continue-on-failure"]);
        // Whoever calls shows one thing: two at once are refused, which is tested for itself.
        command.args(["--generation-with-security-parameters", "false"]);
        fs::write(folder.path().join("hooks.py"), HOOKS).map_err(|error| error.to_string())?;
        command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", folder.path());
        command.args(["--generation-database", "none", "--no-color", "--request-timeout", "60"]);
        for header in headers {
            command.args(["--header", header]);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(String::from_utf8_lossy(&said).into_owned())
    }
}

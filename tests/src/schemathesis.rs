//! schemathesis, which calls every operation of an API with all that its description allows, and with what it does not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::json;

use crate::skip;

/// What is looked at in every answer: no fault of the server, and none that the description does not know.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// What is changed of requests before they are sent, and what is noted of answers.
const HOOKS: &str = include_str!("schemathesis/hooks.py");

/// The program.
pub struct Schemathesis(PathBuf);

/// Who calls, and what there is to call.
#[derive(Debug, Default)]
pub struct Caller {
    /// Headers that show who calls; nobody if there are none.
    pub headers: BTreeMap<&'static str, String>,
    /// The ids of the session or token that is shown, and of what the caller is: nothing is done to these by the caller.
    pub own: Vec<String>,
    /// Values of what is there, by the name of the address's parameter.
    pub parameters: BTreeMap<&'static str, String>,
    /// The same of `{id}`, by the part of the address before it.
    pub ids: BTreeMap<&'static str, String>,
}

/// What came of a call.
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// Method and address, as the description has it.
    pub operation: String,
    /// The HTTP status.
    pub status: u16,
    /// Whether the request showed who calls.
    pub shown: bool,
}

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

    /// Calls a server, and returns what came of each call. `seed` is what everything that is tried depends on.
    ///
    /// # Errors
    /// All that it said, if something was wrong.
    pub fn call(&self, description: &Path, url: &str, caller: &Caller, seed: u32) -> Result<Vec<Answer>, String> {
        // It keeps what it found where it is run: nobody reads that.
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let answers = folder.path().join("answers.jsonl");
        let mut command = Command::new(&self.0);
        command.current_dir(folder.path());
        command.arg("run").arg(description).args(["--url", url, "--checks", CHECKS, "--seed", &seed.to_string()]);
        command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--continue-on-failure"]);
        // Whoever calls shows one thing: two at once are refused, which is tested for itself.
        command.args(["--generation-with-security-parameters", "false"]);
        fs::write(folder.path().join("hooks.py"), HOOKS).map_err(|error| error.to_string())?;
        command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", folder.path());
        let Caller { headers, own, parameters, ids } = caller;
        let told = json!({ "headers": headers, "own": own, "parameters": parameters, "ids": ids, "answers": answers });
        command.env("ADX_TEST_CALLER", told.to_string());
        command.args(["--generation-database", "none", "--no-color", "--request-timeout", "60"]);
        let output = command.output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            return Err(String::from_utf8_lossy(&said).into_owned());
        }
        let noted = fs::read_to_string(answers).map_err(|error| error.to_string())?;
        noted.lines().map(|line| serde_json::from_str(line).map_err(|error| error.to_string())).collect()
    }
}

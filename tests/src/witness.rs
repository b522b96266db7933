//! A witness of the log, as a second organisation would run one.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::Process;
use crate::programs::programs;
use crate::stage::Registry;

/// A witness's folder.
pub struct Witness {
    folder: TempDir,
    /// Its verifier key.
    pub vkey: String,
}

impl Witness {
    /// A new witness that watches the log of a registry; not started.
    pub fn of(registry: &Registry) -> Self {
        Self::called("witness.example.org", registry)
    }

    /// The same under another name.
    pub fn called(name: &str, registry: &Registry) -> Self {
        let witness = Self { folder: tempfile::tempdir().expect("a temporary folder"), vkey: String::new() };
        let made = witness.run(&["init", "--name", name, "--json"]);
        let made: Value = serde_json::from_str(&made).expect("one JSON document");
        let vkey = made["vkey"].as_str().expect("a verifier key").to_owned();
        let log = installed(registry)["log"]["key"].as_str().expect("the log has a key").to_owned();
        witness.run(&["add-log", &log]);
        Self { vkey, ..witness }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("witness")
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(&programs().registry);
        let output = command.arg("witness").args(arguments).arg("--data").arg(self.data()).output();
        let output = output.expect("the witness runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Starts it; port 0 takes a free one.
    pub fn start(&self, listen: &str) -> Process {
        let mut command = Command::new(&programs().registry);
        command.args(["witness", "serve", "--listen", listen, "--data"]).arg(self.data());
        Process::start("witness", &mut command, self.folder.path())
    }
}

/// What is installed on a registry.
fn installed(registry: &Registry) -> Value {
    let file = registry.data().join("trust/installed.json");
    serde_json::from_slice(&std::fs::read(file).expect("a ceremony is installed")).expect("JSON")
}

/// Lets a registry that does not run, and keeps its ceremony, publish nothing that one of these witnesses, each at its address,
/// has not cosigned.
pub fn install(registry: &Registry, witnesses: &[(&Witness, &str)]) {
    let urls: Vec<_> = witnesses.iter().map(|(_, url)| format!("{url}/")).collect();
    let added = witnesses.iter().zip(&urls).flat_map(|((witness, _), url)| ["--add-witness", &witness.vkey, url]);
    let arguments: Vec<_> = added.chain(["--quorum", "1"]).collect();
    registry.rotate(&arguments);
}

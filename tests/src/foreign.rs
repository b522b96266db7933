//! Other people's clients, which `cargo xtask test` brings: see `tests/foreign/README.md`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::programs::checkout;
use crate::skip;

/// A client of The Update Framework that is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TufClient {
    /// `python-tuf`, from Python's package index.
    Python,
    /// `tuf-js`, from npm.
    JavaScript,
    /// `tough`, from crates.io.
    Tough,
}

impl TufClient {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Python, Self::JavaScript, Self::Tough];
}

/// Where the clients are.
#[derive(Debug, Clone)]
pub struct ForeignClients(PathBuf);

impl ForeignClients {
    /// The clients in the folder that `ADX_TEST_FOREIGN_CLIENTS` names; `None` where it names none.
    ///
    /// # Panics
    /// In CI, where it must.
    pub fn find() -> Option<Self> {
        let folder = skip::variable("ADX_TEST_FOREIGN_CLIENTS").map(|folder| Self(folder.into()));
        if folder.is_none() {
            skip::skipped("ADX_TEST_FOREIGN_CLIENTS, the folder of other people's clients,", "cargo xtask test");
        }
        folder
    }

    /// A command that downloads a target of the repository at `base` into `folder`, trusting the root in a file.
    pub fn download(&self, client: TufClient, base: &str, root: &Path, target: &str, folder: &Path) -> Command {
        let source = checkout().join("tests/foreign");
        let mut command = match client {
            TufClient::Python => {
                let mut python = Command::new(self.0.join("python-tuf/bin/python"));
                python.arg(source.join("python-tuf/download.py"));
                python
            }
            TufClient::JavaScript => {
                let mut node = Command::new("node");
                node.arg(source.join("tuf-js/download.js"));
                node
            }
            TufClient::Tough => Command::new(self.0.join("tough/debug/adx-foreign-tough")),
        };
        command.arg(format!("{base}/tuf/")).arg(format!("{base}/tuf/targets/")).arg(root).arg(target).arg(folder);
        command
    }

    /// A command that starts devices with passkeys, and talks in lines of JSON.
    pub fn devices(&self) -> Command {
        Command::new(self.0.join("passkey/debug/adx-foreign-passkey"))
    }

    /// A command that verifies with `golang.org/x/mod/sumdb` that a leaf is in the log at `base`, and that the log grew
    /// from an older checkpoint. It prints the checkpoint.
    pub fn verify_log(&self, base: &str, key: &str, index: u64, leaf: &Path, older: Option<&Path>) -> Command {
        let mut command = Command::new(self.0.join("sumdb"));
        command.arg(format!("{base}/log")).arg(key).arg(index.to_string()).arg(leaf).args(older);
        command
    }
}

/// A host of static files that knows nothing of us: `python3 -m http.server`.
pub struct StaticHost {
    /// Where it listens.
    pub url: String,
    server: Child,
}

impl StaticHost {
    /// Serves a folder.
    ///
    /// # Panics
    /// If Python does not start.
    pub fn serve(folder: &Path) -> Self {
        let mut server = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python runs");
        let mut said = String::new();
        let output = server.stdout.take().expect("an output");
        BufReader::new(output).read_line(&mut said).expect("it says where it listens");
        let port = said.split_once(" port ").and_then(|(_, rest)| rest.split(' ').next()).expect("a port");
        Self { url: format!("http://127.0.0.1:{port}"), server }
    }
}

impl Drop for StaticHost {
    fn drop(&mut self) {
        // Nothing is lost with it.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

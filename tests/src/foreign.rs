//! Other people's clients, which `cargo xtask test` brings: see `tests/foreign/README.md`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs::checkout;
use crate::skip;

/// A client of The Update Framework that is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TufClient {
    /// python-tuf, from PyPI.
    Python,
    /// tuf-js, from npm.
    JavaScript,
    /// tough, from crates.io.
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

    /// A command that verifies with `golang.org/x/mod/sumdb` that a leaf is in the log at `base`, and that the log grew
    /// from an older checkpoint. It prints the checkpoint.
    pub fn verify_log(&self, base: &str, key: &str, index: u64, leaf: &Path, older: Option<&Path>) -> Command {
        let mut command = Command::new(self.0.join("sumdb"));
        command.arg(format!("{base}/log")).arg(key).arg(index.to_string()).arg(leaf).args(older);
        command
    }
}

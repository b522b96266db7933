//! A mail server of the tests' own, `aiosmtpd`, gone with the process; and Python's reader of mail.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::skip;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/smtp/server.py");

/// A running mail server. `smtp/server.py` says how it answers.
pub struct Smtp {
    python: PathBuf,
    folder: tempfile::TempDir,
    ports: Ports,
    /// It ends when its input does, which is when this process does. Held, never read.
    _server: Child,
}

/// Where it listens, on 127.0.0.1.
#[derive(Debug, Deserialize)]
pub struct Ports {
    /// Offers no encryption.
    pub plain: u16,
    /// Offers STARTTLS and takes nothing without.
    pub starttls: u16,
    /// Encrypted from the first byte.
    pub wrapped: u16,
}

/// A mail as Python reads it.
#[derive(Debug, Deserialize)]
pub struct Letter {
    /// Names and values, in their order.
    pub headers: Vec<(String, String)>,
    /// The text, its lines ended by `\n`, without empty ones at its end.
    pub text: String,
}

/// How a mail came to the server.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct Delivery {
    /// The sender in the envelope.
    pub from: String,
    /// Who logged in.
    pub user: Option<String>,
    /// Whether the connection was encrypted.
    pub encrypted: bool,
}

impl Letter {
    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }
}

impl Smtp {
    /// The server of this test run, by the Python at `ADX_TEST_SMTP`; `None` where that is not set.
    ///
    /// # Panics
    /// If it does not start, or if there is none in CI.
    pub fn shared() -> Option<&'static Self> {
        static SMTP: OnceLock<Option<Smtp>> = OnceLock::new();
        let smtp = SMTP.get_or_init(|| {
            let python = PathBuf::from(skip::variable("ADX_TEST_SMTP")?);
            Some(Self::start(python).unwrap_or_else(|error| panic!("the mail server does not start: {error}")))
        });
        if smtp.is_none() {
            skip::skipped(
                "a mail server",
                "cargo xtask test, or ADX_TEST_SMTP=PYTHON of tests/src/smtp/requirements.txt",
            );
        }
        smtp.as_ref()
    }

    fn start(python: PathBuf) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Command::new(&python)
            .args([SCRIPT, "serve"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(said) = server.stdout.take() {
            BufReader::new(said).read_line(&mut line)?;
        }
        let ports = serde_json::from_str(&line)?;
        Ok(Self { python, folder, ports, _server: server })
    }

    /// Where it listens.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The authority that its certificates are of.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What has come for an address, in its order.
    pub fn taken(&self, address: &str) -> Vec<(Letter, Delivery)> {
        let file = |number: usize, kind: &str| self.folder.path().join(address).join(format!("{number}.{kind}"));
        let numbers = (0..).take_while(|number| file(*number, "json").exists());
        numbers
            .map(|number| {
                let delivery = std::fs::read(file(number, "json")).expect("written by the server");
                (self.read(&file(number, "eml")), serde_json::from_slice(&delivery).expect("written by the server"))
            })
            .collect()
    }

    /// A file of a mail, read by Python.
    pub fn read(&self, file: &Path) -> Letter {
        let read = Command::new(&self.python).args([SCRIPT, "read"]).arg(file).output().expect("Python runs");
        assert!(read.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&read.stderr));
        serde_json::from_slice(&read.stdout).expect("written by the script")
    }
}

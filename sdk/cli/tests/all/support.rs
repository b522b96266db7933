//! Runs `adx` in a home and a working folder of its own.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What `adx` takes from its environment, apart from how to build.
const VARIABLES: [&str; 12] = [
    "ADX_HOME",
    "ADX_REGISTRY",
    "ADX_TOKEN",
    "ADX_AGENT",
    "ADX_AGENT_TOKEN",
    "ADX_TENANT",
    "ADX_RETRIES",
    "ADX_ROOT",
    "ADX_KEY_PASSPHRASE",
    "ADX_SDK_PATH",
    "NO_COLOR",
    "COLUMNS",
];

/// The root of the checkout.
pub(crate) fn checkout() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the checkout is there")
}

/// A person at a machine of their own: nothing kept, nothing set.
pub(crate) struct Adx {
    home: TempDir,
    work: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Adx {
    pub(crate) fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        // No second try, so that nothing waits.
        Self { home: folder(), work: folder(), environment: vec![("ADX_RETRIES", "0".to_owned())] }
    }

    /// Sets a variable for all later runs.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// `$ADX_HOME`.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where commands run.
    pub(crate) fn work(&self) -> &Path {
        self.work.path()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, "")
    }

    /// Runs with `--json` and gives the document on stdout.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[&["--json"], arguments].concat());
        assert_eq!(run.exit, 0, "{run}");
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("not one JSON document: {error}\n{run}"))
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adx"));
        for name in VARIABLES {
            command.env_remove(name);
        }
        let mut child = command
            .args(arguments)
            .current_dir(self.work())
            .env("ADX_HOME", self.home())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("adx starts");
        // A command that does not read its input may have ended by now.
        drop(child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().expect("adx ends");
        let text = |bytes: Vec<u8>| self.redact(&String::from_utf8(bytes).expect("adx writes UTF-8"));
        Run {
            exit: output.status.code().expect("adx was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// What differs from run to run, by name.
    fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (folder, name) in [(self.home(), "[HOME]"), (self.work(), "[WORK]")] {
            text = text.replace(&folder.display().to_string(), name);
        }
        redact_ports(&redact_digests(&text))
    }
}

/// What a run printed and how it ended.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.exit)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "-- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

impl Run {
    /// The one JSON document of a failure on stderr.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        assert_ne!(self.exit, 0, "{self}");
        assert_eq!(self.stdout, "", "a failure leaves stdout alone");
        let document: Value = serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}\n{self}"));
        document["error"].clone()
    }
}

fn redact_digests(text: &str) -> String {
    const LENGTH: usize = 64;
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let digest = rest.as_bytes().get(..LENGTH).is_some_and(|run| run.iter().all(is_hex));
        let (part, length) = if digest { ("[DIGEST]", LENGTH) } else { (&rest[..next.len_utf8()], next.len_utf8()) };
        shown.push_str(part);
        rest = &rest[length..];
    }
    shown
}

fn redact_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        format!("{shown}127.0.0.1:[PORT]{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
    })
}

/// The permission bits of a file.
#[cfg(unix)]
#[track_caller]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metadata.permissions().mode() & 0o777
}

/// Changes the permission bits of a file.
#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("the mode can be changed");
}

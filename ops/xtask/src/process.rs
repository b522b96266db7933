//! Child processes: run to the end, or kept until dropped.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn words(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs to the end with our own output streams.
///
/// # Errors
/// Names the command when it cannot start or its exit status is not 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", words(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", words(command));
    }
    Ok(())
}

/// Runs to the end and returns what it printed.
///
/// # Errors
/// Carries what the command printed on its error stream.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{}`", words(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}\n{}", words(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no UTF-8", words(command)))
}

/// Whether a program answers `--version` (or whatever `arguments` asks of it).
pub(crate) fn answers(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A server that lives as long as this value: asked to stop on drop, killed when it does not.
pub(crate) struct Server {
    name: &'static str,
    child: Child,
}

impl Server {
    /// Starts a server whose log goes to `log`.
    pub(crate) fn start(name: &'static str, command: &mut Command, log: &Path) -> Result<Self> {
        let file = std::fs::File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start `{}`", words(command)))?;
        Ok(Self { name, child })
    }

    /// Waits until the server wrote its ready file, and returns the address in it.
    pub(crate) fn ready(&mut self, ready_file: &Path, log: &Path) -> Result<String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Ok(text) = std::fs::read_to_string(ready_file)
                && let Ok(ready) = serde_json::from_str::<serde_json::Value>(&text)
                && let Some(url) = ready["url"].as_str()
            {
                return Ok(url.trim_end_matches('/').to_owned());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "the {} ended ({status}) before it was ready:\n{}",
                    self.name,
                    std::fs::read_to_string(log).unwrap_or_default()
                );
            }
            if Instant::now() > deadline {
                bail!("the {} was not ready within 60 s; its log: {}", self.name, log.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(process) = libc::pid_t::try_from(self.child.id()) {
            // SAFETY: kill(2) takes plain integers; the child is ours and not yet waited for, so its id is not reused.
            #[expect(unsafe_code, reason = "std offers SIGKILL only; a graceful stop needs SIGTERM")]
            unsafe {
                libc::kill(process, libc::SIGTERM);
            }
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("warning: the {} did not stop within 10 s and is killed", self.name);
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            eprintln!("warning: cannot kill the {}: {error}", self.name);
        }
    }
}

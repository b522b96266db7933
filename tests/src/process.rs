//! A server that a test starts, kills and starts again.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start or to stop: generous, for a loaded machine; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server; killed when dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Process {
    /// Starts `command` with `--ready-file` and waits until it is ready. Its log is `folder/name.log`, appended to.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Self {
        let (ready, log) = (folder.join(format!("{name}.ready.json")), folder.join(format!("{name}.log")));
        if ready.exists() {
            std::fs::remove_file(&ready).expect("the ready file of the last start can be removed");
        }
        let file = std::fs::File::options().create(true).append(true).open(&log).expect("a log file can be opened");
        let child = command
            .arg("--ready-file")
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a log file can be shared"))
            .stderr(file)
            .spawn()
            .expect("the program starts");
        let mut process = Self { child, log, url: String::new() };
        process.url = process.wait_until_ready(&ready);
        process
    }

    fn wait_until_ready(&mut self, ready: &Path) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(text) = std::fs::read_to_string(ready)
                && let Ok(value) = serde_json::from_str::<serde_json::Value>(&text)
            {
                return value["url"].as_str().expect("the ready file names the url").trim_end_matches('/').to_owned();
            }
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                panic!("the server ended ({status}) before it was ready:\n{}", self.log());
            }
            assert!(Instant::now() < deadline, "the server is not ready:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the server has logged, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until what the registry serves tells of every leaf.
    pub async fn wait_until_signed(&self) {
        let client = crate::stage::client();
        let get = async |path: &str| {
            let answer = client.get(format!("{}{path}", self.url)).send().await.expect("the registry answers");
            answer.text().await.expect("text")
        };
        crate::eventually("every leaf is signed", async || {
            let metrics = get("/metrics").await;
            let figure =
                |name: &str| metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
            let recorded = figure("adx_metadata_version{role=\"timestamp\"}");
            let served: serde_json::Value = serde_json::from_str(&get("/tuf/timestamp.json").await).unwrap_or_default();
            figure("adx_leaves_waiting") == Some(0)
                && recorded.is_some()
                && served["signed"]["version"].as_u64() == recorded
        })
        .await;
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }

    /// Waits until the server has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server goes on:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the server has died at a fail point: by `SIGABRT`, which nothing else here brings about.
    pub fn wait_for_abort(&mut self, point: &str) {
        let status = self.wait();
        assert_eq!(status.signal(), Some(libc::SIGABRT), "{point}: the server ended ({status}):\n{}", self.log());
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_some()
    }

    /// SIGTERM, and the exit status that follows.
    pub fn stop(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(asked.success(), "SIGTERM cannot be sent");
        self.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, or about to: either way nothing is left behind.
        if self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
    }
}

//! An S3 of the tests' own: `moto_server`, gone with the process.

use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::{skip, watch};

/// A running S3.
pub struct Moto {
    endpoint: String,
    /// Stops the server when this process ends. Held, never read.
    _watch: Option<Child>,
}

impl Moto {
    /// The S3 of this test run: the one at `ADX_TEST_S3_URL`, else one started by `ADX_TEST_MOTO` or the `moto_server`
    /// in PATH; `None` where there is none of these.
    ///
    /// # Panics
    /// If there is one and it does not start, or if there is none in CI.
    pub fn shared() -> Option<&'static Self> {
        static MOTO: OnceLock<Option<Moto>> = OnceLock::new();
        let moto = MOTO.get_or_init(|| {
            if let Some(endpoint) = skip::variable("ADX_TEST_S3_URL") {
                return Some(Self { endpoint, _watch: None });
            }
            let program =
                skip::variable("ADX_TEST_MOTO").map(PathBuf::from).or_else(|| skip::program("moto_server"))?;
            Some(Self::start(&program).unwrap_or_else(|error| panic!("{} does not start: {error}", program.display())))
        });
        if moto.is_none() {
            skip::skipped("an S3 server", "pip install 'moto[server]'");
        }
        moto.as_ref()
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Makes a bucket of a name that nothing else has, and says which.
    ///
    /// # Panics
    /// If the server does not make it.
    pub async fn make_bucket(&self) -> String {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).expect("the system has randomness");
        let bucket = format!("test-{}", hex::encode(random));
        let made = crate::stage::client().put(format!("{}/{bucket}", self.endpoint)).send().await;
        assert!(made.as_ref().is_ok_and(|made| made.status().is_success()), "{made:?}");
        bucket
    }

    /// The settings of a registry that keeps its blobs in a bucket of this server, which it reaches at `endpoint`.
    pub fn settings(endpoint: &str, bucket: &str) -> Vec<(String, String)> {
        let settings = [
            ("URL", &*format!("s3://{bucket}/registry")),
            ("ENDPOINT", endpoint),
            ("REGION", "us-east-1"),
            ("ACCESS_KEY_ID", "test"),
            ("SECRET_ACCESS_KEY", "test"),
        ];
        settings.map(|(key, value)| (format!("ADX_REGISTRY__STORAGE__{key}"), value.to_owned())).into()
    }

    fn start(program: &PathBuf) -> io::Result<Self> {
        let mut server = Command::new(program)
            // The system chooses the port; the server says which.
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let watch = watch::when_this_process_ends("kill -KILL \"$1\"", &[&server.id().to_string()])?;
        let Some(said) = server.stderr.take() else {
            return Err(io::Error::other("it has no output"));
        };
        let mut lines = BufReader::new(said).lines();
        let mut heard = String::new();
        let endpoint = loop {
            let Some(line) = lines.next().transpose()? else {
                return Err(io::Error::other(format!("it ended and said: {heard}")));
            };
            if let Some((_, address)) = line.split_once("Running on ") {
                break address.trim().to_owned();
            }
            heard.push_str(&line);
        };
        // It logs every request: unread, the pipe would fill up and stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { endpoint, _watch: Some(watch) })
    }
}

//! Devices that hold passkeys, and the browser before them: another project's, in a program of their own (`tests/foreign/passkey`).

use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::Mutex;

use crate::foreign::ForeignClients;

/// The program.
#[derive(Clone)]
pub struct Devices(Arc<Mutex<Conversation>>);

struct Conversation {
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
    /// It ends with its input; killed where a test ends otherwise.
    _program: Child,
}

impl Devices {
    /// Starts it; `None` where it is not there.
    ///
    /// # Panics
    /// If it does not start, and in CI where it is not there.
    pub fn start() -> Option<Self> {
        let mut command = tokio::process::Command::from(ForeignClients::find()?.devices());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut program = command.spawn().expect("the devices' program runs");
        let to = program.stdin.take().expect("an input");
        let from = BufReader::new(program.stdout.take().expect("an output")).lines();
        Some(Self(Arc::new(Mutex::new(Conversation { to, from, _program: program }))))
    }

    /// Another device, without passkeys.
    ///
    /// # Panics
    /// If the program does not answer.
    pub async fn make(&self) -> Device {
        self.device(&json!("make")).await
    }

    async fn device(&self, request: &Value) -> Device {
        Device { devices: self.clone(), number: self.ask(request).await.as_u64().expect("a number") }
    }

    async fn ask(&self, request: &Value) -> Value {
        let mut conversation = self.0.lock().await;
        conversation.to.write_all(format!("{request}\n").as_bytes()).await.expect("the program reads");
        let line = conversation.from.next_line().await.expect("the program writes").expect("it answers each request");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        answer.get_mut("done").map_or_else(|| panic!("{request}: {line}"), Value::take)
    }
}

/// One device.
pub struct Device {
    devices: Devices,
    number: u64,
}

impl Device {
    /// Another one with the same passkeys.
    ///
    /// # Panics
    /// If the program does not answer.
    pub async fn copy(&self) -> Self {
        self.devices.device(&json!({ "copy": self.number })).await
    }

    /// Makes a passkey, as a page of `origin` asks, and answers with it in JSON.
    ///
    /// # Panics
    /// If browser or device refuses.
    pub async fn create(&self, origin: &str, options: &Value) -> Value {
        self.asked("register", origin, options).await
    }

    /// Signs, as a page of `origin` asks, and answers in JSON.
    ///
    /// # Panics
    /// If browser or device refuses.
    pub async fn sign(&self, origin: &str, options: &Value) -> Value {
        self.asked("authenticate", origin, options).await
    }

    async fn asked(&self, what: &str, origin: &str, options: &Value) -> Value {
        let asked = json!({ "device": self.number, "origin": origin, "options": options });
        self.devices.ask(&json!({ what: asked })).await
    }
}

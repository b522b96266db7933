//! The commands about submissions, of publishers and of operators on the machine.

use adx_tests::hello::{self, Behaviour};
use adx_tests::person::Person;
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::{Registry, random};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::stage::text;

struct Publisher<'a> {
    registry: &'a Registry,
    running: &'a Process,
}

impl Publisher<'_> {
    /// Runs `adx`; whether it succeeded, and its document.
    fn run(&self, arguments: &[&str]) -> (bool, Value) {
        let output = self.command(arguments).arg("--json").output().expect("adx runs");
        let written = if output.status.success() { &output.stdout } else { &output.stderr };
        let document = serde_json::from_slice(written);
        (output.status.success(), document.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let home = self.registry.folder().join("home");
        std::fs::create_dir_all(&home).expect("a folder");
        let mut command = Command::new(&programs().adx);
        command.args(arguments).args(["--registry", &self.running.url, "--token", &self.registry.token]);
        command.env("ADX_HOME", &home);
        command
    }
}

fn write(registry: &Registry, version: &str) -> String {
    let file = registry.folder().join(format!("{version}.adxm"));
    std::fs::write(&file, hello::package(version, Behaviour::Plain)).expect("a file");
    text_of(&file)
}

fn text_of(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_sends_and_waits_and_an_operator_decides_on_the_machine() {
    let registry = Registry::new();
    let running = registry.start();
    let operator = registry.create_operator_token();
    registry.owner(&running, &operator, "adx", "ada").await;
    registry.register_key(&running).await;
    Person::operator(&registry, &running, "grace").await;
    let key = registry.folder().join("key.pem");
    let pem = registry.key.to_pem(None, &mut random()).expect("a key");
    std::fs::write(&key, pem.as_bytes()).expect("a file");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    let key = text_of(&key);
    let publisher = Publisher { registry: &registry, running: &running };

    let held = registry.admin(&["review", "hold", "adx", "--reason", "it is new"]);
    assert_eq!(held["standing"], "held");
    let (first, second) = (write(&registry, "1.0.0"), write(&registry, "1.1.0"));
    let (done, waits) = publisher.run(&["publish", &first, "--key", &key]);
    assert!(done && waits["state"] == "in-review", "{waits}");
    let id = text(&waits["id"]);
    registry.letter_to("grace@example.org", &format!("review show {id}")).await;
    let queue = registry.admin(&["review", "list"]);
    assert_eq!(queue["submissions"][0]["id"], waits["id"]);
    registry.admin(&["review", "ask", id, "Who are you?"]);
    registry.letter_to("ada@example.org", "asked something").await;
    let (done, shown) = publisher.run(&["submissions", "comment", id, "The authors of hello."]);
    assert!(done, "{shown}");
    assert_eq!(shown["events"].as_array().map(Vec::len), Some(6), "{shown}");
    let shown = registry.admin(&["review", "show", id]);
    assert_eq!(shown["events"][5]["text"], "The authors of hello.");
    assert_eq!((&shown["diff"]["before"], &shown["not_compared"]), (&Value::Null, &Value::Null), "{shown}");
    let is_new = |file: &Value| file["path"] == "module.toml" && file["change"] == "added";
    assert!(shown["diff"]["files"].as_array().is_some_and(|files| files.iter().any(is_new)), "{shown}");
    let approved = registry.admin(&["review", "approve", id]);
    assert_eq!((&approved["module"], &approved["version"]), (&"adx/hello".into(), &"1.0.0".into()));
    running.wait_until_signed().await;
    let refused = registry.try_admin(&["review", "reject", id, "--reason", "late"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("review show"), "{refused:?}");

    // One that waits until the word is there.
    let mut waiting = publisher.command(&["publish", &second, "--key", &key, "--wait", "--json"]);
    let waiting =
        waiting.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("adx");
    let mut second = Value::Null;
    adx_tests::eventually("the second version waits", async || {
        second = registry.admin(&["review", "list"])["submissions"][0].clone();
        second.is_object()
    })
    .await;
    let shown = registry.command(&["admin", "review", "show", text(&second["id"])]).output().expect("a command");
    let words = String::from_utf8_lossy(&shown.stdout);
    assert!(words.contains("compared with 1.0.0: "), "{words}");
    assert!(words.contains("  changed module.toml (") && words.contains("    +version = \"1.1.0\"\n"), "{words}");
    assert!(!words.contains("GET /api"), "{words}");
    registry.admin(&["review", "reject", text(&second["id"]), "--reason", "not this one"]);
    let output = waiting.wait_with_output().expect("adx ends");
    assert_eq!(output.status.code(), Some(4));
    let failure: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert!(failure.to_string().contains("not this one"), "{failure}");
    let (_, own) = publisher.run(&["submissions", "list", "adx"]);
    let states: Vec<_> = own["submissions"].as_array().unwrap().iter().map(|one| text(&one["state"])).collect();
    assert_eq!(states, ["rejected", "released"]);

    // What was rejected waits again where the appeal is granted on the machine.
    let subject = text(&second["id"]);
    let (done, appeal) =
        publisher.run(&["appeal", "open", "submission", "adx/hello@1.1.0", "--text", "read it once more"]);
    assert!(done, "{appeal}");
    registry.admin(&["appeal", "grant", text(&appeal["id"]), "--reason", "so it shall be"]);
    assert_eq!(registry.admin(&["review", "list"])["submissions"][0]["id"], second["id"]);
    registry.admin(&["review", "reject", subject, "--reason", "not this one either"]);

    registry.admin(&["review", "reset", "adx"]);
    let (done, receipt) = publisher.run(&["publish", &write(&registry, "1.2.0"), "--key", &key]);
    assert!(done, "{receipt}");
    assert_eq!(receipt["already_published"], false);
}

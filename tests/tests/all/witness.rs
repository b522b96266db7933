//! A witness that runs, and a registry's way of asking it: it cosigns one history of a log, whatever happens in between.

use adx_registry::witness::HttpWitnesses;
use adx_registry_core::ceremony::Witness;
use adx_registry_core::ports::{CosignAnswer, WitnessError, Witnesses as _};
use adx_signing::log::merkle::prove_consistency;
use adx_signing::log::note::NoteAlgorithm;
use adx_signing::log::witness::{AddCheckpoint, MAX_WITNESS_BODY_BYTES};
use adx_signing::log::{
    Checkpoint, Event, KeyName, Leaf, LogPolicy, RightEdge, SignedCheckpoint, TilePath, TreeHead, VerifierKey, leaf,
};
use adx_signing::{Digest, SecretKey};
use adx_tests::process::Process;
use adx_tests::programs::programs;
use adx_tests::stage::{client, random};
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A log that can be asked for any of its sizes.
#[derive(Clone)]
struct Log {
    origin: KeyName,
    key: SecretKey,
    edge: RightEdge,
    heads: Vec<TreeHead>,
    tiles: BTreeMap<TilePath, Vec<u8>>,
}

impl Log {
    /// A log of so many leaves, which say `what`.
    fn new(key: &SecretKey, what: &str, size: u64) -> Self {
        let edge = RightEdge::default();
        let heads = vec![*edge.head()];
        let origin = "registry.example.com/log".parse().unwrap();
        let log = Self { origin, key: key.clone(), edge, heads, tiles: BTreeMap::new() };
        log.grown(what, size)
    }

    /// The same log with so many more leaves.
    fn grown(&self, what: &str, leaves: u64) -> Self {
        let mut log = self.clone();
        for number in 0..leaves {
            let release = leaf::ReleaseName {
                module: format!("adx/{what}").parse().unwrap(),
                version: format!("{number}.0.0").parse().unwrap(),
            };
            let leaf = Leaf::new("2026-11-25T08:00:00Z".parse().unwrap(), Event::Yank(release));
            let appended = log.edge.append(&[leaf.to_bytes()]).unwrap();
            log.edge = appended.edge;
            log.tiles.extend(appended.tiles);
            log.heads.push(*log.edge.head());
        }
        log
    }

    fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.origin.clone(), algorithm: NoteAlgorithm::Ed25519, key: self.key.public() }
    }

    fn checkpoint(&self, size: usize) -> SignedCheckpoint {
        Checkpoint { origin: self.origin.clone(), head: self.heads[size] }.sign(&self.key)
    }

    fn request(&self, old: usize, new: usize) -> AddCheckpoint {
        let proof = prove_consistency(old as u64, &self.heads[new], &self.tiles).unwrap();
        AddCheckpoint { old_size: old as u64, proof, checkpoint: self.checkpoint(new) }
    }
}

/// A witness's folder.
struct Stage {
    folder: TempDir,
    key: SecretKey,
    vkey: VerifierKey,
}

impl Stage {
    /// A witness that watches the log of a key.
    fn new() -> Self {
        let key = SecretKey::generate(&mut random());
        let folder = tempfile::tempdir().unwrap();
        let vkey = VerifierKey { name: "unset".parse().unwrap(), algorithm: NoteAlgorithm::Ed25519, key: key.public() };
        let mut stage = Self { folder, key, vkey };
        let made = stage.command("init").args(["--name", "witness.example.org", "--json"]).output().unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).expect("one JSON document");
        stage.vkey = made["vkey"].as_str().unwrap().parse().unwrap();
        let added = stage.add_log(&stage.log("hello", 0).verifier());
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        stage
    }

    fn log(&self, what: &str, size: u64) -> Log {
        Log::new(&self.key, what, size)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("witness")
    }

    fn command(&self, command: &str) -> Command {
        let mut program = Command::new(&programs().registry);
        program.args(["witness", command, "--data"]).arg(self.data());
        program
    }

    fn add_log(&self, key: &VerifierKey) -> Output {
        self.command("add-log").arg(key.to_string()).output().unwrap()
    }

    fn start(&self) -> Process {
        let mut command = self.command("serve");
        command.args(["--listen", "127.0.0.1:0"]);
        Process::start("witness", &mut command, self.folder.path())
    }

    /// As a registry knows it.
    fn witness(&self, running: &Process) -> Witness {
        Witness { verifier: self.vkey.clone(), url: running.url.parse().unwrap() }
    }

    fn kept(&self) -> Vec<Value> {
        let output = self.command("kept").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

async fn post(running: &Process, body: impl Into<reqwest::Body>) -> (StatusCode, String) {
    let answer = client().post(format!("{}/add-checkpoint", running.url)).body(body).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn get(running: &Process, path: &str) -> String {
    let answer = client().get(format!("{}{path}", running.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_asks_and_its_agents_believe() {
    let stage = Stage::new();
    let log = stage.log("hello", 300);
    let running = stage.start();
    let witness = stage.witness(&running);
    let asking = HttpWitnesses::new().unwrap();
    let policy = LogPolicy::new(log.origin.clone(), vec![log.verifier()], vec![stage.vkey.clone()], 1).unwrap();
    policy.verify(&log.checkpoint(5)).expect_err("nobody cosigned");

    for (old, new) in [(0, 5), (5, 5), (5, 256), (256, 300)] {
        let CosignAnswer::Cosigned(lines) = asking.cosign(&witness, &log.request(old, new)).await.unwrap() else {
            panic!("{old} to {new}: a conflict");
        };
        let mut checkpoint = log.checkpoint(new);
        for line in lines {
            checkpoint.note_mut().add(line);
        }
        let believed = policy.verify(&checkpoint).expect("one witness of one");
        assert_eq!(believed.cosignatures.len(), 1);
    }
    // A registry that lost count learns where the witness is, and goes on from there.
    let conflict = asking.cosign(&witness, &log.request(0, 300)).await.unwrap();
    assert_eq!(conflict, CosignAnswer::Conflict { latest: 300 });

    let about: Value = serde_json::from_str(&get(&running, "/").await).unwrap();
    assert_eq!((&about["vkey"], &about["logs"][0]), (&stage.vkey.to_string().into(), &log.origin.as_str().into()));
    assert_eq!(get(&running, "/healthz").await, "ok\n");
    let metrics = get(&running, "/metrics").await;
    assert!(metrics.contains("adx_witness_requests_total{status=\"200\"} 4"), "{metrics}");
    assert!(metrics.contains("adx_witness_requests_total{status=\"409\"} 1"), "{metrics}");
    assert!(metrics.contains("adx_witness_head_leaves{origin=\"registry.example.com/log\"} 300"), "{metrics}");
    assert!(running.stop().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_refused_and_kept_also_after_a_kill() {
    let stage = Stage::new();
    let (log, fork) = (stage.log("hello", 9), stage.log("other", 12));
    let running = stage.start();
    assert_eq!(post(&running, log.request(0, 7).to_string()).await.0, StatusCode::OK);
    running.kill();

    let running = stage.start();
    let witness = stage.witness(&running);
    let asking = HttpWitnesses::new().unwrap();
    assert_eq!(post(&running, fork.request(0, 7).to_string()).await, (StatusCode::CONFLICT, "7\n".to_owned()));
    for request in [fork.request(7, 7), fork.request(7, 12)] {
        let refused = asking.cosign(&witness, &request).await.expect_err("a fork");
        assert!(matches!(refused, WitnessError::Refused { status: 422, .. }), "{refused}");
    }
    // The same again, with another proof that fits no better: kept once.
    let mut again = fork.request(7, 12);
    again.proof.reverse();
    assert_eq!(post(&running, again.to_string()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // An honest checkpoint with a wrong proof, which anyone can send, is kept until it is proved.
    let honest = AddCheckpoint { proof: vec![Digest::of(b"wrong")], ..log.request(7, 9) };
    assert_eq!(post(&running, honest.to_string()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.kept().len(), 3);
    assert_eq!(post(&running, log.request(7, 9).to_string()).await.0, StatusCode::OK);
    running.kill();

    let running = stage.start();
    let kept = stage.kept();
    assert_eq!(kept.len(), 2);
    let kept_checkpoints: Vec<_> = kept
        .iter()
        .map(|kept| {
            assert_eq!(kept["latest"]["size"], 7);
            assert_eq!(kept["latest"]["root"], log.heads[7].root.to_string());
            AddCheckpoint::parse(kept["request"].as_str().unwrap().as_bytes()).unwrap().checkpoint
        })
        .collect();
    // What is kept proves by itself that the log signed two histories.
    for checkpoint in [fork.checkpoint(7), fork.checkpoint(12)] {
        checkpoint.verify(&log.origin, &[log.verifier()]).unwrap();
        assert!(kept_checkpoints.contains(&checkpoint));
    }
    assert_eq!(post(&running, fork.request(9, 12).to_string()).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(&running, log.request(9, 9).to_string()).await.0, StatusCode::OK);
}

/// Forks of one size, asked for at the same time of two processes that share a folder: one of them is cosigned, each time.
#[tokio::test(flavor = "multi_thread")]
async fn of_forks_that_race_one_is_cosigned() {
    let stage = Stage::new();
    let servers = [stage.start(), stage.start()];
    let mut log = stage.log("hello", 0);
    for round in 0..5 {
        let old = log.heads.len() - 1;
        let forks: Vec<_> = (0..8).map(|fork| log.grown(&format!("fork-{round}-{fork}"), 3)).collect();
        let asked = forks.iter().zip(servers.iter().cycle());
        let asked = asked.map(|(fork, server)| post(server, fork.request(old, old + 3).to_string()));
        let answers = futures::future::join_all(asked).await;
        let cosigned: Vec<_> = (0..8).filter(|fork| answers[*fork].0 == StatusCode::OK).collect();
        let conflicts = answers.iter().filter(|(status, _)| *status == StatusCode::CONFLICT).count();
        assert_eq!((cosigned.len(), conflicts), (1, 7), "round {round}: {answers:?}");
        log = forks[cosigned[0]].clone();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_of_a_watched_log_is_refused() {
    let stage = Stage::new();
    let log = stage.log("hello", 9);
    let running = stage.start();
    let witness = stage.witness(&running);
    let stranger = Log::new(&SecretKey::generate(&mut random()), "hello", 4);
    let mut unwatched = stage.log("hello", 4);
    unwatched.origin = "elsewhere.example.com/log".parse().unwrap();
    let larger = AddCheckpoint { old_size: 8, proof: Vec::new(), checkpoint: log.checkpoint(4) };
    let asking = HttpWitnesses::new().unwrap();
    for (what, request, expected) in [
        ("another key", stranger.request(0, 4), 403),
        ("another log", unwatched.request(0, 4), 404),
        ("an old size beyond the new one", larger, 400),
    ] {
        let refused = asking.cosign(&witness, &request).await.expect_err(what);
        assert!(matches!(refused, WitnessError::Refused { status, .. } if status == expected), "{what}: {refused}");
    }
    assert_eq!(post(&running, "not a request").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(post(&running, vec![b'x'; MAX_WITNESS_BODY_BYTES + 1]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&running, vec![b'x'; MAX_WITNESS_BODY_BYTES]).await.0, StatusCode::BAD_REQUEST);
    assert!(stage.kept().is_empty());
    assert_eq!(post(&running, log.request(0, 9).to_string()).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_counted() {
    let stage = Stage::new();
    let settings = stage.data().join("witness.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let limited = text
        .replace("requests_per_second = 20", "requests_per_second = 1")
        .replace("burst = 100", "burst = 2")
        .replace("behind_proxy = false", "behind_proxy = true");
    assert_ne!(limited, text);
    std::fs::write(&settings, limited).unwrap();
    let running = stage.start();
    let ask = async |caller: &str| {
        let request = client().post(format!("{}/add-checkpoint", running.url)).header("x-forwarded-for", caller);
        request.body("not a request").send().await.unwrap().status()
    };
    let answers: Vec<_> = futures::future::join_all((0..20).map(|_| ask("192.0.2.1"))).await;
    assert!(answers.contains(&StatusCode::TOO_MANY_REQUESTS), "{answers:?}");
    assert!(answers.iter().filter(|status| **status == StatusCode::BAD_REQUEST).count() >= 2, "{answers:?}");
    assert_eq!(ask("198.51.100.1").await, StatusCode::BAD_REQUEST, "another caller");
}

#[test]
fn logs_are_added_once() {
    let stage = Stage::new();
    let refused = |output: Output, words: &str| {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words) && said.contains("hint: "), "{said}");
    };
    let log = stage.log("hello", 0);
    let again = stage.add_log(&log.verifier());
    assert!(again.status.success() && String::from_utf8_lossy(&again.stdout).contains("already"), "{again:?}");
    refused(stage.add_log(&stage.vkey), "is a witness's key");
    let next = Log::new(&SecretKey::generate(&mut random()), "hello", 0);
    assert!(stage.add_log(&next.verifier()).status.success(), "the next key of the same log");
    let mut other = stage.log("hello", 0);
    other.origin = "other.example.com/log".parse().unwrap();
    assert!(stage.add_log(&other.verifier()).status.success(), "another log");
    let settings = adx_registry::witness::Settings::read(&stage.data()).unwrap();
    assert_eq!(settings.keys(&log.origin).unwrap(), [log.verifier(), next.verifier()]);
    assert_eq!(settings.keys(&other.origin).unwrap(), [other.verifier()]);

    let again = stage.command("init").args(["--name", "witness.example.org"]).output().unwrap();
    refused(again, "there is a witness in");
    let nowhere = Command::new(&programs().registry)
        .args(["witness", "serve", "--data"])
        .arg(stage.folder.path().join("nowhere"))
        .output()
        .unwrap();
    refused(nowhere, "witness.toml");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_key_is_opened_by_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("witness"), folder.path().join("passphrase"));
    std::fs::write(&file, "correct horse\n").unwrap();
    let command = |command: &str| {
        let mut program = Command::new(&programs().registry);
        program.args(["witness", command, "--data"]).arg(&data);
        program
    };
    let made = command("init").args(["--name", "w.example"]).arg("--passphrase-file").arg(&file).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(std::fs::read_to_string(data.join("key.pem")).unwrap().contains("ENCRYPTED PRIVATE KEY"));
    let refused = command("serve").args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--passphrase-file"), "{refused:?}");
    let mut serve = command("serve");
    serve.args(["--listen", "127.0.0.1:0"]).arg("--passphrase-file").arg(&file);
    let running = Process::start("witness", &mut serve, folder.path());
    assert_eq!(get(&running, "/healthz").await, "ok\n");
}

/// A server that answers each connection with these bytes, once it has read something, and then does as it likes.
async fn hostile(answer: Vec<u8>, endless: bool) -> url::Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut head = [0; 1024];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(&answer).await;
                while endless && stream.write_all(&[b'x'; 4096]).await.is_ok() {}
                // Held open until the client leaves.
                let _ = stream.read(&mut head).await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            });
        }
    });
    format!("http://{address}/w").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_witness_holds_up_nobody() {
    let stage = Stage::new();
    let request = stage.log("hello", 3).request(0, 3);
    let patient = HttpWitnesses::new().unwrap();
    let hasty = HttpWitnesses::with_timeout(Duration::from_millis(200)).unwrap();
    let ask = async |asking: &HttpWitnesses, url| {
        let witness = Witness { verifier: stage.vkey.clone(), url };
        asking.cosign(&witness, &request).await.expect_err("no cosignature")
    };
    let answer = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\n{more}\r\n").into_bytes();

    let silent = ask(&hasty, hostile(Vec::new(), false).await).await;
    assert!(matches!(silent, WitnessError::Unreachable(_)), "silent: {silent}");
    let endless = ask(&patient, hostile(answer("200 OK", "connection: close\r\n"), true).await).await;
    assert!(matches!(endless, WitnessError::Malformed(_)), "endless: {endless}");
    // Elsewhere a server listens that must not be asked.
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let location = format!("location: http://{}/\r\ncontent-length: 0\r\n", elsewhere.local_addr().unwrap());
    let redirected = ask(&patient, hostile(answer("307 Temporary Redirect", &location), false).await).await;
    assert!(matches!(redirected, WitnessError::Malformed(_)), "redirected: {redirected}");
    let followed = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
    assert!(followed.is_err(), "the redirect was followed");
    let foreign = "\u{2014} witness.example.org jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let head = format!("content-length: {}\r\n", foreign.len());
    let forged = [answer("200 OK", &head), foreign.as_bytes().to_vec()].concat();
    let forged = ask(&patient, hostile(forged, false).await).await;
    assert!(matches!(forged, WitnessError::Malformed(_)), "forged: {forged}");
    let down = ask(&patient, hostile(answer("503 Service Unavailable", "content-length: 0\r\n"), false).await).await;
    assert!(matches!(down, WitnessError::Unreachable(_)), "down: {down}");
    let gone = ask(&patient, "http://127.0.0.1:1/".parse().unwrap()).await;
    assert!(matches!(gone, WitnessError::Unreachable(_)), "gone: {gone}");
}

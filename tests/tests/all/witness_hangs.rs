//! A registry whose witness takes what it is sent and never answers: what is new waits, and nothing else does.

use std::process::Command;
use std::sync::Arc;

use adx_signing::tuf::{Role as _, Root};
use adx_tests::eventually;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::{Repository, roots, timestamp};
use adx_tests::stage::{Registry, client};
use adx_tests::witness::{self, Witness};
use reqwest::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// A registry with a release that was cosigned, started so, and what tells that the witness, which hangs since, is asked.
async fn hanging(prepare: impl FnOnce(&mut Command)) -> (Registry, Process, Arc<Notify>) {
    let registry = Registry::with_kept_ceremony();
    let witness = Witness::of(&registry);
    let watching = witness.start("127.0.0.1:0");
    witness::install(&registry, &[(&witness, &watching.url)]);
    let running = registry.start_with(prepare);
    registry.register_key(&running).await;
    publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    let address = watching.url.strip_prefix("http://").expect("an address").to_owned();
    watching.kill();
    let listener = TcpListener::bind(address).await.expect("the witness's port");
    let asked = Arc::new(Notify::new());
    let told = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
            told.notify_one();
        }
    });
    (registry, running, asked)
}

async fn publish(registry: &Registry, running: &Process, version: &str) {
    let package = hello::package(version, Behaviour::Plain);
    let answer = registry.publish(running, &package).await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
}

/// The version of the timestamp, which has not expired.
async fn version(running: &Process, root: &Root) -> u64 {
    timestamp(&client(), &running.url, root).await.expect("a timestamp").version()
}

async fn failed_rounds(running: &Process) -> u64 {
    let answer = client().get(format!("{}/metrics", running.url)).send().await.expect("the registry answers");
    let text = answer.text().await.expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix("adx_sign_rounds_total{outcome=\"failed\"} "));
    line.map_or(0, |figure| figure.parse().expect("a figure"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_tell_what_is_revoked_and_keep_fresh_what_is_published() {
    let short = |command: &mut Command| {
        command.env("ADX_REGISTRY__TRUST__TIMESTAMP_LIFETIME", "30s");
    };
    let (registry, first, _) = hanging(short).await;
    let second = registry.start_beside_with(short);
    let before = Repository::fetch(&first.url).await;
    let package = before.packages.values().next().expect("the package").sha256;
    publish(&registry, &first, "1.1.0").await;
    registry.admin(&["revoke", "--package", &package.to_string(), "--reason", "it steals"]);

    let (_, root) = roots(&client(), &first.url).await;
    eventually("the kill list is signed", async || version(&first, &root).await > before.timestamp_version).await;
    let revoked = Repository::fetch(&second.url).await;
    assert!(revoked.revocations.packages.contains_key(&package));
    let again = revoked.timestamp_version + 2;
    eventually("the timestamp is signed again and again", async || version(&second, &root).await >= again).await;
    let after = Repository::fetch(&first.url).await;
    assert_eq!(after.checkpoint, before.checkpoint, "nobody cosigned the next");
    assert!(!after.packages.keys().any(|name| name.to_string().contains("1.1.0")), "what is new waits");
    let told = |server: &Process| server.log().contains("0 of the 1 needed witnesses");
    assert!(told(&first) || told(&second), "{}{}", first.log(), second.log());
    assert_ne!(failed_rounds(&first).await + failed_rounds(&second).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_lost_in_the_midst_of_a_round_is_a_round_that_failed() {
    let (registry, running, asked) = hanging(|_| {}).await;
    let before = failed_rounds(&running).await;
    publish(&registry, &running, "1.1.0").await;
    asked.notified().await;
    // As a server does that finds the lease run out.
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).expect("a database");
    database.execute("UPDATE signing SET lease = lease + 1", []).expect("taken over");
    eventually("it is counted", async || failed_rounds(&running).await > before).await;
    let words = "another server has taken the lease of the rounds over";
    eventually("it is told", async || running.log().contains(words)).await;
}

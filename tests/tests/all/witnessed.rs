//! A registry whose log is watched: nothing is published that the witness has not cosigned.

use std::time::Duration;

use adx_registry_core::ports::SignStep;
use adx_signing::log::cosignature::cosigned_by;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::Repository;
use adx_tests::stage::Registry;
use adx_tests::witness::{self, Witness};
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A registry, not started, and its witness, running.
fn watched() -> (Registry, Witness, Process) {
    let registry = Registry::with_kept_ceremony();
    let witness = Witness::of(&registry);
    let watching = witness.start("127.0.0.1:0");
    witness::install(&registry, &[(&witness, &watching.url)]);
    (registry, witness, watching)
}

async fn publish(registry: &Registry, running: &Process, version: &str) {
    let package = hello::package(version, Behaviour::Plain);
    let answer = registry.publish(running, &package).await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
}

fn cosigned(repository: &Repository, witness: &Witness) -> bool {
    let key = witness.vkey.parse().expect("a verifier key");
    cosigned_by(&repository.checkpoint, &key).expect("its lines hold").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_waits_for_its_witness_and_the_rest_stays_fresh() {
    let (registry, witness, watching) = watched();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__TRUST__TIMESTAMP_LIFETIME", "9s");
    });
    registry.register_key(&running).await;
    running.wait_until_signed().await;
    let before = Repository::fetch(&running.url).await;
    assert!(cosigned(&before, &witness));

    let address = watching.url.strip_prefix("http://").expect("an address").to_owned();
    watching.kill();
    publish(&registry, &running, "1.0.0").await;
    adx_tests::eventually("the timestamp is signed again without the witness", async || {
        Repository::fetch(&running.url).await.timestamp_version > before.timestamp_version
    })
    .await;
    let waiting = Repository::fetch(&running.url).await;
    assert_eq!(waiting.checkpoint, before.checkpoint, "nobody cosigned the next");
    assert!(waiting.packages.is_empty());
    assert!(running.log().contains("0 of the 1 needed witnesses"), "{}", running.log());

    let _watching = witness.start(&address);
    running.wait_until_signed().await;
    let after = Repository::fetch(&running.url).await;
    after.assert_follows(&before);
    assert!(cosigned(&after, &witness));
    assert_eq!(after.packages.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_not_ready_before_its_first_checkpoint() {
    let (registry, witness, watching) = watched();
    let address = watching.url.strip_prefix("http://").expect("an address").to_owned();
    watching.kill();
    let running = registry.start();
    let readiness = async || {
        let answer = reqwest::get(format!("{}/readyz", running.url)).await.expect("the registry answers");
        let status = answer.status();
        (status, answer.json::<serde_json::Value>().await.expect("JSON")["signing"].clone())
    };
    assert_eq!(readiness().await, (StatusCode::SERVICE_UNAVAILABLE, false.into()));

    let _watching = witness.start(&address);
    adx_tests::eventually("the registry is ready", async || readiness().await == (StatusCode::OK, true.into())).await;
    let served = Repository::fetch(&running.url).await;
    assert!(cosigned(&served, &witness));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cosigned_checkpoint_survives_a_kill() {
    let (registry, witness, _watching) = watched();
    let running = registry.start();
    registry.register_key(&running).await;
    running.wait_until_signed().await;
    let before = Repository::fetch(&running.url).await;
    assert!(running.stop().success());
    for (number, step) in [SignStep::CheckpointRecorded, SignStep::CheckpointCosigned].into_iter().enumerate() {
        let mut running = registry.start_to_abort_at(step.name());
        // Whether the answer still arrives depends on how soon the round begins.
        let package = hello::package(&format!("1.0.{number}"), Behaviour::Plain);
        let _ = registry.publish(&running, &package).await;
        running.wait_for_abort(step.name());
        let running = registry.start();
        running.wait_until_signed().await;
        let after = Repository::fetch(&running.url).await;
        after.assert_follows(&before);
        assert!(cosigned(&after, &witness));
        assert_eq!(after.packages.len(), number + 1);
        assert!(running.stop().success());
    }
}

/// People named a witness that does not watch this log yet. What is published holds under the policy that agents know, and not under
/// the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_whose_witnesses_do_not_cosign_leaves_agents_what_they_have() {
    let (registry, _witness, _watching) = watched();
    let start = || {
        registry.start_with(|command| {
            command.env("ADX_REGISTRY__TRUST__TIMESTAMP_LIFETIME", "9s");
        })
    };
    let running = start();
    registry.register_key(&running).await;
    publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    let before = Repository::fetch(&running.url).await;
    assert!(running.stop().success());
    let new = Witness::called("new.example.org", &registry);
    registry.rotate(&["--add-witness", &new.vkey, "http://127.0.0.1:9/", "--quorum", "2"]);
    let running = start();
    adx_tests::eventually("it is told", async || running.log().contains("1 of the 2 needed witnesses")).await;
    // Every signature is checked, and the checkpoint under the policy that is served.
    let mut version = before.timestamp_version;
    for _ in 0..2 {
        adx_tests::eventually("the timestamp is signed again", async || {
            Repository::fetch(&running.url).await.timestamp_version > version
        })
        .await;
        let after = Repository::fetch(&running.url).await;
        assert_eq!((&after.policy, &after.checkpoint), (&before.policy, &before.checkpoint));
        version = after.timestamp_version;
    }
}

/// One of two servers has the ceremony before still, which asked for no witness.
#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_from_before_publishes_no_checkpoint() {
    let registry = Registry::with_kept_ceremony();
    let witness = Witness::of(&registry);
    let watching = witness.start("127.0.0.1:0");
    let installed = registry.data().join("trust/installed.json");
    let before = std::fs::read(&installed).expect("a ceremony is installed");
    witness::install(&registry, &[(&witness, &watching.url)]);
    let running = registry.start();
    registry.register_key(&running).await;
    running.wait_until_signed().await;
    let watched = Repository::fetch(&running.url).await;
    assert!(running.stop().success());
    std::fs::write(&installed, before).expect("written");
    let running = registry.start();
    publish(&registry, &running, "1.0.0").await;
    adx_tests::eventually("it is told", async || running.log().contains("nothing is signed")).await;
    assert_eq!(Repository::fetch(&running.url).await.checkpoint, watched.checkpoint);
    assert!(running.log().contains("targets 2 has been published"), "{}", running.log());
}

/// Answers every request to an address as a witness that has seen a larger log than there is; gives its URL.
async fn liar(address: &str) -> String {
    let listener = tokio::net::TcpListener::bind(address).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        const ANSWER: &str = "HTTP/1.1 409 Conflict\r\ncontent-type: text/x.tlog.size\r\ncontent-length: 8\r\n\
                              connection: close\r\n\r\n9999999\n";
        while let Ok((mut stream, _)) = listener.accept().await {
            // What is left unread would reset the connection before the answer is read.
            let mut request = vec![0; 64 * 1024];
            let _ = tokio::time::timeout(Duration::from_millis(100), async {
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
            })
            .await;
            let _ = stream.write_all(ANSWER.as_bytes()).await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_says_it_has_seen_more_stops_nothing_where_others_are_enough() {
    let registry = Registry::with_kept_ceremony();
    let (honest, lying) = (Witness::of(&registry), Witness::called("liar.example.org", &registry));
    let (watching, url) = (honest.start("127.0.0.1:0"), liar("127.0.0.1:0").await);
    witness::install(&registry, &[(&lying, &url), (&honest, &watching.url)]);
    let running = registry.start();
    registry.register_key(&running).await;
    for version in ["1.0.0", "1.0.1"] {
        publish(&registry, &running, version).await;
        running.wait_until_signed().await;
    }
    let repository = Repository::fetch(&running.url).await;
    assert!(cosigned(&repository, &honest) && !cosigned(&repository, &lying));
    assert_eq!(repository.packages.len(), 2);
    assert!(!running.log().contains("nothing is signed"), "{}", running.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_says_it_has_seen_more_is_named_and_the_rest_stays_fresh() {
    let (registry, _witness, watching) = watched();
    let start = || {
        registry.start_with(|command| {
            command.env("ADX_REGISTRY__TRUST__TIMESTAMP_LIFETIME", "9s");
        })
    };
    let running = start();
    registry.register_key(&running).await;
    running.wait_until_signed().await;
    assert!(running.stop().success());
    let url = watching.url.clone();
    watching.kill();
    liar(url.strip_prefix("http://").expect("an address")).await;
    let running = start();
    let before = Repository::fetch(&running.url).await;
    publish(&registry, &running, "1.0.0").await;
    adx_tests::eventually("the timestamp is signed again", async || {
        Repository::fetch(&running.url).await.timestamp_version > before.timestamp_version
    })
    .await;
    let after = Repository::fetch(&running.url).await;
    assert_eq!((after.checkpoint, after.packages.len()), (before.checkpoint, 0), "nothing new is told");
    assert!(
        running.log().contains("the witness `witness.example.org` says that it has seen 9999999"),
        "{}",
        running.log()
    );
}

/// Database and storage set back together look sound; the witness has seen more.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_has_seen_more_stops_a_second_history() {
    let (registry, _witness, _watching) = watched();
    let running = registry.start();
    registry.register_key(&running).await;
    running.wait_until_signed().await;
    assert!(running.stop().success());
    let copy = registry.folder().join("copy");
    copy_folder(&registry.data(), &copy);
    let running = registry.start();
    publish(&registry, &running, "1.0.0").await;
    publish(&registry, &running, "1.0.1").await;
    running.wait_until_signed().await;
    assert!(running.stop().success());
    std::fs::remove_dir_all(registry.data()).expect("removed");
    copy_folder(&copy, &registry.data());

    let running = registry.start();
    let before = Repository::fetch(&running.url).await;
    publish(&registry, &running, "2.0.0").await;
    adx_tests::eventually("it is found out", async || {
        running.log().contains("either the database is older than what was published")
    })
    .await;
    let after = Repository::fetch(&running.url).await;
    assert_eq!(after.checkpoint, before.checkpoint);
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy_folder(&path, &to) } else { _ = std::fs::copy(&path, to).expect("copied") }
    }
}

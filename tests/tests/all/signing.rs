//! What a registry signs: a repository and a log that hold together, after each publish, without any, and after an upgrade.

use adx_signing::log::TlogProof;
use adx_signing::log::leaf::Event;
use adx_tests::hello::{self, Behaviour};
use adx_tests::process::Process;
use adx_tests::repository::{self, Repository};
use adx_tests::stage::{Registry, client};
use reqwest::StatusCode;

/// A registry with the publisher's key.
async fn registry() -> (Registry, Process) {
    let registry = Registry::new();
    let running = registry.start();
    registry.register_key(&running).await;
    (registry, running)
}

async fn publish(registry: &Registry, running: &Process, version: &str) -> serde_json::Value {
    let package = hello::package(version, Behaviour::Plain);
    let answer = registry.publish(running, &package).await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.expect("JSON")
}

/// A figure of `/metrics`, by its whole name.
async fn figure(running: &Process, name: &str) -> Option<i64> {
    let answer = client().get(format!("{}/metrics", running.url)).send().await.expect("the registry answers");
    let metrics = answer.text().await.expect("text");
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_in_the_log_and_among_the_targets() {
    let (registry, running) = registry().await;
    running.wait_until_signed().await;
    let before = Repository::fetch(&running.url).await;
    assert!(before.packages.is_empty());
    let kinds: Vec<_> = before.leaves.iter().map(|leaf| serde_json::to_value(&leaf.event).unwrap()).collect();
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_object().unwrap().keys().next().unwrap().clone()).collect();
    assert_eq!(kinds, ["ownership", "root-published", "publisher-key-added"]);

    let receipt = publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    let after = Repository::fetch(&running.url).await;
    after.assert_follows(&before);
    assert_eq!(receipt["leaf"], 3);
    assert_eq!((after.packages.len(), after.published()), (1, 1));
    let Event::Publish(publication) = &after.leaves[3].event else { panic!("leaf 3 is the release") };
    let (name, target) = after.packages.iter().next().unwrap();
    let served = |path: String| async move { repository::get(&client(), &path).await };
    let package = served(format!("{}/{}", running.url, name.consistent_path("tuf/targets", target.sha256))).await;
    assert_eq!(package.map(|bytes| adx_signing::tuf::TargetFile::of(&bytes)), Some(*target));
    let envelope = served(format!("{}/packages/{}.dsse.json", running.url, target.sha256)).await.unwrap();
    assert_eq!(adx_signing::Digest::of(&envelope), publication.envelope_sha256);
}

#[test]
fn without_a_ceremony_no_registry_starts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = std::process::Command::new(&adx_tests::programs::programs().registry);
    let output = command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data")).output();
    let output = output.expect("the registry runs");
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("error: no ceremony is installed"), "{words}");
    assert!(words.contains("hint: for a first look: adx-registry trust trial --data"), "{words}");
    assert!(words.contains("registry/server/README.md"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_offers_its_proof() {
    let (registry, running) = registry().await;
    publish(&registry, &running, "1.0.0").await;
    publish(&registry, &running, "1.1.0").await;
    running.wait_until_signed().await;
    let proof = format!("{}/api/v1/modules/adx/hello/versions/1.0.0/proof", running.url);
    let answer = client().get(&proof).send().await.expect("the registry answers");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let proof = TlogProof::parse(&answer.bytes().await.unwrap()).expect("a proof");
    let policy = Repository::fetch(&running.url).await.policy;
    let logged = proof.verify(&policy).expect("it holds");
    let Event::Publish(publication) = &logged.leaf.event else { panic!("the leaf is of a release") };
    assert_eq!((publication.module.to_string(), publication.version.to_string()), ("adx/hello".into(), "1.0.0".into()));
    for missing in ["adx/hello/versions/9.0.0", "adx/nothing/versions/1.0.0"] {
        let answer = client().get(format!("{}/api/v1/modules/{missing}/proof", running.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timestamp_is_signed_again_though_nothing_happens() {
    const DAY: i64 = 24 * 3_600;
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__TRUST__TIMESTAMP_LIFETIME", "6s");
    });
    running.wait_until_signed().await;
    let first = Repository::fetch(&running.url).await;
    let left = async |role: &str| figure(&running, &format!("adx_metadata_expiry_seconds{{role=\"{role}\"}}")).await;
    adx_tests::eventually("the timestamp is signed twice more", async || {
        let seconds = left("timestamp").await.expect("a figure");
        assert!((0..=6).contains(&seconds), "{seconds} s of 6 are left");
        // Reading refuses one that has expired: it never does.
        Repository::fetch(&running.url).await.timestamp_version >= first.timestamp_version + 2
    })
    .await;
    let later = Repository::fetch(&running.url).await;
    assert_eq!(later.versions, first.versions, "nothing else was signed");
    for (role, days) in
        [("snapshot", 1..=7), ("bin", 30..=90), ("control", 30..=90), ("root", 300..=366), ("targets", 300..=366)]
    {
        let seconds = left(role).await.unwrap_or_else(|| panic!("no figure for {role}"));
        assert!(days.contains(&(seconds / DAY)), "{role} has {seconds} s left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_is_signed_again_before_it_expires() {
    let registry = Registry::new();
    let running = registry.start_with(|command| {
        command.env("ADX_REGISTRY__TRUST__ROLES_LIFETIME", "6s").env("ADX_REGISTRY__TRUST__SNAPSHOT_LIFETIME", "6s");
    });
    running.wait_until_signed().await;
    let first = Repository::fetch(&running.url).await;
    adx_tests::eventually("every list is signed again", async || {
        let now = Repository::fetch(&running.url).await;
        let offline = |name: &str| name == "targets.json";
        now.versions.iter().all(|(name, version)| offline(name) || *version > first.versions[name])
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_set_back_signs_nothing() {
    let (registry, running) = registry().await;
    publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    assert!(running.stop().success());
    let database = registry.data().join("registry.sqlite");
    let copy = registry.folder().join("copy.sqlite");
    std::fs::copy(&database, &copy).expect("a closed database is one file");

    let running = registry.start();
    publish(&registry, &running, "1.1.0").await;
    running.wait_until_signed().await;
    let served = Repository::fetch(&running.url).await;
    assert!(running.stop().success());
    std::fs::copy(&copy, &database).expect("set back");

    let running = registry.start();
    let ready = client().get(format!("{}/readyz", running.url)).send().await.expect("the registry answers");
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let metrics = client().get(format!("{}/metrics", running.url)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.lines().any(|line| line == "adx_sign_refused 1"), "{metrics}");
    assert!(running.log().contains("the database is older than what is served"), "{}", running.log());
    // Other bytes take the place of the version that was forgotten: they never get into a log that was seen.
    let other = hello::package("1.1.0", Behaviour::Again);
    registry.publish(&running, &other).await.expect("the registry answers");
    // One round may have been under way; the one after it saw the new leaf.
    let refused = async || figure(&running, "adx_sign_rounds_total{outcome=\"refused\"}").await.expect("a figure");
    let before = refused().await;
    adx_tests::eventually("a round with the new leaf is refused", async || refused().await >= before + 2).await;
    assert!(figure(&running, "adx_leaves_waiting").await > Some(0), "the leaf waits");
    let now = Repository::fetch(&running.url).await;
    assert_eq!(now.checkpoint, served.checkpoint);
    assert_eq!(now.timestamp_version, served.timestamp_version);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_from_before_the_log_gets_its_leaves() {
    let (registry, running) = registry().await;
    publish(&registry, &running, "1.0.0").await;
    publish(&registry, &running, "1.1.0").await;
    assert!(running.stop().success());
    // As it was before the migration: rows without leaves, and no log, no metadata.
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).expect("a database");
    database
        .execute_batch(
            "UPDATE releases SET leaf = NULL; UPDATE publisher_keys SET leaf = NULL;
             UPDATE publishers SET leaf = NULL, owners_salt = NULL;
             DELETE FROM leaves; UPDATE leaf_counter SET leaves = 0; DELETE FROM signed_documents;
             UPDATE signing SET logged_root = 0, checkpoint_note = NULL, timestamp_file = NULL, leaves = 0;",
        )
        .expect("set back");
    drop(database);
    for folder in ["tuf", "log", "index"] {
        std::fs::remove_dir_all(registry.data().join("files").join(folder)).expect("removed");
    }

    let running = registry.start();
    running.wait_until_signed().await;
    let upgraded = Repository::fetch(&running.url).await;
    assert_eq!((upgraded.packages.len(), upgraded.published()), (2, 2));
    publish(&registry, &running, "2.0.0").await;
    running.wait_until_signed().await;
    let after = Repository::fetch(&running.url).await;
    after.assert_follows(&upgraded);
    assert_eq!(after.packages.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_sign_one_history() {
    let (registry, first) = registry().await;
    let second = registry.start_beside();
    for number in 0..6 {
        let server = if number % 2 == 0 { &first } else { &second };
        publish(&registry, server, &format!("1.0.{number}")).await;
    }
    first.wait_until_signed().await;
    let before = Repository::fetch(&second.url).await;
    assert_eq!(before.packages.len(), 6);
    // One of them held the lease; the other goes on once it has run out.
    first.kill();
    publish(&registry, &second, "2.0.0").await;
    second.wait_until_signed().await;
    let after = Repository::fetch(&second.url).await;
    after.assert_follows(&before);
    assert_eq!(after.packages.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_online_keys_sign_everything_again_and_their_root_is_a_leaf() {
    let registry = Registry::with_kept_ceremony();
    let running = registry.start();
    registry.register_key(&running).await;
    publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    let before = Repository::fetch(&running.url).await;
    assert!(running.stop().success());

    registry.replace_online_keys();
    let running = registry.start();
    running.wait_until_signed().await;
    // From the first root on: whoever trusts that one finds the second, and every list signed by the new keys.
    let after = Repository::fetch(&running.url).await;
    after.assert_follows(&before);
    assert!(after.versions.iter().all(|(name, version)| *version == before.versions[name] + 1), "{:?}", after.versions);
    let last = after.leaves.last().expect("a leaf");
    assert!(matches!(&last.event, Event::RootPublished(root) if root.version == 2), "{last:?}");
    publish(&registry, &running, "1.1.0").await;
    running.wait_until_signed().await;
    assert_eq!(Repository::fetch(&running.url).await.packages.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_storage_is_not_signed_over() {
    let (registry, running) = registry().await;
    publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    assert!(running.stop().success());
    // A bin with a package that nobody released, as somebody who can write to the storage would put it there.
    let folder = registry.data().join("files/tuf");
    let bins = std::fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path());
    for bin in bins.filter(|path| path.to_string_lossy().contains(".bin-")) {
        let text = std::fs::read_to_string(&bin).expect("a document");
        std::fs::write(&bin, text.replace("\"targets\":{", "\"targets\":{ ")).expect("written");
    }
    let running = registry.start();
    publish(&registry, &running, "1.1.0").await;
    adx_tests::eventually("it is found out", async || running.log().contains("missing or damaged")).await;
}

/// Every file of the storage, by its path.
fn stored(files: &std::path::Path) -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    let mut folders = vec![files.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                found.insert(path.strip_prefix(files).expect("below").to_string_lossy().into_owned());
            }
        }
    }
    found
}

/// As if nothing had been written for a while.
fn age(files: &std::path::Path, by: std::time::Duration) {
    for path in stored(files) {
        let file = std::fs::File::options().write(true).open(files.join(path)).expect("a file");
        let written = file.metadata().and_then(|metadata| metadata.modified()).expect("a time");
        file.set_modified(written - by).expect("set back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_ask_for_any_more_is_removed() {
    const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);
    let (registry, running) = registry().await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        publish(&registry, &running, version).await;
        running.wait_until_signed().await;
    }
    let before = Repository::fetch(&running.url).await;
    assert!(running.stop().success());
    let files = registry.data().join("files");
    let all = stored(&files);
    age(&files, 3 * DAY);
    let sweeping = || {
        registry.start_with(|command| {
            command.env("ADX_REGISTRY__WORKER__SWEEP_EVERY", "1s");
        })
    };
    let snapshots = |paths: &std::collections::BTreeSet<String>| {
        paths.iter().filter(|path| path.ends_with(".snapshot.json")).count()
    };
    let named = |paths: &std::collections::BTreeSet<String>| {
        paths.iter().filter(|path| path.starts_with("index/shards/") || path.ends_with("index-root.json")).count()
    };
    assert!(snapshots(&all) > 2 && named(&all) > 4, "{all:?}");

    // Documents and tiles go at once; what is named by its digest is sentenced first.
    let running = sweeping();
    running.wait_until_signed().await;
    let database = rusqlite::Connection::open(registry.data().join("registry.sqlite")).expect("a database");
    let condemned =
        || -> i64 { database.query_row("SELECT count(*) FROM condemned", [], |row| row.get(0)).expect("a figure") };
    adx_tests::eventually("the old snapshots are gone and the old shards sentenced", async || {
        snapshots(&stored(&files)) <= 2 && condemned() > 0
    })
    .await;
    assert_eq!(named(&stored(&files)), named(&all), "only sentenced");
    assert!(running.stop().success());
    database.execute_batch("UPDATE condemned SET since = 0").expect("set back");
    let running = sweeping();
    running.wait_until_signed().await;
    adx_tests::eventually("the old shards are gone", async || named(&stored(&files)) < named(&all)).await;
    adx_tests::eventually("it is counted", async || {
        let metrics = client().get(format!("{}/metrics", running.url)).send().await.unwrap().text().await.unwrap();
        metrics.contains("adx_swept_blobs_total{kind=\"sweep_orphans\"}")
    })
    .await;

    // Whoever comes anew and whoever was here before find everything; roots are there from the first on.
    let after = Repository::fetch(&running.url).await;
    after.assert_follows(&before);
    assert_eq!((after.packages.len(), after.published()), (3, 3));
    assert!(stored(&files).contains("tuf/1.root.json"));
    publish(&registry, &running, "2.0.0").await;
    running.wait_until_signed().await;
    assert_eq!(Repository::fetch(&running.url).await.packages.len(), 4);
}

/// A server that lost the lease in the midst of its writes, on a storage that answers late: what it wrote lands after what the next
/// holder of the lease wrote.
#[tokio::test(flavor = "multi_thread")]
async fn writes_that_land_late_are_mended() {
    let (registry, running) = registry().await;
    publish(&registry, &running, "1.0.0").await;
    running.wait_until_signed().await;
    let files = registry.data().join("files");
    let index = stored(&files).into_iter().find(|path| path.ends_with("/adx/hello")).expect("an index file");
    let mutable = ["log/checkpoint", "tuf/timestamp.json", &index].map(|path| files.join(path));
    let read = || mutable.clone().map(|path| std::fs::read(path).expect("a file"));
    let old = read();
    publish(&registry, &running, "1.1.0").await;
    running.wait_until_signed().await;
    let new = read();
    assert!(old.iter().zip(&new).all(|(old, new)| old != new));

    for (path, bytes) in mutable.iter().zip(&old) {
        std::fs::write(path, bytes).expect("written late");
    }
    adx_tests::eventually("what was published is there again", async || read() == new).await;
    let mended = Repository::fetch(&running.url).await;
    assert_eq!(mended.packages.len(), 2);
}

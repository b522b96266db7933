use std::{fs, path::Path};

use adx_signing::tuf::control::RevokedPackage;
use adx_trust::Refusal;
use tempfile::TempDir;

use crate::world::{MODULE, World, ask, minute, module, refusal, taken};

#[tokio::test]
async fn two_processes_do_not_share_a_folder() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = world.open(state.path()).expect_err("in use");
    assert!(refusal.to_string().contains("is in use by another process"), "{refusal}");
    drop(registry);
    world.open(state.path()).expect("free again");
}

/// Every file that is kept, damaged: it is named, and what it remembers is not taken to be nothing.
#[tokio::test]
async fn a_damaged_file_is_named() {
    let world = World::new();
    for file in [
        "tuf/root_history/1.root.json",
        "tuf/root.json",
        "tuf/timestamp.json",
        "tuf/snapshot.json",
        "control/revocations.json",
        "log.json",
        "clock",
    ] {
        let state = TempDir::new().expect("a folder");
        let registry = world.open(state.path()).expect("a registry");
        registry.refresh(world.now).await.expect("fresh");
        drop(registry);
        let path = state.path().join(file);
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        for damaged in [flipped(&bytes), bytes[..bytes.len() / 2].to_vec(), Vec::new()] {
            fs::write(&path, damaged).expect("a file");
            let refusal = world.open(state.path()).expect_err(file).to_string();
            assert!(refusal.contains(Path::new(file).to_str().expect("text")), "{file}: {refusal}");
        }
    }
}

/// One digit is another.
fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = bytes.iter().rposition(u8::is_ascii_digit).expect("a digit");
    bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
    bytes
}

/// An operator hands over a later root, of other keys than what is stored was signed by.
#[tokio::test]
async fn a_later_root_can_be_pinned() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);
    for seed in ["rotated", "rotated again"] {
        world.later(1);
        world.rotate(seed);
        world.round();
    }
    let pinned = world.read("tuf/3.root.json");
    let open = |root: &[u8]| {
        let rest = ["*".parse().expect("a pattern")];
        let namespaces = adx_trust::Namespaces::new([("main", rest.as_slice())]).expect("namespaces");
        let source = adx_trust::Source::folder(world.path());
        adx_trust::Registry::open("main", source, root, state.path(), std::sync::Arc::new(namespaces))
    };
    let registry = open(&pinned).expect("a later root");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);

    // Another root of the same version is not it.
    let other = World::named("registry.example.com/log", "another");
    let refusal = open(&other.read("tuf/1.root.json")).expect_err("another root").to_string();
    assert!(refusal.contains("the pinned root version 1 is not the one that"), "{refusal}");
}

/// The lists that hold no floor are only a saving: without them they are fetched again.
#[tokio::test]
async fn lost_lists_are_fetched_again() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);
    for entry in fs::read_dir(state.path().join("tuf")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.starts_with("bin-") || ["targets.json", "control.json"].contains(&name.as_str()) {
            fs::write(path, "damaged").expect("a file");
        }
    }
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
}

#[tokio::test]
async fn a_revocation_is_honoured_without_a_network() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let release = ask(&registry, MODULE, "1.0.0", world.now).await.expect("evidence").outcome.expect("taken");
    assert_eq!(registry.revoked(&release.sha256, &release.signed_by, release.leaf), Ok(None));

    let revoked = RevokedPackage {
        module: module(MODULE),
        version: release.version.clone(),
        at: world.now,
        reason: "it sends data away".to_owned(),
    };
    world.revocations.packages.insert(release.sha256, revoked);
    world.round();
    let refused = refusal(&registry, MODULE, "1.0.0", minute(1)).await;
    assert_eq!(refused, Refusal::Revoked { reason: "it sends data away".to_owned() });
    drop(registry);

    // The machine starts again a year later, and nothing is served.
    let offline = World::new();
    fs::remove_file(offline.file("tuf/timestamp.json")).expect("a file");
    let registry = offline.open(state.path()).expect("a registry");
    registry.refresh(minute(60 * 24 * 365)).await.expect_err("no network");
    let reason = registry.revoked(&release.sha256, &release.signed_by, release.leaf).expect("a kill list");
    assert_eq!(reason.as_deref(), Some("it sends data away"));
}

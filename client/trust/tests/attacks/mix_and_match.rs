//! A mirror serves files of different rounds, each of them signed.

use adx_trust::{Refusal, refusal::IndexRefusal, repository::RepositoryError};
use tempfile::TempDir;

use crate::world::{MODULE, World, module};

#[tokio::test]
async fn a_snapshot_of_another_round() {
    let mut world = World::new();
    let old = world.read("tuf/1.snapshot.json");
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    world.serve("tuf/2.snapshot.json", &old);
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = registry.refresh(world.now).await.expect_err("mixed");
    assert!(
        matches!(&refusal, Refusal::Metadata(RepositoryError::NotThePinned { file, .. }) if file == "2.snapshot.json")
    );
    let text = refusal.to_string();
    assert!(text.starts_with("metadata: 2.snapshot.json is not the one that the document above it pins"), "{text}");
}

/// A list that hides the new release.
#[tokio::test]
async fn a_list_of_another_round() {
    let mut world = World::new();
    let name = adx_signing::tuf::TargetName::of_package(&module(MODULE), &"1.1.0".parse().expect("a version"))
        .expect("a name");
    let bin = world.signer().bins.bin_of(&name);
    let old = world.read(&format!("tuf/1.{bin}.json"));
    world.later(1);
    world.release(MODULE, "1.1.0");
    world.round();
    world.serve(&format!("tuf/2.{bin}.json"), &old);
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = crate::world::refusal(&registry, MODULE, "1.1.0", world.now).await;
    assert!(matches!(&refusal, Refusal::Metadata(RepositoryError::NotThePinned { .. })), "{refusal:?}");
}

/// Metadata of today, an index of yesterday: the yanked version would be chosen.
#[tokio::test]
async fn an_index_of_another_round() {
    let mut world = World::new();
    let path = "index/ac/he/acme/hello";
    let old = world.read(path);
    world.later(1);
    world.lines.get_mut(&module(MODULE)).expect("lines")[0].yanked = true;
    world.round();
    world.serve(path, &old);
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    let refusal = registry.lines(&module(MODULE), world.now).await.expect_err("mixed");
    assert_eq!(refusal, Refusal::Index(IndexRefusal::NotListed { file: path.to_owned() }));
    assert_eq!(refusal.to_string(), format!("index: {path} is not the one that the metadata lists"));
}

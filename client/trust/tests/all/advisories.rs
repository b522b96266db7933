//! The list of advisories: as fresh as the metadata that name it, kept, and missed where somebody withholds it.

use std::fs;

use adx_index::{
    advisory::{AdvisoryId, ListedAdvisory, Severity},
    affected::VersionRange,
};
use adx_signing::{Digest, tuf::control::IndexFile};
use adx_trust::{Mirror, Selection, Source, address};
use tempfile::TempDir;

use crate::world::{MODULE, World, module};

const DOCUMENT: &[u8] = br#"{"id":"ADX-2026-0001"}"#;

fn file(world: &mut World, number: u32) -> AdvisoryId {
    let id = AdvisoryId::new(2026, number);
    let listed = ListedAdvisory {
        module: module(MODULE),
        affected: vec![VersionRange { introduced: None, fixed: Some("1.0.1".parse().expect("a version")) }],
        severity: Severity::High,
        title: "answers strangers".to_owned(),
        confirmed: true,
        revision: 1,
        modified: world.now,
        withdrawn: None,
        document: IndexFile::of(DOCUMENT),
    };
    world.serve(&address::advisory(&Digest::of(DOCUMENT)), DOCUMENT);
    world.advisories.advisories.insert(id, listed);
    world.later(1);
    world.round();
    id
}

#[tokio::test]
async fn they_are_known_with_the_metadata_and_without_a_network() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let id = file(&mut world, 1);
    {
        let registry = world.open(state.path()).expect("a registry");
        assert!(registry.advisories().expect("none yet").advisories.is_empty());
        registry.refresh(world.now).await.expect("fresh");
        let list = registry.advisories().expect("a list");
        let version = |text: &str| text.parse().expect("a version");
        let found: Vec<_> = list.of(&module(MODULE), &version("1.0.0")).into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, [id]);
        assert!(list.of(&module(MODULE), &version("1.0.1")).is_empty(), "it is mended there");
    }
    let registry = world.open(state.path()).expect("a registry");
    assert_eq!(registry.advisories().expect("kept").advisories.len(), 1);
}

#[tokio::test]
async fn whoever_withholds_or_changes_them_keeps_nothing_else_back_and_is_found_out() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    file(&mut world, 1);
    let registry = world.open(state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    assert_eq!(registry.advisories_behind().await, None);

    file(&mut world, 2);
    let list = address::advisory(&Digest::of(&world.advisories.to_json()));
    let bytes = world.read(&list);
    fs::remove_file(world.file(&list)).expect("it was there");
    registry.refresh(world.now).await.expect("releases go on");
    assert!(registry.advisories_behind().await.is_some(), "it is told");
    assert_eq!(registry.advisories().expect("the one before").advisories.len(), 1);

    world.serve(&list, &[&bytes[..bytes.len() - 1], b" "].concat());
    registry.refresh(world.now).await.expect("releases go on");
    assert!(registry.advisories_behind().await.is_some(), "another list is none");
    assert_eq!(registry.advisories().expect("the one before").advisories.len(), 1);

    world.serve(&list, &bytes);
    registry.refresh(world.now).await.expect("fresh");
    assert_eq!(registry.advisories_behind().await, None);
    assert_eq!(registry.advisories().expect("both").advisories.len(), 2);
}

#[tokio::test]
async fn a_mirror_has_them() {
    let mut world = World::new();
    file(&mut world, 1);
    let folder = TempDir::new().expect("a folder");
    let source = Source::folder(world.path());
    let mut mirror = Mirror::open(folder.path(), source, &world.read("tuf/1.root.json")).expect("a mirror");
    mirror.update(&Selection::All, world.now, &mut |_| {}).await.expect("an update");
    drop(mirror);
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(Source::folder(folder.path()), state.path()).expect("a registry");
    registry.refresh(world.now).await.expect("fresh");
    assert_eq!(registry.advisories_behind().await, None);
    assert_eq!(registry.advisories().expect("a list"), world.advisories);
    let document = fs::read(folder.path().join(address::advisory(&Digest::of(DOCUMENT)))).expect("the document");
    assert_eq!(document, DOCUMENT);
}

//! Who has the online keys leaves out of the list what keys a publisher had, or that one was removed, so that what is left looks in
//! order.

use adx_signing::{
    Namespace,
    key_change::{Change, KeyChange},
    log::{Event, leaf::KeyRemoved},
    tuf::key_history::{Authorization, KeyHistoryError},
    version::V1,
};
use adx_trust::{Refusal, refusal::KeyRefusal, repository::RepositoryError};
use tempfile::TempDir;

use crate::world::{MODULE, World, key, made, refusal, taken};

fn acme() -> Namespace {
    "acme".parse().expect("a namespace")
}

/// The refusal of a list that does not tell of a leaf any more.
fn dropped(leaf: u64) -> Refusal {
    Refusal::PublisherKey(KeyRefusal::History(KeyHistoryError::Dropped { namespace: acme(), leaf }))
}

/// The publisher's keys are gone, and the thief's is called the first. It stays refused, also after a restart.
#[tokio::test]
async fn a_publisher_whose_keys_are_left_out() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let own = key("the thief's");
    world.later(60);
    world.publisher_keys.namespaces.remove(&acme());
    world.slip_in(&acme(), &own, Authorization::First);
    world.accept(&made(MODULE, "1.1.0", &own), own.public().id());
    world.round();
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    assert_eq!(refused, dropped(0));
    let text = "publisher key: the list of `acme`'s keys told of leaf 0 before, and the one after it does not, or has it otherwise";
    assert_eq!(refused.to_string(), text);
    assert!(!refused.is_passing());
    drop(registry);
    let registry = world.open(state.path()).expect("a registry");
    assert_eq!(refusal(&registry, MODULE, "1.1.0", world.now).await, dropped(0));
    assert_eq!(registry.refresh(world.now).await.map(|_| ()), Err(dropped(0)));
}

/// A key that was removed is listed as if it had not been.
#[tokio::test]
async fn a_removal_that_is_left_out() {
    let mut world = World::new();
    let (old, new) = (world.publisher.clone(), key("acme, the second"));
    let (keyid, follows) = (old.public().id(), world.register("acme", &new));
    let change = KeyChange { change: Change::Remove { keyid }, follows, namespace: acme(), v: V1 };
    let by = Authorization::Key { envelope: change.sign(&new).to_json() };
    let removed_at = world.log(Event::PublisherKeyRemoved(KeyRemoved { keyid, namespace: acme() }));
    let listed = &mut world.publisher_keys.namespaces.get_mut(&acme()).expect("acme")[0];
    (listed.removed_at_leaf, listed.removed_by) = (Some(removed_at), Some(by));
    world.accept(&made(MODULE, "1.1.0", &old), keyid);
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    assert!(matches!(refused, Refusal::PublisherKey(KeyRefusal::NotThen { .. })), "{refused}");
    let listed = &mut world.publisher_keys.namespaces.get_mut(&acme()).expect("acme")[0];
    (listed.removed_at_leaf, listed.removed_by) = (None, None);
    world.later(1);
    world.accept(&made(MODULE, "1.2.0", &old), keyid);
    world.round();
    assert_eq!(refusal(&registry, MODULE, "1.2.0", world.now).await, dropped(removed_at));
}

/// A change that is said to have been made before the last one that was told.
#[tokio::test]
async fn a_change_that_is_put_between() {
    let mut world = World::new();
    let unlisted =
        world.log(Event::PublisherKeyRemoved(KeyRemoved { keyid: key("any").public().id(), namespace: acme() }));
    let second = world.register("acme", &key("acme, the second"));
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let listed = &mut world.publisher_keys.namespaces.get_mut(&acme()).expect("acme")[0];
    listed.removed_at_leaf = Some(unlisted);
    world.later(1);
    world.round();
    assert_eq!(registry.refresh(world.now).await.map(|_| ()), Err(dropped(second)));
}

/// The publisher's keys are all there, and the thief's is the first of the same namespace in another spelling, which sorts before.
#[tokio::test]
async fn another_spelling_of_the_namespace() {
    let mut world = World::new();
    let publisher = key("my shop");
    world.register("my_shop", &publisher);
    world.accept(&made("my_shop/cart", "1.0.0", &publisher), publisher.public().id());
    world.round();
    let own = key("the thief's");
    let folders = [TempDir::new(), TempDir::new()].map(|folder| folder.expect("a folder"));
    let registry = world.open(folders[0].path()).expect("a registry");
    taken(&registry, "my_shop/cart", "1.0.0", world.now).await;
    world.later(60);
    world.slip_in(&"my-shop".parse().expect("a namespace"), &own, Authorization::First);
    world.accept(&made("my_shop/cart", "1.1.0", &own), own.public().id());
    world.round();
    let new = world.open(folders[1].path()).expect("a registry");
    for registry in [&registry, &new] {
        let refused = refusal(registry, "my_shop/cart", "1.1.0", world.now).await;
        let Refusal::Metadata(RepositoryError::Malformed { file, why }) = &refused else { panic!("{refused}") };
        assert_eq!(file, "publisher-keys.json");
        assert_eq!(why, "`publisher-keys.json` lists `my-shop` and `my_shop`, which are one namespace");
    }
}

/// The operators met: what a thief of the former keys listed binds nobody.
#[tokio::test]
async fn what_the_thief_listed_can_be_undone_with_other_keys() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let honest = world.publisher_keys.clone();
    world.later(1);
    world.register("other", &key("the thief's"));
    world.round();
    registry.refresh(world.now).await.expect("a namespace that nobody had is theirs to give");
    world.publisher_keys = honest;
    world.later(1);
    world.round();
    let refused = registry.refresh(world.now).await.expect_err("not by who has the same keys");
    assert!(
        matches!(refused, Refusal::PublisherKey(KeyRefusal::History(KeyHistoryError::Dropped { .. }))),
        "{refused}"
    );
    world.later(1);
    world.rotate("met");
    world.round();
    taken(&registry, MODULE, "1.0.0", world.now).await;
    // From then on as before.
    world.publisher_keys.namespaces.clear();
    world.later(1);
    world.round();
    assert_eq!(registry.refresh(world.now).await.map(|_| ()), Err(dropped(0)));
}

/// A process that begins anew, `adx verify` for one, names it too.
#[tokio::test]
async fn what_is_left_out_is_named_after_a_restart() {
    let mut world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.0.0", world.now).await;
    drop(registry);
    world.later(1);
    world.publisher_keys.namespaces.clear();
    world.round();
    let registry = world.open(state.path()).expect("a registry");
    assert_eq!(registry.refresh(world.now).await.map(|_| ()), Err(dropped(0)));
    let evidence = registry.evidence(&crate::world::module(MODULE), &semver::Version::new(1, 0, 0), world.now).await;
    let decision = adx_trust::decide(&evidence, b"", b"", &adx_trust::Demands::default(), world.now);
    assert_eq!(decision.outcome.expect_err("it is refused"), dropped(0));
}

//! A registry, or who has its online keys, lists a key of its own as the publisher's and signs with it.

use adx_signing::{
    Envelope, Namespace,
    envelope::EnvelopeError,
    key::KeyPurpose,
    key_change::{Change, KeyChange, KeyChangeError, NewKey},
    statement::ReleaseError,
    tuf::key_history::{Authorization, KeyHistoryError},
    version::V1,
};
use adx_trust::{
    Refusal,
    refusal::{KeyRefusal, SignatureRefusal},
};
use tempfile::TempDir;

use crate::world::{MODULE, World, key, made, refusal, signed, taken};

/// It is listed in place of the publisher's, and the leaf it should have been added by added the true one.
#[tokio::test]
async fn a_key_that_the_log_does_not_know() {
    let mut world = World::new();
    let own = key("the registry's own");
    world.publisher_keys.namespaces.values_mut().flatten().for_each(|key| key.public = own.public());
    world.accept(&made(MODULE, "1.1.0", &own), own.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    let namespace = "acme".parse().expect("a namespace");
    let not_logged = KeyHistoryError::NotLogged { namespace, leaf: 0 };
    assert_eq!(refused, Refusal::PublisherKey(KeyRefusal::History(not_logged)));
    let text = "publisher key: leaf 0 of the log does not say what the list of `acme`'s keys says of it";
    assert_eq!(refused.to_string(), text);
}

/// The leaf is another publisher's registration of the same key: his namespace is not this one.
#[tokio::test]
async fn a_key_that_was_registered_for_another_namespace() {
    let mut world = World::new();
    let own = key("mallory");
    world.register("mallory", &own);
    let listed = world.publisher_keys.namespaces[&"mallory".parse().expect("a namespace")].clone();
    world.publisher_keys.namespaces.entry("acme".parse().expect("a namespace")).or_default().extend(listed);
    world.accept(&made(MODULE, "1.1.0", &own), own.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    let namespace = "acme".parse().expect("a namespace");
    let leaf = world.publisher_keys.namespaces[&namespace][1].added_at_leaf;
    let not_logged = KeyHistoryError::NotLogged { namespace, leaf };
    assert_eq!(refused, Refusal::PublisherKey(KeyRefusal::History(not_logged)));
}

/// It is logged and listed in the open, as the first key of a namespace that has one, or on the word of nobody but itself.
#[tokio::test]
async fn a_key_that_no_earlier_key_signed_for() {
    let namespace: Namespace = "acme".parse().expect("a namespace");
    let own = key("the registry's own");
    let by_itself = |follows| {
        let (public, purposes) = (own.public(), [KeyPurpose::Release, KeyPurpose::KeyChange].into());
        let change = Change::Add(NewKey { not_after: None, public, purposes });
        let envelope = KeyChange { change, follows, namespace: namespace.clone(), v: V1 }.sign(&own).to_json();
        Authorization::Key { envelope }
    };
    for added_by in [Authorization::First, by_itself(0)] {
        let mut world = World::new();
        world.slip_in(&namespace, &own, added_by.clone());
        world.accept(&made(MODULE, "1.1.0", &own), own.public().id());
        world.round();
        let state = TempDir::new().expect("a folder");
        let registry = world.open(state.path()).expect("a registry");
        let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
        let Refusal::PublisherKey(KeyRefusal::History(refused)) = &refused else { panic!("{refused:?}") };
        let expected = match added_by {
            Authorization::First => matches!(refused, KeyHistoryError::NotFirst { earlier: 0, .. }),
            _ => matches!(refused, KeyHistoryError::Change { source: KeyChangeError::Envelope(_), .. }),
        };
        assert!(expected, "{refused:?}");
    }

    // The publisher's own next key is taken.
    let mut world = World::new();
    let next = key("acme's next");
    world.register("acme", &next);
    world.accept(&made(MODULE, "1.1.0", &next), next.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, MODULE, "1.1.0", world.now).await;
}

/// The publisher's key is left where it is, and the registry signs with another that the envelope names.
#[tokio::test]
async fn an_envelope_by_another_key_than_the_leaf_names() {
    let mut world = World::new();
    let own = key("the registry's own");
    let forged = made(MODULE, "1.1.0", &own);
    world.accept(&forged, world.publisher.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    let Refusal::Signature(SignatureRefusal::Release(ReleaseError::Envelope(EnvelopeError::Threshold { .. }))) =
        &refused
    else {
        panic!("{refused:?}")
    };
}

/// The publisher's signature over another package of his.
#[tokio::test]
async fn an_envelope_about_another_package() {
    let mut world = World::new();
    let mut swapped = made(MODULE, "1.1.0", &world.publisher);
    let other: Envelope = signed(&swapped.module, &swapped.version, b"another package", &world.publisher);
    swapped.envelope = other.to_json().into_bytes();
    world.accept(&swapped, world.publisher.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refused = refusal(&registry, MODULE, "1.1.0", world.now).await;
    assert!(matches!(&refused, Refusal::Signature(SignatureRefusal::Other { what: "the package", .. })), "{refused:?}");
    assert!(refused.to_string().starts_with("signature: the publisher signed the package "), "{refused}");
}

/// `ac-me` and `ac_me` are one namespace to a registry, so the keys of one are the keys of the other.
#[tokio::test]
async fn another_spelling_is_the_same_publisher() {
    let mut world = World::new();
    let publisher = key("ac-me");
    world.register("ac-me", &publisher);
    world.accept(&made("ac_me/hello", "1.0.0", &publisher), publisher.public().id());
    world.round();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    taken(&registry, "ac_me/hello", "1.0.0", world.now).await;
}

//! A mirror sends a byte now and then: never silent, never done.

use std::time::Duration;

use adx_signing::Digest;
use adx_trust::{Limits, Refusal, Source, SourceError, repository::RepositoryError};
use tempfile::TempDir;

use crate::{
    server::{Manner, Server},
    world::{MODULE, World},
};

async fn refused(path: &'static str) -> Refusal {
    let world = World::new();
    let manner = Manner::Drip(Duration::from_millis(20));
    let server = Server::with(world.path().to_owned(), Some((path, manner))).await;
    let limits = Limits { patience: Duration::from_millis(400), bytes_per_second: 1000, ..Limits::default() };
    let source = Source::parse(&server.url, &limits).expect("an address");
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(source, state.path()).expect("a registry");
    crate::world::refusal(&registry, MODULE, "1.0.0", world.now).await
}

#[tokio::test]
async fn metadata_that_drips() {
    let refusal = refused("timestamp.json").await;
    let slow = matches!(
        &refusal,
        Refusal::Metadata(RepositoryError::Source(SourceError::TooSlow { received, .. })) if *received > 0 && *received < 100
    );
    assert!(slow, "{refusal:?}");
    assert!(refusal.to_string().ends_with("which is too slow"), "{refusal}");
    // The network may be at fault, so it is worth another try; what is trusted stays as it was.
    assert!(refusal.is_passing());
}

#[tokio::test]
async fn a_checkpoint_that_drips() {
    let refusal = refused("log/checkpoint").await;
    assert!(refusal.to_string().contains("too slow"), "{refusal}");
}

/// Whoever makes a refresh take long does not keep an agent from knowing what it must stop: it holds a gate, or other registries'
/// modules, while it asks.
#[tokio::test]
async fn metadata_that_drips_keep_nobody_from_the_kill_list() {
    let world = World::new();
    let server =
        Server::with(world.path().to_owned(), Some(("timestamp.json", Manner::Drip(Duration::from_millis(20))))).await;
    let limits = Limits { patience: Duration::from_secs(60), ..Limits::default() };
    let source = Source::parse(&server.url, &limits).expect("an address");
    let state = TempDir::new().expect("a folder");
    let registry = world.open_at(source, state.path()).expect("a registry");
    let asked = async {
        while !server.asked().iter().any(|path| path.ends_with("timestamp.json")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        registry.revoked(&Digest::of(b"a package"), &[], 0)
    };
    tokio::select! {
        refreshed = registry.refresh(world.now) => panic!("it drips: {refreshed:?}"),
        told = tokio::time::timeout(Duration::from_secs(5), asked) => {
            assert_eq!(told.expect("without waiting for the refresh"), Ok(None));
        }
    }
}

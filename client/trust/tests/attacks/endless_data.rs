//! A mirror sends without end, or more than was announced.

use adx_trust::{
    Limits, Refusal, Source, SourceError,
    repository::{MAX_TIMESTAMP_BYTES, RepositoryError},
};
use tempfile::TempDir;

use crate::{
    server::{Manner, Server},
    world::{MODULE, World, made},
};

async fn refused(world: &World, path: &'static str) -> Refusal {
    let server = Server::with(world.path().to_owned(), Some((path, Manner::Endless))).await;
    let state = TempDir::new().expect("a folder");
    let source = Source::parse(&server.url, &Limits::default()).expect("an address");
    let registry = world.open_at(source, state.path()).expect("a registry");
    crate::world::refusal(&registry, MODULE, "1.0.0", world.now).await
}

#[tokio::test]
async fn endless_metadata() {
    let world = World::new();
    let refusal = refused(&world, "timestamp.json").await;
    let Refusal::Metadata(RepositoryError::Source(SourceError::TooLarge { cap, .. })) = &refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(*cap, MAX_TIMESTAMP_BYTES);
    assert!(
        refusal.to_string().ends_with("tuf/timestamp.json sends more than the 16384 bytes it may have"),
        "{refusal}"
    );
    for path in ["2.root.json", "1.snapshot.json", "1.targets.json", "log/checkpoint", "log/tile/entries", "index/ac"] {
        let refusal = refused(&world, path).await;
        let text = refusal.to_string();
        // An index longer than listed is another index: asked again, then refused.
        assert!(
            text.contains("bytes it may have") || text.contains("is not the one that the metadata lists"),
            "{path}: {text}"
        );
    }
}

/// A package is read no further than its listed length.
#[tokio::test]
async fn an_endless_package() {
    let world = World::new();
    let length = made(MODULE, "1.0.0", &world.publisher).package.len() as u64;
    let refusal = refused(&world, ".adxm").await;
    assert!(matches!(refusal, Refusal::Source(SourceError::TooLarge { cap, .. }) if cap == length), "{refusal:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let world = World::new();
    let server = Server::with(world.path().to_owned(), Some(("timestamp", Manner::Redirect))).await;
    let state = TempDir::new().expect("a folder");
    let source = Source::parse(&server.url, &Limits::default()).expect("an address");
    let registry = world.open_at(source, state.path()).expect("a registry");
    let refusal = registry.refresh(world.now).await.expect_err("a redirect");
    assert!(refusal.to_string().contains("answered 302, redirects are not followed"), "{refusal}");
    assert!(!server.asked().contains(&"elsewhere".to_owned()));
}

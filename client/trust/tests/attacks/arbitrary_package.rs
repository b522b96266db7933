//! A mirror serves a package of its own under the name of another.

use adx_trust::Refusal;
use tempfile::TempDir;

use crate::world::{MODULE, World, ask, key, made, module, refusal};
use adx_trust::{Demands, decide};

#[tokio::test]
async fn other_bytes_under_a_listed_name() {
    let world = World::new();
    let sha256 = made(MODULE, "1.0.0", &world.publisher).sha256();
    let length = world.read(&format!("packages/{sha256}.adxm")).len();
    world.serve(&format!("packages/{sha256}.adxm"), &vec![b'x'; length]);
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let refusal = refusal(&registry, MODULE, "1.0.0", world.now).await;
    assert!(matches!(refusal, Refusal::Target(_)), "{refusal:?}");
    let text = refusal.to_string();
    assert!(
        text.starts_with("target: the package is ") && text.ends_with(&format!("the metadata lists {sha256}")),
        "{text}"
    );
}

/// A package that somebody hands over, with an envelope of his own.
#[tokio::test]
async fn a_package_that_the_metadata_does_not_list() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    ask(&registry, MODULE, "1.0.0", world.now).await.expect("evidence").outcome.expect("the true one is taken");
    let stranger = made(MODULE, "1.0.1", &key("a stranger"));
    let evidence = registry.evidence(&module(MODULE), &stranger.version, world.now).await;
    let decision = decide(&evidence, &stranger.package, &stranger.envelope, &Demands::default(), world.now);
    let refusal = decision.outcome.expect_err("nobody lists it");
    assert_eq!(refusal.to_string(), "target: the metadata lists no `acme--hello--1.0.1.adxm`");
}

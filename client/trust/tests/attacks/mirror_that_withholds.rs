//! A mirror has everything but what it would rather not show. It can refuse to serve; it cannot make it look as if nothing were there.

use adx_trust::{Refusal, repository::RepositoryError};
use tempfile::TempDir;

use crate::world::{MODULE, World, ask, made, refusal, taken};

async fn without(file: &str) -> Refusal {
    let world = World::new();
    std::fs::remove_file(world.file(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    refusal(&registry, MODULE, "1.0.0", world.now).await
}

#[tokio::test]
async fn a_file_that_is_not_served() {
    let refused = without("tuf/timestamp.json").await;
    assert_eq!(refused, Refusal::Metadata(RepositoryError::Missing { file: "timestamp.json".to_owned() }));
    for (file, text) in [
        ("tuf/1.snapshot.json", "metadata: 1.snapshot.json is not served"),
        ("tuf/1.control.json", "metadata: 1.control.json is not served"),
        ("log/checkpoint", "checkpoint: no checkpoint is served"),
        ("log/tile/0/000.p/2", "inclusion: the tile `tile/0/000.p/2` is not there"),
        ("log/tile/entries/000.p/2", "inclusion: the tile `tile/entries/000.p/2` is not there"),
    ] {
        assert_eq!(without(file).await.to_string(), text);
    }
    let sha256 = made(MODULE, "1.0.0", &World::new().publisher).sha256();
    for (file, what) in [
        (format!("packages/{sha256}.adxm"), format!("source: package {sha256} is not at ")),
        (format!("packages/{sha256}.dsse.json"), format!("source: the envelope of package {sha256} is not at ")),
        ("index/ac/he/acme/hello".to_owned(), "source: index/ac/he/acme/hello is not at ".to_owned()),
    ] {
        let refused = without(&file).await;
        assert!(matches!(refused, Refusal::NotServed { .. }) && refused.to_string().starts_with(&what), "{refused}");
        assert!(refused.hint().contains("a selection only"), "{}", refused.hint());
    }
}

/// The kill list is held back together with everything since: within a day that is found out, and what was known stays known.
#[tokio::test]
async fn a_kill_list_that_is_held_back() {
    let mut world = World::new();
    let frozen = world.parted();
    let state = TempDir::new().expect("a folder");
    let registry = frozen.open(state.path()).expect("a registry");
    let release = ask(&registry, MODULE, "1.0.0", world.now).await.expect("evidence").outcome.expect("taken");
    let revoked = adx_signing::tuf::control::RevokedPackage {
        module: release.module.clone(),
        version: release.version.clone(),
        at: world.now,
        reason: "it sends data away".to_owned(),
    };
    world.revocations.packages.insert(release.sha256, revoked);
    world.later(60);
    world.round();
    taken(&registry, MODULE, "1.0.0", world.now).await;
    let tomorrow = world.now.after(time::Duration::hours(24));
    let refused = refusal(&registry, MODULE, "1.0.0", tomorrow).await;
    assert!(matches!(refused, Refusal::Metadata(RepositoryError::Expired { .. })), "{refused:?}");
}

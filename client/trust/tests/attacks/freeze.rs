//! A mirror goes on serving what was true yesterday.

use adx_trust::{Demands, Refusal, decide, repository::RepositoryError};
use tempfile::TempDir;

use crate::world::{MODULE, World, at, minute, module, taken};

#[tokio::test]
async fn a_timestamp_past_its_expiry() {
    let world = World::new();
    let state = TempDir::new().expect("a folder");
    let registry = world.open(state.path()).expect("a registry");
    let day = 24 * 60;
    taken(&registry, MODULE, "1.0.0", minute(day - 1)).await;
    let evidence = registry.evidence(&module(MODULE), &"1.0.0".parse().expect("a version"), minute(day - 1)).await;
    let target = evidence.target().expect("a target");
    let package = world.read(&format!("packages/{}.adxm", target.sha256));
    let envelope = registry.envelope(&target.sha256).await.expect("an envelope");

    // At the very second, not one later.
    let expired = Refusal::Metadata(RepositoryError::Expired {
        role: "timestamp".to_owned(),
        expires: at("2026-11-26T08:00:00Z"),
    });
    let refusal = registry.refresh(minute(day)).await.expect_err("frozen");
    assert_eq!(refusal, expired);
    let text = refusal.to_string();
    assert!(text.starts_with("metadata: timestamp expired at 2026-11-26T08:00:00Z: somebody holds back"), "{text}");

    // Evidence gathered while it was fresh is no evidence any more.
    let decision = decide(&evidence, &package, &envelope, &Demands::default(), minute(day));
    assert_eq!(decision.outcome.expect_err("frozen"), expired);
    assert!(decide(&evidence, &package, &envelope, &Demands::default(), minute(day - 1)).outcome.is_ok());
}

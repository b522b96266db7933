//! Asking a registry for a release as an agent does.

use std::fs;

use adx_signing::UtcSecond;
use adx_trust::{Decision, Demands, Refusal, Registry, decide};
use tempfile::TempDir;

use super::module;

/// Asks a registry for a release as an agent does: refresh, evidence, package and envelope, decision.
pub(crate) async fn ask(registry: &Registry, id: &str, version: &str, now: UtcSecond) -> Result<Decision, Refusal> {
    registry.refresh(now).await?;
    let evidence = registry.evidence(&module(id), &version.parse().expect("a version"), now).await;
    let target = evidence.target()?;
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("package");
    registry.download(&target, &file).await?;
    let package = fs::read(file).expect("a package");
    let envelope = registry.envelope(&target.sha256).await?;
    Ok(decide(&evidence, &package, &envelope, &Demands::default(), now))
}

/// The same, down to the refusal.
pub(crate) async fn refusal(registry: &Registry, id: &str, version: &str, now: UtcSecond) -> Refusal {
    match ask(registry, id, version, now).await {
        Err(refusal) => refusal,
        Ok(decision) => decision.outcome.expect_err("it is refused"),
    }
}

/// That a release is taken.
pub(crate) async fn taken(registry: &Registry, id: &str, version: &str, now: UtcSecond) {
    let decision = ask(registry, id, version, now).await.unwrap_or_else(|refusal| panic!("{refusal}"));
    if let Err(refusal) = decision.outcome {
        panic!("{refusal}");
    }
}

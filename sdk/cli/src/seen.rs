//! Whether agents see a release already: the registry answers for it at once, agents take what its metadata lists. Nothing of it is
//! verified here; an agent, or `adx verify`, does that.

use std::time::Duration;

use adx_signing::ModuleId;
use adx_signing::tuf::{HashBins, TargetName};
use semver::Version;
use serde_json::Value;

use crate::http::Server;

/// How often a release is looked for that was published just now, and how long between: rounds of signing follow one another
/// within a second or two, but for a registry that waits for its witnesses.
const TRIES: u32 = 16;
const PAUSE: Duration = Duration::from_millis(250);

/// Whether the registry's metadata lists a release; none where that cannot be found out.
pub(crate) async fn by_agents(registry: &Server, module: &ModuleId, version: &Version) -> Option<bool> {
    let target = TargetName::of_package(module, version).ok()?;
    let get = async |file: &str| registry.get(&["tuf", file], &[]).await.ok();
    let version_of = |document: &Value, file: &str| document["signed"]["meta"][file]["version"].as_u64();
    let timestamp = get("timestamp.json").await?;
    let snapshot = get(&format!("{}.snapshot.json", version_of(&timestamp, "snapshot.json")?)).await?;
    let listed = snapshot["signed"]["meta"].as_object()?;
    let bins = listed.keys().filter(|file| file.starts_with("bin-")).count();
    let bin = HashBins::new(u32::try_from(bins).ok()?).ok()?.bin_of(&target);
    let bin = get(&bin.versioned_file(version_of(&snapshot, &bin.file())?)).await?;
    Some(bin["signed"]["targets"].get(target.as_str()).is_some())
}

/// The same for a release that was published just now: waits a moment for the round of signing that lists it.
pub(crate) async fn by_agents_soon(registry: &Server, module: &ModuleId, version: &Version) -> Option<bool> {
    for _ in 1..TRIES {
        match by_agents(registry, module, version).await {
            Some(false) => tokio::time::sleep(PAUSE).await,
            told => return told,
        }
    }
    by_agents(registry, module, version).await
}

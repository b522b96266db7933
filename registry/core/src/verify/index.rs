//! The index: each module's file is the one that was signed, and lists what the rows say.

use std::collections::{BTreeMap, BTreeSet};

use adx_index::line::{IndexLine, index_path, parse_file};
use adx_signing::name::ModuleId;

use super::{Damage, LOOKS, VerifyError, View};
use crate::Ports;
use crate::ports::{BlobKey, read_whole};
use crate::release::Release;
use crate::sign_round::index;

/// Looks at the index file of a module.
pub(super) async fn check(ports: &Ports, view: &mut View, module: &ModuleId) -> Result<Vec<Damage>, VerifyError> {
    let key = BlobKey::Index(module.clone());
    let what = key.to_string();
    let Some(row) = view.snapshot.module(module).await? else { return Ok(Vec::new()) };
    let releases = view.snapshot.releases_of(row.id, None, u32::MAX).await?;
    let deprecation = view.snapshot.deprecation(row.id).await?;
    let leaves = view.record.leaves;
    let signed: Vec<_> = releases.iter().filter(|release| release.leaf.is_some_and(|leaf| leaf < leaves)).collect();
    let Some(listed) = view.published.index.get(&index_path(module)) else {
        // Either nothing of it is signed yet, or a shard cannot be read, which is told of that.
        let lost = signed.iter().filter(|_| view.published.damaged.is_empty());
        let damage = |release: &&Release| {
            let difference = "the index does not know its module";
            Damage::Index { module: module.clone(), version: release.version.clone(), difference }
        };
        return Ok(lost.map(damage).collect());
    };
    let Some(bytes) = read_whole(&*ports.blobs, &key).await? else { return Ok(vec![Damage::Missing { what }]) };
    if !listed.is_of(&bytes) {
        return Ok(vec![Damage::OtherBytes { what }]);
    }
    if view.waiting.contains(module) {
        return Ok(Vec::new());
    }
    let lines = std::str::from_utf8(&bytes).ok().and_then(|text| parse_file(text, module).ok());
    let Some(lines) = lines else { return Ok(vec![Damage::Unread { what }]) };
    let by_version = |line: IndexLine| (line.version.clone(), line);
    let lines: BTreeMap<_, _> = lines.into_iter().map(by_version).collect();
    let wanted = index::lines(signed.iter().copied(), deprecation.as_ref());
    let wanted: BTreeMap<_, _> = wanted.into_iter().map(by_version).collect();
    let difference = |release: &Release| {
        Some(match (lines.get(&release.version), release.is_offered()) {
            (None, true) => "its line is missing in the index",
            (Some(_), false) => "it is withheld, and the index has a line for it",
            (line, true) if line != wanted.get(&release.version) => "its line in the index says something else",
            _ => return None,
        })
    };
    let damage = |release: &&Release| {
        let difference = difference(release)?;
        Some(Damage::Index { module: module.clone(), version: release.version.clone(), difference })
    };
    Ok(signed.iter().filter_map(damage).collect())
}

/// Looks again at modules whose file did not fit: a round may have written it anew since the view was taken. What does not fit though
/// nothing was signed meanwhile is damaged.
pub(super) async fn look_again(
    ports: &Ports,
    mut view: View,
    mut suspects: BTreeSet<ModuleId>,
) -> Result<Vec<Damage>, VerifyError> {
    let mut damages = Vec::new();
    for look in 0..LOOKS {
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        if look > 0 {
            view = View::read(ports).await?;
        }
        damages.clear();
        let mut still = BTreeSet::new();
        for module in suspects {
            let found = check(ports, &mut view, &module).await?;
            if !found.is_empty() {
                still.insert(module);
            }
            damages.extend(found);
        }
        suspects = still;
        if ports.store.read().await?.signing().await?.timestamp == view.record.timestamp {
            break;
        }
    }
    Ok(damages)
}

//! Releases: package, envelope, line and target of each.

use std::collections::BTreeSet;

use adx_index::line::index_path;
use adx_signing::digest::Digest;
use adx_signing::log::{Event, Leaf};
use adx_signing::name::ModuleId;
use adx_signing::tuf::{TargetFile, TargetName};

use super::{Damage, Verification, VerifyError, View, index, look};
use crate::Ports;
use crate::inventory::Stored;
use crate::ports::{BlobKey, StoreError};
use crate::release::Release;

/// Modules read at once.
const PAGE: u32 = 200;

/// Looks at all releases, or at those of these numbers. Says for which modules the index is to be looked at again.
pub(super) async fn check(
    ports: &Ports,
    view: &mut View,
    chosen: Option<&BTreeSet<u64>>,
    found: &mut Verification,
) -> Result<BTreeSet<ModuleId>, VerifyError> {
    let mut suspects = BTreeSet::new();
    let (mut paths, mut targets) = (BTreeSet::new(), BTreeSet::new());
    let (mut after, mut number) = (None, 0);
    loop {
        let modules = view.snapshot.modules_after(after, PAGE).await?;
        let Some(last) = modules.last() else { break };
        after = Some(last.id);
        for module in modules {
            paths.insert(index_path(&module.module));
            let releases = view.snapshot.releases_of(module.id, None, u32::MAX).await?;
            let mut looked_at = Vec::new();
            for release in releases {
                targets.extend(TargetName::of_package(&release.module, &release.version).ok());
                if chosen.is_none_or(|chosen| chosen.contains(&number)) {
                    looked_at.push(release);
                }
                number += 1;
            }
            if looked_at.is_empty() && chosen.is_some() {
                continue;
            }
            found.checked += looked_at.len() as u64;
            let mut stored = Vec::new();
            for release in &looked_at {
                stored.extend(blobs_of(view, release, &mut found.damages).await?);
                found.damages.extend(target(view, release));
            }
            found.damages.extend(look(ports, stored).await?);
            if !index::check(ports, view, &module.module).await?.is_empty() {
                suspects.insert(module.module);
            }
        }
    }
    // What could not be read may list anything.
    if view.published.damaged.is_empty() {
        let strays = view.published.packages.iter().filter(|(name, _)| !targets.contains(*name));
        let strays = strays.map(|(name, file)| (name.to_string(), file.sha256));
        let files = view.published.index.iter().filter(|(path, _)| !paths.contains(*path));
        let files = files.map(|(path, file)| (format!("index/{path}"), file.sha256));
        found.damages.extend(strays.chain(files).map(|(what, sha256)| Damage::Stray { what, sha256 }));
    }
    Ok(suspects)
}

/// Package and envelope as rows and leaf say.
async fn blobs_of(
    view: &mut View,
    release: &Release,
    damages: &mut BTreeSet<Damage>,
) -> Result<Vec<Stored>, StoreError> {
    let (module, version, sha256) = (release.module.clone(), release.version.clone(), release.sha256);
    let texts = view.snapshot.release_texts(release.id).await?.unwrap_or_default();
    let envelope = Digest::of(texts.envelope.as_bytes());
    match release.leaf {
        None => _ = damages.insert(Damage::NoLeaf { module, version }),
        Some(number) => {
            let leaf = view.snapshot.leaves_from(number, 1).await?.pop();
            let leaf = leaf.and_then(|content| Leaf::parse(&content).ok());
            if let Some(Event::Publish(told)) = leaf.map(|leaf| leaf.event)
                && told.envelope_sha256 != envelope
            {
                let difference = "the envelope has another digest";
                damages.insert(Damage::OtherLeaf { module, version, leaf: number, difference });
            }
        }
    }
    let size_bytes = Some(release.size_bytes);
    // One that was erased is gone on purpose.
    let package = (!release.erased).then_some(Stored { key: BlobKey::Package(sha256), sha256, size_bytes });
    let size_bytes = Some(texts.envelope.len() as u64);
    let envelope = Stored { key: BlobKey::Envelope(sha256), sha256: envelope, size_bytes };
    Ok(package.into_iter().chain([envelope]).collect())
}

/// Whether the targets list a release as it is.
fn target(view: &View, release: &Release) -> Option<Damage> {
    let is_signed = release.leaf.is_some_and(|leaf| leaf < view.record.leaves);
    if !is_signed || view.waiting.contains(&release.module) || !view.published.damaged.is_empty() {
        return None;
    }
    // Versions from before manifests refused them are no targets.
    let name = TargetName::of_package(&release.module, &release.version).ok()?;
    let file = TargetFile { sha256: release.sha256, length: release.size_bytes };
    let difference = match (view.published.packages.get(&name), release.is_offered()) {
        (None, true) => "no list of packages has it",
        (Some(_), false) => "it is withheld, and a list of packages has it",
        (Some(listed), true) if *listed != file => "the list of packages has another digest or length",
        _ => return None,
    };
    Some(Damage::Target { module: release.module.clone(), version: release.version.clone(), difference })
}

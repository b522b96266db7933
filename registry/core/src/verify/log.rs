//! The log: what is served is what the leaves make, and the leaves say what the rows say.

use std::collections::{BTreeMap, BTreeSet};

use adx_signing::digest::Digest;
use adx_signing::log::{Event, Leaf, SignedCheckpoint};
use adx_signing::name::ModuleId;
use adx_signing::tuf::TopRole;

use super::{Damage, Verification, VerifyError, View, look};
use crate::Ports;
use crate::inventory::{Step, Stored, Walk, WalkError};
use crate::ports::{BlobKey, MetadataName, Snapshot, StoreError};

/// Leaves read at once.
const PAGE: u32 = 4_096;

/// Walks through the log, and says which roots must be stored; `note` is the checkpoint that is served. With `edge_only` the tiles at its end are looked at, not all.
pub(super) async fn check(
    ports: &Ports,
    view: &mut View,
    note: Option<&[u8]>,
    edge_only: bool,
    found: &mut Verification,
) -> Result<Vec<Stored>, VerifyError> {
    let unread = |what: &str| Damage::Unread { what: what.to_owned() };
    let recorded = view.record.checkpoint.as_deref().map(|note| SignedCheckpoint::parse(note.as_bytes()));
    let recorded = match recorded {
        Some(Err(_)) => {
            found.damages.insert(unread("the recorded checkpoint"));
            None
        }
        other => other.and_then(Result::ok).map(|checkpoint| checkpoint.claimed().head),
    };
    let served = match note.map(SignedCheckpoint::parse) {
        Some(Ok(checkpoint)) => Some(checkpoint.claimed().head),
        Some(Err(_)) => {
            found.damages.insert(Damage::OtherBytes { what: BlobKey::Checkpoint.to_string() });
            None
        }
        None if view.record.leaves > 0 => {
            found.damages.insert(Damage::Missing { what: BlobKey::Checkpoint.to_string() });
            None
        }
        None => None,
    };
    let is_recorded = view.record.checkpoint.as_deref().map(str::as_bytes) == note;
    if served.is_some_and(|served| recorded.is_some_and(|recorded| recorded.size == served.size)) && !is_recorded {
        found.damages.insert(Damage::OtherBytes { what: BlobKey::Checkpoint.to_string() });
    }
    found.leaves = served.map_or(0, |head| head.size);
    let recorded_size = recorded.map_or(0, |head| head.size);
    if found.leaves > recorded_size {
        let (served, recorded) = (found.leaves, recorded_size);
        found.damages.insert(Damage::DatabaseBehind { what: "log", served, recorded });
    }
    let root_version = view.snapshot.signed_documents().await?;
    let root = TopRole::Root.as_str();
    let root_version = root_version.iter().find(|document| document.role == root).map_or(0, |root| root.version);
    let mut roots = Vec::new();
    let mut walk = Walk::new([found.leaves, recorded_size]);
    loop {
        let step = match walk.next(&mut *view.snapshot).await {
            Ok(Some(step)) => step,
            Ok(None) => break,
            Err(WalkError::Store(error)) => return Err(error.into()),
            Err(WalkError::NoLeaf(number)) => {
                found.damages.insert(Damage::Leaf { number, reason: "it is not there".to_owned() });
                break;
            }
            Err(WalkError::Tiles(error)) => {
                let reason = error.to_string();
                found.damages.insert(Damage::Leaf { number: recorded_size.saturating_sub(1), reason });
                break;
            }
        };
        for head in [served, recorded].into_iter().flatten() {
            if head.size == step.head.size && head.root != step.head.root {
                found.damages.insert(Damage::OtherTree { size: head.size });
            }
        }
        let tiles = step.tiles.iter().filter(|(tile, _)| !edge_only || !tile.is_full());
        let stored = tiles.map(|(tile, bytes)| Stored {
            key: BlobKey::Tile(*tile),
            sha256: Digest::of(bytes),
            size_bytes: Some(bytes.len() as u64),
        });
        found.damages.extend(look(ports, stored.collect()).await?);
        roots.extend(check_leaves(&mut *view.snapshot, &step, &mut found.damages).await?);
    }
    let is_published = |(version, _): &(u64, Digest)| *version <= root_version;
    let stored = |(version, sha256)| {
        let key = BlobKey::Metadata(MetadataName::of_top(TopRole::Root, version));
        Stored { key, sha256, size_bytes: None }
    };
    Ok(roots.into_iter().filter(is_published).map(stored).collect())
}

/// Compares leaves with the rows of releases. Says which roots they tell of.
async fn check_leaves(
    snapshot: &mut dyn Snapshot,
    step: &Step,
    damages: &mut BTreeSet<Damage>,
) -> Result<Vec<(u64, Digest)>, StoreError> {
    let end = step.first + step.leaves.len() as u64;
    let rows = snapshot.releases_of_leaves(step.first..end).await?;
    let mut rows: BTreeMap<u64, _> = rows.into_iter().filter_map(|release| Some((release.leaf?, release))).collect();
    let mut roots = Vec::new();
    for (number, content) in (step.first..).zip(&step.leaves) {
        let event = match Leaf::parse(content) {
            Ok(leaf) => leaf.event,
            Err(error) => {
                damages.insert(Damage::Leaf { number, reason: error.to_string() });
                continue;
            }
        };
        match event {
            Event::Publish(told) => match rows.remove(&number) {
                None => _ = damages.insert(Damage::NoRow { leaf: number, module: told.module, version: told.version }),
                Some(row) => {
                    let difference = if (&row.module, &row.version) != (&told.module, &told.version) {
                        "it tells of another release"
                    } else if row.sha256 != told.sha256 {
                        "the package has another digest"
                    } else {
                        continue;
                    };
                    let (module, version) = (row.module, row.version);
                    damages.insert(Damage::OtherLeaf { module, version, leaf: number, difference });
                }
            },
            Event::RootPublished(root) => roots.push((root.version, root.sha256)),
            _ => {}
        }
    }
    for (leaf, row) in rows {
        let difference = "it tells of no release";
        damages.insert(Damage::OtherLeaf { module: row.module, version: row.version, leaf, difference });
    }
    Ok(roots)
}

/// The modules that the leaves from `from` on tell of.
pub(super) async fn modules_from(snapshot: &mut dyn Snapshot, from: u64) -> Result<BTreeSet<ModuleId>, StoreError> {
    let mut modules = BTreeSet::new();
    let mut next = from;
    loop {
        let leaves = snapshot.leaves_from(next, PAGE).await?;
        if leaves.is_empty() {
            return Ok(modules);
        }
        next += leaves.len() as u64;
        for leaf in leaves.iter().filter_map(|content| Leaf::parse(content).ok()) {
            match leaf.event {
                Event::Publish(told) => _ = modules.insert(told.module),
                Event::Yank(told)
                | Event::Unyank(told)
                | Event::Quarantine(told)
                | Event::ReleaseFromQuarantine(told) => _ = modules.insert(told.module),
                Event::Deprecate(told) | Event::Undeprecate(told) => _ = modules.insert(told.module),
                _ => {}
            }
        }
    }
}

//! The job that removes what newer documents and tiles have taken the place of.
//!
//! Documents carry their version in their name, and rounds write only versions above those that are published, so what is below may be
//! removed while rounds go on. Partial tiles are passed over by every reader once the log has grown beyond them
//! (<https://c2sp.org/tlog-tiles>). A sweep that ends anywhere is run again.

use std::collections::BTreeMap;

use adx_signing::log::{TileKind, TilePath, tile::TILE_WIDTH};
use futures::{StreamExt, TryStreamExt, stream};
use time::{Duration, OffsetDateTime};

use crate::Ports;
use crate::ports::BlobKey;
use crate::run_jobs::JobError;
use crate::sign_round::{Needed, needed};
use crate::sweep::Sweep;

/// How long something has been in another's place before that is removed. Clients in the midst of an update may ask for it for
/// as long as the timestamp lives that they began with, a day at most.
pub const GRACE: Duration = Duration::hours(48);
/// Most blobs that one sweep looks at.
const MAX_A_SWEEP: usize = 500_000;
/// Blobs removed at once.
const IN_FLIGHT: usize = 16;

/// When what has a number was written, by number.
type Written = BTreeMap<u64, OffsetDateTime>;

/// Removes documents and partial tiles that were superseded long enough ago. Roots stay: clients walk through all of them. Says
/// which; none where a round is under way or broke off, which is finished first.
///
/// # Errors
/// [`JobError`]; the next sweep goes on.
#[tracing::instrument(name = "signed.sweep", skip_all)]
pub async fn sweep_superseded(ports: &Ports, sweep: Sweep) -> Result<Option<Vec<BlobKey>>, JobError> {
    let Some(needed) = needed(ports).await? else { return Ok(None) };
    let mut documents: BTreeMap<String, Written> = BTreeMap::new();
    let mut tiles: BTreeMap<(TileKind, u64), Written> = BTreeMap::new();
    let mut blobs = ports.blobs.list_signed().take(MAX_A_SWEEP);
    while let Some((key, head)) = blobs.try_next().await? {
        match key {
            BlobKey::Metadata(name) => {
                if let Some((version, role)) = name.version_and_role() {
                    documents.entry(role.to_owned()).or_default().insert(version, head.modified_at);
                }
            }
            BlobKey::Tile(tile) => {
                let written = tiles.entry((tile.kind, tile.index)).or_default();
                written.insert(u64::from(tile.width), head.modified_at);
            }
            _ => {}
        }
    }
    drop(blobs);
    let before = ports.now() - GRACE;
    let old = old_documents(&needed, &documents, before).chain(old_tiles(&needed, &tiles, before));
    let old: Vec<_> = old.collect();
    if sweep == Sweep::Remove {
        stream::iter(old.clone())
            .map(|key| async move { ports.blobs.delete(&key).await })
            .buffer_unordered(IN_FLIGHT)
            .try_collect::<()>()
            .await?;
    }
    tracing::info!(?sweep, removed = old.len(), "swept what was superseded");
    Ok(Some(old))
}

/// Documents below the present version. A role that the metadata do not name is not judged.
fn old_documents(
    needed: &Needed,
    documents: &BTreeMap<String, Written>,
    before: OffsetDateTime,
) -> impl Iterator<Item = BlobKey> {
    let of_role = move |(role, written): (&String, &Written)| {
        let present = needed.versions.get(role).copied().unwrap_or(0);
        let names = superseded(written, present, before).map(|version| format!("{version}.{role}.json"));
        names.collect::<Vec<_>>()
    };
    let names = documents.iter().flat_map(of_role);
    names.filter_map(|name| BlobKey::from_signed_path(&format!("tuf/{name}")))
}

/// Partial tiles beside which stands one that holds more, and no more than the log that is served.
fn old_tiles(
    needed: &Needed,
    tiles: &BTreeMap<(TileKind, u64), Written>,
    before: OffsetDateTime,
) -> impl Iterator<Item = BlobKey> {
    let of_place = move |((kind, index), written): (&(TileKind, u64), &Written)| {
        let (kind, index) = (*kind, *index);
        let widths = superseded(written, width_of(kind, index, needed.leaves), before);
        let tile = |width| Some(BlobKey::Tile(TilePath { kind, index, width: u16::try_from(width).ok()? }));
        widths.filter_map(tile).collect::<Vec<_>>()
    };
    tiles.iter().flat_map(of_place)
}

/// The numbers below one that is at most `present` and was written before `before`.
fn superseded(written: &Written, present: u64, before: OffsetDateTime) -> impl Iterator<Item = u64> {
    let newest = written.range(..=present).rev().find(|(_, at)| **at <= before).map_or(0, |(number, _)| *number);
    written.range(..newest).map(|(number, _)| *number)
}

/// How much a tile holds in a log of so many leaves.
fn width_of(kind: TileKind, index: u64, leaves: u64) -> u64 {
    let held = match kind {
        TileKind::Entries => leaves,
        TileKind::Hashes(level) => leaves.checked_shr(8 * u32::from(level)).unwrap_or(0),
    };
    held.saturating_sub(index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours_ago(hours: i64) -> OffsetDateTime {
        now() - Duration::hours(hours)
    }

    fn now() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
    }

    fn written(ages: &[(u64, i64)]) -> Written {
        ages.iter().map(|(number, hours)| (*number, hours_ago(*hours))).collect()
    }

    fn gone(ages: &[(u64, i64)], present: u64) -> Vec<u64> {
        superseded(&written(ages), present, now() - GRACE).collect()
    }

    #[test]
    fn a_version_goes_when_the_next_is_old_enough() {
        let ages = [(1, 200), (2, 100), (3, 49), (4, 47)];
        assert_eq!(gone(&ages, 4), [1, 2], "3 was the present one until 47 hours ago");
        assert_eq!(gone(&[(1, 9_000), (2, 1)], 2), [0; 0], "old, but superseded an hour ago");
    }

    #[test]
    fn the_present_and_what_comes_after_it_stay() {
        assert_eq!(gone(&[(1, 900), (2, 800), (3, 700)], 2), [1], "3 is of a round that was not published");
        assert_eq!(gone(&[(1, 900), (2, 800)], 0), [0; 0], "a role that nothing names");
    }

    #[test]
    fn partial_tiles_of_the_present_edge_stay() {
        let needed = Needed { leaves: 256 + 7, ..Needed::default() };
        let place = |index, ages: &[(u64, i64)]| BTreeMap::from([((TileKind::Hashes(0), index), written(ages))]);
        let old = |tiles: &_| old_tiles(&needed, tiles, now() - GRACE).map(|key| key.to_string()).collect::<Vec<_>>();
        let left = place(0, &[(3, 900), (200, 800), (256, 700)]);
        assert_eq!(old(&left), ["log/tile/0/000.p/3", "log/tile/0/000.p/200"]);
        let right = place(1, &[(3, 900), (7, 800), (9, 700)]);
        assert_eq!(old(&right), ["log/tile/0/001.p/3"], "7 is the edge, 9 is not published");
        assert_eq!(width_of(TileKind::Hashes(1), 0, needed.leaves), 1);
    }
}

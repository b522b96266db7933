//! The whole log, each tile checked against the one above it, up to the root that is signed.

use std::collections::BTreeMap;

use adx_signing::log::{
    Leaf, RightEdge, TileKind, TilePath, TreeHead,
    merkle::leaf_hash,
    tile::{TILE_WIDTH, parse_entries},
};
use tlog_tiles::Tile;

use super::{Mirror, MirrorError};
use crate::{
    address,
    bundle::full_tiles,
    log::LogError,
    refusal::Refusal,
    selection::{Phase, Progress},
};

const HASH_BYTES: usize = 32;

impl Mirror {
    /// Copies the tiles of a tree. A tile that is there was checked when it was written.
    pub(super) async fn copy_log(
        &mut self,
        head: &TreeHead,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), MirrorError> {
        let mut edge = BTreeMap::new();
        for tile in RightEdge::tiles(head.size) {
            edge.insert(tile, self.fetch(&tile).await?);
        }
        // The partial tiles hash to the root, and so is everything below that hashes into them.
        RightEdge::read(*head, &edge).map_err(|error| Refusal::Checkpoint(LogError::Tiles(error)))?;
        for (tile, bytes) in &edge {
            self.folder.write_once(&address::tile(tile), bytes)?;
        }
        let mut tiles: Vec<_> = full_tiles(head.size).collect();
        // From the top down: each is checked against the one above, which is there by then.
        tiles.reverse();
        let bundles = (0..head.size / TILE_WIDTH).map(|index| TilePath { kind: TileKind::Entries, index, width: 256 });
        tiles.extend(bundles);
        let total = tiles.len() as u64;
        for (done, tile) in (0..).zip(tiles) {
            progress(Progress { phase: Phase::Log, done, total });
            if self.folder.has(&address::tile(&tile)) {
                continue;
            }
            let bytes = self.fetch(&tile).await?;
            if self.above(&tile, head.size)? != below(&tile, &bytes)? {
                return Err(MirrorError::Tile(tile.to_string()));
            }
            self.folder.write_once(&address::tile(&tile), &bytes)?;
        }
        Ok(())
    }

    async fn fetch(&self, tile: &TilePath) -> Result<Vec<u8>, MirrorError> {
        match self.folder.read(&address::tile(tile))? {
            Some(bytes) => Ok(bytes),
            None => Ok(self.registry.tile(tile).await?),
        }
    }

    /// What a tile must hash to: its place in the tile above; for a bundle, the tile of its leaves' hashes.
    fn above(&self, tile: &TilePath, size: u64) -> Result<Vec<u8>, MirrorError> {
        let missing = || MirrorError::Tile(tile.to_string());
        let TileKind::Hashes(level) = tile.kind else {
            let hashes = TilePath { kind: TileKind::Hashes(0), ..*tile };
            return self.folder.read(&address::tile(&hashes))?.ok_or_else(missing);
        };
        let hashes = size >> (8 * (u32::from(level) + 1));
        let first = tile.index - tile.index % TILE_WIDTH;
        let width = u16::try_from((hashes - first).min(TILE_WIDTH)).unwrap_or(256);
        let parent = TilePath { kind: TileKind::Hashes(level + 1), index: tile.index / TILE_WIDTH, width };
        let bytes = self.folder.read(&address::tile(&parent))?.ok_or_else(missing)?;
        let place = usize::try_from(tile.index - first).unwrap_or(0) * HASH_BYTES;
        bytes.get(place..place + HASH_BYTES).map(<[u8]>::to_vec).ok_or_else(missing)
    }

    /// The leaf of this number, of a log that was copied.
    pub(super) fn leaf(&self, index: u64, size: u64) -> Result<Leaf, MirrorError> {
        let outside = || MirrorError::from(Refusal::Checkpoint(LogError::OutsideTree { index, size }));
        let first = index - index % TILE_WIDTH;
        let width = u16::try_from(size.saturating_sub(first).min(TILE_WIDTH)).unwrap_or(256);
        let bundle = TilePath { kind: TileKind::Entries, index: index / TILE_WIDTH, width };
        let bytes = self.folder.read(&address::tile(&bundle))?.ok_or_else(outside)?;
        let entries = parse_entries(&bundle, &bytes).map_err(|error| Refusal::Checkpoint(LogError::Tiles(error)))?;
        let place = usize::try_from(index - first).unwrap_or(usize::MAX);
        let entry = entries.get(place).ok_or_else(outside)?;
        Ok(Leaf::parse(entry).map_err(|error| Refusal::Checkpoint(LogError::Leaf(error)))?)
    }
}

/// What a full tile hashes to; a bundle to the hashes of its leaves.
fn below(tile: &TilePath, bytes: &[u8]) -> Result<Vec<u8>, MirrorError> {
    match tile.kind {
        TileKind::Hashes(_) => Ok(Tile::subtree_hash(bytes).0.to_vec()),
        TileKind::Entries => {
            let entries = parse_entries(tile, bytes).map_err(|error| Refusal::Checkpoint(LogError::Tiles(error)))?;
            Ok(entries.iter().flat_map(|entry| *leaf_hash(entry).as_bytes()).collect())
        }
    }
}

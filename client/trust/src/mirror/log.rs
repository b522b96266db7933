//! The whole log, each tile checked against the one above it, up to the root that is signed.

use std::collections::BTreeMap;

use adx_signing::log::{
    Leaf, RightEdge, TileKind, TilePath, TreeHead,
    leaf::MAX_LEAF_BYTES,
    merkle::leaf_hash,
    tile::{TILE_WIDTH, TileError, parse_entries},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tlog_tiles::Tile;

use super::{IN_FLIGHT, Mirror, MirrorError};
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
        let mut done = 0;
        let mirror = &*self;
        for level in tiles.chunk_by(|one, next| one.kind == next.kind) {
            let copy = |tile: TilePath| async move { mirror.copy_tile(&tile, head.size).await };
            let mut copies = stream::iter(level.to_vec()).map(copy).buffer_unordered(IN_FLIGHT);
            for _ in level {
                progress(Progress { phase: Phase::Log, done, total });
                copies.try_next().await?;
                done += 1;
            }
        }
        Ok(())
    }

    /// Copies a full tile, unless it is there.
    async fn copy_tile(&self, tile: &TilePath, size: u64) -> Result<(), MirrorError> {
        let path = address::tile(tile);
        if self.folder.has(&path) {
            return Ok(());
        }
        let cap = match tile.kind {
            TileKind::Hashes(_) => TILE_WIDTH * HASH_BYTES as u64,
            TileKind::Entries => TILE_WIDTH * (MAX_LEAF_BYTES as u64 + 2),
        };
        // From the source itself, which is asked for several at once.
        let bytes = self.registry.source().get(&path, cap).await.map_err(|error| Refusal::Checkpoint(error.into()))?;
        let bytes = bytes.ok_or_else(|| Refusal::Checkpoint(LogError::Tiles(TileError::Missing(*tile))))?;
        if self.above(tile, size)? != below(tile, &bytes)? {
            return Err(MirrorError::Tile(tile.to_string()));
        }
        Ok(self.folder.write_once(&path, &bytes)?)
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
        TileKind::Hashes(_) if bytes.len() as u64 != TILE_WIDTH * HASH_BYTES as u64 => {
            Err(MirrorError::Tile(tile.to_string()))
        }
        TileKind::Hashes(_) => Ok(Tile::subtree_hash(bytes).0.to_vec()),
        TileKind::Entries => {
            let entries = parse_entries(tile, bytes).map_err(|error| Refusal::Checkpoint(LogError::Tiles(error)))?;
            if entries.iter().map(|entry| entry.len() + 2).sum::<usize>() != bytes.len() {
                return Err(MirrorError::Tile(tile.to_string()));
            }
            Ok(entries.iter().flat_map(|entry| *leaf_hash(entry).as_bytes()).collect())
        }
    }
}

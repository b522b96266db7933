//! Fetching tiles. Nothing here is believed: who reads them checks them against a root.

use std::collections::BTreeMap;

use adx_signing::log::{
    TileKind, TilePath, TileReader as _,
    leaf::MAX_LEAF_BYTES,
    tile::{TileError, parse_entries},
};

use super::LogError;
use crate::{address, source::Source};

/// Largest tile of hashes, in bytes.
const MAX_HASHES_BYTES: u64 = 256 * 32;
/// Largest bundle of entries, in bytes: 256 of the largest leaves with their lengths.
const MAX_BUNDLE_BYTES: u64 = 256 * (MAX_LEAF_BYTES as u64 + 2);

pub(super) type Tiles = BTreeMap<TilePath, Vec<u8>>;

/// Fetches tiles; instead of a partial one that is gone, the full one that it became.
pub(super) async fn fetch(source: &Source, wanted: Vec<TilePath>) -> Result<Tiles, LogError> {
    let mut tiles = Tiles::new();
    for tile in wanted {
        if let Some(bytes) = get(source, &tile).await? {
            tiles.insert(tile, bytes);
            continue;
        }
        let full = TilePath { width: 256, ..tile };
        let bytes = if tile.is_full() { None } else { get(source, &full).await? };
        tiles.insert(full, bytes.ok_or(LogError::Tiles(TileError::Missing(tile)))?);
    }
    Ok(tiles)
}

/// One of the tiles fetched, or the full one that begins with it.
pub(super) fn read(tiles: &Tiles, tile: &TilePath) -> Result<Vec<u8>, LogError> {
    tiles.read(tile).map_err(LogError::Tiles)
}

/// Cuts a tile that may be wider to its width.
pub(super) fn cut(tile: &TilePath, mut bytes: Vec<u8>) -> Result<Vec<u8>, LogError> {
    let length = match tile.kind {
        TileKind::Hashes(_) => usize::from(tile.width) * 32,
        TileKind::Entries => {
            let entries = parse_entries(tile, &bytes).map_err(LogError::Tiles)?;
            entries.iter().map(|entry| entry.len() + 2).sum()
        }
    };
    if bytes.len() < length {
        return Err(LogError::Tiles(TileError::Length { tile: *tile, length: bytes.len() }));
    }
    bytes.truncate(length);
    Ok(bytes)
}

async fn get(source: &Source, tile: &TilePath) -> Result<Option<Vec<u8>>, LogError> {
    let cap = match tile.kind {
        TileKind::Hashes(_) => MAX_HASHES_BYTES,
        TileKind::Entries => MAX_BUNDLE_BYTES,
    };
    Ok(source.get(&address::tile(tile), cap).await?)
}

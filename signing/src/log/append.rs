//! Appending: from the right edge of the tree and new leaves to the tiles that must be written.
//!
//! The tiles are given in the order in which they must be stored; only then is the checkpoint signed and published. An
//! append that broke off is run again: it writes tiles under the same names, which no checkpoint points at yet.

use tlog_tiles::{Tile, node_hash};

use super::{
    checkpoint::{MAX_TREE_SIZE, TreeHead},
    leaf::MAX_LEAF_BYTES,
    merkle::{empty_root, hash, leaf_hash},
    tile::{HASH_BYTES, TILE_WIDTH, TileError, TileKind, TilePath, TileReader, parse_entries, read_hashes},
};
use crate::digest::Digest;

/// The right edge of a tree: all that is needed to append to it, the rest is never read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightEdge {
    head: TreeHead,
    /// The hashes of the partial tile of each level, leaves first.
    levels: Vec<Vec<Digest>>,
    /// The partial bundle of entries.
    entries: Vec<u8>,
}

/// What an append made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The new edge: the present one once the tiles and the checkpoint are stored.
    pub edge: RightEdge,
    /// The tiles, to be stored in this order: bundles of entries, then hashes from the leaves up.
    pub tiles: Vec<(TilePath, Vec<u8>)>,
}

impl Default for RightEdge {
    /// Of the empty tree.
    fn default() -> Self {
        Self { head: TreeHead { size: 0, root: empty_root() }, levels: Vec::new(), entries: Vec::new() }
    }
}

impl RightEdge {
    /// The tiles needed to read the edge of a tree of this size: its partial ones.
    pub fn tiles(size: u64) -> Vec<TilePath> {
        let bundle = partial(TileKind::Entries, size);
        let levels = (0..).map_while(|level| Some((level, level_size(size, level)?)));
        bundle.into_iter().chain(levels.filter_map(|(level, size)| partial(TileKind::Hashes(level), size))).collect()
    }

    /// Reads the edge of a tree and checks it against the root: a damaged tile would fork the log for good.
    ///
    /// # Errors
    /// [`TileError`] for tiles that are missing or not of this tree.
    pub fn read(head: TreeHead, tiles: &impl TileReader) -> Result<Self, TileError> {
        if head.size > MAX_TREE_SIZE {
            return Err(TileError::OutsideTree(head.size, MAX_TREE_SIZE));
        }
        let mut levels = Vec::new();
        for (level, size) in (0..).map_while(|level| Some((level, level_size(head.size, level)?))) {
            let bytes = match partial(TileKind::Hashes(level), size) {
                Some(tile) => read_hashes(tiles, &tile)?,
                None => Vec::new(),
            };
            levels.push(bytes.chunks_exact(HASH_BYTES).map(to_digest).collect());
        }
        let mut entries = Vec::new();
        if let Some(tile) = partial(TileKind::Entries, head.size) {
            let parsed = parse_entries(&tile, &tiles.read(&tile)?)?;
            let leaves: Vec<_> = parsed.iter().map(|entry| leaf_hash(entry)).collect();
            if levels.first() != Some(&leaves) {
                return Err(TileError::Entries(tile));
            }
            for entry in &parsed {
                push_entry(&mut entries, entry);
            }
        }
        if root_of(&levels) != head.root {
            return Err(TileError::Inconsistent(head.size));
        }
        Ok(Self { head, levels, entries })
    }

    /// The tree that it is the edge of.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// Appends leaves.
    ///
    /// # Errors
    /// [`TileError`] for a leaf beyond the cap and for a tree that is full.
    pub fn append(&self, leaves: &[Vec<u8>]) -> Result<Appended, TileError> {
        if let Some(leaf) = leaves.iter().find(|leaf| leaf.len() > MAX_LEAF_BYTES) {
            return Err(TileError::EntryTooLarge(leaf.len()));
        }
        let size = self.head.size + leaves.len() as u64;
        if size > MAX_TREE_SIZE {
            return Err(TileError::OutsideTree(size, MAX_TREE_SIZE));
        }
        let mut tiles = Vec::new();
        let mut entries = self.entries.clone();
        for (index, leaf) in (self.head.size..).zip(leaves) {
            push_entry(&mut entries, leaf);
            if (index + 1) % TILE_WIDTH == 0 {
                let path = TilePath { kind: TileKind::Entries, index: index / TILE_WIDTH, width: 256 };
                tiles.push((path, std::mem::take(&mut entries)));
            }
        }
        if let Some(path) = partial(TileKind::Entries, size).filter(|_| !leaves.is_empty()) {
            tiles.push((path, entries.clone()));
        }

        let mut levels = self.levels.clone();
        let mut added: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        for level in 0.. {
            if added.is_empty() {
                break;
            }
            if levels.len() == usize::from(level) {
                levels.push(Vec::new());
            }
            let edge = &mut levels[usize::from(level)];
            // The hashes of the level before this append, a partial tile's not counted.
            let first = level_size(self.head.size, level).unwrap_or(0) / TILE_WIDTH;
            edge.append(&mut added);
            let full = edge.len() - edge.len() % 256;
            for (index, hashes) in (first..).zip(edge[..full].chunks_exact(256)) {
                let bytes = to_bytes(hashes);
                added.push(Digest::from_bytes(Tile::subtree_hash(&bytes).0));
                tiles.push((TilePath { kind: TileKind::Hashes(level), index, width: 256 }, bytes));
            }
            edge.drain(..full);
            if let Some(path) = level_size(size, level).and_then(|size| partial(TileKind::Hashes(level), size)) {
                tiles.push((path, to_bytes(edge)));
            }
        }
        let head = TreeHead { size, root: root_of(&levels) };
        Ok(Appended { edge: Self { head, levels, entries }, tiles })
    }
}

/// How many hashes a level of tiles has, none for a level that does not exist.
fn level_size(size: u64, level: u8) -> Option<u64> {
    let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    (hashes > 0).then_some(hashes)
}

/// The partial tile at the end of a level of so many hashes, none where the last tile is full.
fn partial(kind: TileKind, size: u64) -> Option<TilePath> {
    let width = u16::try_from(size % TILE_WIDTH).unwrap_or(0);
    (width > 0).then_some(TilePath { kind, index: size / TILE_WIDTH, width })
}

/// The root over the partial tiles: from right to left, small subtrees to large ones, each hash of a higher level being
/// a full tile of the one below.
fn root_of(levels: &[Vec<Digest>]) -> Digest {
    let mut root = None;
    for mut hashes in levels.iter().map(Vec::as_slice) {
        while !hashes.is_empty() {
            // The last perfect subtree has the size of the lowest bit.
            let last = 1 << hashes.len().trailing_zeros();
            let (rest, subtree) = hashes.split_at(hashes.len() - last);
            let left = Tile::subtree_hash(&to_bytes(subtree));
            root = Some(root.map_or(left, |right| node_hash(left, right)));
            hashes = rest;
        }
    }
    root.map_or_else(empty_root, |root| Digest::from_bytes(root.0))
}

/// A length of two bytes, big-endian, then the entry.
fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) {
    let length =
        u16::try_from(entry.len()).expect("entries are within MAX_LEAF_BYTES, or were read with such a length");
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
}

fn to_bytes(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|digest| hash(*digest).0).collect()
}

fn to_digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(bytes.try_into().expect("a chunk of the length of a hash"))
}

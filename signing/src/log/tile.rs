//! Tiles: the files that hold a log, 256 hashes or entries each.
//! Source: <https://c2sp.org/tlog-tiles>

use std::{cell::RefCell, collections::BTreeMap, fmt};

use tlog_tiles::{Error as TlogError, Hash, Tile, TileHashReader};

use super::checkpoint::TreeHead;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// The height of a tile: 2^8 hashes.
pub(super) const TILE_HEIGHT: u8 = 8;
pub(super) const HASH_BYTES: usize = 32;

/// Why tiles cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A tile that the reader does not have.
    #[error("the tile `{0}` is not there")]
    Missing(TilePath),
    /// A tile of another length than its width asks for.
    #[error("the tile `{tile}` has {length} bytes")]
    Length {
        /// The tile.
        tile: TilePath,
        /// Its length in bytes.
        length: usize,
    },
    /// Tiles that do not hash to the root they are read under: damaged, or another log's.
    #[error("the tiles do not hash to the root of the tree of {0} leaves")]
    Inconsistent(u64),
    /// A leaf or a size outside the tree.
    #[error("{0} is outside the tree of {1} leaves")]
    OutsideTree(u64, u64),
    /// A bundle that does not part into the entries it should hold.
    #[error("the bundle `{0}` does not hold the entries of its tile")]
    Entries(TilePath),
    /// An entry beyond [`super::leaf::MAX_LEAF_BYTES`].
    #[error("an entry has {0} bytes, the cap is {max}", max = super::leaf::MAX_LEAF_BYTES)]
    EntryTooLarge(usize),
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// The hashes of one level of tiles, 0 for those of the leaves.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// Where a tile is, below the log's prefix: `tile/0/x001/234` or `tile/entries/000.p/7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Which one of its level, from 0.
    pub index: u64,
    /// How much it holds, 1 to 256; fewer than 256 is a partial tile, the last of its level.
    pub width: u16,
}

impl TilePath {
    /// Whether it is full, and so never written again.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(formatter, "tile/{level}/")?,
            TileKind::Entries => write!(formatter, "tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(formatter, "x{group:03}/")?;
        }
        write!(formatter, "{:03}", groups[0])?;
        if self.is_full() { Ok(()) } else { write!(formatter, ".p/{}", self.width) }
    }
}

/// Gives the bytes of tiles. It does no I/O where the caller fetches what [`super::merkle`] says is needed and hands in
/// a map.
pub trait TileReader {
    /// The bytes of a tile. Instead of a partial tile the full one may be given, which begins with it.
    ///
    /// # Errors
    /// [`TileError::Missing`].
    fn read(&self, tile: &TilePath) -> Result<Vec<u8>, TileError>;
}

impl TileReader for BTreeMap<TilePath, Vec<u8>> {
    fn read(&self, tile: &TilePath) -> Result<Vec<u8>, TileError> {
        let full = TilePath { width: 256, ..*tile };
        self.get(tile).or_else(|| self.get(&full)).cloned().ok_or(TileError::Missing(*tile))
    }
}

/// Reads a tile of hashes, cut to its width.
pub(super) fn read_hashes(reader: &impl TileReader, tile: &TilePath) -> Result<Vec<u8>, TileError> {
    let mut bytes = reader.read(tile)?;
    let wanted = usize::from(tile.width) * HASH_BYTES;
    let full = 256 * HASH_BYTES;
    if bytes.len() != wanted && bytes.len() != full {
        return Err(TileError::Length { tile: *tile, length: bytes.len() });
    }
    bytes.truncate(wanted);
    Ok(bytes)
}

/// The entries of a bundle, taken from the front of one that may be wider. They are unverified: each hashes to the one
/// at its place in the tile of level 0.
///
/// # Errors
/// [`TileError::Entries`] for a bundle that ends before the last of them.
pub fn parse_entries(tile: &TilePath, mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, TileError> {
    let mut entries = Vec::with_capacity(tile.width.into());
    for _ in 0..tile.width {
        let (length, rest) = bytes.split_first_chunk().ok_or(TileError::Entries(*tile))?;
        let (entry, rest) =
            rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(TileError::Entries(*tile))?;
        entries.push(entry.to_vec());
        bytes = rest;
    }
    Ok(entries)
}

/// Lets the library compute with the hashes of our tiles, authenticated against the root.
struct Reader<'r, R> {
    tiles: &'r R,
    failure: RefCell<Option<TileError>>,
}

impl<R: TileReader> tlog_tiles::TileReader for Reader<'_, R> {
    fn height(&self) -> u8 {
        TILE_HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, TlogError> {
        let read = |tile: &Tile| read_hashes(self.tiles, &path(tile));
        tiles.iter().map(read).collect::<Result<_, _>>().map_err(|error| {
            *self.failure.borrow_mut() = Some(error);
            TlogError::InvalidTile
        })
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Computes something from the hashes of the tree of this head.
pub(super) fn with_hashes<R: TileReader, T>(
    head: &TreeHead,
    tiles: &R,
    compute: impl FnOnce(&TileHashReader<'_>) -> Result<T, TlogError>,
) -> Result<T, TileError> {
    let reader = Reader { tiles, failure: RefCell::new(None) };
    let hashes = TileHashReader::new(head.size, Hash(*head.root.as_bytes()), &reader);
    let computed = compute(&hashes);
    let failure = reader.failure.take();
    computed.map_err(|_| failure.unwrap_or(TileError::Inconsistent(head.size)))
}

/// The tiles that a computation over the tree of this size reads.
pub(super) fn tiles_read(size: u64, compute: impl FnOnce(&TileHashReader<'_>) -> bool) -> Vec<TilePath> {
    struct Recorder(RefCell<Vec<TilePath>>);
    impl tlog_tiles::TileReader for Recorder {
        fn height(&self) -> u8 {
            TILE_HEIGHT
        }
        fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, TlogError> {
            self.0.borrow_mut().extend(tiles.iter().map(path));
            Err(TlogError::InvalidTile)
        }
        fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
    }
    let recorder = Recorder(RefCell::default());
    compute(&TileHashReader::new(size, Hash::default(), &recorder));
    recorder.0.into_inner()
}

fn path(tile: &Tile) -> TilePath {
    // The library's tiles of this height are 1 to 256 wide.
    let width = u16::try_from(tile.width()).unwrap_or(256);
    TilePath { kind: TileKind::Hashes(tile.level()), index: tile.level_index(), width }
}

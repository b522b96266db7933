//! The log as its leaves make it: read from the rows, step by step, with the tiles that must be stored.

use adx_signing::log::tile::TileError;
use adx_signing::log::{RightEdge, TilePath, TreeHead};
use bytes::Bytes;
use thiserror::Error;

use crate::ports::{Reader, StoreError};

/// Leaves read at once: tiles of the first two levels end with them.
const STEP: u64 = 4_096;

/// From the first leaf on, with a stop at each size whose partial tiles must be stored as well.
pub struct Walk {
    edge: RightEdge,
    stops: Vec<u64>,
}

/// Some leaves further.
#[derive(Debug)]
pub struct Step {
    /// The number of the first leaf.
    pub first: u64,
    /// The leaves.
    pub leaves: Vec<Vec<u8>>,
    /// The tiles that end here: full ones, and at a stop the partial ones of its size.
    pub tiles: Vec<(TilePath, Bytes)>,
    /// The tree up to here.
    pub head: TreeHead,
}

/// Why the walk ended before its last stop.
#[derive(Debug, Error)]
pub enum WalkError {
    /// The rows do not go as far as the log.
    #[error("leaf {0} is not in the database")]
    NoLeaf(u64),
    /// A leaf that no log can hold.
    #[error("the leaves make no log")]
    Tiles(#[from] TileError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Walk {
    /// A walk to the last of these sizes.
    pub fn new(sizes: impl IntoIterator<Item = u64>) -> Self {
        let mut stops: Vec<_> = sizes.into_iter().filter(|size| *size > 0).collect();
        stops.sort_unstable_by(|left, right| right.cmp(left));
        stops.dedup();
        Self { edge: RightEdge::default(), stops }
    }

    /// The next step; none at the end.
    ///
    /// # Errors
    /// [`WalkError`]
    pub async fn next<R: Reader + ?Sized>(&mut self, reader: &mut R) -> Result<Option<Step>, WalkError> {
        let Some(stop) = self.stops.last().copied() else { return Ok(None) };
        let first = self.edge.head().size;
        let end = stop.min((first / STEP + 1) * STEP);
        let leaves = reader.leaves_from(first, u32::try_from(end - first).unwrap_or(u32::MAX)).await?;
        if leaves.len() as u64 != end - first {
            return Err(WalkError::NoLeaf(first + leaves.len() as u64));
        }
        let appended = self.edge.append(&leaves)?;
        let is_stop = end == stop;
        let tiles = appended.tiles.into_iter().filter(|(tile, _)| is_stop || tile.is_full());
        let tiles = tiles.map(|(tile, bytes)| (tile, Bytes::from(bytes))).collect();
        self.edge = appended.edge;
        if is_stop {
            self.stops.pop();
        }
        Ok(Some(Step { first, leaves, tiles, head: *self.edge.head() }))
    }
}

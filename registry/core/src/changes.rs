//! The change feed, by which agents and mirrors learn of releases.

use crate::Ports;
use crate::ports::StoreError;
use crate::release::Change;

/// Most entries of one answer.
pub const MAX_CHANGES: u32 = 1_000;

/// A part of the change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The entries, in order.
    pub changes: Vec<Change>,
    /// What to ask for next: the last of them, or what was asked for when there are none.
    pub next: u64,
}

/// The entries after `after`, in order. The server waits and asks again when there are none.
///
/// # Errors
/// [`StoreError`]
pub async fn changes(ports: &Ports, after: u64, limit: u32) -> Result<Changes, StoreError> {
    let changes = ports.store.read().await?.changes_after(after, limit.clamp(1, MAX_CHANGES)).await?;
    let next = changes.last().map_or(after, |change| change.seq);
    Ok(Changes { changes, next })
}

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
    /// What to ask for next: the last of them; when there are none, what was asked for, or the last there is, if that is less.
    pub next: u64,
}

/// The entries after `after`, in order. The server waits and asks again when there are none.
///
/// # Errors
/// [`StoreError`]
pub async fn changes(ports: &Ports, after: u64, limit: u32) -> Result<Changes, StoreError> {
    let mut reader = ports.store.read().await?;
    let changes = reader.changes_after(after, limit.clamp(1, MAX_CHANGES)).await?;
    let next = match changes.last() {
        Some(change) => {
            // Who was told of an entry asks for those after it, and would never hear of another that took its number after a crash.
            reader.settle().await?;
            change.seq
        }
        None => after.min(reader.last_seq().await?),
    };
    Ok(Changes { changes, next })
}

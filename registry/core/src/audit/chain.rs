//! Whether the log is what was written.

use adx_signing::digest::Digest;
use thiserror::Error;

use super::{AuditFilter, MAX_AUDIT_PAGE};
use crate::ports::{Reader, StoreError};

/// The last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// Its number; 0 if there is none.
    pub seq: u64,
    /// Its digest; zeros if there is none.
    pub sha256: Digest,
}

/// Where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Broken {
    /// A number that is left out.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// What an entry says is not what its digest is of.
    #[error("entry {0} was changed")]
    Changed(u64),
    /// An entry stands behind another than it was written behind.
    #[error("entry {0} follows another entry than it was written behind")]
    OtherBefore(u64),
    /// The last entry is not the one that the head names.
    #[error("the head names entry {head}, and the last is {last}")]
    OtherHead {
        /// What the head says.
        head: u64,
        /// The last that is there.
        last: u64,
    },
}

/// Reads the whole log, and says where it breaks first; how many entries there are if it does not. Entries may be written meanwhile.
///
/// # Errors
/// [`StoreError`]
pub async fn check_chain(reader: &mut dyn Reader) -> Result<Result<u64, Broken>, StoreError> {
    // The head first: an entry that is written meanwhile comes after it.
    let head = reader.audit_head().await?;
    let mut last = AuditHead { seq: 0, sha256: Digest::from_bytes([0; 32]) };
    let filter = AuditFilter::default();
    while last.seq < head.seq {
        let page = reader.audit_after(&filter, last.seq, MAX_AUDIT_PAGE).await?;
        if page.is_empty() {
            return Ok(Err(Broken::OtherHead { head: head.seq, last: last.seq }));
        }
        for entry in page {
            if entry.seq != last.seq + 1 {
                return Ok(Err(Broken::Missing(last.seq + 1)));
            }
            if entry.previous != last.sha256 {
                return Ok(Err(Broken::OtherBefore(entry.seq)));
            }
            if !entry.is_whole() {
                return Ok(Err(Broken::Changed(entry.seq)));
            }
            last = AuditHead { seq: entry.seq, sha256: entry.sha256 };
            if last.seq == head.seq && last != head {
                return Ok(Err(Broken::Changed(last.seq)));
            }
        }
    }
    Ok(Ok(head.seq))
}

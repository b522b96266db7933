//! Writes that land late.
//!
//! A write to the storage may be held up until its server has lost the lease and another has written over the same name. Checkpoint
//! and timestamp are compared with the database while rounds go on; index files are recorded nowhere but in their shards, so those
//! that were written while an older write may still be under way are looked at again.

use std::collections::BTreeMap;

use adx_signing::name::ModuleId;
use adx_signing::tuf::control::IndexFile;
use futures::{StreamExt, TryStreamExt, stream};
use time::{Duration, OffsetDateTime};

use super::lease::Lease;
use super::{Context, IN_FLIGHT, SignRoundError, index};
use crate::ports::{BlobKey, read_whole};

/// How long a write may be under way, retries included, before the storage's client gives it up.
const LONGEST_WRITE: Duration = Duration::minutes(5);

/// Index files that a late write may replace.
#[derive(Default)]
pub(super) struct LateWrites {
    until: Option<OffsetDateTime>,
    files: BTreeMap<ModuleId, IndexFile>,
}

impl LateWrites {
    /// From now on, for a while, somebody's write may be under way: the lease is new, or a round broke off.
    pub(super) fn may_come(&mut self, now: OffsetDateTime) {
        self.until = Some(now + LONGEST_WRITE);
    }

    /// Takes note of files that were written.
    pub(super) fn note(&mut self, files: impl Iterator<Item = (ModuleId, IndexFile)>) {
        if self.until.is_some() {
            self.files.extend(files);
        }
    }

    /// Writes files once more that are not what was written last, as the first `leaves` leaves have them.
    ///
    /// # Errors
    /// [`SignRoundError`]; they are looked at again.
    pub(super) async fn mend(
        &mut self,
        context: &Context,
        lease: &mut Lease,
        leaves: u64,
    ) -> Result<(), SignRoundError> {
        let Some(until) = self.until else { return Ok(()) };
        let ports = &context.ports;
        let is_over = ports.now() >= until;
        let look = |(module, file): (ModuleId, IndexFile)| async move {
            let bytes = read_whole(&*ports.blobs, &BlobKey::Index(module.clone())).await?;
            let is_there = bytes.is_some_and(|bytes| file.is_of(&bytes));
            Ok::<_, SignRoundError>((!is_there).then_some((module, file)))
        };
        let looks = stream::iter(self.files.clone()).map(look).buffer_unordered(IN_FLIGHT);
        let replaced: Vec<_> = looks.try_filter_map(|found| async move { Ok(found) }).try_collect().await?;
        for (module, file) in replaced {
            let bytes = index::file(ports, &module, leaves).await?;
            // Rows that changed since have a leaf, with which the file is written anyway.
            if file.is_of(&bytes) {
                tracing::warn!(%module, "an index file was replaced by a late write and is put back");
                lease.hold(ports).await?;
                ports.blobs.put(&BlobKey::Index(module), bytes).await?;
            }
        }
        if is_over {
            *self = Self::default();
        }
        Ok(())
    }
}

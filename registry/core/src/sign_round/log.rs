//! From leaves to a published checkpoint.

use adx_signing::log::policy::PolicyError;
use adx_signing::log::{Checkpoint, SignedCheckpoint};
use bytes::Bytes;

use super::lease::Lease;
use super::present::Present;
use super::{Context, MAX_LEAVES, SignRoundError, cosign};
use crate::ports::{BlobKey, SignStep};
use crate::ports::{SystemWrite, Written};

/// Takes leaves into the log and records its checkpoint. Says whether more leaves wait.
pub(super) async fn extend(
    context: &Context,
    lease: &mut Lease,
    present: &mut Present,
) -> Result<bool, SignRoundError> {
    let ports = &context.ports;
    let size = present.log.edge.head().size;
    let (count, leaves) = {
        let mut reader = ports.store.read().await?;
        let count = reader.leaf_count().await?;
        let leaves = if count > size { reader.leaves_from(size, MAX_LEAVES).await? } else { Vec::new() };
        (count, leaves)
    };
    let more = count > size + leaves.len() as u64;
    if !leaves.is_empty() {
        lease.hold(ports).await?;
        let appended = present.log.edge.append(&leaves)?;
        // In their order: each tile's hashes are in the one after it.
        for (tile, bytes) in appended.tiles {
            lease.hold(ports).await?;
            ports.blobs.put(&BlobKey::Tile(tile), Bytes::from(bytes)).await?;
        }
        ports.progress.signed(SignStep::TilesStored);
        let checkpoint = Checkpoint { origin: context.policy.origin().clone(), head: *appended.edge.head() };
        let checkpoint = checkpoint.sign(&context.ceremony.keys.log);
        record(context, lease, &checkpoint).await?;
        ports.progress.signed(SignStep::CheckpointRecorded);
        present.log.edge = appended.edge;
        present.log.recorded = Some(checkpoint);
    }
    Ok(more)
}

/// Whether the recorded checkpoint cannot be published before witnesses have cosigned it.
pub(super) fn waits_for_witnesses(context: &Context, present: &Present) -> bool {
    let recorded = present.log.recorded.as_ref();
    let unpublished = recorded.filter(|checkpoint| checkpoint.claimed().head.size != present.log.published);
    unpublished.is_some_and(|checkpoint| matches!(context.policy.verify(checkpoint), Err(PolicyError::Quorum { .. })))
}

/// Publishes the recorded checkpoint, once enough witnesses cosigned it.
pub(super) async fn publish(context: &Context, lease: &mut Lease, present: &mut Present) -> Result<(), SignRoundError> {
    let ports = &context.ports;
    let Some(mut checkpoint) = present.log.recorded.clone() else { return Ok(()) };
    let size = checkpoint.claimed().head.size;
    if size == present.log.published {
        return Ok(());
    }
    match context.policy.verify(&checkpoint) {
        Ok(_) => {}
        Err(PolicyError::Quorum { .. }) => {
            cosign::collect(context, lease, &mut checkpoint, present).await?;
            context.policy.verify(&checkpoint)?;
            record(context, lease, &checkpoint).await?;
            ports.progress.signed(SignStep::CheckpointCosigned);
        }
        Err(other) => return Err(other.into()),
    }
    lease.hold(ports).await?;
    ports.blobs.put(&BlobKey::Checkpoint, Bytes::from(checkpoint.note().to_string())).await?;
    ports.progress.signed(SignStep::CheckpointPublished);
    present.log.published = size;
    present.log.recorded = Some(checkpoint);
    Ok(())
}

async fn record(context: &Context, lease: &Lease, checkpoint: &SignedCheckpoint) -> Result<(), SignRoundError> {
    let mut transaction = context.ports.store.begin().await?;
    let recorded = transaction.record_checkpoint(lease.number(), &checkpoint.note().to_string()).await?;
    transaction.commit(Written::System(SystemWrite::SignRound)).await?;
    if recorded { Ok(()) } else { Err(SignRoundError::LeaseLost) }
}

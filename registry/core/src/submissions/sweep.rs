//! What of submissions is not kept for ever: those that were refused, and the bytes of those that wait no more.

use futures::StreamExt as _;
use time::Duration;

use super::SubmissionState;
use crate::Ports;
use crate::ports::{BlobKey, SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::sweep::Sweep;

/// How long a submission is kept that was refused, withdrawn or could not be looked over.
pub const KEPT_REFUSED: Duration = Duration::days(90);
/// How many of those are kept of one module.
pub const KEPT_REFUSED_OF_A_MODULE: u32 = 100;
/// How many of one publisher: whoever has its token could fill the database under ever new names of modules.
pub const KEPT_REFUSED_OF_A_PUBLISHER: u32 = 1_000;
/// How long the bytes are kept that waited and were refused: as long as somebody may appeal.
pub const KEPT_BYTES: Duration = Duration::days(30);
/// How long bytes are left that have no row, that a release has copied, or that were withdrawn, which nobody appeals against: longer than
/// any publish or backup takes.
pub const GRACE: Duration = Duration::hours(24);

/// Removes what has been kept long enough; how many rows and blobs that was.
///
/// # Errors
/// [`JobError`]; the next sweep goes on.
#[tracing::instrument(name = "submission.sweep", skip_all)]
pub async fn sweep_submissions(ports: &Ports, sweep: Sweep) -> Result<u64, JobError> {
    let now = ports.now();
    let mut removed = 0;
    let mut blobs = ports.blobs.list_submissions();
    while let Some(blob) = blobs.next().await {
        let (key, head) = blob?;
        let BlobKey::Submission(id) = key else { continue };
        let submission = ports.store.read().await?.submission(id).await?;
        let is_over = match submission {
            // A publish stores the bytes before it writes the row.
            None => now - head.modified_at >= GRACE,
            Some(submission) => match submission.state {
                SubmissionState::Rejected => now - submission.changed_at >= KEPT_BYTES,
                state if state.is_final() => now - submission.changed_at >= GRACE,
                _ => false,
            },
        };
        if is_over {
            if sweep == Sweep::Remove {
                ports.blobs.delete(&BlobKey::Submission(id)).await?;
            }
            removed += 1;
        }
    }
    drop(blobs);
    let mut transaction = ports.store.begin().await?;
    let rows = transaction.sweep_submissions(now - KEPT_REFUSED).await?;
    match sweep {
        Sweep::Remove => transaction.commit(Written::System(SystemWrite::Sweep)).await?,
        Sweep::Look => transaction.rollback().await?,
    }
    tracing::info!(?sweep, blobs = removed, rows, "swept");
    Ok(removed + rows)
}

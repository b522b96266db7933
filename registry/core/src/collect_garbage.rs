//! What the sweeps remove by and by, removed now: for an operator who wants to see it, or needs the space.
//!
//! The same waits count as for the sweeps of the server, which may be running and sweeping meanwhile.

use std::time::Duration;

use adx_signing::digest::Digest;

use crate::Ports;
use crate::accounts;
use crate::ports::{BlobKey, StoreError};
use crate::ports::{SystemWrite, Written};
use crate::run_jobs::JobError;
use crate::submissions::sweep_submissions;
use crate::sweep::Sweep;
use crate::sweep_orphans::{Swept, sweep_orphans};
use crate::sweep_superseded::sweep_superseded;

/// How often a moment between two rounds of signing is looked for, and how long to wait in between: a round takes less.
const LOOKS: usize = 30;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What was removed, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// Uploads that ended nowhere.
    pub temporaries: u64,
    /// Digests without use since now: their blobs are removed by a sweep a day later, unless somebody uses them by then.
    pub condemned: Vec<Digest>,
    /// Digests whose blobs were removed.
    pub removed: Vec<Digest>,
    /// Documents and partial tiles that newer ones took the place of; none where no moment between two rounds was found.
    pub superseded: Option<Vec<BlobKey>>,
    /// Submissions that were refused long ago, and bytes of such as wait no more.
    pub submissions: u64,
    /// Rows of sessions, codes, attempts and runs of workflows that have ended.
    pub ended: u64,
}

/// Runs every sweep.
///
/// # Errors
/// [`JobError`]; run again, it goes on.
#[tracing::instrument(name = "garbage.collect", skip(ports))]
pub async fn collect_garbage(ports: &Ports, sweep: Sweep) -> Result<Collected, JobError> {
    let Swept { temporaries, condemned, removed } = sweep_orphans(ports, sweep).await?;
    let mut superseded = sweep_superseded(ports, sweep).await?;
    for _ in 1..LOOKS {
        if superseded.is_some() {
            break;
        }
        ports.clock.sleep(BETWEEN_LOOKS).await;
        superseded = sweep_superseded(ports, sweep).await?;
    }
    let ended = sweep_ended(ports, sweep).await?;
    let submissions = sweep_submissions(ports, sweep).await?;
    Ok(Collected { temporaries, condemned, removed, superseded, submissions, ended })
}

/// What the job `sweep_accounts` removes.
async fn sweep_ended(ports: &Ports, sweep: Sweep) -> Result<u64, StoreError> {
    let mut transaction = ports.store.begin().await?;
    let rows = accounts::sweep_ended(ports, &mut *transaction).await?;
    match sweep {
        Sweep::Remove => transaction.commit(Written::System(SystemWrite::Sweep)).await?,
        Sweep::Look => transaction.rollback().await?,
    }
    Ok(rows)
}

//! Forgetting what has ended.

use time::Duration;

use crate::Ports;
use crate::account::{SESSION_IDLE, SESSION_LONGEST};
use crate::ports::{Ended, StoreError, Transaction};
use crate::ports::{SystemWrite, Written};
use crate::trusted::ENDED_WORKFLOW_TOKEN_KEPT;

/// Most tokens of runs that one sweep removes.
const MAX_WORKFLOW_TOKENS: u32 = 10_000;

/// Removes what [`sweep_ended`] does, and ends offers of publishers that have expired.
pub(crate) async fn sweep_accounts(ports: &Ports) -> Result<(), StoreError> {
    let mut transaction = ports.store.begin().await?;
    let rows = sweep_ended(ports, &mut *transaction).await?;
    transaction.end_expired_transfers(ports.now()).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    tracing::debug!(rows, "what had ended of accounts and runs was removed");
    Ok(())
}

/// Removes ended sessions, expired codes and rounds of passkeys, forgotten attempts, accounts and seeds that nobody confirmed, and
/// tokens of runs that ended long ago and released nothing. How many rows.
pub(crate) async fn sweep_ended(ports: &Ports, transaction: &mut dyn Transaction) -> Result<u64, StoreError> {
    let now = ports.now();
    let ended =
        Ended { now, idle: now - SESSION_IDLE, oldest: now - SESSION_LONGEST, yesterday: now - Duration::hours(24) };
    let accounts = transaction.sweep_accounts(&ended).await?;
    let before = now - ENDED_WORKFLOW_TOKEN_KEPT;
    Ok(accounts + transaction.sweep_workflow_tokens(before, MAX_WORKFLOW_TOKENS).await?)
}

//! Forgetting what has ended.

use time::Duration;

use crate::Ports;
use crate::account::{SESSION_IDLE, SESSION_LONGEST};
use crate::ports::{Ended, StoreError};
use crate::ports::{SystemWrite, Written};

/// Removes ended sessions, expired codes and rounds of passkeys, forgotten attempts, and accounts and seeds that nobody confirmed,
/// and ends offers of publishers that have expired.
pub(crate) async fn sweep_accounts(ports: &Ports) -> Result<(), StoreError> {
    let now = ports.now();
    let ended =
        Ended { now, idle: now - SESSION_IDLE, oldest: now - SESSION_LONGEST, yesterday: now - Duration::hours(24) };
    let mut transaction = ports.store.begin().await?;
    let rows = transaction.sweep_accounts(&ended).await?;
    transaction.end_expired_transfers(now).await?;
    transaction.commit(Written::System(SystemWrite::Sweep)).await?;
    tracing::debug!(rows, "what had ended of accounts was removed");
    Ok(())
}

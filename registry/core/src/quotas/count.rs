//! Counting a release against the quota, within its transaction.

use super::{Counted, Exceeded, day_of};
use crate::Ports;
use crate::ports::{StoreError, Transaction};
use crate::publisher::Publisher;

/// Counts a release that is about to be written, of a module whose row is there; or says what would be too much. The feed is locked: no
/// two releases are counted at once.
pub(crate) async fn count(
    ports: &Ports,
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
    is_first: bool,
    size_bytes: u64,
) -> Result<Result<(), Exceeded>, StoreError> {
    let today = day_of(ports.now());
    let usage = transaction.publisher_usage(publisher.id, today).await?;
    let allowance = transaction.quota_allowance(publisher.id).await?;
    let quota = ports.quota.with(allowance.as_ref());
    // The row of a new module is there already. One that is not new goes on, however many there may be now.
    let others = usage.modules - u64::from(is_first && usage.modules > 0);
    let exceeded = if is_first && others >= quota.modules {
        Some((Counted::Modules, others, quota.modules))
    } else if usage.package_bytes.saturating_add(size_bytes) > quota.package_bytes {
        Some((Counted::PackageBytes, usage.package_bytes, quota.package_bytes))
    } else if usage.releases_today >= quota.releases_a_day {
        Some((Counted::ReleasesToday, usage.releases_today, quota.releases_a_day))
    } else {
        None
    };
    if let Some((counted, used, limit)) = exceeded {
        return Ok(Err(Exceeded { namespace: publisher.namespace.clone(), counted, used, limit }));
    }
    transaction.count_release(publisher.id, today).await?;
    Ok(Ok(()))
}

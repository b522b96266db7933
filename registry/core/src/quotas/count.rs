//! Counting a release against the quota, within its transaction; and looking before, so that nothing is stored in vain.

use adx_signing::name::ModuleId;

use super::{Counted, Exceeded, MAX_WAITING, Quota, Usage, day_of};
use crate::ports::{Reader, StoreError, Transaction};
use crate::publisher::Publisher;
use crate::submissions::{GRACE, KEPT_BYTES};
use crate::{Id, Ports};

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
    transaction.count_release(publisher.id, today).await?;
    let usage = transaction.publisher_usage(publisher.id, today).await?;
    let allowance = transaction.quota_allowance(publisher.id).await?;
    let quota = ports.quota.with(allowance.as_ref());
    // The row of a new module is there already, and this release is counted.
    let usage = Usage {
        modules: usage.modules - u64::from(is_first && usage.modules > 0),
        releases_today: usage.releases_today.saturating_sub(1),
        ..usage
    };
    Ok(fits(&quota, &usage, publisher, is_first, size_bytes))
}

/// What would be too much, before anything is stored: with the bytes of what waits, or did, as long as they are kept. Else whoever has
/// to wait would fill the disk, by taking back and sending anew. [`count`] has the last word: others release at the same time.
pub(crate) async fn check(
    ports: &Ports,
    publisher: &Publisher,
    module: &ModuleId,
    size_bytes: u64,
) -> Result<Result<(), Exceeded>, StoreError> {
    let kept = kept_bytes(ports, &mut *ports.store.read().await?, publisher.id).await?;
    check_beside(ports, publisher, module, size_bytes, kept).await
}

/// The bytes of what waits, or did, as long as they are kept.
pub(super) async fn kept_bytes(
    ports: &Ports,
    reader: &mut dyn Reader,
    publisher: Id<Publisher>,
) -> Result<u64, StoreError> {
    let now = ports.now();
    reader.kept_submission_bytes(publisher, now - KEPT_BYTES, now - GRACE).await
}

/// The same for what waited and is approved: its own bytes were counted when it was sent.
pub(crate) async fn check_approved(
    ports: &Ports,
    publisher: &Publisher,
    module: &ModuleId,
    size_bytes: u64,
) -> Result<Result<(), Exceeded>, StoreError> {
    check_beside(ports, publisher, module, size_bytes, 0).await
}

async fn check_beside(
    ports: &Ports,
    publisher: &Publisher,
    module: &ModuleId,
    size_bytes: u64,
    kept_bytes: u64,
) -> Result<Result<(), Exceeded>, StoreError> {
    let mut reader = ports.store.read().await?;
    let usage = reader.publisher_usage(publisher.id, day_of(ports.now())).await?;
    let usage = Usage { package_bytes: usage.package_bytes.saturating_add(kept_bytes), ..usage };
    let quota = ports.quota.with(reader.quota_allowance(publisher.id).await?.as_ref());
    let is_first = reader.module(module).await?.is_none();
    Ok(fits(&quota, &usage, publisher, is_first, size_bytes))
}

/// What would be too much of what waits. The leaves are locked: no two come to wait at once.
pub(crate) async fn check_waiting(
    transaction: &mut dyn Transaction,
    publisher: &Publisher,
) -> Result<Result<(), Exceeded>, StoreError> {
    let used = transaction.waiting_submissions_of(publisher.id).await?.len() as u64;
    if used < MAX_WAITING {
        return Ok(Ok(()));
    }
    let (namespace, counted) = (publisher.namespace.clone(), Counted::Waiting);
    Ok(Err(Exceeded { namespace, counted, used, limit: MAX_WAITING }))
}

fn fits(quota: &Quota, usage: &Usage, publisher: &Publisher, is_first: bool, size_bytes: u64) -> Result<(), Exceeded> {
    // One that is not new goes on, however many there may be now.
    let (counted, used, limit) = if is_first && usage.modules >= quota.modules {
        (Counted::Modules, usage.modules, quota.modules)
    } else if usage.package_bytes.saturating_add(size_bytes) > quota.package_bytes {
        (Counted::PackageBytes, usage.package_bytes, quota.package_bytes)
    } else if usage.releases_today >= quota.releases_a_day {
        (Counted::ReleasesToday, usage.releases_today, quota.releases_a_day)
    } else {
        return Ok(());
    };
    Err(Exceeded { namespace: publisher.namespace.clone(), counted, used, limit })
}

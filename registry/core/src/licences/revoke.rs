//! Taking a licence back.

use adx_signing::licence::{LicenceId, RevokedLicence};
use adx_signing::utc::UtcSecond;

use crate::ports::{StoreError, Transaction};
use crate::reason::Reason;

/// Takes a licence back from an instant on, in a transaction that does more and tells of it; the next round of signing tells
/// agents, and they their tenants, some time before it takes effect.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke(
    transaction: &mut dyn Transaction,
    licence: &LicenceId,
    at: UtcSecond,
    reason: &Reason,
) -> Result<(), StoreError> {
    transaction.lock_revocations().await?;
    transaction.revoke_licence(licence, &RevokedLicence { at, reason: reason.as_str().to_owned() }).await
}

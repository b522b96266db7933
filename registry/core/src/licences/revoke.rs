//! Taking a licence back.

use adx_signing::licence::{LicenceId, RevokedLicence};
use adx_signing::utc::UtcSecond;

use crate::ports::{StoreError, Transaction};

/// Takes a licence back from an instant on, for a reason of one line without markup that everybody can read, in a transaction that does more and tells of it; the next round of signing tells
/// agents, and they their tenants, some time before it takes effect.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke(
    transaction: &mut dyn Transaction,
    licence: &LicenceId,
    at: UtcSecond,
    reason: &str,
) -> Result<(), StoreError> {
    transaction.lock_revocations().await?;
    transaction.revoke_licence(licence, &RevokedLicence { at, reason: reason.to_owned() }).await
}

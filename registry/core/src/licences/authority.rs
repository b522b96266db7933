//! What agents are told: which keys count, and what was taken back.

use adx_signing::licence::{Authority, LicenceKey};
use adx_signing::log::KeyName;

use crate::ports::{Reader, StoreError};

/// What the kill list says of licences; nothing before there is a key.
pub(crate) async fn authority<R: Reader + ?Sized>(
    reader: &mut R,
    registry: &KeyName,
) -> Result<Option<Authority>, StoreError> {
    let keys: Vec<_> = reader.licence_keys().await?.into_iter().map(|key| LicenceKey { public: key.public }).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let revoked = reader.revoked_licences().await?;
    Ok(Some(Authority { registry: registry.clone(), keys, revoked }))
}

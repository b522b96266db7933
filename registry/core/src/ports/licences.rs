use std::collections::BTreeMap;

use adx_signing::PublicKey;
use adx_signing::licence::{LicenceId, RevokedLicence};
use adx_signing::log::KeyName;
use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;

/// A key that licences are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLicenceKey {
    /// What the registry calls itself in the licences: the origin of its log.
    pub registry: KeyName,
    /// The public half.
    pub public: PublicKey,
    /// The secret half, sealed by the vault.
    pub sealed: String,
    /// When it was made.
    pub made_at: OffsetDateTime,
}

/// Lookups of what licences are verified with.
#[async_trait]
pub trait LicenceReader: Send {
    /// Every key that licences were signed with, the last one made first.
    async fn licence_keys(&mut self) -> Result<Vec<SealedLicenceKey>, StoreError>;

    /// Every licence that was taken back.
    async fn revoked_licences(&mut self) -> Result<BTreeMap<LicenceId, RevokedLicence>, StoreError>;
}

/// Changes of what licences are verified with. The kill list is locked before: it tells of them.
#[async_trait]
pub trait LicenceWriter: Send {
    /// Adds a key, with which licences are signed from now on.
    async fn add_licence_key(&mut self, key: &SealedLicenceKey) -> Result<(), StoreError>;

    /// Takes a licence back, or changes what was said of it.
    async fn revoke_licence(&mut self, licence: &LicenceId, revoked: &RevokedLicence) -> Result<(), StoreError>;
}

//! The methods of the ports about licences, each of which is one query.

use std::collections::BTreeMap;

use adx_registry_core::ports::{LicenceReader, LicenceWriter, SealedLicenceKey, StoreError};
use adx_signing::licence::{LicenceId, RevokedLicence};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, licence_keys};

#[async_trait]
impl<S: Session> LicenceReader for SqlSession<S> {
    async fn licence_keys(&mut self) -> Result<Vec<SealedLicenceKey>, StoreError> {
        licence_keys::keys(self.0.connection()).await
    }

    async fn revoked_licences(&mut self) -> Result<BTreeMap<LicenceId, RevokedLicence>, StoreError> {
        licence_keys::revoked(self.0.connection()).await
    }
}

#[async_trait]
impl LicenceWriter for SqlSession<Writing> {
    async fn add_licence_key(&mut self, key: &SealedLicenceKey) -> Result<(), StoreError> {
        licence_keys::add_key(self.0.connection(), key).await
    }

    async fn revoke_licence(&mut self, licence: &LicenceId, revoked: &RevokedLicence) -> Result<(), StoreError> {
        licence_keys::revoke(self.0.connection(), licence, revoked).await
    }
}

//! The methods of the ports about the audit log.

use adx_registry_core::audit::{AuditFilter, AuditHead, Entry, NewEntry};
use adx_registry_core::ports::{AuditReader, AuditWriter, StoreError};
use async_trait::async_trait;

use super::session::SqlSession;
use super::{Session, Writing, audit};

#[async_trait]
impl<S: Session> AuditReader for SqlSession<S> {
    async fn audit_after(&mut self, filter: &AuditFilter, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        audit::after(self.0.connection(), filter, after, limit).await
    }

    async fn audit_head(&mut self) -> Result<AuditHead, StoreError> {
        audit::head(self.0.connection()).await
    }
}

impl AuditWriter for SqlSession<Writing> {
    fn tell(&mut self, entry: NewEntry) {
        self.1.push(entry);
    }
}

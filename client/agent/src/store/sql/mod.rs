//! The adapter, written once and compiled for each engine by the module that includes it.

mod approvals;
mod convert;
mod feed;
mod installations;
mod ledger;
mod licences;
mod operations;
mod tenants;

use super::{BEGIN, Db};
use crate::store::{
    Announcement, Approval, AuditRow, Begun, Channel, ConfigRevision, HeldCooldown, Installation, Operation, Pin,
    Store, StoreError, StoredLicence, Tenant, UsageRow,
};
use adx_signing::{
    digest::Digest,
    name::{ModuleId, TenantId},
};
use sqlx::Pool;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

type Result<T> = std::result::Result<T, StoreError>;

pub(super) struct SqlStore {
    pool: Pool<Db>,
}

impl SqlStore {
    /// Brings the schema up to date.
    pub(super) async fn prepare(pool: Pool<Db>) -> Result<Self> {
        sqlx::migrate!("../../migrations/agent").run(&pool).await?;
        Ok(Self { pool })
    }
}

#[async_trait::async_trait]
impl Store for SqlStore {
    async fn add_tenant(&self, tenant: &Tenant) -> Result<bool> {
        tenants::add(&self.pool, tenant).await
    }
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<Tenant>> {
        tenants::by_id(&self.pool, tenant).await
    }
    async fn tenant_by_token(&self, token_hash: &Digest) -> Result<Option<Tenant>> {
        tenants::by_token(&self.pool, token_hash).await
    }
    async fn tenants(&self) -> Result<Vec<Tenant>> {
        tenants::all(&self.pool).await
    }
    async fn set_tenant_token(&self, tenant: &TenantId, token_hash: &Digest) -> Result<bool> {
        tenants::set_token(&self.pool, tenant, token_hash).await
    }
    async fn set_cooldown(&self, tenant: &TenantId, cooldown: Duration, held: Option<HeldCooldown>) -> Result<bool> {
        tenants::set_cooldown(&self.pool, tenant, cooldown, held).await
    }
    async fn add_approval(&self, approval: &Approval) -> Result<()> {
        approvals::add(&self.pool, approval).await
    }
    async fn approvals(&self, tenant: &TenantId, module: &ModuleId, package: &Pin) -> Result<Vec<Approval>> {
        approvals::of(&self.pool, tenant, module, package).await
    }

    async fn put_licence(&self, licence: &StoredLicence) -> Result<()> {
        licences::put(&self.pool, licence).await
    }
    async fn licences(&self) -> Result<Vec<StoredLicence>> {
        licences::all(&self.pool).await
    }
    async fn add_announcements(&self, announcements: &[Announcement]) -> Result<()> {
        licences::announce(&self.pool, announcements).await
    }
    async fn announcements(&self) -> Result<Vec<Announcement>> {
        licences::announcements(&self.pool).await
    }
    async fn withdraw_announcements(&self, tenant: &TenantId, module: &ModuleId, due_by: OffsetDateTime) -> Result<()> {
        licences::withdraw(&self.pool, tenant, module, due_by).await
    }
    async fn seats(&self, tenant: &TenantId, module: &ModuleId) -> Result<BTreeSet<String>> {
        licences::seats(&self.pool, tenant, module).await
    }
    async fn set_seats(&self, tenant: &TenantId, module: &ModuleId, people: &BTreeSet<String>) -> Result<()> {
        licences::set_seats(&self.pool, tenant, module, people).await
    }
    async fn seen_time(&self) -> Result<Option<OffsetDateTime>> {
        licences::seen_time(&self.pool).await
    }
    async fn see_time(&self, at: OffsetDateTime) -> Result<()> {
        licences::see_time(&self.pool, at).await
    }

    async fn installation(&self, tenant: &TenantId, module: &ModuleId) -> Result<Option<Installation>> {
        installations::one(&self.pool, tenant, module).await
    }
    async fn installations(&self, tenant: &TenantId) -> Result<Vec<Installation>> {
        installations::of_tenant(&self.pool, tenant).await
    }
    async fn all_installations(&self) -> Result<Vec<Installation>> {
        installations::all(&self.pool).await
    }
    async fn save_installation(&self, installation: &Installation) -> Result<bool> {
        installations::save(&self.pool, installation).await
    }
    async fn set_quarantined(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        package: &Digest,
        reason: Option<&str>,
        at: OffsetDateTime,
    ) -> Result<bool> {
        installations::set_quarantined(&self.pool, tenant, module, package, reason, at).await
    }
    async fn set_grants(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        grants: &[String],
        at: OffsetDateTime,
    ) -> Result<bool> {
        installations::set_grants(&self.pool, tenant, module, grants, at).await
    }
    async fn set_updates(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        auto_update: Option<bool>,
        channel: Option<Channel>,
        at: OffsetDateTime,
    ) -> Result<bool> {
        installations::set_updates(&self.pool, tenant, module, auto_update, channel, at).await
    }
    async fn set_config(&self, tenant: &TenantId, module: &ModuleId, revision: &ConfigRevision) -> Result<Option<i64>> {
        installations::set_config(&self.pool, tenant, module, revision).await
    }
    async fn config_revisions(&self, tenant: &TenantId, module: &ModuleId, limit: u32) -> Result<Vec<ConfigRevision>> {
        installations::config_revisions(&self.pool, tenant, module, limit).await
    }

    async fn begin(&self, operation: &Operation, installing: Option<&Installation>) -> Result<Begun> {
        operations::begin(&self.pool, operation, installing).await
    }
    async fn operation(&self, tenant: &TenantId, id: &str) -> Result<Option<Operation>> {
        operations::one(&self.pool, tenant, id).await
    }
    async fn operations(&self, tenant: &TenantId, limit: u32) -> Result<Vec<Operation>> {
        operations::of_tenant(&self.pool, tenant, limit).await
    }
    async fn running(&self, tenant: &TenantId, module: &ModuleId) -> Result<Option<Operation>> {
        operations::running(&self.pool, tenant, module).await
    }
    async fn all_running(&self) -> Result<Vec<Operation>> {
        operations::all_running(&self.pool).await
    }
    async fn save_operation(&self, operation: &Operation) -> Result<()> {
        operations::save(&self.pool, operation).await
    }
    async fn finish(&self, operation: &Operation, installation: Option<&Installation>, audit: &AuditRow) -> Result<()> {
        operations::finish(&self.pool, operation, installation, false, audit).await
    }
    async fn finish_with_grants(
        &self,
        operation: &Operation,
        installation: &Installation,
        audit: &AuditRow,
    ) -> Result<()> {
        operations::finish(&self.pool, operation, Some(installation), true, audit).await
    }

    async fn add_audit(&self, rows: &[AuditRow]) -> Result<()> {
        ledger::add_audit(&self.pool, rows).await
    }
    async fn audit(&self, tenant: &TenantId, limit: u32) -> Result<Vec<AuditRow>> {
        ledger::audit(&self.pool, tenant, limit).await
    }
    async fn add_usage(&self, rows: &[UsageRow]) -> Result<()> {
        ledger::add_usage(&self.pool, rows).await
    }
    async fn usage(&self, tenant: &TenantId, limit: u32) -> Result<Vec<UsageRow>> {
        ledger::usage(&self.pool, tenant, limit).await
    }

    async fn feed_cursor(&self, registry: &str) -> Result<i64> {
        feed::cursor(&self.pool, registry).await
    }
    async fn set_feed_cursor(&self, registry: &str, seq: i64) -> Result<()> {
        feed::set_cursor(&self.pool, registry, seq).await
    }

    async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }
    async fn close(&self) {
        self.pool.close().await;
    }
}

//! What the agent remembers: tenants, installations, operations, audit, metering and how far the feed was followed.
//!
//! [`Store`] is the port; `SQLite` is the embedded default and `PostgreSQL` the scale-out. Both adapters are the same source
//! files in `sql/`, compiled once per engine with concrete driver types; what must differ stands in `sqlite.rs` and
//! `postgres.rs`.

#[expect(clippy::duplicate_mod, reason = "the same source is compiled once per engine, which is the point")]
mod postgres;
mod record;
mod sqlite;

pub use record::{
    Announcement, Approval, AuditRow, Channel, ConfigRevision, FailedUpdate, HeldCooldown, HeldUpdate, Installation,
    Kind, Operation, Outcome, Pin, Resting, Status, StoredLicence, Tenant, UsageRow,
};

use adx_signing::{
    digest::Digest,
    name::{ModuleId, TenantId},
};
use secrecy::{ExposeSecret as _, SecretString};
use std::{collections::BTreeSet, sync::Arc};
use time::{Duration, OffsetDateTime};

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database itself failed.
    #[error("the agent's database failed")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the agent's database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds something this version does not understand.
    #[error("column {column} holds {value:?}, which this version of the agent does not understand")]
    Corrupt {
        /// Column that was read.
        column: &'static str,
        /// What stood there.
        value: String,
    },
    /// `database.url` names an engine the agent has no adapter for.
    #[error("database.url {url:?} is neither sqlite:… nor postgres://…")]
    UnknownEngine {
        /// The address, without its password.
        url: String,
    },
    /// The folder for the embedded database could not be made.
    #[error("the folder of the agent's database could not be made")]
    Folder(#[source] std::io::Error),
}

/// What became of an attempt to begin an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// The operation is recorded and is the only running one of its installation.
    Started,
    /// Another operation has the installation.
    Busy(Box<Operation>),
    /// There is already an installation (only for [`Kind::Install`]).
    AlreadyInstalled,
    /// There is no such installation (every other kind).
    NotInstalled,
}

/// The port to the agent's state. Lookups return `Option`; each method is one transaction.
#[async_trait::async_trait]
pub trait Store: Send + Sync {
    /// Adds a tenant; `false` when the id is taken.
    async fn add_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError>;
    /// The tenant of this id.
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<Tenant>, StoreError>;
    /// The tenant whose token has this hash.
    async fn tenant_by_token(&self, token_hash: &Digest) -> Result<Option<Tenant>, StoreError>;
    /// Every tenant, by id.
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError>;
    /// Gives a tenant another token, so that the one before is nobody's; `false` when there is no such tenant.
    async fn set_tenant_token(&self, tenant: &TenantId, token_hash: &Digest) -> Result<bool, StoreError>;
    /// Changes how long releases wait for a tenant; `false` when there is no such tenant.
    async fn set_cooldown(
        &self,
        tenant: &TenantId,
        cooldown: Duration,
        held: Option<HeldCooldown>,
    ) -> Result<bool, StoreError>;
    /// Adds somebody's approval; one that they gave before stands.
    async fn add_approval(&self, approval: &Approval) -> Result<(), StoreError>;
    /// Who approved a package, by their names.
    async fn approvals(&self, tenant: &TenantId, module: &ModuleId, package: &Pin)
    -> Result<Vec<Approval>, StoreError>;

    /// Keeps a licence; a lease of the same id takes the place of the one before.
    async fn put_licence(&self, licence: &StoredLicence) -> Result<(), StoreError>;
    /// Every licence of every tenant.
    async fn licences(&self) -> Result<Vec<StoredLicence>, StoreError>;
    /// Notes what was announced; what was announced before keeps its time.
    async fn add_announcements(&self, announcements: &[Announcement]) -> Result<(), StoreError>;
    /// Everything that was announced, by when it is due.
    async fn announcements(&self) -> Result<Vec<Announcement>, StoreError>;
    /// Forgets what was announced of a tenant's module and was due by then.
    async fn withdraw_announcements(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        due_by: OffsetDateTime,
    ) -> Result<(), StoreError>;
    /// Who has a seat of a tenant's module.
    async fn seats(&self, tenant: &TenantId, module: &ModuleId) -> Result<BTreeSet<String>, StoreError>;
    /// Says who has a seat, and nobody else.
    async fn set_seats(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        people: &BTreeSet<String>,
    ) -> Result<(), StoreError>;
    /// The latest time that was seen.
    async fn seen_time(&self) -> Result<Option<OffsetDateTime>, StoreError>;
    /// Remembers a time, if it is later than the one that is remembered.
    async fn see_time(&self, at: OffsetDateTime) -> Result<(), StoreError>;

    /// One installation.
    async fn installation(&self, tenant: &TenantId, module: &ModuleId) -> Result<Option<Installation>, StoreError>;
    /// A tenant's installations, by module.
    async fn installations(&self, tenant: &TenantId) -> Result<Vec<Installation>, StoreError>;
    /// Every installation of every tenant.
    async fn all_installations(&self) -> Result<Vec<Installation>, StoreError>;
    /// Writes what changed of an installation; `false` when it is gone. Grants, configuration, channel, whether it updates by
    /// itself and its quarantine are not touched: they have methods of their own, so that a lifecycle operation cannot undo what
    /// was decided meanwhile. Another package is not quarantined.
    async fn save_installation(&self, installation: &Installation) -> Result<bool, StoreError>;
    /// Sets or lifts the quarantine of an installation that is at this package; `false` when it is not, or not any more.
    async fn set_quarantined(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        package: &Digest,
        reason: Option<&str>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;
    /// Replaces the granted permissions; `false` when there is no such installation.
    async fn set_grants(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        grants: &[String],
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;
    /// Changes what is followed by itself, where given; `false` when there is no such installation. Turning updates on ends the
    /// hold that a rollback left.
    async fn set_updates(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        auto_update: Option<bool>,
        channel: Option<Channel>,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError>;
    /// Stores the next revision of the configuration and returns its number; `None` when there is no such installation.
    async fn set_config(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        revision: &ConfigRevision,
    ) -> Result<Option<i64>, StoreError>;
    /// The latest revisions of the configuration, newest first.
    async fn config_revisions(
        &self,
        tenant: &TenantId,
        module: &ModuleId,
        limit: u32,
    ) -> Result<Vec<ConfigRevision>, StoreError>;

    /// Records a running operation, and with [`Kind::Install`] the installation it is for, together.
    async fn begin(&self, operation: &Operation, installing: Option<&Installation>) -> Result<Begun, StoreError>;
    /// One operation of a tenant.
    async fn operation(&self, tenant: &TenantId, id: &str) -> Result<Option<Operation>, StoreError>;
    /// A tenant's operations, newest first.
    async fn operations(&self, tenant: &TenantId, limit: u32) -> Result<Vec<Operation>, StoreError>;
    /// The operation that has an installation just now.
    async fn running(&self, tenant: &TenantId, module: &ModuleId) -> Result<Option<Operation>, StoreError>;
    /// Every running operation: what a restarted agent has to go on with.
    async fn all_running(&self) -> Result<Vec<Operation>, StoreError>;
    /// Writes the step and the target versions of a running operation.
    async fn save_operation(&self, operation: &Operation) -> Result<(), StoreError>;
    /// Ends an operation together with what it means for the installation and its audit row, in one transaction. `None`
    /// removes the installation with its configuration history.
    async fn finish(
        &self,
        operation: &Operation,
        installation: Option<&Installation>,
        audit: &AuditRow,
    ) -> Result<(), StoreError>;
    /// [`Store::finish`] that writes the installation's grants too: for who keeps grants from being replaced meanwhile.
    async fn finish_with_grants(
        &self,
        operation: &Operation,
        installation: &Installation,
        audit: &AuditRow,
    ) -> Result<(), StoreError>;

    /// Adds audit rows; a row whose id is there already is left alone.
    async fn add_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError>;
    /// A tenant's audit rows, newest first.
    async fn audit(&self, tenant: &TenantId, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
    /// Adds to the metered use of the hours given.
    async fn add_usage(&self, rows: &[UsageRow]) -> Result<(), StoreError>;
    /// A tenant's metered use, newest hour first.
    async fn usage(&self, tenant: &TenantId, limit: u32) -> Result<Vec<UsageRow>, StoreError>;

    /// How far the feed of this registry was followed.
    async fn feed_cursor(&self, registry: &str) -> Result<i64, StoreError>;
    /// Remembers how far the feed was followed.
    async fn set_feed_cursor(&self, registry: &str, seq: i64) -> Result<(), StoreError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Ends every connection.
    async fn close(&self);
}

/// Opens the store that `url` names and brings its schema up to date.
pub async fn open(url: &SecretString) -> Result<Arc<dyn Store>, StoreError> {
    let url = url.expose_secret();
    if url.starts_with("sqlite:") {
        sqlite::open(url).await
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        postgres::open(url).await
    } else {
        let url = url.split('@').next_back().unwrap_or_default().to_owned();
        Err(StoreError::UnknownEngine { url })
    }
}

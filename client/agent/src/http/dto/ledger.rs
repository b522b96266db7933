//! The audit log and metered use.

use crate::store;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// One line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AuditEntry {
    /// Its id.
    pub(in crate::http) id: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) at: OffsetDateTime,
    /// Who acted.
    pub(in crate::http) actor: String,
    /// What.
    pub(in crate::http) action: String,
    /// On which module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) module: Option<String>,
    /// `done`, `refused` or `failed`.
    pub(in crate::http) outcome: String,
    /// The particulars.
    #[schema(value_type = Object)]
    pub(in crate::http) detail: Value,
}

impl From<store::AuditRow> for AuditEntry {
    fn from(row: store::AuditRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            module: row.module.map(|module| module.to_string()),
            outcome: row.outcome.as_str().to_owned(),
            detail: row.detail,
        }
    }
}

/// A tenant's audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AuditList {
    /// Newest first.
    pub(in crate::http) entries: Vec<AuditEntry>,
}

/// Metered use of a module in one hour.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UsageEntry {
    /// `namespace/name`.
    pub(in crate::http) module: String,
    /// When the hour began.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) hour: OffsetDateTime,
    /// Calls, failed ones included.
    pub(in crate::http) calls: i64,
    /// Calls that failed.
    pub(in crate::http) failures: i64,
    /// CPU time, in microseconds.
    pub(in crate::http) cpu_us: i64,
    /// Calls the module made to the host.
    pub(in crate::http) host_calls: i64,
    /// The most memory a single call had, in bytes.
    pub(in crate::http) peak_memory_bytes: i64,
}

impl From<store::UsageRow> for UsageEntry {
    fn from(row: store::UsageRow) -> Self {
        Self {
            module: row.module.to_string(),
            hour: OffsetDateTime::from_unix_timestamp(row.hour * 3600).unwrap_or(OffsetDateTime::UNIX_EPOCH),
            calls: row.calls,
            failures: row.failures,
            cpu_us: row.cpu_us,
            host_calls: row.host_calls,
            peak_memory_bytes: row.peak_memory,
        }
    }
}

/// A tenant's metered use.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UsageList {
    /// Newest hour first.
    pub(in crate::http) usage: Vec<UsageEntry>,
}

//! Lifecycle operations, and calls.

use crate::store;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A lifecycle operation.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Operation {
    /// Its id.
    pub(in crate::http) id: String,
    /// `install`, `activate`, `deactivate`, `update`, `rollback` or `uninstall`.
    pub(in crate::http) kind: String,
    /// `namespace/name`.
    pub(in crate::http) module: String,
    /// `running`, `succeeded`, `failed` (everything was put back) or `held` (waits for consent).
    pub(in crate::http) status: String,
    /// The step reached last; of one that failed, the step that did.
    pub(in crate::http) step: String,
    /// Who asked for it.
    pub(in crate::http) actor: String,
    /// Why it did not succeed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) error: Option<String>,
    /// Why it did not succeed, for programs: `older-version`, `not-asked-for`, `consent`, `no-version`, `refused`, `module`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) error_kind: Option<String>,
    /// The version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) from_version: Option<String>,
    /// The version it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) to_version: Option<String>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) created_at: OffsetDateTime,
    /// When it last moved.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) updated_at: OffsetDateTime,
}

impl From<store::Operation> for Operation {
    fn from(operation: store::Operation) -> Self {
        Self {
            id: operation.id,
            kind: operation.kind.as_str().to_owned(),
            module: operation.module.to_string(),
            status: operation.status.as_str().to_owned(),
            step: operation.step,
            actor: operation.actor,
            error: operation.error,
            error_kind: operation.error_kind,
            from_version: operation.from_version.map(|version| version.to_string()),
            to_version: operation.to.map(|to| to.version.to_string()),
            created_at: operation.created_at,
            updated_at: operation.updated_at,
        }
    }
}

/// A tenant's operations.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct OperationList {
    /// Newest first.
    pub(in crate::http) operations: Vec<Operation>,
}

/// What a module can be asked to do.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ActivityList {
    /// Names, as the module gives them.
    pub(in crate::http) activities: Vec<String>,
}

/// What an activity gave.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ActivityOutput {
    /// As the module gave it.
    pub(in crate::http) output: Value,
    /// The version that answered.
    pub(in crate::http) version: String,
}

//! Approvals of releases that need not wait.

use crate::store;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What to approve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewApproval {
    /// The version.
    #[schema(example = "1.2.3")]
    pub(in crate::http) version: String,
    /// Why it need not wait: the advisory it mends.
    pub(in crate::http) reason: String,
}

/// Somebody's approval.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Approval {
    /// The version.
    pub(in crate::http) version: String,
    /// SHA-256 of the package that was meant: no other of this version is approved.
    pub(in crate::http) sha256: String,
    /// Who: `admin` or `tenant:<id>`.
    pub(in crate::http) actor: String,
    /// Why.
    pub(in crate::http) reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) at: OffsetDateTime,
}

impl From<store::Approval> for Approval {
    fn from(approval: store::Approval) -> Self {
        let store::Approval { package, actor, reason, at, .. } = approval;
        Self { version: package.version.to_string(), sha256: package.sha256.to_string(), actor, reason, at }
    }
}

/// The approvals of a release.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ApprovalList {
    /// By who gave them; two let it past the cooldown.
    pub(in crate::http) approvals: Vec<Approval>,
}

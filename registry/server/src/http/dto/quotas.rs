//! How much a publisher may publish.

use adx_registry_core::quotas::{self, PublisherQuota};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What there is too much of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExceededQuota {
    /// `modules`, `package-bytes` or `releases-today`.
    #[schema(example = "releases-today")]
    pub counted: String,
    /// How much there is.
    pub used: u64,
    /// How much there may be.
    pub limit: u64,
}

impl From<&quotas::Exceeded> for ExceededQuota {
    fn from(exceeded: &quotas::Exceeded) -> Self {
        Self { counted: exceeded.counted.to_string(), used: exceeded.used, limit: exceeded.limit }
    }
}

/// How much there is of something, and may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsedOfQuota {
    /// How much there is.
    pub used: u64,
    /// How much there may be.
    pub limit: u64,
}

/// How much a publisher may publish, and has.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Quota {
    /// Modules, deleted ones too.
    pub modules: UsedOfQuota,
    /// Bytes of all packages together, with those of `kept_bytes`.
    pub package_bytes: UsedOfQuota,
    /// Of the used `package_bytes` those of versions that are not released: that wait, or were rejected or withdrawn after they had waited, as
    /// long as they are kept.
    pub kept_bytes: u64,
    /// Versions released today (UTC).
    pub releases_today: UsedOfQuota,
    /// What an operator allowed, if one did; for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowance: Option<QuotaAllowance>,
}

/// What an operator allowed a publisher.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuotaAllowance {
    /// Modules; as many as all may have if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modules: Option<u64>,
    /// Bytes of all packages together; as many as all may have if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_bytes: Option<u64>,
    /// Versions released on one day; as many as all may release if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub releases_a_day: Option<u64>,
    /// How many times as often its tokens may do what every caller may; as often if it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_factor: Option<u64>,
    /// Why.
    pub reason: String,
    /// Who allowed it: `token:` or `account:` with an id, or `machine`.
    pub by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What a publisher is allowed from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuota {
    /// Modules; as many as all may have if it is missing.
    #[schema(maximum = 1_000_000_000)]
    pub modules: Option<u64>,
    /// Bytes of all packages together; as many as all may have if it is missing.
    #[schema(maximum = 1_000_000_000_000_000_000u64)]
    pub package_bytes: Option<u64>,
    /// Versions released on one day; as many as all may release if it is missing.
    #[schema(maximum = 1_000_000_000)]
    pub releases_a_day: Option<u64>,
    /// How many times as often its tokens may do what every caller may; as often if it is missing.
    #[schema(minimum = 1, maximum = 1_000)]
    pub rate_factor: Option<u64>,
    /// Why, for operators; one line without markup, 500 characters at most.
    pub reason: String,
}

impl Quota {
    /// As the publisher sees it: what operators say among themselves is left out.
    pub(in crate::http) fn told(of: &PublisherQuota) -> Self {
        let PublisherQuota { usage, quota, .. } = of;
        Self {
            modules: UsedOfQuota { used: usage.modules, limit: quota.modules },
            package_bytes: UsedOfQuota { used: of.used_bytes(), limit: quota.package_bytes },
            kept_bytes: of.kept_bytes,
            releases_today: UsedOfQuota { used: usage.releases_today, limit: quota.releases_a_day },
            allowance: None,
        }
    }

    /// As operators see it.
    pub(in crate::http) fn all(of: &PublisherQuota) -> Self {
        let allowance = of.allowance.as_ref().map(|allowance| QuotaAllowance {
            modules: allowance.limits.modules,
            package_bytes: allowance.limits.package_bytes,
            releases_a_day: allowance.limits.releases_a_day,
            rate_factor: allowance.limits.rate_factor,
            reason: allowance.reason.clone(),
            by: allowance.by.clone(),
            at: allowance.at,
        });
        Self { allowance, ..Self::told(of) }
    }
}

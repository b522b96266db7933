//! How much a publisher may publish: what the configuration allows all, and what operators allow some.

mod allow;
mod count;

use std::fmt;

use adx_signing::name::{ModuleId, Namespace};
use thiserror::Error;
use time::OffsetDateTime;

use crate::actor::Denied;
use crate::ports::StoreError;

pub use allow::{PublisherQuota, allow, allow_on_the_machine, quota_of, quota_of_on_the_machine};
pub(crate) use count::{check, check_approved, check_waiting, count};

/// How much there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Modules.
    pub modules: u64,
    /// Bytes of all packages together.
    pub package_bytes: u64,
    /// Versions released on one day (UTC).
    pub releases_a_day: u64,
}

impl Default for Quota {
    fn default() -> Self {
        Self { modules: 1_000, package_bytes: 100 * 1024 * 1024 * 1024, releases_a_day: 1_000 }
    }
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Modules.
    pub modules: u64,
    /// Bytes of all packages together.
    pub package_bytes: u64,
    /// Versions released today (UTC).
    pub releases_today: u64,
}

/// Other limits than those of all; where there is none, that of all holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Modules.
    pub modules: Option<u64>,
    /// Bytes of all packages together.
    pub package_bytes: Option<u64>,
    /// Versions released on one day (UTC).
    pub releases_a_day: Option<u64>,
    /// How many times as often its tokens may do what the configuration lets every caller do.
    pub rate_factor: Option<u64>,
}

/// Most times as often.
pub const MOST_RATE_FACTOR: u64 = 1_000;

/// What an operator allows a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// How much.
    pub limits: Limits,
    /// Why, for operators.
    pub reason: String,
    /// Who: `token:` or `account:` with an id, or `machine`.
    pub by: String,
    /// When.
    pub at: OffsetDateTime,
}

impl Quota {
    /// What holds where an operator allowed something else.
    #[must_use]
    pub fn with(self, allowance: Option<&Allowance>) -> Self {
        let limits = allowance.map(|allowance| allowance.limits).unwrap_or_default();
        Self {
            modules: limits.modules.unwrap_or(self.modules),
            package_bytes: limits.package_bytes.unwrap_or(self.package_bytes),
            releases_a_day: limits.releases_a_day.unwrap_or(self.releases_a_day),
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Modules.
    Modules,
    /// Bytes of packages.
    PackageBytes,
    /// Versions released today.
    ReleasesToday,
    /// Versions that wait for somebody's word.
    Waiting,
}

/// Most versions of a publisher that wait for somebody's word at once: those are kept, and people have to look at them.
pub const MAX_WAITING: u64 = 50;

impl Counted {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Modules => "modules",
            Self::PackageBytes => "package-bytes",
            Self::ReleasesToday => "releases-today",
            Self::Waiting => "waiting",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Modules => "modules",
            Self::PackageBytes => "bytes of packages",
            Self::ReleasesToday => "releases a day",
            Self::Waiting => "versions that wait",
        }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A release would be more than there may be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{namespace}` may have {limit} {}, and has {used}", counted.in_words())]
pub struct Exceeded {
    /// Whose.
    pub namespace: Namespace,
    /// Of what.
    pub counted: Counted,
    /// How much there is.
    pub used: u64,
    /// How much there may be.
    pub limit: u64,
}

/// Why a quota is not told, or stays as it is.
#[derive(Debug, Error)]
pub enum QuotaError {
    /// Who asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The namespace has no publisher.
    #[error("there is no publisher `{0}`")]
    NoPublisher(Namespace),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A module whose kept sum is not that of its releases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Miscounted {
    /// The module.
    pub module: ModuleId,
    /// What is kept.
    pub kept: u64,
    /// What its releases take.
    pub counted: u64,
}

/// The day of a time, in days since 1970 (UTC).
fn day_of(now: OffsetDateTime) -> u64 {
    u64::try_from(now.unix_timestamp() / 86_400).unwrap_or_default()
}

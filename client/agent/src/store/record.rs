//! The rows of the agent's state, as the rest of the agent sees them.

use adx_signing::{
    digest::Digest,
    licence::{LicenceId, State},
    name::{ModuleId, TenantId},
};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

/// A tenant of this agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    /// Its id.
    pub tenant: TenantId,
    /// What people call it.
    pub display_name: String,
    /// SHA-256 of its token; the token itself is shown once and kept nowhere.
    pub token_hash: Digest,
    /// How long a release must have been public before it is installed.
    pub cooldown: Duration,
    /// A longer one that was shortened and holds for a while.
    pub held_cooldown: Option<HeldCooldown>,
    /// When it was added.
    pub created_at: OffsetDateTime,
}

impl Tenant {
    /// How long a release must have been public to be installed at `now`.
    pub fn cooldown_at(&self, now: OffsetDateTime) -> Duration {
        self.held_cooldown_at(now).map_or(self.cooldown, |held| held.cooldown.max(self.cooldown))
    }

    /// The longer cooldown of before, if it holds at `now`.
    pub fn held_cooldown_at(&self, now: OffsetDateTime) -> Option<HeldCooldown> {
        self.held_cooldown.filter(|held| now < held.until && held.cooldown > self.cooldown)
    }
}

/// A cooldown that was shortened: it holds until it has passed once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldCooldown {
    /// How long it was.
    pub cooldown: Duration,
    /// Until when it holds.
    pub until: OffsetDateTime,
}

/// Somebody's word that a release, a security fix, need not wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// For whom.
    pub tenant: TenantId,
    /// Which module.
    pub module: ModuleId,
    /// Which package of it: another one of the same version is not approved.
    pub package: Pin,
    /// Who: `admin` or `tenant:<id>`.
    pub actor: String,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub at: OffsetDateTime,
}

/// A licence or a lease as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLicence {
    /// For whom.
    pub tenant: TenantId,
    /// For which module.
    pub module: ModuleId,
    /// Its id.
    pub id: LicenceId,
    /// The signed text.
    pub token: String,
    /// Who brought it: `admin` or `tenant:<id>`.
    pub actor: String,
    /// When.
    pub at: OffsetDateTime,
}

/// That a tenant was told of a step before it takes something away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Who was told.
    pub tenant: TenantId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which licence; none where there is none.
    pub licence: Option<LicenceId>,
    /// The state that it goes to.
    pub state: State,
    /// When it does.
    pub due: OffsetDateTime,
    /// When this was told.
    pub announced_at: OffsetDateTime,
}

/// The state of this name.
pub(super) fn licence_state(text: &str) -> Option<State> {
    State::ALL.into_iter().find(|state| state.as_str() == text)
}

/// One immutable package: a version with the digest it was verified to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The version.
    pub version: Version,
    /// SHA-256 of the package.
    pub sha256: Digest,
}

/// What an installation is when nothing is being done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resting {
    /// Its first operation has not ended; there is nothing to run yet.
    Installing,
    /// Installed, not taking calls.
    Installed,
    /// Taking calls.
    Active,
}

impl Resting {
    /// The word in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Active => "active",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Installing, Self::Installed, Self::Active].into_iter().find(|state| state.as_str() == text)
    }
}

/// Which versions an installation follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Releases, and a pre-release only where the requirement names one of its version.
    Stable,
    /// Pre-releases too.
    Beta,
}

impl Channel {
    /// The word in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Beta => "beta",
        }
    }

    /// The channel of this name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stable, Self::Beta].into_iter().find(|channel| channel.as_str() == text)
    }
}

/// An update that waits for the tenant's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUpdate {
    /// The version that asks for more.
    pub version: Version,
    /// The permissions it needs and was not granted.
    pub permissions: Vec<String>,
}

/// An update that was tried and put back; not tried again by itself until a newer version is released, but for one that only its
/// source spoiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedUpdate {
    /// The version that failed.
    pub version: Version,
    /// Why, in words.
    pub reason: String,
    /// When it is tried again by itself, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub again_at: Option<OffsetDateTime>,
    /// How often it was tried again by itself before.
    #[serde(default)]
    pub tries: u32,
}

/// A module installed for a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Installation {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which module.
    pub module: ModuleId,
    /// Which versions the tenant wants.
    pub requirement: VersionReq,
    /// Which versions it follows.
    pub channel: Channel,
    /// Whether new versions are installed as they appear.
    pub auto_update: bool,
    /// What it is at rest.
    pub state: Resting,
    /// The version that answers calls; `None` only while installing.
    pub current: Option<Pin>,
    /// The version before it, kept to go back to.
    pub previous: Option<Pin>,
    /// Permissions the tenant granted, in manifest notation.
    pub grants: Vec<String>,
    /// Permissions that the update from `previous` withdrew, because `current` does not ask for them: going back gives them back.
    pub withdrawn: Vec<String>,
    /// The tenant's settings, without the schema's defaults.
    pub config: Value,
    /// How often the settings were changed.
    pub config_revision: i64,
    /// An update waiting for consent.
    pub held: Option<HeldUpdate>,
    /// The update that last failed.
    pub failed: Option<FailedUpdate>,
    /// The version that a rollback on request came from: until somebody updates again, nothing is updated by itself.
    pub rolled_back_from: Option<Version>,
    /// Why it could not be loaded when the agent started.
    pub load_error: Option<String>,
    /// Why the registry's kill list stopped the version that is current. Written by [`Store::set_quarantined`] alone.
    ///
    /// [`Store::set_quarantined`]: super::Store::set_quarantined
    pub quarantined: Option<String>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Absent → installed.
    Install,
    /// Installed → active.
    Activate,
    /// Active → installed.
    Deactivate,
    /// To another version, newer or asked for.
    Update,
    /// To the version before.
    Rollback,
    /// → absent.
    Uninstall,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Install, Self::Activate, Self::Deactivate, Self::Update, Self::Rollback, Self::Uninstall];

    /// The word in the database, in the API and before the dot of a fail point.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Update => "update",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Going on, here or after a restart.
    Running,
    /// Done.
    Succeeded,
    /// Not done; everything was put back.
    Failed,
    /// Not done: it waits for the tenant to grant more.
    Held,
}

impl Status {
    /// The word in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Held => "held",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Succeeded, Self::Failed, Self::Held].into_iter().find(|status| status.as_str() == text)
    }
}

/// One lifecycle operation; its id is also the id of the durable run that carries it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// `op_` and 32 hexadecimal digits.
    pub id: String,
    /// For whom.
    pub tenant: TenantId,
    /// On which module.
    pub module: ModuleId,
    /// What it does.
    pub kind: Kind,
    /// How far it is.
    pub status: Status,
    /// The step reached last.
    pub step: String,
    /// Who asked for it: `admin`, `tenant` or `feed`.
    pub actor: String,
    /// What was asked for, beyond kind and module.
    pub request: Value,
    /// Why it did not succeed, in words.
    pub error: Option<String>,
    /// Why it did not succeed, as a word that does not change.
    pub error_kind: Option<String>,
    /// The version before.
    pub from_version: Option<Version>,
    /// The package it goes to, once known.
    pub to: Option<Pin>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it last moved.
    pub updated_at: OffsetDateTime,
}

/// One setting of a module's configuration in time.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigRevision {
    /// Counted from 1; ignored when a revision is added.
    pub revision: i64,
    /// The tenant's settings as of then.
    pub config: Value,
    /// Who set them.
    pub actor: String,
    /// When.
    pub at: OffsetDateTime,
}

/// Whether what was tried was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was allowed and went wrong.
    Failed,
}

impl Outcome {
    /// The word in the database and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Done, Self::Refused, Self::Failed].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// `au_` and 32 hexadecimal digits, or derived from an operation so that a repeated step adds no second row.
    pub id: String,
    /// When.
    pub at: OffsetDateTime,
    /// The tenant acted upon.
    pub tenant: TenantId,
    /// Who acted: `admin`, `tenant:<id>`, `feed` or `module:<id>`.
    pub actor: String,
    /// What: `install`, `call`, `capability.kv`, …
    pub action: String,
    /// On which module.
    pub module: Option<ModuleId>,
    /// What became of it.
    pub outcome: Outcome,
    /// The particulars, without secrets.
    pub detail: Value,
}

/// Metered use of one module by one tenant in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Who used it.
    pub tenant: TenantId,
    /// What was used.
    pub module: ModuleId,
    /// The hour: Unix time divided by 3600.
    pub hour: i64,
    /// Calls, failed ones included.
    pub calls: i64,
    /// Calls that failed.
    pub failures: i64,
    /// CPU time in microseconds.
    pub cpu_us: i64,
    /// Calls the module made to the host.
    pub host_calls: i64,
    /// The most memory a single call had, in bytes.
    pub peak_memory: i64,
}

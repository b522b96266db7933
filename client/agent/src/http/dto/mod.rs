//! What crosses the API, as JSON.

use super::{malformed, problem::Problem};
use crate::{
    calls::Routes,
    retained,
    settings::Settings,
    store::{self, Channel, Kind},
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, error::PayloadError, web::Bytes};
use adx_index::manifest::Permission;
use adx_signing::name::ModuleId;
use futures::future::LocalBoxFuture;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// A tenant of this agent.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "`tenant` is what its id is called everywhere in the API")]
pub(super) struct Tenant {
    /// Its id.
    #[schema(example = "acme")]
    pub(super) tenant: String,
    /// What people call it.
    pub(super) display_name: String,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created_at: OffsetDateTime,
}

impl From<store::Tenant> for Tenant {
    fn from(tenant: store::Tenant) -> Self {
        Self { tenant: tenant.tenant.to_string(), display_name: tenant.display_name, created_at: tenant.created_at }
    }
}

/// A new tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTenant {
    /// Its id: `[a-z][a-z0-9]*([-_][a-z0-9]+)*`, 2 to 64 characters.
    #[schema(example = "acme")]
    pub(super) tenant: String,
    /// What people call it.
    pub(super) display_name: String,
}

/// A tenant just added, with its token.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TenantWithToken {
    /// The tenant.
    #[serde(flatten)]
    pub(super) tenant: Tenant,
    /// Its token, shown this once.
    pub(super) token: String,
}

/// The tenants.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TenantList {
    /// By id.
    pub(super) tenants: Vec<Tenant>,
}

/// What to install.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInstallation {
    /// `namespace/name`.
    #[schema(example = "adx/hello")]
    pub(super) module: String,
    /// Which versions are wanted, now and in updates; all when left out.
    #[schema(example = "^1.0")]
    pub(super) version: Option<String>,
    /// Permissions granted, as the manifest writes them. The required ones must be among them.
    #[serde(default)]
    pub(super) grants: Vec<String>,
    /// Which versions are followed: `stable` (when left out), or `beta` for pre-releases too.
    pub(super) channel: Option<String>,
    /// Whether new versions are installed as they appear; yes when left out.
    pub(super) auto_update: Option<bool>,
}

/// What happens by itself; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatePolicy {
    /// Whether new versions are installed as they appear. Turning it on ends the hold that a rollback left.
    pub(super) auto_update: Option<bool>,
    /// Which versions are followed: `stable`, or `beta` for pre-releases too.
    pub(super) channel: Option<String>,
}

/// Which version to update to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    /// A requirement, which becomes the installation's own; the one it has when left out.
    #[schema(example = "=1.1.0")]
    pub(super) version: Option<String>,
}

/// Permissions granted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Grants {
    /// As the manifest writes them; they replace the earlier ones.
    pub(super) grants: Vec<String>,
}

/// An update that waits for consent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UpdateHeld {
    /// The version that asks for more.
    pub(super) version: String,
    /// Permissions to grant before it can be installed.
    pub(super) permissions: Vec<String>,
}

/// An update that was put back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UpdateFailed {
    /// The version that failed.
    pub(super) version: String,
    /// Why.
    pub(super) reason: String,
}

/// A module installed for a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Installation {
    /// `namespace/name`.
    pub(super) module: String,
    /// `installing`, `installed`, `active`, `updating` or `uninstalling`.
    pub(super) state: String,
    /// The version that answers calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// The version to roll back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_version: Option<String>,
    /// Which versions are wanted.
    pub(super) requirement: String,
    /// Which versions are followed: `stable` or `beta`.
    pub(super) channel: String,
    /// Whether new versions are installed as they appear.
    pub(super) auto_update: bool,
    /// Permissions granted.
    pub(super) grants: Vec<String>,
    /// How often the configuration was changed.
    pub(super) config_revision: i64,
    /// An update that waits for consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) update_held: Option<UpdateHeld>,
    /// The update that last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) update_failed: Option<UpdateFailed>,
    /// The version that a rollback on request came from. While it is here nothing is updated by itself; an update that somebody
    /// asks for, or turning `auto_update` on, ends that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rolled_back_from: Option<String>,
    /// Why it could not be loaded when the agent started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) load_error: Option<String>,
    /// The operation that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<String>,
    /// Calls running now.
    pub(super) calls_in_flight: usize,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) updated_at: OffsetDateTime,
}

impl Installation {
    /// What is stored, seen together with the running operation.
    pub(super) fn new(stored: store::Installation, running: Option<&store::Operation>, routes: &Routes) -> Self {
        let state = match running.map(|operation| operation.kind) {
            Some(Kind::Update | Kind::Rollback) => "updating",
            Some(Kind::Uninstall) => "uninstalling",
            _ => stored.state.as_str(),
        };
        Self {
            calls_in_flight: routes.in_flight(&stored.tenant, &stored.module),
            module: stored.module.to_string(),
            state: state.to_owned(),
            version: stored.current.map(|pin| pin.version.to_string()),
            previous_version: stored.previous.map(|pin| pin.version.to_string()),
            requirement: stored.requirement.to_string(),
            channel: stored.channel.as_str().to_owned(),
            auto_update: stored.auto_update,
            grants: stored.grants,
            config_revision: stored.config_revision,
            update_held: stored
                .held
                .map(|held| UpdateHeld { version: held.version.to_string(), permissions: held.permissions }),
            update_failed: stored
                .failed
                .map(|failed| UpdateFailed { version: failed.version.to_string(), reason: failed.reason }),
            rolled_back_from: stored.rolled_back_from.map(|version| version.to_string()),
            load_error: stored.load_error,
            operation: running.map(|operation| operation.id.clone()),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

/// A tenant's installations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InstallationList {
    /// By module.
    pub(super) installations: Vec<Installation>,
}

/// A lifecycle operation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Operation {
    /// Its id.
    pub(super) id: String,
    /// `install`, `activate`, `deactivate`, `update`, `rollback` or `uninstall`.
    pub(super) kind: String,
    /// `namespace/name`.
    pub(super) module: String,
    /// `running`, `succeeded`, `failed` (everything was put back) or `held` (waits for consent).
    pub(super) status: String,
    /// The step reached last; of one that failed, the step that did.
    pub(super) step: String,
    /// Who asked for it.
    pub(super) actor: String,
    /// Why it did not succeed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// Why it did not succeed, for programs: `older-version`, `not-asked-for`, `consent`, `no-version`, `refused`, `module`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_kind: Option<String>,
    /// The version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_version: Option<String>,
    /// The version it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_version: Option<String>,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created_at: OffsetDateTime,
    /// When it last moved.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) updated_at: OffsetDateTime,
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
pub(super) struct OperationList {
    /// Newest first.
    pub(super) operations: Vec<Operation>,
}

/// A module's settings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Configuration {
    /// What the tenant set.
    #[schema(value_type = Object)]
    pub(super) config: Value,
    /// What the module sees: the schema's defaults under what the tenant set.
    #[schema(value_type = Object)]
    pub(super) effective: Value,
    /// How often it was changed.
    pub(super) revision: i64,
}

impl From<Settings> for Configuration {
    fn from(settings: Settings) -> Self {
        Self { config: settings.own, effective: settings.effective, revision: settings.revision }
    }
}

/// New settings; they replace the earlier ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConfiguration {
    /// What the tenant sets; the schema's defaults apply to what is left out.
    #[schema(value_type = Object)]
    pub(super) config: Value,
}

/// What an activity gave.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityOutput {
    /// As the module gave it.
    pub(super) output: Value,
    /// The version that answered.
    pub(super) version: String,
}

/// One line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntry {
    /// Its id.
    pub(super) id: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) at: OffsetDateTime,
    /// Who acted.
    pub(super) actor: String,
    /// What.
    pub(super) action: String,
    /// On which module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) module: Option<String>,
    /// `done`, `refused` or `failed`.
    pub(super) outcome: String,
    /// The particulars.
    #[schema(value_type = Object)]
    pub(super) detail: Value,
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
pub(super) struct AuditList {
    /// Newest first.
    pub(super) entries: Vec<AuditEntry>,
}

/// Metered use of a module in one hour.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsageEntry {
    /// `namespace/name`.
    pub(super) module: String,
    /// When the hour began.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) hour: OffsetDateTime,
    /// Calls, failed ones included.
    pub(super) calls: i64,
    /// Calls that failed.
    pub(super) failures: i64,
    /// CPU time, in microseconds.
    pub(super) cpu_us: i64,
    /// Calls the module made to the host.
    pub(super) host_calls: i64,
    /// The most memory a single call had, in bytes.
    pub(super) peak_memory_bytes: i64,
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
pub(super) struct UsageList {
    /// Newest hour first.
    pub(super) usage: Vec<UsageEntry>,
}

/// What goes with an uninstalled module.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Purge {
    /// Whether its data goes at once, whatever its manifest says; no when left out.
    pub(super) purge: Option<bool>,
}

/// Data of an uninstalled module.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Retained {
    /// `namespace/name`.
    pub(super) module: String,
    /// The version that wrote it last.
    pub(super) version: String,
    /// When it goes.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) until: OffsetDateTime,
}

impl From<retained::Retained> for Retained {
    fn from(kept: retained::Retained) -> Self {
        Self { module: kept.module.to_string(), version: kept.version.to_string(), until: kept.until }
    }
}

/// Data of a tenant's uninstalled modules.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetainedList {
    /// By module.
    pub(super) retained: Vec<Retained>,
}

/// How many to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// At most this many, 100 when left out, 1000 at most.
    pub(super) limit: Option<u32>,
}

impl Page {
    /// The limit to ask the store for.
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(100).clamp(1, 1000)
    }
}

/// The module that a path names.
pub(super) fn module_of(namespace: &str, name: &str) -> Result<ModuleId, Problem> {
    module_from(&format!("{namespace}/{name}"))
}

/// The module that a text names.
pub(super) fn module_from(text: &str) -> Result<ModuleId, Problem> {
    text.parse().map_err(|error| Problem::invalid("invalid-module", format!("{error}")))
}

/// A version requirement, all versions when there is none.
pub(super) fn requirement_from(text: Option<&str>) -> Result<semver::VersionReq, Problem> {
    text.unwrap_or("*").parse().map_err(|error| {
        Problem::invalid(
            "invalid-requirement",
            format!("{:?} is not a version requirement: {error}", text.unwrap_or("*")),
        )
        .hint("write for example ^1.2 or =1.2.3")
    })
}

/// The channel of this name.
pub(super) fn channel_from(text: &str) -> Result<Channel, Problem> {
    Channel::parse(text).ok_or_else(|| {
        Problem::invalid("invalid-channel", format!("there is no channel {text:?}")).hint("write stable or beta")
    })
}

/// The permissions that texts name, sorted, each once.
pub(super) fn permissions_from(texts: Vec<String>) -> Result<Vec<String>, Problem> {
    let mut permissions = texts
        .into_iter()
        .map(|text| {
            text.parse::<Permission>()
                .map(|permission| permission.to_string())
                .map_err(|error| Problem::invalid("invalid-permission", format!("{text:?}: {error}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    permissions.sort();
    permissions.dedup();
    Ok(permissions)
}

/// A JSON body, read and not yet judged: whether the caller may ask at all is decided first, whatever the body holds.
pub(super) struct Body(Result<Bytes, Problem>);

impl Body {
    /// What the body says.
    pub(super) fn required<T: DeserializeOwned>(self) -> Result<T, Problem> {
        serde_json::from_slice(&self.0?).map_err(|error| malformed(&error))
    }

    /// What the body says; nothing when it is empty.
    pub(super) fn optional<T: DeserializeOwned>(self) -> Result<Option<T>, Problem> {
        let bytes = self.0?;
        if bytes.is_empty() { Ok(None) } else { Self(Ok(bytes)).required().map(Some) }
    }
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = Bytes::from_request(request, payload);
        Box::pin(async move {
            Ok(Self(bytes.await.map_err(|error| match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) => Problem::too_large(),
                _ => malformed(&error),
            })))
        })
    }
}

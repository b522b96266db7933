//! Installations: what is asked for, what is there, and what is kept of those that are gone.

use crate::{
    advisories::Affecting,
    agent::Agent,
    retained,
    store::{self, Kind},
};
use adx_index::line::Deprecated;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// What to install.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewInstallation {
    /// `namespace/name`.
    #[schema(example = "adx/hello")]
    pub(in crate::http) module: String,
    /// Which versions are wanted, now and in updates; all when left out.
    #[schema(example = "^1.0")]
    pub(in crate::http) version: Option<String>,
    /// Permissions granted, as the manifest writes them. The required ones must be among them.
    #[serde(default)]
    pub(in crate::http) grants: Vec<String>,
    /// Which versions are followed: `stable` (when left out), or `beta` for pre-releases too.
    pub(in crate::http) channel: Option<String>,
    /// Whether new versions are installed as they appear; yes when left out.
    pub(in crate::http) auto_update: Option<bool>,
}

/// What happens by itself; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct UpdatePolicy {
    /// Whether new versions are installed as they appear. Turning it on ends the hold that a rollback left.
    pub(in crate::http) auto_update: Option<bool>,
    /// Which versions are followed: `stable`, or `beta` for pre-releases too.
    pub(in crate::http) channel: Option<String>,
}

/// Which version to update to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct UpdateRequest {
    /// A requirement, which becomes the installation's own; the one it has when left out.
    #[schema(example = "=1.1.0")]
    pub(in crate::http) version: Option<String>,
}

/// Permissions granted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Grants {
    /// As the manifest writes them; they replace the earlier ones.
    pub(in crate::http) grants: Vec<String>,
}

/// An update that waits for consent.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UpdateHeld {
    /// The version that asks for more.
    pub(in crate::http) version: String,
    /// Permissions to grant before it can be installed.
    pub(in crate::http) permissions: Vec<String>,
}

/// A release that is too young for the tenant's cooldown.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UpdateWaits {
    /// The version.
    pub(in crate::http) version: String,
    /// When it is old enough.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) until: OffsetDateTime,
}

/// An update that was put back.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UpdateFailed {
    /// The version that failed.
    pub(in crate::http) version: String,
    /// Why.
    pub(in crate::http) reason: String,
    /// When it is tried again by itself, where only what the source gave was at fault.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub(in crate::http) again_at: Option<OffsetDateTime>,
}

/// An advisory that holds of the version.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AdvisoryNotice {
    /// Its name.
    #[schema(example = "ADX-2026-0001")]
    pub(in crate::http) id: String,
    /// `low`, `medium`, `high` or `critical`.
    pub(in crate::http) severity: String,
    /// What it is, in one line.
    pub(in crate::http) title: String,
    /// The versions to go to.
    pub(in crate::http) patched: Vec<String>,
    /// Whether an operator of the registry stands for it, and not only the module's publisher.
    pub(in crate::http) confirmed: bool,
}

/// That the publisher advises against the version.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DeprecationNotice {
    /// Why.
    pub(in crate::http) message: String,
    /// `namespace/name` of the module to use in its stead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) replacement: Option<String>,
}

impl From<Affecting> for AdvisoryNotice {
    fn from(found: Affecting) -> Self {
        Self {
            id: found.id.to_string(),
            severity: found.severity.as_str().to_owned(),
            title: found.title,
            patched: found.patched.iter().map(ToString::to_string).collect(),
            confirmed: found.confirmed,
        }
    }
}

impl From<Deprecated> for DeprecationNotice {
    fn from(said: Deprecated) -> Self {
        Self { message: said.message, replacement: said.replacement.map(|module| module.to_string()) }
    }
}

/// A module installed for a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Installation {
    /// `namespace/name`.
    pub(in crate::http) module: String,
    /// `installing`, `installed`, `active`, `updating` or `uninstalling`.
    pub(in crate::http) state: String,
    /// The version that answers calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) version: Option<String>,
    /// The version to roll back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) previous_version: Option<String>,
    /// Which versions are wanted.
    pub(in crate::http) requirement: String,
    /// Which versions are followed: `stable` or `beta`.
    pub(in crate::http) channel: String,
    /// Whether new versions are installed as they appear.
    pub(in crate::http) auto_update: bool,
    /// Permissions granted.
    pub(in crate::http) grants: Vec<String>,
    /// How often the configuration was changed.
    pub(in crate::http) config_revision: i64,
    /// An update that waits for consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) update_held: Option<UpdateHeld>,
    /// The newest release that fits and is too young for the tenant's cooldown, as far as the agent has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) update_waits: Option<UpdateWaits>,
    /// The update that last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) update_failed: Option<UpdateFailed>,
    /// The version that a rollback on request came from. While it is here nothing is updated by itself; an update that somebody
    /// asks for, or turning `auto_update` on, ends that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) rolled_back_from: Option<String>,
    /// Why it could not be loaded when the agent started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) load_error: Option<String>,
    /// Why its registry called the version back. While it is here the module takes no calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) quarantined: Option<String>,
    /// The advisories that hold of the version, the worst first.
    pub(in crate::http) advisories: Vec<AdvisoryNotice>,
    /// What its publisher says, if it advises against the version; as far as the agent has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) deprecated: Option<DeprecationNotice>,
    /// Whether the version is yanked, as far as the agent has looked.
    pub(in crate::http) yanked: bool,
    /// Why it is, if its publisher said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) yanked_for: Option<String>,
    /// For how many days its data is kept once it is uninstalled, as its manifest says; told where one installation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) retain_days: Option<u32>,
    /// The operation that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::http) operation: Option<String>,
    /// Calls running now.
    pub(in crate::http) calls_in_flight: usize,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) updated_at: OffsetDateTime,
}

impl Installation {
    /// What is stored, seen together with the running operation.
    pub(in crate::http) fn new(stored: store::Installation, running: Option<&store::Operation>, agent: &Agent) -> Self {
        let routes = agent.routes();
        let waits = agent.host().waiting.of(&stored, agent.clock().now());
        let version = stored.current.as_ref().map(|pin| &pin.version);
        let affecting = version.map(|version| agent.host().affecting(&stored.module, version)).unwrap_or_default();
        let said = version.and_then(|version| agent.host().sayings.of(&stored.module, version)).unwrap_or_default();
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
            config_revision: stored.config_revision,
            update_held: stored.held.map(|mut held| {
                held.permissions.retain(|wanted| !stored.grants.contains(wanted));
                UpdateHeld { version: held.version.to_string(), permissions: held.permissions }
            }),
            update_waits: waits.map(|young| UpdateWaits {
                version: young.version.to_string(),
                until: super::whole_second(young.until),
            }),
            grants: stored.grants,
            update_failed: stored.failed.map(|failed| UpdateFailed {
                version: failed.version.to_string(),
                reason: failed.reason,
                again_at: failed.again_at,
            }),
            rolled_back_from: stored.rolled_back_from.map(|version| version.to_string()),
            load_error: stored.load_error,
            quarantined: stored.quarantined,
            advisories: affecting.into_iter().map(AdvisoryNotice::from).collect(),
            deprecated: said.deprecated.map(DeprecationNotice::from),
            yanked: said.yanked,
            yanked_for: said.yanked_for,
            retain_days: None,
            operation: running.map(|operation| operation.id.clone()),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

/// A tenant's installations.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct InstallationList {
    /// By module.
    pub(in crate::http) installations: Vec<Installation>,
}

/// What goes with an uninstalled module.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Purge {
    /// Whether its data goes at once, whatever its manifest says; no when left out.
    pub(in crate::http) purge: Option<bool>,
}

/// Data of an uninstalled module.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Retained {
    /// `namespace/name`.
    pub(in crate::http) module: String,
    /// The version that wrote it last.
    pub(in crate::http) version: String,
    /// When it goes.
    #[serde(with = "time::serde::rfc3339")]
    pub(in crate::http) until: OffsetDateTime,
}

impl From<retained::Retained> for Retained {
    fn from(kept: retained::Retained) -> Self {
        Self { module: kept.module.to_string(), version: kept.version.to_string(), until: kept.until }
    }
}

/// Data of a tenant's uninstalled modules.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RetainedList {
    /// By module.
    pub(in crate::http) retained: Vec<Retained>,
}

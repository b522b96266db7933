//! What crosses the API, as JSON, and how its texts are read.

mod approval;
mod bundle;
mod configuration;
mod installation;
mod ledger;
mod licence;
mod offer;
mod operation;
mod tenant;

pub(super) use approval::{Approval, ApprovalList, NewApproval};
pub(super) use bundle::LoadedBundle;
pub(super) use configuration::{Configuration, NewConfiguration};
pub(super) use installation::{
    Grants, Installation, InstallationList, NewInstallation, Purge, Retained, RetainedList, UpdatePolicy, UpdateRequest,
};
pub(super) use ledger::{AuditList, UsageList};
pub(super) use licence::{Licence, LicenceList, NewLicence, Seats, TakenLicence};
pub(super) use offer::Offer;
pub(super) use operation::{ActivityList, ActivityOutput, Operation, OperationList};
pub(super) use tenant::{NewTenant, Tenant, TenantList, TenantPolicy, TenantWithToken};

use super::problem::Problem;
use crate::store::Channel;
use adx_index::manifest::Permission;
use adx_signing::name::ModuleId;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use utoipa::IntoParams;

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

/// The first whole second that is not before `time`: what people read has no fractions, and nobody comes too early.
fn whole_second(time: OffsetDateTime) -> OffsetDateTime {
    let fraction = Duration::nanoseconds(time.nanosecond().into());
    if fraction.is_zero() { time } else { time - fraction + Duration::SECOND }
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

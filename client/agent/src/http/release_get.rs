//! `GET /api/v1/tenants/{tenant}/releases/{namespace}/{name}`

use super::{
    auth::InTenant,
    dto::{self, Offer},
    problem::Problem,
};
use crate::{agent::Agent, install::InstallRequest, store::Channel};
use actix_web::{
    get,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Which versions are wanted; all when left out.
    version: Option<String>,
    /// `stable` or `beta`; stable when left out.
    channel: Option<String>,
}

/// Shows which version would be installed now, and what it asks for. The package is fetched and verified for that: nothing of it
/// is the registry's word only.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
        Wanted,
    ),
    responses(
        (status = 200, description = "what would be installed", body = Offer),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours; no such module or version", body = Problem),
        (status = 409, description = "it needs others, or is younger than the tenant's cooldown", body = Problem),
        (status = 422, description = "the release is refused; not a module or a requirement", body = Problem),
        (status = 503, description = "the registry does not answer", body = Problem),
    )
)]
#[get("/tenants/{tenant}/releases/{namespace}/{name}")]
pub(super) async fn get_release(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    wanted: Query<Wanted>,
    agent: Data<Agent>,
) -> Result<Json<Offer>, Problem> {
    let request = InstallRequest {
        module: dto::module_of(&path.1, &path.2)?,
        requirement: dto::requirement_from(wanted.version.as_deref())?,
        grants: Vec::new(),
        channel: wanted.channel.as_deref().map_or(Ok(Channel::Stable), dto::channel_from)?,
        auto_update: true,
    };
    Ok(Json(agent.offer(tenant.id(), request).await?.into()))
}

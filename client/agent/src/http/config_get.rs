//! `GET /api/v1/tenants/{tenant}/installations/{namespace}/{name}/config`

use super::{
    auth::InTenant,
    dto::{self, Configuration},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Path},
};

/// Shows a module's settings.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    responses(
        (status = 200, description = "the settings", body = Configuration),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/installations/{namespace}/{name}/config")]
pub(super) async fn get_config(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
) -> Result<Json<Configuration>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    Ok(Json(agent.config_of(tenant.id(), &module).await?.into()))
}

//! `GET /api/v1/tenants/{tenant}/installations/{namespace}/{name}`

use super::{
    auth::InTenant,
    dto::{self, Installation},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Path},
};

/// Shows an installation.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    responses(
        (status = 200, description = "the installation", body = Installation),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/installations/{namespace}/{name}")]
pub(super) async fn get_installation(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
) -> Result<Json<Installation>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let stored = agent
        .store()
        .installation(tenant.id(), &module)
        .await?
        .ok_or_else(|| Problem::not_found(format!("{module} is not installed")))?;
    let running = agent.store().running(tenant.id(), &module).await?;
    let retain_days = agent.host().retain_days(&stored).await;
    Ok(Json(Installation { retain_days, ..Installation::new(stored, running.as_ref(), &agent) }))
}

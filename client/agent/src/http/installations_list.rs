//! `GET /api/v1/tenants/{tenant}/installations`

use super::{
    auth::InTenant,
    dto::{Installation, InstallationList},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json},
};

/// Lists a tenant's installations.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    responses(
        (status = 200, description = "the installations", body = InstallationList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/installations")]
pub(super) async fn list_installations(
    tenant: InTenant,
    agent: Data<Agent>,
) -> Result<Json<InstallationList>, Problem> {
    let mut installations = Vec::new();
    for stored in agent.store().installations(tenant.id()).await? {
        let running = agent.store().running(tenant.id(), &stored.module).await?;
        installations.push(Installation::new(stored, running.as_ref(), &agent));
    }
    Ok(Json(InstallationList { installations }))
}

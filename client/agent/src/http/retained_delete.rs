//! `DELETE /api/v1/tenants/{tenant}/retained/{namespace}/{name}`

use super::{auth::InTenant, dto, problem::Problem};
use crate::agent::Agent;
use actix_web::{
    HttpResponse, delete,
    web::{Data, Path},
};

/// Removes the data that is kept of an uninstalled module, before its time.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    responses(
        (status = 204, description = "removed"),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "nothing is kept of it, or it is not yours", body = Problem),
    )
)]
#[delete("/tenants/{tenant}/retained/{namespace}/{name}")]
pub(super) async fn forget_retained(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
) -> Result<HttpResponse, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    if agent.forget_retained(tenant.id(), &module, &tenant.actor).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::not_found(format!("no data is kept of {module}")))
    }
}

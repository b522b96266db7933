//! `DELETE /api/v1/tenants/{tenant}/installations/{namespace}/{name}`

use super::{
    auth::InTenant,
    dto::{self, Operation},
    problem::Problem,
};
use crate::{agent::Agent, store::Kind};
use actix_web::{
    HttpResponse, delete,
    web::{Data, Path},
};

/// Uninstalls a module with its data and configuration.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    responses(
        (status = 202, description = "begun", body = Operation),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
        (status = 409, description = "an operation is running, or other modules need it", body = Problem),
    )
)]
#[delete("/tenants/{tenant}/installations/{namespace}/{name}")]
pub(super) async fn uninstall_module(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
) -> Result<HttpResponse, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let operation = agent.request(tenant.id(), &module, Kind::Uninstall, &tenant.actor).await?;
    Ok(HttpResponse::Accepted().json(Operation::from(operation)))
}

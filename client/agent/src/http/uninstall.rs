//! `DELETE /api/v1/tenants/{tenant}/installations/{namespace}/{name}`

use super::{
    auth::InTenant,
    dto::{self, Operation, Purge},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    HttpResponse, delete,
    web::{Data, Path, Query},
};

/// Uninstalls a module with its configuration. Its data is kept for as many days as its manifest says: installed again, it has
/// it again. With `purge` the data goes at once.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
        Purge,
    ),
    responses(
        (status = 202, description = "begun", body = Operation),
        (status = 400, description = "the query cannot be read", body = Problem),
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
    query: Query<Purge>,
) -> Result<HttpResponse, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let operation = agent.uninstall(tenant.id(), &module, &tenant.actor, query.purge.unwrap_or(false)).await?;
    Ok(HttpResponse::Accepted().json(Operation::from(operation)))
}

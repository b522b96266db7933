//! `GET /api/v1/tenants/{tenant}/operations`

use super::{
    auth::InTenant,
    dto::{OperationList, Page},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Query},
};

/// Lists a tenant's operations.
#[utoipa::path(
    tag = "operations",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id"), Page),
    responses(
        (status = 200, description = "the newest", body = OperationList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/operations")]
pub(super) async fn list_operations(
    tenant: InTenant,
    page: Query<Page>,
    agent: Data<Agent>,
) -> Result<Json<OperationList>, Problem> {
    let rows = agent.store().operations(tenant.id(), page.limit()).await?;
    Ok(Json(OperationList { operations: rows.into_iter().map(Into::into).collect() }))
}

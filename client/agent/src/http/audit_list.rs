//! `GET /api/v1/tenants/{tenant}/audit`

use super::{
    auth::InTenant,
    dto::{AuditList, Page},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Query},
};

/// Lists what was done and what was refused.
#[utoipa::path(
    tag = "audit",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id"), Page),
    responses(
        (status = 200, description = "the newest", body = AuditList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/audit")]
pub(super) async fn list_audit(
    tenant: InTenant,
    page: Query<Page>,
    agent: Data<Agent>,
) -> Result<Json<AuditList>, Problem> {
    agent.flush_ledger().await?;
    let rows = agent.store().audit(tenant.id(), page.limit()).await?;
    Ok(Json(AuditList { entries: rows.into_iter().map(Into::into).collect() }))
}

//! `GET /api/v1/tenants/{tenant}/usage`

use super::{
    auth::InTenant,
    dto::{Page, UsageList},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Query},
};

/// Lists metered use by hour.
#[utoipa::path(
    tag = "usage",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id"), Page),
    responses(
        (status = 200, description = "the newest", body = UsageList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/usage")]
pub(super) async fn list_usage(
    tenant: InTenant,
    page: Query<Page>,
    agent: Data<Agent>,
) -> Result<Json<UsageList>, Problem> {
    agent.flush_ledger().await?;
    let rows = agent.store().usage(tenant.id(), page.limit()).await?;
    Ok(Json(UsageList { usage: rows.into_iter().map(Into::into).collect() }))
}

//! `GET /api/v1/tenants/{tenant}`

use super::{auth::InTenant, dto::Tenant, problem::Problem};
use actix_web::{get, web::Json};

/// Shows a tenant.
#[utoipa::path(
    tag = "tenants",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    responses(
        (status = 200, description = "the tenant", body = Tenant),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}")]
pub(super) async fn get_tenant(tenant: InTenant) -> Json<Tenant> {
    Json(tenant.tenant.into())
}

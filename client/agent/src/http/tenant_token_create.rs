//! `POST /api/v1/tenants/{tenant}/token`

use super::{
    auth::InTenant,
    dto::{Tenant, TenantWithToken},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{HttpResponse, post, web::Data};

/// Gives a tenant another token and shows it, this once. The one before counts no more, also where this answer is lost.
#[utoipa::path(
    tag = "tenants",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    responses(
        (status = 200, description = "renewed", body = TenantWithToken),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[post("/tenants/{tenant}/token")]
pub(super) async fn renew_tenant_token(tenant: InTenant, agent: Data<Agent>) -> Result<HttpResponse, Problem> {
    let InTenant { tenant, actor } = tenant;
    let renewed = agent.renew_tenant_token(tenant.tenant.clone(), actor).await?;
    let token = renewed.ok_or_else(|| Problem::not_found(format!("there is no tenant {}", tenant.tenant)))?;
    let answer = TenantWithToken { tenant: Tenant::from(tenant), token: token.expose().to_owned() };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(answer))
}

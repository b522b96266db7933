//! `POST /api/v1/tenants`

use super::{
    auth::Admin,
    body::Body,
    dto::{NewTenant, Tenant, TenantWithToken},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{HttpResponse, post, web::Data};
use adx_signing::name::TenantId;

/// Adds a tenant and shows its token, this once.
#[utoipa::path(
    tag = "tenants",
    security(("token" = [])),
    request_body = NewTenant,
    responses(
        (status = 201, description = "added", body = TenantWithToken),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 403, description = "not the administrator", body = Problem),
        (status = 409, description = "the id is taken", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a valid id", body = Problem),
    )
)]
#[post("/tenants")]
pub(super) async fn create_tenant(_: Admin, agent: Data<Agent>, body: Body) -> Result<HttpResponse, Problem> {
    let new: NewTenant = body.required()?;
    let id: TenantId = new.tenant.parse().map_err(|error| Problem::invalid("invalid-tenant", format!("{error}")))?;
    if new.display_name.trim().is_empty() || new.display_name.chars().count() > 200 {
        return Err(Problem::invalid("invalid-tenant", "the display name must have 1 to 200 characters"));
    }
    let (tenant, token) = agent
        .add_tenant(id, new.display_name)
        .await?
        .ok_or_else(|| Problem::conflict("tenant-exists", format!("there is a tenant {} already", new.tenant)))?;
    let answer = TenantWithToken { tenant: Tenant::from(tenant), token: token.expose().to_owned() };
    Ok(HttpResponse::Created().insert_header(("Cache-Control", "no-store")).json(answer))
}

//! `PATCH /api/v1/tenants/{tenant}`

use super::{
    auth::InTenant,
    body::Body,
    dto::{Tenant, TenantPolicy},
    problem::Problem,
};
use crate::{agent::Agent, cooldown::MAX_COOLDOWN};
use actix_web::{
    patch,
    web::{Data, Json},
};
use time::Duration;

/// Changes what a tenant demands of releases: how long they must have been public before they are installed. A cooldown that
/// is shortened holds until it has passed once more.
#[utoipa::path(
    tag = "tenants",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    request_body = TenantPolicy,
    responses(
        (status = 200, description = "changed", body = Tenant),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a cooldown", body = Problem),
    )
)]
#[patch("/tenants/{tenant}")]
pub(super) async fn change_tenant(
    mut tenant: InTenant,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<Tenant>, Problem> {
    let TenantPolicy { cooldown_seconds } = body.required()?;
    if let Some(seconds) = cooldown_seconds {
        let cooldown = Duration::seconds(seconds);
        if cooldown.is_negative() || cooldown > MAX_COOLDOWN {
            let most = MAX_COOLDOWN.whole_seconds();
            let detail = format!("a cooldown has 0 to {most} seconds, {seconds} were asked for");
            return Err(Problem::invalid("invalid-cooldown", detail));
        }
        if let Some(changed) = agent.set_cooldown(tenant.id(), &tenant.actor, cooldown).await? {
            tenant.tenant = changed;
        }
    }
    Ok(Json(tenant.tenant.into()))
}

//! `POST /api/v1/tenants/{tenant}/installations`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, NewInstallation, Operation},
    problem::Problem,
};
use crate::{agent::Agent, install::InstallRequest, store::Channel};
use actix_web::{HttpResponse, post, web::Data};

/// Installs a module: verified, its data prepared, not yet active.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    request_body = NewInstallation,
    responses(
        (status = 202, description = "begun", body = Operation),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
        (status = 409, description = "installed already, or an operation is running", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a module, requirement, permission or channel", body = Problem),
    )
)]
#[post("/tenants/{tenant}/installations")]
pub(super) async fn install_module(tenant: InTenant, agent: Data<Agent>, body: Body) -> Result<HttpResponse, Problem> {
    let new: NewInstallation = body.required()?;
    let request = InstallRequest {
        module: dto::module_from(&new.module)?,
        requirement: dto::requirement_from(new.version.as_deref())?,
        grants: dto::permissions_from(new.grants)?,
        channel: new.channel.as_deref().map_or(Ok(Channel::Stable), dto::channel_from)?,
        auto_update: new.auto_update.unwrap_or(true),
    };
    let operation = agent.install(tenant.id(), &tenant.actor, request).await?;
    Ok(HttpResponse::Accepted().json(Operation::from(operation)))
}

//! `PATCH /api/v1/tenants/{tenant}/installations/{namespace}/{name}`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, Installation, UpdatePolicy},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    patch,
    web::{Data, Json, Path},
};

/// Changes what happens by itself: whether new versions are installed as they appear, and which are followed.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    request_body = UpdatePolicy,
    responses(
        (status = 200, description = "changed", body = Installation),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
        (status = 409, description = "an operation is running that may end the hold or begin it", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a channel", body = Problem),
    )
)]
#[patch("/tenants/{tenant}/installations/{namespace}/{name}")]
pub(super) async fn change_updates(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<Installation>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let UpdatePolicy { auto_update, channel } = body.required()?;
    let channel = channel.as_deref().map(dto::channel_from).transpose()?;
    let stored = agent.set_updates(tenant.id(), &module, &tenant.actor, auto_update, channel).await?;
    let running = agent.store().running(tenant.id(), &module).await?;
    Ok(Json(Installation::new(stored, running.as_ref(), &agent)))
}

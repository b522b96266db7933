//! `POST /api/v1/tenants/{tenant}/installations/{namespace}/{name}/activities/{activity}`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, ActivityOutput},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    post,
    web::{Data, Json, Path},
};
use serde_json::Value;

/// Calls an activity of a module with a JSON document; `null` when the body is empty.
#[utoipa::path(
    tag = "activities",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
        ("activity" = String, Path, description = "the activity"),
    ),
    request_body = Option<Object>,
    responses(
        (status = 200, description = "what the activity gave", body = ActivityOutput),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such module or activity, or not yours", body = Problem),
        (status = 409, description = "the module is not active", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "the module failed", body = Problem),
        (status = 429, description = "the module's calls of this minute are used up", body = Problem),
        (status = 503, description = "the call queued too long, or the agent is stopping", body = Problem),
    )
)]
#[post("/tenants/{tenant}/installations/{namespace}/{name}/activities/{activity}")]
pub(super) async fn call_activity(
    tenant: InTenant,
    path: Path<(String, String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<ActivityOutput>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let (version, output) =
        agent.call(tenant.id(), &module, &path.3, body.optional::<Value>()?.unwrap_or_default()).await?;
    Ok(Json(ActivityOutput { output, version: version.to_string() }))
}

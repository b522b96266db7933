//! `GET /api/v1/tenants/{tenant}/installations/{namespace}/{name}/activities`

use super::{
    auth::InTenant,
    dto::{self, ActivityList},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Path},
};

/// Lists what a module can be asked to do. It is the module that tells, so this is a call like any other.
#[utoipa::path(
    tag = "activities",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    responses(
        (status = 200, description = "the names", body = ActivityList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such module, or not yours", body = Problem),
        (status = 409, description = "the module is not active", body = Problem),
        (status = 422, description = "the module failed", body = Problem),
        (status = 429, description = "the module's calls of this minute are used up", body = Problem),
        (status = 503, description = "the call queued too long, or the agent is stopping", body = Problem),
    )
)]
#[get("/tenants/{tenant}/installations/{namespace}/{name}/activities")]
pub(super) async fn list_activities(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
) -> Result<Json<ActivityList>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    Ok(Json(ActivityList { activities: agent.activities(tenant.id(), &module).await? }))
}

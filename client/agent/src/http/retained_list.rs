//! `GET /api/v1/tenants/{tenant}/retained`

use super::{
    auth::InTenant,
    dto::{Retained, RetainedList},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json},
};

/// Lists the data that is kept of uninstalled modules, and until when.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    responses(
        (status = 200, description = "what is kept", body = RetainedList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/retained")]
pub(super) async fn list_retained(tenant: InTenant, agent: Data<Agent>) -> Result<Json<RetainedList>, Problem> {
    let retained = agent.retained(tenant.id()).await?.into_iter().map(Retained::from).collect();
    Ok(Json(RetainedList { retained }))
}

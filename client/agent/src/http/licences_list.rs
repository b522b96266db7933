//! `GET /api/v1/tenants/{tenant}/licences`

use super::{
    auth::InTenant,
    dto::{Licence, LicenceList},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json},
};

/// Lists the licences of a tenant: where each stands and what comes next. What takes something away takes effect only when it was
/// announced some time before, in the tenant's audit log as `licence.announce`.
#[utoipa::path(
    tag = "licences",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    responses(
        (status = 200, description = "those there are", body = LicenceList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/licences")]
pub(super) async fn list_licences(tenant: InTenant, agent: Data<Agent>) -> Result<Json<LicenceList>, Problem> {
    let licences = agent.licences_of(tenant.id()).await?.into_iter().map(Licence::from).collect();
    Ok(Json(LicenceList { licences, clock_set_back_from: agent.clock_set_back().map(Into::into) }))
}

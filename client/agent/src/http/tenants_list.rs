//! `GET /api/v1/tenants`

use super::{auth::Admin, dto::TenantList, problem::Problem};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json},
};

/// Lists the tenants.
#[utoipa::path(
    tag = "tenants",
    security(("token" = [])),
    responses(
        (status = 200, description = "the tenants", body = TenantList),
        (status = 401, description = "no valid token", body = Problem),
        (status = 403, description = "not the administrator", body = Problem),
    )
)]
#[get("/tenants")]
pub(super) async fn list_tenants(_: Admin, agent: Data<Agent>) -> Result<Json<TenantList>, Problem> {
    let tenants = agent.store().tenants().await?.into_iter().map(Into::into).collect();
    Ok(Json(TenantList { tenants }))
}

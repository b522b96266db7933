//! `GET /api/v1/tenants/{tenant}/operations/{id}`

use super::{auth::InTenant, dto::Operation, problem::Problem};
use crate::agent::Agent;
use actix_web::{
    get,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use std::time::Duration;
use utoipa::IntoParams;

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wait {
    /// Seconds to wait for the operation to end, 60 at most.
    wait: Option<u64>,
}

/// Shows an operation, or waits for its end.
#[utoipa::path(
    tag = "operations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("id" = String, Path, description = "the operation's id"),
        Wait,
    ),
    responses(
        (status = 200, description = "the operation", body = Operation),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such operation, or not yours", body = Problem),
    )
)]
#[get("/tenants/{tenant}/operations/{id}")]
pub(super) async fn get_operation(
    tenant: InTenant,
    path: Path<(String, String)>,
    wait: Query<Wait>,
    agent: Data<Agent>,
) -> Result<Json<Operation>, Problem> {
    let wait = Duration::from_secs(wait.wait.unwrap_or(0).min(60));
    let operation = agent
        .wait_for(tenant.id(), &path.1, wait)
        .await?
        .ok_or_else(|| Problem::not_found(format!("there is no operation {}", path.1)))?;
    Ok(Json(operation.into()))
}

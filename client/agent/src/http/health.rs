//! `GET /healthz` and `GET /readyz`

use super::problem::Problem;
use crate::agent::Agent;
use actix_web::{
    HttpResponse, get,
    web::{Data, Json},
};
use serde::Serialize;
use utoipa::ToSchema;

/// That the agent lives.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Version of the agent.
    version: &'static str,
}

/// Whether the process lives.
#[utoipa::path(tag = "service", responses((status = 200, description = "alive", body = Health)))]
#[get("/healthz")]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the agent can serve: its database answers, its modules are loaded and it is not stopping.
#[utoipa::path(
    tag = "service",
    responses(
        (status = 200, description = "ready", body = Health),
        (status = 503, description = "not ready", body = Problem),
    )
)]
#[get("/readyz")]
pub(super) async fn readyz(agent: Data<Agent>) -> Result<HttpResponse, Problem> {
    let not_ready = |detail: &str| Problem::unavailable("not-ready", "Not ready", detail);
    if agent.is_stopping() {
        return Err(not_ready("the agent is stopping"));
    }
    agent.store().ping().await.map_err(|error| {
        tracing::error!(%error, "the database does not answer");
        not_ready("the agent's database does not answer")
    })?;
    Ok(HttpResponse::Ok().json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

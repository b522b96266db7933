//! `GET /metrics`

use super::problem::Problem;
use crate::agent::Agent;
use actix_web::{HttpResponse, get, web::Data};

/// Counters and gauges for Prometheus.
#[utoipa::path(
    tag = "service",
    responses((status = 200, description = "the metrics", body = String, content_type = "text/plain"))
)]
#[get("/metrics")]
pub(super) async fn metrics(agent: Data<Agent>) -> Result<HttpResponse, Problem> {
    let text = agent.metrics_text().map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

//! `POST /api/v1/tenants/{tenant}/licences`

use super::{
    auth::InTenant,
    body::Body,
    dto::{NewLicence, TakenLicence},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{HttpResponse, post, web::Data};

/// Takes a licence that somebody brought, as a file or as the token by itself. It is verified by what its registry's signed metadata
/// say, without a network.
#[utoipa::path(
    tag = "licences",
    security(("token" = [])),
    params(("tenant" = String, Path, description = "the tenant's id")),
    request_body = NewLicence,
    responses(
        (status = 201, description = "taken", body = TakenLicence),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "no such tenant, or not yours", body = Problem),
        (status = 409, description = "a later one is here", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a licence, changed, or of another tenant or registry", body = Problem),
        (status = 503, description = "nothing is known yet of whose signature counts", body = Problem),
    )
)]
#[post("/tenants/{tenant}/licences")]
pub(super) async fn take_licence(tenant: InTenant, agent: Data<Agent>, body: Body) -> Result<HttpResponse, Problem> {
    let NewLicence { licence } = body.required()?;
    let (module, id) = agent.into_inner().import_licence(tenant.id(), &tenant.actor, licence).await?;
    Ok(HttpResponse::Created().json(TakenLicence { id: id.to_string(), module: module.to_string() }))
}

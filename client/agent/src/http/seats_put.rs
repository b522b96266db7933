//! `PUT /api/v1/tenants/{tenant}/installations/{namespace}/{name}/seats`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, Seats},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    put,
    web::{Data, Json, Path},
};

/// Says who has a seat, and nobody else. The licence says how many there are; to take seats away none is needed.
#[utoipa::path(
    tag = "licences",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    request_body = Seats,
    responses(
        (status = 200, description = "who has one now", body = Seats),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
        (status = 409, description = "more people than there are seats, or no licence that gives any", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "the name of nobody", body = Problem),
    )
)]
#[put("/tenants/{tenant}/installations/{namespace}/{name}/seats")]
pub(super) async fn put_seats(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<Seats>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let Seats { people } = body.required()?;
    let people = agent.set_seats(tenant.id(), &module, &tenant.actor, people).await?;
    Ok(Json(Seats { people }))
}

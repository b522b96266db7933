//! `PUT /api/v1/tenants/{tenant}/installations/{namespace}/{name}/grants`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, Grants},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    put,
    web::{Data, Json, Path},
};

/// Replaces the permissions granted; calls that begin afterwards have them. An update that waited for consent goes on.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    request_body = Grants,
    responses(
        (status = 200, description = "granted", body = Grants),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a permission, or not one the module asks for", body = Problem),
    )
)]
#[put("/tenants/{tenant}/installations/{namespace}/{name}/grants")]
pub(super) async fn put_grants(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<Grants>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let grants = dto::permissions_from(body.required::<Grants>()?.grants)?;
    let grants = agent.set_grants(tenant.id(), &module, &tenant.actor, grants).await?;
    Ok(Json(Grants { grants }))
}

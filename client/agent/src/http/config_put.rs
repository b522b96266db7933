//! `PUT /api/v1/tenants/{tenant}/installations/{namespace}/{name}/config`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, Configuration, NewConfiguration},
    problem::Problem,
};
use crate::agent::Agent;
use actix_web::{
    put,
    web::{Data, Json, Path},
};

/// Replaces a module's settings, held against its JSON Schema; calls that begin afterwards see them.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    request_body = NewConfiguration,
    responses(
        (status = 200, description = "set", body = Configuration),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not what the module's schema allows", body = Problem),
    )
)]
#[put("/tenants/{tenant}/installations/{namespace}/{name}/config")]
pub(super) async fn put_config(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<Json<Configuration>, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    Ok(Json(
        agent
            .set_config(tenant.id(), &module, &tenant.actor, body.required::<NewConfiguration>()?.config)
            .await?
            .into(),
    ))
}

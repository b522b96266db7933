//! `POST /api/v1/tenants/{tenant}/installations/{namespace}/{name}/update`

use super::{
    auth::InTenant,
    body::Body,
    dto::{self, Operation, UpdateRequest},
    problem::Problem,
};
use crate::{agent::Agent, update::Trigger};
use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};

/// Updates a module to the newest version allowed, while it runs.
#[utoipa::path(
    tag = "installations",
    security(("token" = [])),
    params(
        ("tenant" = String, Path, description = "the tenant's id"),
        ("namespace" = String, Path, description = "the module's namespace"),
        ("name" = String, Path, description = "the module's name"),
    ),
    request_body = Option<UpdateRequest>,
    responses(
        (status = 202, description = "begun", body = Operation),
        (status = 400, description = "the body cannot be read", body = Problem),
        (status = 401, description = "no valid token", body = Problem),
        (status = 404, description = "not installed, or not yours", body = Problem),
        (status = 409, description = "an operation is running", body = Problem),
        (status = 413, description = "the body is too large", body = Problem),
        (status = 422, description = "not a version requirement", body = Problem),
    )
)]
#[post("/tenants/{tenant}/installations/{namespace}/{name}/update")]
pub(super) async fn update_module(
    tenant: InTenant,
    path: Path<(String, String, String)>,
    agent: Data<Agent>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let module = dto::module_of(&path.1, &path.2)?;
    let request: UpdateRequest = body.optional()?.unwrap_or_default();
    let requirement = request.version.as_deref().map(|text| dto::requirement_from(Some(text))).transpose()?;
    let operation = agent.update(tenant.id(), &module, &tenant.actor, &Trigger::Asked { requirement }).await?;
    Ok(HttpResponse::Accepted().json(Operation::from(operation)))
}
